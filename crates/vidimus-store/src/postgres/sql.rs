//! The statements. Each names the tenant; those of the background run over all of them.

/// The epochs are where a user's key and tenant are.
macro_rules! home {
    ($found:literal) => {
        concat!(
            "WITH home AS MATERIALIZED (\
             SELECT o.key AS tenant, o.version, o.disabled, o.not_before, o.expires_at, o.doc ",
            $found,
            ") SELECT 0::int2, 0::int8, \
             tenant, 0::int8, version, disabled, not_before, expires_at, doc, \
             (SELECT value FROM epoch WHERE tenant = 0), \
             (SELECT value FROM epoch e WHERE e.tenant = home.tenant), \
             NULL::int8, NULL::bool, NULL::int8, NULL::int8, NULL::text, \
             NULL::int8, NULL::int2, NULL::bytea, NULL::int8, NULL::int8, NULL::text, NULL::text, \
             NULL::int8, NULL::int8, NULL::int8, NULL::text, NULL::text, NULL::text, \
             NULL::int8, NULL::int8, NULL::int8, NULL::int8, NULL::text, NULL::text \
             FROM home"
        )
    };
}

/// The tenant, found by its name within the statement: no second round trip, one snapshot.
pub const HOME: &str = home!(
    "FROM name n JOIN object o ON o.key = n.object AND o.tenant = n.tenant \
     WHERE n.tenant = 0 AND n.space = $1 AND n.name = $2"
);

/// The tenant whose client is found at the root, if it is still there; else the one of the name.
pub const HOME_OF_CLIENT: &str = home!(
    "FROM object o WHERE o.tenant = 0 AND o.key = coalesce(\
     (SELECT r.tenant FROM root_client r JOIN object t ON t.tenant = 0 AND t.key = r.tenant \
      WHERE r.client_id = $17), \
     (SELECT n.object FROM name n WHERE n.tenant = 0 AND n.space = $1 AND n.name = $2))"
);

macro_rules! no_user {
    () => {
        "NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
    };
}

/// As many NULLs as a token and its family have columns.
macro_rules! no_token {
    () => {
        "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
         NULL, NULL, NULL, NULL, NULL, NULL "
    };
}

pub const OBJECTS: &str = concat!(
    " UNION ALL SELECT 1::int2, asked.place, o.key, o.tenant, o.version, o.disabled, o.not_before, \
     o.expires_at, o.doc, ",
    no_user!(),
    no_token!(),
    "FROM home h \
     CROSS JOIN unnest($3, $4) WITH ORDINALITY AS asked (space, name, place) \
     JOIN name n ON n.tenant = h.tenant AND n.space = asked.space AND n.name = asked.name \
     JOIN object o ON o.key = n.object AND o.tenant = n.tenant"
);

/// The rank stands for the order; the place, of the space in the question, where a user's key is.
pub const WHOLE: &str = concat!(
    " UNION ALL SELECT 2::int2, \
     row_number() OVER (ORDER BY asked.place, n.name, n.object), \
     o.key, o.tenant, o.version, o.disabled, o.not_before, o.expires_at, o.doc, \
     asked.place, NULL, NULL, NULL, NULL, NULL, NULL, ",
    no_token!(),
    "FROM home h CROSS JOIN unnest($9) WITH ORDINALITY AS asked (space, place) \
     JOIN name n ON n.tenant = h.tenant AND n.space = asked.space \
     JOIN object o ON o.key = n.object AND o.tenant = n.tenant"
);

macro_rules! bare {
    ($part:literal, $place:literal, $found:literal) => {
        concat!(
            " UNION ALL SELECT ",
            $part,
            "::int2, ",
            $place,
            ", NULL, NULL, NULL, NULL, NULL, NULL, NULL, ",
            no_user!(),
            no_token!(),
            $found
        )
    };
}

