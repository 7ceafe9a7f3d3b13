-- What runs ask people, and what these decided. A question is bound to what was shown by its digest. Another question at the same place, after a
-- run went on with other values, is a row of its own.
CREATE TABLE approvals (
  id      INTEGER PRIMARY KEY,
  run     INTEGER NOT NULL,           -- runs.seq
  place   TEXT    NOT NULL,           -- of the step, as in effects
  nth     INTEGER NOT NULL,           -- the number of the question at this place, from 1
  request BLOB    NOT NULL,           -- payload: the prompt, what is shown, who may decide
  digest  TEXT    NOT NULL,           -- of the request, the run, the place, the flow, the plan and expires: SHA-256
  asked   INTEGER NOT NULL,           -- microseconds, as all times
  expires INTEGER NOT NULL,
  state   TEXT    NOT NULL DEFAULT 'open',
  decided INTEGER NOT NULL DEFAULT 0, -- 0: it is open
  decider TEXT    NOT NULL DEFAULT '',
  note    TEXT    NOT NULL DEFAULT '',
  used    INTEGER NOT NULL DEFAULT 0, -- when the run acted on the decision
  UNIQUE (run, place, nth)
);
CREATE INDEX approvals_open ON approvals (run) WHERE state = 'open';
