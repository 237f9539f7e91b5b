//! The statements. Each names the tenant; those of the background run over all of them.

pub const OBJECTS_BY_NAME: &str = "SELECT o.key, o.tenant, o.version, o.disabled, o.not_before, o.expires_at, o.doc \
     FROM name n JOIN object o ON o.key = n.object AND o.tenant = n.tenant \
     WHERE n.tenant = ?1 AND n.space = ?2 AND n.name = ?3 ORDER BY n.object";

pub const OBJECT_BY_KEY: &str = "SELECT key, tenant, version, disabled, not_before, expires_at, doc \
     FROM object WHERE tenant = ?1 AND key = ?2";

pub const PAGE: &str = "SELECT o.key, o.tenant, o.version, o.disabled, o.not_before, o.expires_at, o.doc \
     FROM name n JOIN object o ON o.key = n.object AND o.tenant = n.tenant \
     WHERE n.tenant = ?1 AND n.space = ?2 AND n.name > ?3 ORDER BY n.name, n.object LIMIT ?4";

pub const WHOLE: &str = "SELECT o.key, o.tenant, o.version, o.disabled, o.not_before, o.expires_at, o.doc \
     FROM name n JOIN object o ON o.key = n.object AND o.tenant = n.tenant \
     WHERE n.tenant = ?1 AND n.space = ?2 ORDER BY n.name, n.object";

macro_rules! token_columns {
    () => {
        "SELECT t.kind, t.hash, t.client, t.user_key, t.family, t.scope, t.audience, \
         t.issued_at, t.expires_at, t.not_before, t.revocation, t.confirmation, t.kid, \
         t.key, f.key, f.client, f.user_key, f.expires_at, f.revocation, f.authentication "
    };
}

pub const TOKEN: &str = concat!(
    token_columns!(),
    "FROM token t LEFT JOIN family f ON f.key = t.family AND f.tenant = t.tenant \
     WHERE t.tenant = ?1 AND t.key = ?2"
);

pub const TOKEN_BY_DIGEST: &str = concat!(
    token_columns!(),
    "FROM locator l CROSS JOIN token t ON t.tenant = l.tenant AND t.key = l.token \
     LEFT JOIN family f ON f.key = t.family AND f.tenant = t.tenant \
     WHERE l.tenant = ?1 AND l.digest = ?2"
);

pub const TOKEN_ELSEWHERE: &str = "SELECT 1 FROM token WHERE tenant <> ?1 AND key = ?2";

pub const DIGEST_ELSEWHERE: &str = "SELECT 1 \
     FROM locator l CROSS JOIN token t ON t.tenant = l.tenant AND t.key = l.token \
     WHERE l.tenant <> ?1 AND l.digest = ?2";

macro_rules! ticket {
    ($condition:literal) => {
        concat!(
            "SELECT key, version, hash, alias, owner, due_at, expires_at, doc FROM ticket \
             WHERE tenant = ?1 AND ",
            $condition
        )
    };
}

pub const TICKET: &str = ticket!("key = ?2");

pub const TICKET_BY_ALIAS: &str = ticket!("alias = ?2");

pub const SESSIONS_OF: &str = ticket!("owner = ?2 ORDER BY key DESC LIMIT ?3");

pub const FAMILIES_OF: &str = "SELECT key, client, user_key, expires_at, revocation, authentication \
     FROM family WHERE tenant = ?1 AND user_key = ?2 AND revocation IS NULL \
     ORDER BY key DESC LIMIT ?3";

/// Not of tenants that are gone: nobody could see to them.
pub const DUE: &str = "SELECT k.tenant, k.key FROM ticket k WHERE k.due_at <= ?1 \
     AND EXISTS (SELECT 1 FROM object t WHERE t.tenant = 0 AND t.key = k.tenant) \
     ORDER BY k.due_at, k.key LIMIT ?2";

pub const COUNT: &str = "SELECT count(*) FROM name WHERE tenant = ?1 AND space = ?2";

pub const ROOM: &str =
    "SELECT 1 WHERE (SELECT count(*) FROM name WHERE tenant = ?1 AND space = ?2) < ?3";

/// Whether any client of any tenant is found at the root.
pub const ROOT_CLIENT_ANY: &str = "SELECT tenant FROM root_client LIMIT 1";

pub const ROOT_CLIENT: &str = "SELECT tenant FROM root_client WHERE client_id = ?1";

pub const ONCE: &str = "SELECT 1 FROM once WHERE tenant = ?1 AND space = ?2 AND digest = ?3";

pub const INSERT_OBJECT: &str = "INSERT INTO object \
     (tenant, key, kind, version, disabled, not_before, expires_at, doc) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";

pub const UPDATE_OBJECT: &str = "UPDATE object \
     SET kind = ?3, version = ?4, disabled = ?5, not_before = ?6, expires_at = ?7, doc = ?8 \
     WHERE tenant = ?1 AND key = ?2 AND version = ?9";