/// Where several are asked for, each is looked up by itself: OFFSET 0 keeps the planner from
/// joining all that the tenant has with the few that are asked for.
pub const ONCE: &str = bare!(
    "3",
    "asked.place",
    "FROM home h CROSS JOIN unnest($7, $8) WITH ORDINALITY AS asked (space, digest, place) \
     CROSS JOIN LATERAL (SELECT 1 FROM once u \
     WHERE u.tenant = h.tenant AND u.space = asked.space AND u.digest = asked.digest OFFSET 0) u"
);

macro_rules! token_columns {
    () => {
        "c.key, c.tenant, c.version, c.disabled, c.not_before, c.expires_at, c.doc, \
         u.key, u.tenant, u.version, u.disabled, u.not_before, u.expires_at, u.doc, \
         t.key, t.kind, t.hash, t.client, t.user_key, t.scope, t.audience, \
         t.issued_at, t.expires_at, t.not_before, t.revocation, t.confirmation, t.kid, \
         t.family, f.client, f.user_key, f.expires_at, f.revocation, f.authentication "
    };
}

/// What a token hangs on.
macro_rules! token_links {
    () => {
        " LEFT JOIN object c ON c.tenant = t.tenant AND c.key = t.client \
         LEFT JOIN object u ON u.tenant = t.tenant AND u.key = t.user_key \
         LEFT JOIN family f ON f.tenant = t.tenant AND f.key = t.family"
    };
}

macro_rules! token {
    ($part:literal, $found:literal) => {
        concat!(
            " UNION ALL SELECT ",
            $part,
            "::int2, 0, ",
            token_columns!(),
            $found,
            token_links!()
        )
    };
}

pub const TOKEN: &str =
    token!("4", "FROM home h JOIN token t ON t.tenant = h.tenant AND t.key = $5");
pub const BEARER: &str =
    token!("5", "FROM home h JOIN token t ON t.tenant = h.tenant AND t.key = $6");

pub const TOKEN_BY_DIGEST: &str = token!(
    "4",
    "FROM home h JOIN locator l ON l.tenant = h.tenant AND l.digest = $10 \
     JOIN token t ON t.tenant = l.tenant AND t.key = l.token"
);
pub const BEARER_BY_DIGEST: &str = token!(
    "5",
    "FROM home h JOIN locator l ON l.tenant = h.tenant AND l.digest = $11 \
     JOIN token t ON t.tenant = l.tenant AND t.key = l.token"
);

pub const TOKEN_ELSEWHERE: &str =
    bare!("6", "0", "FROM home h JOIN token t ON t.tenant <> h.tenant AND t.key = $5");
pub const DIGEST_ELSEWHERE: &str = bare!(
    "6",
    "0",
    "FROM home h JOIN locator l ON l.tenant <> h.tenant AND l.digest = $10 \
     JOIN token t ON t.tenant = l.tenant AND t.key = l.token"
);

pub const FURTHER: &str = concat!(
    " UNION ALL SELECT 7::int2, asked.place, found.* FROM home h \
     CROSS JOIN unnest($12, $13) WITH ORDINALITY AS asked (key, digest, place) \
     CROSS JOIN LATERAL (SELECT ",
    token_columns!(),
    "FROM (SELECT * FROM token WHERE tenant = h.tenant AND key = coalesce(asked.key, \
     (SELECT l.token FROM locator l WHERE l.tenant = h.tenant AND l.digest = asked.digest))) t",
    token_links!(),
    " OFFSET 0) found"
);

/// A ticket lies in the columns of an object, its due time in that of `not_before`; its alias
/// behind its hash, and its owner as a token's user.
macro_rules! ticket {
    ($part:literal, $place:literal, $found:literal) => {
        concat!(
            " UNION ALL SELECT ",
            $part,
            "::int2, ",
            $place,
            ", k.key, k.tenant, k.version, NULL, k.due_at, k.expires_at, k.doc, ",
            no_user!(),
            "NULL, NULL, k.hash || coalesce(k.alias, ''::bytea), NULL, k.owner, \
             NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
             NULL, NULL, NULL, NULL, NULL, NULL ",
            $found
        )
    };
}

