-- When an object may be purged; most never are.
ALTER TABLE object ADD COLUMN expires_at INTEGER;
CREATE INDEX object_expires_at ON object (expires_at, key) WHERE expires_at IS NOT NULL;

-- Every tenant is found by its row key as well: space 12.
INSERT INTO name (tenant, space, name, object)
    SELECT tenant, 12, CAST(key AS TEXT), key FROM object WHERE tenant = 0;

-- Where the token lies whose text carries no key. The digest comes first, so that it is found in
-- another tenant too.
CREATE TABLE locator (
    digest      BLOB    NOT NULL,
    tenant      INTEGER NOT NULL,
    token       INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (digest, tenant)
) WITHOUT ROWID;
CREATE INDEX locator_token ON locator (tenant, token);
CREATE INDEX locator_expires_at ON locator (expires_at);

-- Documents that a flow leaves behind for its next step.
CREATE TABLE ticket (
    key         INTEGER PRIMARY KEY,
    tenant      INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    alias       BLOB,
    expires_at  INTEGER NOT NULL,
    doc         TEXT    NOT NULL
);
CREATE UNIQUE INDEX ticket_alias ON ticket (tenant, alias) WHERE alias IS NOT NULL;
CREATE INDEX ticket_expires_at ON ticket (expires_at, key);

-- Clients of other tenants that are found at the root by their id.
CREATE TABLE root_client (
    client_id  TEXT    NOT NULL PRIMARY KEY,
    tenant     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX root_client_tenant ON root_client (tenant, client_id);
