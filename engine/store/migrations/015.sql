-- The end of the chain of a run: the number of its links, and a hash over it and the hash of the last one, which needs the key of the chain. It is changed with
-- each link, so that links at the end are not cut off unnoticed. hash is NULL for a chain from before this table.
CREATE TABLE heads (run INTEGER PRIMARY KEY, nth INTEGER NOT NULL, hash BLOB);
INSERT INTO heads (run, nth) SELECT run, max(nth) FROM chain GROUP BY run;

-- The last run from before there were chains. Each later run has one.
INSERT INTO meta (name, value) SELECT 'unchained', coalesce(max(seq), 0) FROM runs WHERE links IS NULL;
ALTER TABLE runs DROP COLUMN links;

-- What a link says that no row has, such as who resumed the run; NULL for nothing.
ALTER TABLE chain ADD COLUMN note TEXT;