pub const TICKETS: &str = ticket!(
    "8",
    "asked.place",
    "FROM home h CROSS JOIN unnest($14, $15) WITH ORDINALITY AS asked (key, alias, place) \
     CROSS JOIN LATERAL (SELECT * FROM ticket WHERE tenant = h.tenant AND key = \
     coalesce(asked.key, (SELECT a.key FROM ticket a \
      WHERE a.tenant = h.tenant AND a.alias = asked.alias)) OFFSET 0) k"
);

pub const SESSIONS_OF: &str = ticket!(
    "10",
    "0",
    "FROM home h CROSS JOIN LATERAL (SELECT * FROM ticket \
     WHERE tenant = h.tenant AND owner = $18 ORDER BY key DESC LIMIT $20) k"
);

pub const FAMILIES_OF: &str = concat!(
    " UNION ALL SELECT 11::int2, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ",
    no_user!(),
    "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
     f.key, f.client, f.user_key, f.expires_at, f.revocation, f.authentication \
     FROM home h CROSS JOIN LATERAL (SELECT * FROM family \
     WHERE tenant = h.tenant AND user_key = $19 AND revocation IS NULL \
     ORDER BY key DESC LIMIT $20) f"
);

/// Not of tenants that are gone: nobody could see to them.
pub const DUE: &str = "SELECT k.tenant, k.key FROM ticket k WHERE k.due_at <= $1 \
     AND EXISTS (SELECT 1 FROM object t WHERE t.tenant = 0 AND t.key = k.tenant) \
     ORDER BY k.due_at, k.key LIMIT $2";

pub const COUNT: &str =
    bare!("9", "count(*)", "FROM home h JOIN name n ON n.tenant = h.tenant AND n.space = $16");

/// Whoever counts one tenant's names waits here, and then sees what the one before wrote.
pub const LOCK_TENANT: &str = "SELECT key FROM object WHERE tenant = 0 AND key = $1 FOR UPDATE";

pub const ROOM: &str =
    "SELECT 1 WHERE (SELECT count(*) FROM name WHERE tenant = $1 AND space = $2) < $3";

pub const PAGE: &str = "SELECT o.key, o.tenant, o.version, o.disabled, o.not_before, o.expires_at, o.doc \
     FROM name n JOIN object o ON o.key = n.object AND o.tenant = n.tenant \
     WHERE n.tenant = $1 AND n.space = $2 AND n.name > $3 ORDER BY n.name, n.object LIMIT $4";

pub const INSERT_OBJECT: &str = "INSERT INTO object \
     (tenant, key, kind, version, disabled, not_before, expires_at, doc) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";

pub const UPDATE_OBJECT: &str = "UPDATE object \
     SET kind = $3, version = $4, disabled = $5, not_before = $6, expires_at = $7, doc = $8 \
     WHERE tenant = $1 AND key = $2 AND version = $9";

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
     (tenant, key, client, user_key, expires_at, revocation, authentication) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

pub const REVOKE_TOKEN: &str =
    "UPDATE token SET revocation = $3 WHERE tenant = $1 AND key = $2 AND revocation IS NULL";

pub const REVOKE_FAMILY: &str =
    "UPDATE family SET revocation = $3 WHERE tenant = $1 AND key = $2 AND revocation IS NULL";

pub const REVOKE_FAMILIES_OF: &str = "UPDATE family SET revocation = $4 \
     WHERE tenant = $1 AND user_key = $2 AND client = $3 AND revocation IS NULL";

pub const INSERT_ONCE: &str = "INSERT INTO once (tenant, space, digest, expires_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

pub const DELETE_TOKEN: &str = "DELETE FROM token WHERE tenant = $1 AND key = $2";

pub const DELETE_LOCATORS: &str = "DELETE FROM locator WHERE tenant = $1 AND token = $2";

