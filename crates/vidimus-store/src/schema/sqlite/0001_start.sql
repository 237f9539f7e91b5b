-- Configuration: versioned documents. Tenants themselves lie under tenant 0.
CREATE TABLE object (
    key         INTEGER PRIMARY KEY,
    tenant      INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    disabled    INTEGER NOT NULL,
    not_before  INTEGER NOT NULL,
    doc         TEXT    NOT NULL
);
CREATE INDEX object_tenant ON object (tenant, key);

-- Every name of an object. Space 6 is the audience, the only one that objects may share.
CREATE TABLE name (
    tenant  INTEGER NOT NULL,
    space   INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    object  INTEGER NOT NULL,
    PRIMARY KEY (tenant, space, name, object)
) WITHOUT ROWID;
CREATE UNIQUE INDEX name_unique ON name (tenant, space, name) WHERE space <> 6;
CREATE INDEX name_object ON name (tenant, object);

-- The key orders by time, so that an insert touches the last page only.
CREATE TABLE token (
    key           INTEGER PRIMARY KEY,
    tenant        INTEGER NOT NULL,
    kind          INTEGER NOT NULL,
    hash          BLOB    NOT NULL,
    client        INTEGER,
    user_key      INTEGER,
    family        INTEGER,
    scope         TEXT    NOT NULL,
    audience      TEXT,
    issued_at     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    not_before    INTEGER,
    revocation    TEXT,
    confirmation  TEXT,
    kid           TEXT
);
CREATE INDEX token_expires_at ON token (expires_at, key);

CREATE TABLE family (
    key         INTEGER PRIMARY KEY,
    tenant      INTEGER NOT NULL,
    client      INTEGER,
    user_key    INTEGER,
    expires_at  INTEGER NOT NULL,
    revocation  TEXT
);
CREATE INDEX family_expires_at ON family (expires_at, key);

-- What may happen once only, by digest.
CREATE TABLE once (
    tenant      INTEGER NOT NULL,
    space       INTEGER NOT NULL,
    digest      BLOB    NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant, space, digest)
) WITHOUT ROWID;
CREATE INDEX once_expires_at ON once (expires_at);
