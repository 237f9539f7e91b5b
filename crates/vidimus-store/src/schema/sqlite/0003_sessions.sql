-- Whose session a ticket is, and when the background must see to one; most are neither.
ALTER TABLE ticket ADD COLUMN owner INTEGER;
ALTER TABLE ticket ADD COLUMN due_at INTEGER;
CREATE INDEX ticket_owner ON ticket (tenant, owner, key) WHERE owner IS NOT NULL;
CREATE INDEX ticket_due_at ON ticket (due_at, key) WHERE due_at IS NOT NULL;

-- What a user has authorized, and how he had signed in.
CREATE INDEX family_user ON family (tenant, user_key, key) WHERE user_key IS NOT NULL;
ALTER TABLE family ADD COLUMN authentication TEXT;