pub const DELETE_OBJECT: &str =
    "DELETE FROM object WHERE tenant = ?1 AND key = ?2 AND version = ?3";

pub const INSERT_NAME: &str = "INSERT INTO name (tenant, object, space, name) \
     VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

pub const DELETE_NAMES: &str =
    "DELETE FROM name WHERE tenant = ?1 AND object = ?2 RETURNING space, name";

pub const INSERT_TOKEN: &str = "INSERT INTO token \
     (tenant, key, kind, hash, client, user_key, family, scope, audience, issued_at, expires_at, \
      not_before, revocation, confirmation, kid) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
     ON CONFLICT DO NOTHING";

pub const INSERT_FAMILY: &str = "INSERT INTO family \
     (tenant, key, client, user_key, expires_at, revocation, authentication) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";

pub const REVOKE_TOKEN: &str =
    "UPDATE token SET revocation = ?3 WHERE tenant = ?1 AND key = ?2 AND revocation IS NULL";

pub const REVOKE_FAMILY: &str =
    "UPDATE family SET revocation = ?3 WHERE tenant = ?1 AND key = ?2 AND revocation IS NULL";

pub const REVOKE_FAMILIES_OF: &str = "UPDATE family SET revocation = ?4 \
     WHERE tenant = ?1 AND user_key = ?2 AND client = ?3 AND revocation IS NULL RETURNING key";

pub const INSERT_ONCE: &str = "INSERT INTO once (tenant, space, digest, expires_at) \
     VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

pub const DELETE_TOKEN: &str = "DELETE FROM token WHERE tenant = ?1 AND key = ?2";

pub const DELETE_LOCATORS: &str = "DELETE FROM locator WHERE tenant = ?1 AND token = ?2";

/// One whose token is purged points at nothing.
pub const INSERT_LOCATOR: &str = "INSERT INTO locator (tenant, digest, token, expires_at) \
     VALUES (?1, ?2, ?3, ?4) ON CONFLICT (digest, tenant) DO UPDATE \
     SET token = excluded.token, expires_at = excluded.expires_at WHERE NOT EXISTS \
     (SELECT 1 FROM token t WHERE t.tenant = locator.tenant AND t.key = locator.token)";

pub const MOVE_LOCATOR: &str = "UPDATE locator SET token = ?3, expires_at = ?4 \
     WHERE tenant = ?1 AND digest = ?2 AND token = ?5";

pub const INSERT_TICKET: &str = "INSERT INTO ticket \
     (tenant, key, version, hash, alias, owner, due_at, expires_at, doc) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";

/// Ignored where another ticket has the alias.
pub const UPDATE_TICKET: &str = "UPDATE OR IGNORE ticket \
     SET version = ?3, hash = ?4, alias = ?5, owner = ?6, due_at = ?7, expires_at = ?8, doc = ?9 \
     WHERE tenant = ?1 AND key = ?2 AND version = ?10";

pub const DELETE_TICKET: &str =
    "DELETE FROM ticket WHERE tenant = ?1 AND key = ?2 AND version = ?3";

pub const HOLD_OBJECT: &str = "SELECT 1 FROM object WHERE tenant = ?1 AND key = ?2";

pub const HOLD_TICKET: &str = "SELECT 1 FROM ticket WHERE tenant = ?1 AND key = ?2";

/// No row where another tenant has the id, or the default tenant a caller of that name. What a
/// tenant left behind when it went is free.
pub const REACH_AT_ROOT: &str = "INSERT INTO root_client (tenant, client_id) \
     SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM name d \
     CROSS JOIN name n ON n.tenant = d.object AND n.space = ?4 AND n.name = ?2 \
     WHERE d.tenant = 0 AND d.space = ?3 AND d.name = ?5 AND d.object <> ?1) \
     ON CONFLICT (client_id) DO UPDATE SET tenant = excluded.tenant \
     WHERE root_client.tenant = excluded.tenant OR NOT EXISTS \
     (SELECT 1 FROM object t WHERE t.tenant = 0 AND t.key = root_client.tenant)";

pub const HOLD_AT_ROOT: &str = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM root_client r \
     JOIN object t ON t.tenant = 0 AND t.key = r.tenant \
     WHERE r.client_id = ?2 AND r.tenant <> ?1)";

pub const LEAVE_ROOT: &str = "DELETE FROM root_client WHERE tenant = ?1 AND client_id = ?2";

pub const USED: &str = "INSERT INTO used (object, tenant, at) VALUES (?1, ?2, ?3) \
     ON CONFLICT (tenant, object) DO UPDATE SET at = max(at, excluded.at)";

pub const FORGET_USED: &str = "DELETE FROM used WHERE tenant = ?1 AND object = ?2";
