-- When an object was used last: of a client, when a token was issued to it.
CREATE TABLE used (
    object  INTEGER PRIMARY KEY,
    tenant  INTEGER NOT NULL,
    at      INTEGER NOT NULL
);
CREATE INDEX used_at ON used (at, object);
