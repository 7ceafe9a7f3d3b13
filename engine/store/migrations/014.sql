-- The plan to which the run is held, as compressed JSON; NULL for none.
ALTER TABLE runs ADD COLUMN plan BLOB;
