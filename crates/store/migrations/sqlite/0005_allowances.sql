-- What of its host an administrator allowed a lab.
CREATE TABLE allowances (
    lab_id     TEXT    NOT NULL REFERENCES labs (id) ON DELETE CASCADE,
    reach      TEXT    NOT NULL,
    what       TEXT    NOT NULL,
    allowed_by TEXT    NOT NULL,
    since_ms   INTEGER NOT NULL,
    PRIMARY KEY (lab_id, reach, what)
) STRICT;
