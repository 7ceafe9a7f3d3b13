-- The flows whose schedules are paused. It is not a column of schedules, so that a pause outlives an edit of the cron expression or the zone.
CREATE TABLE paused_flows (flow TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO paused_flows SELECT DISTINCT flow FROM schedules WHERE paused <> 0;
ALTER TABLE schedules DROP COLUMN paused;
