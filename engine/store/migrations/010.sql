-- The number of changes that the run, together with the runs that it started, may make in all of its processes; NULL for no limit.
ALTER TABLE runs ADD COLUMN most_changes INTEGER;
