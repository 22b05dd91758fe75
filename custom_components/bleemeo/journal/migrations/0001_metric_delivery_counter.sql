CREATE TABLE metric (
    agent_id TEXT NOT NULL,
    metric_id TEXT NOT NULL,
    received_at TEXT NOT NULL,
    source TEXT NOT NULL,
    payload TEXT NOT NULL,
    acknowledgement TEXT,
    PRIMARY KEY (agent_id, metric_id)
) WITHOUT ROWID;

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    received_at TEXT NOT NULL,
    source TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT,
    host TEXT,
    title TEXT,
    agent_id TEXT,
    metric_id TEXT,
    body TEXT NOT NULL
);

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
