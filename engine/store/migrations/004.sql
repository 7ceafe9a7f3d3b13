-- What starts runs without a person: an occurrence of a schedule, an event, a request to a webhook. Each starts one run. trigger and key
-- identify it among those of the flow.
CREATE TABLE occasions (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  flow     TEXT NOT NULL,
  trigger  TEXT NOT NULL,
  key      TEXT NOT NULL,
  lane     TEXT NOT NULL, -- those of one lane start one after another
  at       INTEGER NOT NULL,
  received INTEGER NOT NULL,
  status   TEXT NOT NULL,
  reason   TEXT NOT NULL DEFAULT '',
  run      TEXT NOT NULL DEFAULT '',
  payload  BLOB,
  UNIQUE (flow, trigger, key)
);
CREATE INDEX occasions_waiting ON occasions (at, id) WHERE status = 'waiting';
CREATE INDEX occasions_by_run ON occasions (run) WHERE run <> '';

-- How far each schedule has come.
CREATE TABLE schedules (
  flow    TEXT NOT NULL,
  trigger TEXT NOT NULL,
  last    INTEGER NOT NULL, -- the time up to which its occurrences are occasions
  paused  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (flow, trigger)
) WITHOUT ROWID;

-- The process that makes occasions of schedules and starts runs for all: one at a time.
CREATE TABLE leader (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  owner TEXT NOT NULL,
  fence INTEGER NOT NULL
);
