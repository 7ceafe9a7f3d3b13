-- Hashes of the subjects of a write, for the chain: of those that it had when it was begun and, if it had more then, when it ended. NULL for none,
-- and for a write from before these columns, whose subjects are not verified.
ALTER TABLE writes ADD COLUMN texts BLOB;
ALTER TABLE writes ADD COLUMN all_texts BLOB;
