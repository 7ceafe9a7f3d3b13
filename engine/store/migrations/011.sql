-- The state before the first attempt of a call, of cards whose undo needs it; NULL for others. All attempts of a call have the same one.
ALTER TABLE writes ADD COLUMN before BLOB;

-- The chain of hashes of a run: see chain.go. row is the id of a write, or 0 for the run. content is a digest of columns of the row, key names the key of the
-- hash; NULL for none.
CREATE TABLE chain (
  run     INTEGER NOT NULL,
  nth     INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  row     INTEGER NOT NULL,
  content BLOB NOT NULL,
  hash    BLOB NOT NULL,
  key     BLOB,
  PRIMARY KEY (run, nth)
) WITHOUT ROWID;

-- The number of its links when the run last started, paused, went on or ended; NULL for a run from before there were chains.
ALTER TABLE runs ADD COLUMN links INTEGER;
