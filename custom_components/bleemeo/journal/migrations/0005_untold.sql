ALTER TABLE metric ADD COLUMN untold TEXT;

CREATE TABLE run (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    alive_at TEXT NOT NULL,
    has_started INTEGER NOT NULL
);
