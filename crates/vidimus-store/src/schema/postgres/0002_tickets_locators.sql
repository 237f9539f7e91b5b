-- When an object may be purged; most never are.
ALTER TABLE object ADD COLUMN expires_at BIGINT;
CREATE INDEX object_expires_at ON object (expires_at, key) WHERE expires_at IS NOT NULL;

-- Every tenant is found by its row key as well: space 12.
INSERT INTO name (tenant, space, name, object)
    SELECT tenant, 12, CAST(key AS TEXT), key FROM object WHERE tenant = 0;

-- Where the token lies whose text carries no key. The digest comes first, so that it is found in
-- another tenant too.
CREATE TABLE locator (
    digest      BYTEA  NOT NULL,
    tenant      BIGINT NOT NULL,
    token       BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (digest, tenant)
);
CREATE INDEX locator_token ON locator (tenant, token);
CREATE INDEX locator_expires_at ON locator (expires_at);

-- Documents that a flow leaves behind for its next step.
CREATE TABLE ticket (
    key         BIGINT PRIMARY KEY,
    tenant      BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    hash        BYTEA  NOT NULL,
    alias       BYTEA,
    expires_at  BIGINT NOT NULL,
    doc         TEXT   NOT NULL
);
CREATE UNIQUE INDEX ticket_alias ON ticket (tenant, alias) WHERE alias IS NOT NULL;
CREATE INDEX ticket_expires_at ON ticket (expires_at, key);

-- Clients of other tenants that are found at the root by their id.
CREATE TABLE root_client (
    client_id  TEXT COLLATE "C" PRIMARY KEY,
    tenant     BIGINT NOT NULL
);
CREATE INDEX root_client_tenant ON root_client (tenant, client_id);
