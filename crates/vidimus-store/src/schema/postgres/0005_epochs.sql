-- Which state the configuration of a tenant is in; of tenants themselves and of clients at the root,
-- tenant 0. A node uses what it remembers only where the look that needs it finds the same epoch.
-- Random, so that no state has the number of another, also not after a restore.
CREATE TABLE epoch (
    tenant  BIGINT PRIMARY KEY,
    value   BIGINT NOT NULL
) WITH (fillfactor = 50);

CREATE FUNCTION new_epoch() RETURNS BIGINT LANGUAGE sql VOLATILE AS
    'SELECT floor(random() * 9007199254740992)::bigint';

-- Consents are left out, with their names (spaces 13 and 17): people give them all day, and no node
-- remembers them. In the order of the tenants, so that two statements over several of them do not
-- wait for each other.
CREATE FUNCTION object_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS '
BEGIN
    INSERT INTO epoch (tenant, value)
        SELECT tenant, new_epoch() FROM (
            SELECT DISTINCT tenant FROM changed WHERE kind <> ''consent'' ORDER BY tenant
        ) AS tenants
        ON CONFLICT (tenant) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END';

CREATE FUNCTION object_updated() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS '
BEGIN
    INSERT INTO epoch (tenant, value)
        SELECT tenant, new_epoch() FROM (
            SELECT tenant FROM before WHERE kind <> ''consent''
            UNION SELECT tenant FROM changed WHERE kind <> ''consent'' ORDER BY tenant
        ) AS tenants
        ON CONFLICT (tenant) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END';

CREATE FUNCTION name_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS '
BEGIN
    INSERT INTO epoch (tenant, value)
        SELECT tenant, new_epoch() FROM (
            SELECT DISTINCT tenant FROM changed WHERE space NOT IN (13, 17) ORDER BY tenant
        ) AS tenants
        ON CONFLICT (tenant) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END';

CREATE FUNCTION name_updated() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS '
BEGIN
    INSERT INTO epoch (tenant, value)
        SELECT tenant, new_epoch() FROM (
            SELECT tenant FROM before WHERE space NOT IN (13, 17)
            UNION SELECT tenant FROM changed WHERE space NOT IN (13, 17) ORDER BY tenant
        ) AS tenants
        ON CONFLICT (tenant) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END';

CREATE FUNCTION root_client_changed() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS '
BEGIN
    INSERT INTO epoch (tenant, value) VALUES (0, new_epoch())
        ON CONFLICT (tenant) DO UPDATE SET value = excluded.value;
    RETURN NULL;
END';

CREATE FUNCTION all_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS '
BEGIN
    UPDATE epoch SET value = new_epoch();
    RETURN NULL;
END';

CREATE TRIGGER object_insert AFTER INSERT ON object REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION object_changed();
CREATE TRIGGER object_update AFTER UPDATE ON object
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION object_updated();
CREATE TRIGGER object_delete AFTER DELETE ON object REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION object_changed();
CREATE TRIGGER object_truncate AFTER TRUNCATE ON object
    FOR EACH STATEMENT EXECUTE FUNCTION all_changed();

CREATE TRIGGER name_insert AFTER INSERT ON name REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION name_changed();
CREATE TRIGGER name_update AFTER UPDATE ON name
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION name_updated();
CREATE TRIGGER name_delete AFTER DELETE ON name REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION name_changed();
CREATE TRIGGER name_truncate AFTER TRUNCATE ON name
    FOR EACH STATEMENT EXECUTE FUNCTION all_changed();

CREATE TRIGGER root_client_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON root_client
    FOR EACH STATEMENT EXECUTE FUNCTION root_client_changed();

-- Also where a session says that it replays what another database has done.
ALTER TABLE object ENABLE ALWAYS TRIGGER object_insert;
ALTER TABLE object ENABLE ALWAYS TRIGGER object_update;
ALTER TABLE object ENABLE ALWAYS TRIGGER object_delete;
ALTER TABLE object ENABLE ALWAYS TRIGGER object_truncate;
ALTER TABLE name ENABLE ALWAYS TRIGGER name_insert;
ALTER TABLE name ENABLE ALWAYS TRIGGER name_update;
ALTER TABLE name ENABLE ALWAYS TRIGGER name_delete;
ALTER TABLE name ENABLE ALWAYS TRIGGER name_truncate;
ALTER TABLE root_client ENABLE ALWAYS TRIGGER root_client_change;

-- Last: what the triggers wait for has happened, and what happens from now on waits for them.
INSERT INTO epoch (tenant, value)
    SELECT tenant, new_epoch() FROM (
        SELECT 0 AS tenant UNION SELECT key FROM object WHERE tenant = 0
    ) AS known;
