-- What of its host an administrator allowed a lab.
CREATE TABLE allowances (
    lab_id     TEXT COLLATE "C" NOT NULL REFERENCES labs (id) ON DELETE CASCADE,
    reach      TEXT COLLATE "C" NOT NULL,
    what       TEXT COLLATE "C" NOT NULL,
    allowed_by TEXT             NOT NULL,
    since_ms   BIGINT           NOT NULL,
    PRIMARY KEY (lab_id, reach, what)
);
