-- The event hooks that servers keep in services. hook is the id there, '' while there is none; org is '' until it is known. headers is a JSON list of the names of the
-- headers, and proof a digest of the secret and their values. retired is when another hook took its place; 0 if none did.
CREATE TABLE hooks (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  connection TEXT NOT NULL,
  org        TEXT NOT NULL,
  flow       TEXT NOT NULL,
  trigger    TEXT NOT NULL,
  hook       TEXT NOT NULL,
  url        TEXT NOT NULL,
  headers    TEXT NOT NULL,
  proof      TEXT NOT NULL,
  status     TEXT NOT NULL,
  problem    TEXT NOT NULL,
  seen       INTEGER NOT NULL,
  retired    INTEGER NOT NULL
);
