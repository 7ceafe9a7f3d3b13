-- The names of runs, places and keys in these tables have no secret text: see place.go. Times are microseconds since 1970.

CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE owners (
  id        TEXT PRIMARY KEY,
  pid       INTEGER NOT NULL,
  host      TEXT NOT NULL,
  boot      TEXT NOT NULL,
  heartbeat INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE sources (hash BLOB PRIMARY KEY, files BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE runs (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,
  flow        TEXT NOT NULL,
  status      TEXT NOT NULL,
  reason      TEXT NOT NULL DEFAULT '',
  started_by  TEXT NOT NULL DEFAULT '',
  started     INTEGER NOT NULL,
  ended       INTEGER NOT NULL DEFAULT 0,
  parent      TEXT NOT NULL DEFAULT '',
  dry         INTEGER NOT NULL DEFAULT 0,
  digest      TEXT NOT NULL DEFAULT '',
  sources     BLOB,
  start       BLOB NOT NULL,
  connections TEXT NOT NULL DEFAULT '[]',
  report      BLOB,
  owner       TEXT NOT NULL DEFAULT '',
  fence       INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX runs_by_flow ON runs (flow, seq);

-- What a resumed run needs of its scopes that are open. The result of a write is in writes.
CREATE TABLE effects (
  run     INTEGER NOT NULL,
  place   TEXT NOT NULL,
  kind    TEXT NOT NULL,
  nth     INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  payload BLOB,
  write   INTEGER,
  PRIMARY KEY (run, place, kind, nth)
) WITHOUT ROWID;

-- Each attempt of a write. The id is the seq of its run in the upper bits, and a number.
CREATE TABLE writes (
  id         INTEGER PRIMARY KEY,
  place      TEXT NOT NULL,
  attempt    INTEGER NOT NULL,
  card       TEXT NOT NULL,
  connection TEXT NOT NULL,
  target     TEXT NOT NULL,
  began      INTEGER NOT NULL,
  times      INTEGER NOT NULL DEFAULT 1,
  aside      INTEGER NOT NULL DEFAULT 0,
  ended      INTEGER NOT NULL DEFAULT 0,
  seq        INTEGER, -- of its result among the effects
  changed    INTEGER NOT NULL DEFAULT 0,
  doubt      INTEGER NOT NULL DEFAULT 1,
  settled    INTEGER,
  input      BLOB,
  result     BLOB
);
CREATE INDEX writes_in_doubt ON writes (id) WHERE doubt = 1;

-- The texts that people find a write by, in lower case.
CREATE TABLE subjects (text TEXT NOT NULL, write INTEGER NOT NULL, PRIMARY KEY (text, write)) WITHOUT ROWID;
CREATE INDEX subjects_by_write ON subjects (write);

CREATE TABLE streams (
  id     INTEGER PRIMARY KEY,
  run    INTEGER NOT NULL,
  place  TEXT NOT NULL,
  cursor BLOB,
  page   INTEGER NOT NULL DEFAULT 0,
  first  INTEGER NOT NULL DEFAULT 0,
  tally  BLOB,
  UNIQUE (run, place)
);

-- part is the last part of the record's place.
CREATE TABLE records (
  stream  INTEGER NOT NULL,
  page    INTEGER NOT NULL,
  part    TEXT NOT NULL,
  first   INTEGER NOT NULL,
  status  TEXT NOT NULL,
  payload BLOB,
  PRIMARY KEY (stream, page, part)
) WITHOUT ROWID;

-- Counts of records (kind stream, by the name of the stream's place) and of their writes (kind write, by card).
CREATE TABLE counts (
  run   INTEGER NOT NULL,
  kind  TEXT NOT NULL,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, kind, name)
) WITHOUT ROWID;

-- Values that are too long for a row.
CREATE TABLE blobs (run INTEGER NOT NULL, hash BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, hash)) WITHOUT ROWID;

-- What other processes ask the owner of a run to do.
CREATE TABLE controls (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  run   INTEGER NOT NULL,
  kind  TEXT NOT NULL,
  value INTEGER NOT NULL,
  at    INTEGER NOT NULL
);
CREATE INDEX controls_by_run ON controls (run);