/// Ahead of an insert: one whose token is purged points at nothing. A statement of its own, because
/// the insert waits for whoever inserts the same, and would then not see that one's token. The row
/// is named by its token as well, so that one that was moved meanwhile stays.
pub const DELETE_DEAD_LOCATOR: &str = "DELETE FROM locator USING \
     (SELECT d.token FROM locator d WHERE d.tenant = $1 AND d.digest = $2 AND NOT EXISTS \
      (SELECT 1 FROM token t WHERE t.tenant = d.tenant AND t.key = d.token)) AS dead \
     WHERE locator.tenant = $1 AND locator.digest = $2 AND locator.token = dead.token";

pub const INSERT_LOCATOR: &str = "INSERT INTO locator (tenant, digest, token, expires_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

pub const MOVE_LOCATOR: &str = "UPDATE locator SET token = $3, expires_at = $4 \
     WHERE tenant = $1 AND digest = $2 AND token = $5";

pub const INSERT_TICKET: &str = "INSERT INTO ticket \
     (tenant, key, version, hash, alias, owner, due_at, expires_at, doc) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";

/// Fails where another ticket has the alias, which is a conflict as well.
pub const UPDATE_TICKET: &str = "UPDATE ticket \
     SET version = $3, hash = $4, alias = $5, owner = $6, due_at = $7, expires_at = $8, doc = $9 \
     WHERE tenant = $1 AND key = $2 AND version = $10";

pub const DELETE_TICKET: &str =
    "DELETE FROM ticket WHERE tenant = $1 AND key = $2 AND version = $3";

/// Whoever deletes it waits until this commit is over, or has been first.
pub const HOLD_OBJECT: &str = "SELECT 1 FROM object WHERE tenant = $1 AND key = $2 FOR KEY SHARE";

/// The same of a ticket.
pub const HOLD_TICKET: &str = "SELECT 1 FROM ticket WHERE tenant = $1 AND key = $2 FOR KEY SHARE";

/// No row where another tenant has the id, or the default tenant a caller of that name. What a
/// tenant left behind when it went is free.
pub const REACH_AT_ROOT: &str = "INSERT INTO root_client (tenant, client_id) \
     SELECT $1::int8, $2::text WHERE NOT EXISTS (SELECT 1 FROM name d \
     JOIN name n ON n.tenant = d.object AND n.space = $4 AND n.name = $2 \
     WHERE d.tenant = 0 AND d.space = $3 AND d.name = $5 AND d.object <> $1) \
     ON CONFLICT (client_id) DO UPDATE SET tenant = excluded.tenant \
     WHERE root_client.tenant = excluded.tenant OR NOT EXISTS \
     (SELECT 1 FROM object t WHERE t.tenant = 0 AND t.key = root_client.tenant)";

pub const HOLD_AT_ROOT: &str = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM root_client r \
     JOIN object t ON t.tenant = 0 AND t.key = r.tenant \
     WHERE r.client_id = $2 AND r.tenant <> $1)";

/// Who takes an id at the root and who makes a caller of the default tenant wait for one another
/// here: neither would see what the other has not committed yet.
pub const LOCK_ROOT: &str = "SELECT key FROM object WHERE tenant = 0 AND key = \
     (SELECT object FROM name WHERE tenant = 0 AND space = $1 AND name = $2) FOR UPDATE";

pub const LEAVE_ROOT: &str = "DELETE FROM root_client WHERE tenant = $1 AND client_id = $2";

pub const USED: &str = "INSERT INTO used (object, tenant, at) VALUES ($1, $2, $3) \
     ON CONFLICT (tenant, object) DO UPDATE SET at = greatest(used.at, excluded.at)";

pub const FORGET_USED: &str = "DELETE FROM used WHERE tenant = $1 AND object = $2";

/// The row lock lasts until the commit: links follow on one another however many nodes add some.
pub const MOVE_HEAD: &str = "UPDATE link_head SET number = number + 1, \
     chain = sha256(chain || $1::bytea) WHERE one";

pub const INSERT_LINK: &str = "INSERT INTO link (number, entry, digest, chain, expires_at) \
     SELECT number, $1::int8, $2::bytea, chain, $3::int8 FROM link_head WHERE one";
