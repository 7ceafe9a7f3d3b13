-- The first write of a record that has not ended, if the record was inserted with it: then it has no row in effects, and what the record
-- read before is in the payload.
ALTER TABLE records ADD COLUMN write INTEGER;
