-- The stream whose concurrency another process asks to change; empty for all.
ALTER TABLE controls ADD COLUMN name TEXT NOT NULL DEFAULT '';

-- Runs with the same quota are counted together; empty for a run without a limit.
ALTER TABLE runs ADD COLUMN quota TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_by_quota ON runs (quota, status) WHERE quota <> '';
