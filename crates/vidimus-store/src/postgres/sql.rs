//! The statements. Each names the tenant; `sweep` ones run over all of them.

/// The tenant, found by its name within the statement: no second round trip, one snapshot.
pub const HOME: &str = "WITH home AS MATERIALIZED (\
     SELECT o.key AS tenant, o.version, o.disabled, o.not_before, o.doc \
     FROM name n JOIN object o ON o.key = n.object AND o.tenant = n.tenant \
     WHERE n.tenant = 0 AND n.space = $1 AND n.name = $2) \
     SELECT 0::int2, 0::int8, \
     tenant, 0::int8, version, disabled, not_before, doc, \
     NULL::int8, NULL::int8, NULL::int8, NULL::bool, NULL::int8, NULL::text, \
     NULL::int8, NULL::int2, NULL::bytea, NULL::int8, NULL::int8, NULL::text, NULL::text, \
     NULL::int8, NULL::int8, NULL::int8, NULL::text, NULL::text, NULL::text, \
     NULL::int8, NULL::int8, NULL::int8, NULL::int8, NULL::text \
     FROM home";

/// Every object part ends in as many NULLs as a token has columns.
macro_rules! no_token {
    () => {
        "NULL, NULL, NULL, NULL, NULL, NULL, \
         NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
         NULL, NULL, NULL, NULL, NULL "
    };
}

pub const OBJECTS: &str = concat!(
    " UNION ALL SELECT 1::int2, asked.place, o.key, o.tenant, o.version, o.disabled, o.not_before, \
     o.doc, ",
    no_token!(),
    "FROM home h \
     CROSS JOIN unnest($3, $4) WITH ORDINALITY AS asked (space, name, place) \
     JOIN name n ON n.tenant = h.tenant AND n.space = asked.space AND n.name = asked.name \
     JOIN object o ON o.key = n.object AND o.tenant = n.tenant"
);

/// The rank stands for the order; the place, of the space in the question, where a user's key is.
pub const WHOLE: &str = " UNION ALL SELECT 2::int2, \
     row_number() OVER (ORDER BY asked.place, n.name, n.object), \
     o.key, o.tenant, o.version, o.disabled, o.not_before, o.doc, \
     asked.place, NULL, NULL, NULL, NULL, NULL, \
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
     NULL, NULL, NULL, NULL, NULL \
     FROM home h CROSS JOIN unnest($9) WITH ORDINALITY AS asked (space, place) \
     JOIN name n ON n.tenant = h.tenant AND n.space = asked.space \
     JOIN object o ON o.key = n.object AND o.tenant = n.tenant";

pub const ONCE: &str = concat!(
    " UNION ALL SELECT 3::int2, 0, NULL, NULL, NULL, NULL, NULL, NULL, ",
    no_token!(),
    "FROM home h JOIN once u ON u.tenant = h.tenant AND u.space = $7 AND u.digest = $8"
);

macro_rules! token {
    ($part:literal, $key:literal) => {
        concat!(
            " UNION ALL SELECT ",
            $part,
            "::int2, 0, c.key, c.tenant, c.version, c.disabled, c.not_before, c.doc, \
             u.key, u.tenant, u.version, u.disabled, u.not_before, u.doc, \
             t.key, t.kind, t.hash, t.client, t.user_key, t.scope, t.audience, \
             t.issued_at, t.expires_at, t.not_before, t.revocation, t.confirmation, t.kid, \
             t.family, f.client, f.user_key, f.expires_at, f.revocation \
             FROM home h JOIN token t ON t.tenant = h.tenant AND t.key = ",
            $key,
            " LEFT JOIN object c ON c.tenant = t.tenant AND c.key = t.client \
             LEFT JOIN object u ON u.tenant = t.tenant AND u.key = t.user_key \
             LEFT JOIN family f ON f.tenant = t.tenant AND f.key = t.family"
        )
    };
}

pub const TOKEN_ELSEWHERE: &str = concat!(
    " UNION ALL SELECT 6::int2, 0, NULL, NULL, NULL, NULL, NULL, NULL, ",
    no_token!(),
    "FROM home h JOIN token t ON t.tenant <> h.tenant AND t.key = $5"
);

pub const TOKEN: &str = token!("4", "$5");
pub const BEARER: &str = token!("5", "$6");

pub const PAGE: &str = "SELECT o.key, o.tenant, o.version, o.disabled, o.not_before, o.doc \
     FROM name n JOIN object o ON o.key = n.object AND o.tenant = n.tenant \
     WHERE n.tenant = $1 AND n.space = $2 AND n.name > $3 ORDER BY n.name, n.object LIMIT $4";

pub const INSERT_OBJECT: &str = "INSERT INTO object \
     (tenant, key, kind, version, disabled, not_before, doc) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

pub const UPDATE_OBJECT: &str = "UPDATE object \
     SET kind = $3, version = $4, disabled = $5, not_before = $6, doc = $7 \
     WHERE tenant = $1 AND key = $2 AND version = $8";

pub const DELETE_OBJECT: &str =
    "DELETE FROM object WHERE tenant = $1 AND key = $2 AND version = $3";

/// The unique index makes the loser of a race wait for the winner's end, on whatever node.
pub const INSERT_NAMES: &str = "INSERT INTO name (tenant, object, space, name) \
     SELECT $1::int8, $2::int8, named.space, named.name \
     FROM unnest($3::int2[], $4::text[]) AS named (space, name) ON CONFLICT DO NOTHING";

pub const DELETE_NAMES: &str = "DELETE FROM name WHERE tenant = $1 AND object = $2";

pub const INSERT_TOKEN: &str = "INSERT INTO token \
     (tenant, key, kind, hash, client, user_key, family, scope, audience, issued_at, expires_at, \
      not_before, revocation, confirmation, kid) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
     ON CONFLICT DO NOTHING";

pub const INSERT_FAMILY: &str = "INSERT INTO family \
     (tenant, key, client, user_key, expires_at, revocation) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";

pub const REVOKE_TOKEN: &str =
    "UPDATE token SET revocation = $3 WHERE tenant = $1 AND key = $2 AND revocation IS NULL";

pub const REVOKE_FAMILY: &str =
    "UPDATE family SET revocation = $3 WHERE tenant = $1 AND key = $2 AND revocation IS NULL";

pub const INSERT_ONCE: &str = "INSERT INTO once (tenant, space, digest, expires_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
