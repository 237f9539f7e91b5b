-- The chain through the entries of the audit trail, over all tenants.
CREATE TABLE link (
    number      INTEGER PRIMARY KEY,
    entry       INTEGER NOT NULL,
    digest      BLOB    NOT NULL,
    chain       BLOB    NOT NULL,
    expires_at  INTEGER NOT NULL
);

-- When an object was used last: of a client, when a token was issued to it.
CREATE TABLE used (
    tenant  INTEGER NOT NULL,
    object  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (tenant, object)
) WITHOUT ROWID;
CREATE INDEX used_at ON used (at);
