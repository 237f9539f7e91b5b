-- What a user has allowed is listed by the user: space 17, which consents share as objects share an
-- audience (6).
DROP INDEX name_unique;
CREATE UNIQUE INDEX name_unique ON name (tenant, space, name) WHERE space NOT IN (6, 17);
