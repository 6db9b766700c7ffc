-- The history's tables, version by version. Append a block for each new version; never change one
-- that was shipped, since the files it made are out there. Instants are milliseconds of Unix time,
-- lengths milliseconds. No names of people, no texts.
-- v1
CREATE TABLE conversations (
  key INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  opened INTEGER NOT NULL,
  channel TEXT NOT NULL,
  queue TEXT NOT NULL,
  priority TEXT NOT NULL,
  public INTEGER NOT NULL,
  origin TEXT NOT NULL,
  policy TEXT,
  first_reply INTEGER,
  resolved INTEGER,
  UNIQUE (source, id, opened)
);
CREATE INDEX conversations_opened ON conversations (opened);
CREATE TABLE waits (
  conversation INTEGER NOT NULL REFERENCES conversations (key) ON DELETE CASCADE,
  clock TEXT NOT NULL,
  start INTEGER NOT NULL,
  ended INTEGER,
  outcome TEXT NOT NULL,
  target INTEGER,
  due INTEGER,
  breached INTEGER NOT NULL,
  open_time INTEGER,
  PRIMARY KEY (conversation, clock, start)
) WITHOUT ROWID;
CREATE INDEX waits_start ON waits (start);
CREATE TABLE alarms (
  alarm TEXT NOT NULL,
  raised INTEGER NOT NULL,
  occurrence INTEGER NOT NULL,
  escalated INTEGER,
  acked INTEGER,
  acked_by TEXT,
  shelved INTEGER,
  cleared INTEGER,
  PRIMARY KEY (alarm, raised)
) WITHOUT ROWID;
CREATE TABLE days (
  day TEXT PRIMARY KEY,
  received INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  first_median_s INTEGER,
  first_p90_s INTEGER,
  next_median_s INTEGER,
  next_p90_s INTEGER,
  in_target_rate REAL,
  breaches INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE states (
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (source, id)
) WITHOUT ROWID;
