-- One INSERT into the view `record` writes a whole batch; its triggers do the rest:
--
--   batch ── one INSERT ──▶ record ─┬─ deliver, refuse ──▶ delivery, bounded
--                                   ├─ keep_metric ──────▶ metric
--                                   ├─ keep_incidents ───▶ incident
--                                   ├─ forget_metric ────▶ metric, delivery and incident
--                                   ├─ keep_silence, ────▶ silence
--                                   │  remove_silence
--                                   ├─ note_alive ───────▶ run
--                                   ├─ keep_note ────────▶ note
--                                   └─ keep_count, ──────▶ counter
--                                      count_unseen_changes,
--                                      count_partly_read
--
-- What was not taken has ids of its own, which count down from -1: neither kind can push the
-- other out.
--
-- SQLite works through it without the interpreter, which the event loop has meanwhile. All of
-- this belongs to the connection and is not in the file.

CREATE TEMP TABLE bound (
    max_deliveries INTEGER NOT NULL,
    max_refusals INTEGER NOT NULL
);

-- the metrics of a batch that were forgotten, each with the newest delivery to forget
CREATE TEMP TABLE forgotten (
    agent_id TEXT NOT NULL,
    metric_id TEXT NOT NULL,
    last_id INTEGER NOT NULL,
    PRIMARY KEY (agent_id, metric_id)
) WITHOUT ROWID;

CREATE TEMP VIEW record (
    received_at, source, verdict, reason, host, title, agent_id, metric_id, body,
    is_refused, unseen_changes, left_out,
    metric_action, of_agent_id, of_metric_id, arrived_at, of_source, payload,
    acknowledgement, told_host, changes, untold, course, incidents
) AS VALUES (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

CREATE TEMP TRIGGER deliver INSTEAD OF INSERT ON record
WHEN new.verdict IS NOT NULL AND NOT new.is_refused BEGIN
    INSERT INTO delivery VALUES (
        max((SELECT ifnull(max(id), 0) FROM delivery), 0) + 1, new.received_at,
        new.source, new.verdict, new.reason, new.host,
        new.title, new.agent_id, new.metric_id, new.body, new.left_out
    );
    DELETE FROM delivery
    WHERE id BETWEEN 1 AND last_insert_rowid() - (SELECT max_deliveries FROM bound);
END;

CREATE TEMP TRIGGER refuse INSTEAD OF INSERT ON record
WHEN new.is_refused BEGIN
    INSERT INTO delivery VALUES (
        min((SELECT ifnull(min(id), 0) FROM delivery), 0) - 1, new.received_at,
        new.source, new.verdict, new.reason, new.host,
        new.title, new.agent_id, new.metric_id, new.body, new.left_out
    );
    DELETE FROM delivery
    WHERE id BETWEEN last_insert_rowid() + (SELECT max_refusals FROM bound) AND -1;
END;

CREATE TEMP TRIGGER keep_metric INSTEAD OF INSERT ON record
WHEN new.metric_action = 'keep' BEGIN
    INSERT INTO metric VALUES (
        new.of_agent_id, new.of_metric_id, new.arrived_at, new.of_source,
        new.payload, new.acknowledgement, new.told_host, new.changes, new.untold,
        new.course
    ) ON CONFLICT DO UPDATE SET
        received_at = excluded.received_at, source = excluded.source,
        payload = excluded.payload, acknowledgement = excluded.acknowledgement,
        host = excluded.host, changes = excluded.changes, untold = excluded.untold,
        course = excluded.course;
END;

CREATE TEMP TRIGGER keep_incidents INSTEAD OF INSERT ON record
WHEN new.incidents IS NOT NULL BEGIN
    DELETE FROM incident
    WHERE agent_id = new.of_agent_id AND metric_id = new.of_metric_id
    AND began_at >= new.incidents ->> 'from'
    AND began_at NOT IN (
        SELECT value ->> 0 FROM json_each(new.incidents, '$.rows')
    );
    -- acknowledgements are known only of the last incident
    INSERT INTO incident
    SELECT
        NULL, new.of_agent_id, new.of_metric_id, value ->> 0, value ->> 1, value ->> 2,
        value ->> 3, value ->> 4, new.incidents ->> 'host', new.incidents ->> 'name'
    FROM json_each(new.incidents, '$.rows')
    WHERE true ON CONFLICT (agent_id, metric_id, began_at) DO UPDATE SET
        ended_at = excluded.ended_at, worst = excluded.worst, steps = excluded.steps,
        acknowledgements = ifnull(excluded.acknowledgements, acknowledgements),
        host = excluded.host, name = excluded.name;
END;

CREATE TEMP TRIGGER forget_metric INSTEAD OF INSERT ON record
WHEN new.metric_action = 'forget' BEGIN
    DELETE FROM metric
    WHERE agent_id = new.of_agent_id AND metric_id = new.of_metric_id;
    INSERT OR REPLACE INTO forgotten
    SELECT new.of_agent_id, new.of_metric_id, ifnull(max(id), 0) FROM delivery;
    UPDATE incident SET ended_at = max(began_at, ifnull(new.arrived_at, began_at))
    WHERE agent_id = new.of_agent_id AND metric_id = new.of_metric_id
    AND ended_at IS NULL;
END;

CREATE TEMP TRIGGER keep_silence INSTEAD OF INSERT ON record
WHEN new.metric_action = 'silence' BEGIN
    INSERT INTO silence VALUES (new.of_agent_id, new.of_metric_id)
    ON CONFLICT DO UPDATE SET silence = excluded.silence;
END;

CREATE TEMP TRIGGER remove_silence INSTEAD OF INSERT ON record
WHEN new.metric_action = 'unsilence' BEGIN
    DELETE FROM silence WHERE id = new.of_agent_id;
END;

CREATE TEMP TRIGGER note_alive INSTEAD OF INSERT ON record
WHEN new.metric_action IN ('starting', 'alive') BEGIN
    INSERT INTO run VALUES (1, new.arrived_at, new.metric_action = 'alive')
    ON CONFLICT DO UPDATE SET
        alive_at = excluded.alive_at, has_started = excluded.has_started;
END;

CREATE TEMP TRIGGER keep_note INSTEAD OF INSERT ON record
WHEN new.metric_action = 'note' BEGIN
    INSERT INTO note VALUES (new.of_agent_id, new.of_metric_id)
    ON CONFLICT DO UPDATE SET value = excluded.value;
END;

CREATE TEMP TRIGGER keep_count INSTEAD OF INSERT ON record
WHEN new.metric_action = 'count' BEGIN
    INSERT INTO counter VALUES (new.of_agent_id, new.of_metric_id)
    ON CONFLICT DO UPDATE SET value = max(value, excluded.value);
END;

CREATE TEMP TRIGGER count_unseen_changes INSTEAD OF INSERT ON record
WHEN new.unseen_changes BEGIN
    INSERT INTO counter VALUES ('unseen_changes', max(new.unseen_changes, 0))
    ON CONFLICT DO UPDATE SET value = max(value + new.unseen_changes, 0);
END;

CREATE TEMP TRIGGER count_partly_read INSTEAD OF INSERT ON record
WHEN new.left_out IS NOT NULL AND NOT new.is_refused BEGIN
    INSERT INTO counter VALUES ('partly_read_deliveries', 1)
    ON CONFLICT DO UPDATE SET value = value + 1;
END;
