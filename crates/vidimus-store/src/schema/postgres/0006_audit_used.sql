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

-- When an object was used last: of a client, when a token was issued to it.
CREATE TABLE used (
    object  BIGINT PRIMARY KEY,
    tenant  BIGINT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX used_at ON used (at, object);
