CREATE TABLE users (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    username      TEXT             NOT NULL,
    -- Lower case: two names that differ in case alone are one name.
    username_key  TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash TEXT             NOT NULL,
    role          TEXT             NOT NULL CHECK (role IN ('admin', 'member')),
    created_ms    BIGINT           NOT NULL
);

-- The secret itself is only in the browser: `key` is its SHA-256 in hex.
CREATE TABLE sessions (
    key          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_ms   BIGINT           NOT NULL,
    last_seen_ms BIGINT           NOT NULL,
    expires_ms   BIGINT           NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE settings (
    key   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT             NOT NULL
);

CREATE TABLE audit (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at_ms   BIGINT           NOT NULL,
    user_id TEXT COLLATE "C",
    action  TEXT             NOT NULL,
    subject TEXT             NOT NULL,
    detail  TEXT             NOT NULL
);
CREATE INDEX audit_by_time ON audit (at_ms, id);
