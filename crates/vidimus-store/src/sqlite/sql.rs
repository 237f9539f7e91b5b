//! The statements. Each names the tenant; `sweep` ones run over all of them.

pub const OBJECTS_BY_NAME: &str = "SELECT o.key, o.tenant, o.version, o.disabled, o.not_before, o.doc \
     FROM name n JOIN object o ON o.key = n.object AND o.tenant = n.tenant \
     WHERE n.tenant = ?1 AND n.space = ?2 AND n.name = ?3 ORDER BY n.object";

pub const OBJECT_BY_KEY: &str = "SELECT key, tenant, version, disabled, not_before, doc \
     FROM object WHERE tenant = ?1 AND key = ?2";

pub const PAGE: &str = "SELECT o.key, o.tenant, o.version, o.disabled, o.not_before, o.doc \
     FROM name n JOIN object o ON o.key = n.object AND o.tenant = n.tenant \
     WHERE n.tenant = ?1 AND n.space = ?2 AND n.name > ?3 ORDER BY n.name, n.object LIMIT ?4";

pub const WHOLE: &str = "SELECT o.key, o.tenant, o.version, o.disabled, o.not_before, o.doc \
     FROM name n JOIN object o ON o.key = n.object AND o.tenant = n.tenant \
     WHERE n.tenant = ?1 AND n.space = ?2 ORDER BY n.name, n.object";

pub const TOKEN: &str = "SELECT t.kind, t.hash, t.client, t.user_key, t.family, t.scope, t.audience, \
     t.issued_at, t.expires_at, t.not_before, t.revocation, t.confirmation, t.kid, \
     f.key, f.client, f.user_key, f.expires_at, f.revocation \
     FROM token t LEFT JOIN family f ON f.key = t.family AND f.tenant = t.tenant \
     WHERE t.tenant = ?1 AND t.key = ?2";

pub const TOKEN_ELSEWHERE: &str = "SELECT 1 FROM token WHERE tenant <> ?1 AND key = ?2";

pub const ONCE: &str = "SELECT 1 FROM once WHERE tenant = ?1 AND space = ?2 AND digest = ?3";

pub const INSERT_OBJECT: &str = "INSERT INTO object \
     (tenant, key, kind, version, disabled, not_before, doc) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";

pub const UPDATE_OBJECT: &str = "UPDATE object \
     SET kind = ?3, version = ?4, disabled = ?5, not_before = ?6, doc = ?7 \
     WHERE tenant = ?1 AND key = ?2 AND version = ?8";

pub const DELETE_OBJECT: &str =
    "DELETE FROM object WHERE tenant = ?1 AND key = ?2 AND version = ?3";

pub const INSERT_NAME: &str = "INSERT INTO name (tenant, object, space, name) \
     VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

pub const DELETE_NAMES: &str = "DELETE FROM name WHERE tenant = ?1 AND object = ?2";

pub const INSERT_TOKEN: &str = "INSERT INTO token \
     (tenant, key, kind, hash, client, user_key, family, scope, audience, issued_at, expires_at, \
      not_before, revocation, confirmation, kid) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
     ON CONFLICT DO NOTHING";

pub const INSERT_FAMILY: &str = "INSERT INTO family \
     (tenant, key, client, user_key, expires_at, revocation) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";

pub const REVOKE_TOKEN: &str =
    "UPDATE token SET revocation = ?3 WHERE tenant = ?1 AND key = ?2 AND revocation IS NULL";

pub const REVOKE_FAMILY: &str =
    "UPDATE family SET revocation = ?3 WHERE tenant = ?1 AND key = ?2 AND revocation IS NULL";

pub const INSERT_ONCE: &str = "INSERT INTO once (tenant, space, digest, expires_at) \
     VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
