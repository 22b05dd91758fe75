ALTER TABLE metric ADD COLUMN course TEXT;

-- times are microseconds since 1970; without steps the worst status was the only one
CREATE TABLE incident (
    id INTEGER PRIMARY KEY,
    agent_id TEXT NOT NULL,
    metric_id TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER,
    worst INTEGER NOT NULL,
    steps TEXT,
    acknowledgements TEXT,
    host TEXT,
    name TEXT,
    UNIQUE (agent_id, metric_id, began_at)
);

CREATE INDEX incident_by_end ON incident (ifnull(ended_at, 9223372036854775807));

CREATE TABLE silence (
    id TEXT PRIMARY KEY,
    silence TEXT NOT NULL
) WITHOUT ROWID;
