-- Rows of removed nodes and labs stay, switched off: counters never go back, so an agent that still
-- holds the old node cannot take it for the new one.
CREATE TABLE run_wishes (
    lab_id      TEXT COLLATE "C" NOT NULL,
    node        BIGINT           NOT NULL,
    is_on       BIGINT           NOT NULL CHECK (is_on IN (0, 1)),
    start_count BIGINT           NOT NULL,
    wipe_count  BIGINT           NOT NULL,
    changed_by  TEXT COLLATE "C",
    changed_ms  BIGINT           NOT NULL,
    PRIMARY KEY (lab_id, node)
);

-- What agents were last told of a lab. `removing` is the tombstone; the row outlives the lab, so
-- that a generation is never used twice.
CREATE TABLE specs (
    lab_id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    generation    BIGINT           NOT NULL,
    contents_hash TEXT             NOT NULL,
    state         TEXT             NOT NULL CHECK (state IN ('wanted', 'removing', 'removed'))
);

CREATE TABLE jobs (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    lab_id     TEXT COLLATE "C" NOT NULL,
    started_ms BIGINT           NOT NULL,
    ended_ms   BIGINT,
    body       TEXT             NOT NULL
);
CREATE INDEX jobs_by_time ON jobs (started_ms, id);
CREATE INDEX jobs_by_lab ON jobs (lab_id, started_ms, id);
