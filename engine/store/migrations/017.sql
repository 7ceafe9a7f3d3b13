-- Where a run ran that this history fetched from there, as JSON; NULL for one that a process of this workspace ran.
ALTER TABLE runs ADD COLUMN origin TEXT;
