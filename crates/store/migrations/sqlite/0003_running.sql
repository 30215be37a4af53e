-- Rows of removed nodes and labs stay, switched off: counters never go back, so an agent that still
-- holds the old node cannot take it for the new one.
CREATE TABLE run_wishes (
    lab_id      TEXT    NOT NULL,
    node        INTEGER NOT NULL,
    is_on       INTEGER NOT NULL CHECK (is_on IN (0, 1)),
    start_count INTEGER NOT NULL,
    wipe_count  INTEGER NOT NULL,
    changed_by  TEXT,
    changed_ms  INTEGER NOT NULL,
    PRIMARY KEY (lab_id, node)
) STRICT;

-- What agents were last told of a lab. `removing` is the tombstone; the row outlives the lab, so
-- that a generation is never used twice.
CREATE TABLE specs (
    lab_id        TEXT    NOT NULL PRIMARY KEY,
    generation    INTEGER NOT NULL,
    contents_hash TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('wanted', 'removing', 'removed'))
) STRICT;

CREATE TABLE jobs (
    id         TEXT    NOT NULL PRIMARY KEY,
    lab_id     TEXT    NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms   INTEGER,
    body       TEXT    NOT NULL
) STRICT;
CREATE INDEX jobs_by_time ON jobs (started_ms, id);
CREATE INDEX jobs_by_lab ON jobs (lab_id, started_ms, id);
