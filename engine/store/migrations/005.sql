-- The tokens of a server. The hash is SHA-256 of the token; flows is a JSON list, null for all flows.
CREATE TABLE tokens (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  name    TEXT NOT NULL,
  role    TEXT NOT NULL,
  flows   TEXT NOT NULL,
  hash    BLOB NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL DEFAULT 0,
  used    INTEGER NOT NULL DEFAULT 0,
  revoked INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX tokens_by_name ON tokens (name) WHERE revoked = 0;
