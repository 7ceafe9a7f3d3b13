-- 1 while the run of an occasion goes on in processes that do not share the history, or is about to be started there: then it waits, with the id of that run.
ALTER TABLE occasions ADD COLUMN elsewhere INTEGER NOT NULL DEFAULT 0;
CREATE INDEX occasions_elsewhere ON occasions (id) WHERE elsewhere <> 0;
