-- The state before the first attempt of a call, of cards whose undo needs it; NULL for others. All attempts of a call have the same one.
ALTER TABLE writes ADD COLUMN before BLOB;
