-- The index of the lab files. `contents` are the last good ones: they stay in force while the file
-- is broken or missing.
CREATE TABLE labs (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT             NOT NULL,
    name_key   TEXT COLLATE "C" NOT NULL,
    owner_id   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    revision   BIGINT           NOT NULL,
    changed_ms BIGINT           NOT NULL,
    state      TEXT             NOT NULL CHECK (state IN ('writing', 'ok', 'broken', 'missing', 'deleting')),
    state_why  TEXT             NOT NULL,
    -- Which file was looked at last, and the SHA-256 of the last good one.
    file_stamp TEXT             NOT NULL,
    file_hash  TEXT             NOT NULL,
    contents   TEXT             NOT NULL
);
CREATE INDEX labs_by_name ON labs (name_key, id);
CREATE INDEX labs_by_owner ON labs (owner_id, name_key, id);

-- A row is written before the file it describes, so a row above the lab's revision never happened
-- unless the file has its `file_hash`.
CREATE TABLE edits (
    lab_id      TEXT COLLATE "C" NOT NULL REFERENCES labs (id) ON DELETE CASCADE,
    revision    BIGINT           NOT NULL,
    -- Nobody: the file was changed by hand.
    author_id   TEXT COLLATE "C" REFERENCES users (id),
    kind        TEXT             NOT NULL CHECK (kind IN ('edit', 'undo', 'redo', 'outside')),
    -- The row that an undo or a redo takes back.
    of_revision BIGINT,
    -- 1: an older file was put in its place by hand, so there is nothing to take back any more.
    superseded  BIGINT           NOT NULL,
    words       TEXT             NOT NULL,
    edit        TEXT,
    inverse     TEXT,
    file_hash   TEXT             NOT NULL,
    at_ms       BIGINT           NOT NULL,
    PRIMARY KEY (lab_id, revision)
);
CREATE INDEX edits_by_author ON edits (lab_id, author_id, revision);
CREATE INDEX edits_taken_back ON edits (lab_id, of_revision);
