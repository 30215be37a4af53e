-- A removed user stays as a row that nobody can log in as: history and audit keep the name.
ALTER TABLE users ADD COLUMN removed_ms INTEGER;

-- What the client was at log-in.
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';

-- The secret itself is only with its user: `key` is its SHA-256 in hex.
CREATE TABLE tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    key          TEXT    NOT NULL UNIQUE,
    user_id      TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    -- Lower case: two names that differ in case alone are one name.
    name_key     TEXT    NOT NULL,
    created_ms   INTEGER NOT NULL,
    expires_ms   INTEGER NOT NULL,
    last_used_ms INTEGER,
    UNIQUE (user_id, name_key)
) STRICT;

CREATE TABLE shares (
    lab_id   TEXT    NOT NULL REFERENCES labs (id) ON DELETE CASCADE,
    user_id  TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    granted  TEXT    NOT NULL CHECK (granted IN ('view', 'operate', 'edit')),
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (lab_id, user_id)
) STRICT;
CREATE INDEX shares_by_user ON shares (user_id, lab_id);

-- Who asked; empty for jobs of an older program.
ALTER TABLE jobs ADD COLUMN user_id TEXT NOT NULL DEFAULT '';

-- The name at that time, and where the request came from.
ALTER TABLE audit ADD COLUMN username TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN outcome TEXT NOT NULL DEFAULT 'done' CHECK (outcome IN ('done', 'refused'));
ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN request_id TEXT NOT NULL DEFAULT '';
