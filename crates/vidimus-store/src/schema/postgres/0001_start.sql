-- Configuration: versioned documents. Tenants themselves lie under tenant 0.
CREATE TABLE object (
    key         BIGINT PRIMARY KEY,
    tenant      BIGINT  NOT NULL,
    kind        TEXT    NOT NULL,
    version     BIGINT  NOT NULL,
    disabled    BOOLEAN NOT NULL,
    not_before  BIGINT  NOT NULL,
    doc         TEXT    NOT NULL
);
CREATE INDEX object_tenant ON object (tenant, key);

-- Every name of an object. Space 6 is the audience, the only one that objects may share. Byte
-- order, so that lists come in the same order from every store.
CREATE TABLE name (
    tenant  BIGINT   NOT NULL,
    space   SMALLINT NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    object  BIGINT   NOT NULL,
    PRIMARY KEY (tenant, space, name, object)
);
CREATE UNIQUE INDEX name_unique ON name (tenant, space, name) WHERE space <> 6;
CREATE INDEX name_object ON name (tenant, object);

CREATE TABLE token (
    key           BIGINT PRIMARY KEY,
    tenant        BIGINT   NOT NULL,
    kind          SMALLINT NOT NULL,
    hash          BYTEA    NOT NULL,
    client        BIGINT,
    user_key      BIGINT,
    family        BIGINT,
    scope         TEXT     NOT NULL,
    audience      TEXT,
    issued_at     BIGINT   NOT NULL,
    expires_at    BIGINT   NOT NULL,
    not_before    BIGINT,
    revocation    TEXT,
    confirmation  TEXT,
    kid           TEXT
);
CREATE INDEX token_expires_at ON token (expires_at, key);

CREATE TABLE family (
    key         BIGINT PRIMARY KEY,
    tenant      BIGINT NOT NULL,
    client      BIGINT,
    user_key    BIGINT,
    expires_at  BIGINT NOT NULL,
    revocation  TEXT
);
CREATE INDEX family_expires_at ON family (expires_at, key);

-- What may happen once only, by digest.
CREATE TABLE once (
    tenant      BIGINT   NOT NULL,
    space       SMALLINT NOT NULL,
    digest      BYTEA    NOT NULL,
    expires_at  BIGINT   NOT NULL,
    PRIMARY KEY (tenant, space, digest)
);
CREATE INDEX once_expires_at ON once (expires_at);
