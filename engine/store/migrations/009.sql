-- The flows whose schedules are paused. It is not a column of schedules, so that a pause outlives an edit of the cron expression or the zone.
CREATE TABLE paused_flows (flow TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO paused_flows SELECT DISTINCT flow FROM schedules WHERE paused <> 0;
ALTER TABLE schedules DROP COLUMN paused;

-- Why what starts a flow waits, as the leader knows it.
CREATE TABLE holds (
  flow   TEXT PRIMARY KEY,
  reason TEXT NOT NULL
) WITHOUT ROWID;

-- Who or what started it, for those who look at starts: the payload has it, too. '' if it is the trigger, or not known.
ALTER TABLE occasions ADD COLUMN asker TEXT NOT NULL DEFAULT '';
UPDATE occasions SET asker = coalesce(json_extract(CAST(substr(payload, 2) AS TEXT), '$.By'), '')
  WHERE substr(payload, 1, 1) IN (x'70', x'73') AND json_valid(CAST(substr(payload, 2) AS TEXT));
