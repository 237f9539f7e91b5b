-- The audit trail (spaces 18 and 19 within tenant 0) ends no epoch either: every change adds to it,
-- and no node remembers it.
CREATE OR REPLACE FUNCTION object_changed() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS '
BEGIN
    INSERT INTO epoch (tenant, value)
        SELECT tenant, new_epoch() FROM (
            SELECT DISTINCT tenant FROM changed WHERE kind NOT IN (''consent'', ''audit_entry'')
            ORDER BY tenant
        ) AS tenants
        ON CONFLICT (tenant) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END';

CREATE OR REPLACE FUNCTION object_updated() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS '
BEGIN
    INSERT INTO epoch (tenant, value)
        SELECT tenant, new_epoch() FROM (
            SELECT tenant FROM before WHERE kind NOT IN (''consent'', ''audit_entry'')
            UNION SELECT tenant FROM changed WHERE kind NOT IN (''consent'', ''audit_entry'')
            ORDER BY tenant
        ) AS tenants
        ON CONFLICT (tenant) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END';

CREATE OR REPLACE FUNCTION name_changed() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS '
BEGIN
    INSERT INTO epoch (tenant, value)
        SELECT tenant, new_epoch() FROM (
            SELECT DISTINCT tenant FROM changed WHERE space NOT IN (13, 17, 18, 19) ORDER BY tenant
        ) AS tenants
        ON CONFLICT (tenant) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END';

CREATE OR REPLACE FUNCTION name_updated() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS '
BEGIN
    INSERT INTO epoch (tenant, value)
        SELECT tenant, new_epoch() FROM (
            SELECT tenant FROM before WHERE space NOT IN (13, 17, 18, 19)
            UNION SELECT tenant FROM changed WHERE space NOT IN (13, 17, 18, 19) ORDER BY tenant
        ) AS tenants
        ON CONFLICT (tenant) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END';

-- The chain through the entries of the audit trail, over all tenants. Whoever adds a link waits at
-- the head for whoever did before.
CREATE TABLE link (
    number      BIGINT PRIMARY KEY,
    entry       BIGINT NOT NULL,
    digest      BYTEA  NOT NULL,
    chain       BYTEA  NOT NULL,
    expires_at  BIGINT NOT NULL
);

CREATE TABLE link_head (
    one     BOOLEAN PRIMARY KEY CHECK (one),
    number  BIGINT NOT NULL,
    chain   BYTEA  NOT NULL
);
INSERT INTO link_head (one, number, chain) VALUES (true, 0, decode(repeat('00', 32), 'hex'));

-- When an object was used last: of a client, when a token was issued to it.
CREATE TABLE used (
    tenant  BIGINT NOT NULL,
    object  BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (tenant, object)
);
CREATE INDEX used_at ON used (at);
