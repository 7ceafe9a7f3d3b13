-- How far the records of a service were read for a trigger of a flow. Only the service can read position, which is JSON. at is a time of the service; ended is the
-- last time of this machine at which all had been read.
CREATE TABLE polls (
  flow     TEXT NOT NULL,
  trigger  TEXT NOT NULL,
  position TEXT NOT NULL,
  at       INTEGER NOT NULL,
  ended    INTEGER NOT NULL,
  PRIMARY KEY (flow, trigger)
) WITHOUT ROWID;

-- The records that the service may return again, by the time of the service at which they were read. They start nothing more, also if their occasions were removed.
CREATE TABLE polled (
  flow    TEXT NOT NULL,
  trigger TEXT NOT NULL,
  key     TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (flow, trigger, key)
) WITHOUT ROWID;
CREATE INDEX polled_by_time ON polled (flow, trigger, at);
