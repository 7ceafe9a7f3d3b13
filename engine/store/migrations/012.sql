-- How much the run, together with the runs that it started, may do in all of its processes, as JSON that package host writes; NULL for no limit.
ALTER TABLE runs ADD COLUMN limits TEXT;
UPDATE runs SET limits = json_object('max_changes', most_changes) WHERE most_changes IS NOT NULL;
ALTER TABLE runs DROP COLUMN most_changes;

-- Whether the effect of the write is to destroy something.
ALTER TABLE writes ADD COLUMN destroys INTEGER NOT NULL DEFAULT 0;
