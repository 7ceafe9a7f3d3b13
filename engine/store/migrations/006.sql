-- The answer of a run to the request that started it, and the place of the step that answered; '' if it has not.
ALTER TABLE runs ADD COLUMN answered TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN answer BLOB;

-- A digest of the request: one with the same key must be the same. '' if it is not known.
ALTER TABLE occasions ADD COLUMN digest TEXT NOT NULL DEFAULT '';

-- Who asks; '' for a person at a terminal.
ALTER TABLE controls ADD COLUMN asker TEXT NOT NULL DEFAULT '';
