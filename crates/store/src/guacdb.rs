//! Guacamole's own database: what its web application reads so that a user may open connections.
//!
//! Not a part of `Store`: another server's tables, in PostgreSQL alone, by a role that may write rows of
//! these and nothing else. It may be away at any time: the pool connects when it is asked.
//!
//! | table | what is written |
//! |---|---|
//! | `guacamole_entity`, `guacamole_user` | a user, when its first connection is |
//! | `guacamole_connection`, `…_parameter` | a connection, and how guacd reaches it |
//! | `guacamole_connection_attribute` | the connection's key |
//! | `guacamole_connection_permission` | that this user may open it |
//! | `guacamole_connection_history`, `guacamole_user_history` | nothing: Guacamole's own rows of our users, removed when old |
//!
//! A person sees a connection's title; we know ours by its key, in an attribute that Guacamole keeps and
//! does not use. Users' names and connections' keys begin with the instance's prefix; whatever else has
//! it and is not held by this server was left by an earlier one, and is swept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use sqlx::{Pool, Postgres};

use crate::db::{Held, PostgresUrl, args, lazily};
use crate::{Database, StoreError};

#[derive(Debug, Clone)]
pub struct Guacdb {
    pool: Pool<Postgres>,
}

/// One who may log in at Guacamole. There is a secret in it, so it is never shown.
pub struct ConnectionUser {
    /// At most 128 characters, and no space.
    pub name: String,
    pub password: String,
    pub salt: [u8; 32],
}

/// There are secrets in it, so it is never shown.
pub struct NewConnection {
    /// Names it among ours; no space.
    pub key: String,
    /// What a person sees; ` #` and the connection's number come after it.
    pub title: String,
    pub protocol: &'static str,
    pub parameters: BTreeMap<&'static str, String>,
}

impl NewConnection {
    /// What 128 characters leave beside a number.
    pub const TITLE_MAX_CHARS: usize = 116;
}

impl Guacdb {
    /// Reads `postgres://user:password@host:port/guacdb`.
    pub fn parse(url: &str) -> Result<PostgresUrl, StoreError> {
        match Database::parse(url)? {
            Database::Postgres { url } => Ok(url),
            Database::Sqlite { .. } => Err(StoreError::BadAddress {
                why: "Guacamole's database is PostgreSQL".into(),
            }),
        }
    }

    /// Connects when first asked. Needs a tokio runtime.
    pub fn open(url: &PostgresUrl) -> Result<Self, StoreError> {
        Ok(Self { pool: lazily(url)? })
    }

    /// Writes all of it or nothing, and the user where it is not there; answers the connection's number.
    pub async fn provision(
        &self,
        user: &ConnectionUser,
        new: &NewConnection,
    ) -> Result<u64, StoreError> {
        let mut tx = Held::acquire(&self.pool).await?;
        tx.begin("BEGIN").await?;
        let row = args![&*user.name, hash(user), hex(&user.salt)];
        tx.run(ENSURE_USER, row).await?;
        let row = tx.row(INSERT_CONNECTION, args![&*new.title, new.protocol]);
        let row = row.await?.ok_or_else(|| nothing("connection_id"))?;
        let id = row.number("connection_id")?;
        tx.run(INSERT_KEY, args![id, &*new.key]).await?;
        for (name, value) in &new.parameters {
            let parameter = args![id, *name, &**value];
            tx.run(INSERT_PARAMETER, parameter).await?;
        }
        let given = tx.run(INSERT_PERMISSION, args![id, &*user.name]).await?;
        if given == 0 {
            return Err(nothing("entity_id"));
        }
        tx.commit().await?;
        Ok(id)
    }

    /// Users' names and connections' keys that begin with `prefix`.
    pub async fn ours(&self, prefix: &str) -> Result<BTreeSet<String>, StoreError> {
        let mut held = Held::acquire(&self.pool).await?;
        let rows = held.rows(SELECT_OURS, args![prefix]).await?;
        rows.iter().map(|row| row.text("name")).collect()
    }

    /// Removes users and connections by name and key; says how many went. Idempotent.
    pub async fn remove(&self, names: &BTreeSet<String>) -> Result<u64, StoreError> {
        // As one text, since names of ours have no space in them.
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let names = names.join(" ");
        let mut tx = Held::acquire(&self.pool).await?;
        tx.begin("BEGIN").await?;
        let connections = tx.run(REMOVE_CONNECTIONS, args![&*names]).await?;
        let users = tx.run(REMOVE_USERS, args![&*names]).await?;
        tx.commit().await?;
        Ok(connections + users)
    }

    /// Removes what Guacamole wrote down of log-ins and connections of users whose names begin with
    /// `prefix`, where it began more than so many days ago; says how many rows went.
    pub async fn forget_history(&self, prefix: &str, days: u32) -> Result<u64, StoreError> {
        let mut tx = Held::acquire(&self.pool).await?;
        tx.begin("BEGIN").await?;
        let mut removed = 0;
        for statement in FORGET_HISTORY {
            let days = u64::from(days);
            removed += tx.run(statement, args![prefix, days]).await?;
        }
        tx.commit().await?;
        Ok(removed)
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

const ENSURE_USER: &str = "\
    WITH entity AS ( \
        INSERT INTO guacamole_entity (name, type) VALUES ($1, 'USER') \
        ON CONFLICT (type, name) DO NOTHING RETURNING entity_id \
    ) \
    INSERT INTO guacamole_user (entity_id, password_hash, password_salt, password_date) \
    SELECT entity_id, decode($2, 'hex'), decode($3, 'hex'), now() FROM entity";

/// By its number no two have the same name, whoever else writes here.
const INSERT_CONNECTION: &str = "\
    INSERT INTO guacamole_connection \
        (connection_id, connection_name, protocol, max_connections, max_connections_per_user) \
    SELECT id, $1 || ' #' || id, $2, 1, 1 \
    FROM nextval(pg_get_serial_sequence('guacamole_connection', 'connection_id')) AS id \
    RETURNING CAST(connection_id AS BIGINT) AS connection_id";

const INSERT_KEY: &str = "\
    INSERT INTO guacamole_connection_attribute (connection_id, attribute_name, attribute_value) \
    VALUES ($1, 'nova-ve', $2)";

const INSERT_PARAMETER: &str = "\
    INSERT INTO guacamole_connection_parameter (connection_id, parameter_name, parameter_value) \
    VALUES ($1, $2, $3)";

const INSERT_PERMISSION: &str = "\
    INSERT INTO guacamole_connection_permission (entity_id, connection_id, permission) \
    SELECT entity_id, $1, 'READ' FROM guacamole_entity WHERE name = $2 AND type = 'USER'";

const SELECT_OURS: &str = "\
    SELECT attribute_value AS name FROM guacamole_connection_attribute \
    WHERE attribute_name = 'nova-ve' AND starts_with(attribute_value, $1) \
    UNION SELECT name FROM guacamole_entity WHERE type = 'USER' AND starts_with(name, $1)";

/// Its other rows go with it, by Guacamole's own foreign keys; its history stays.
const REMOVE_CONNECTIONS: &str = "\
    DELETE FROM guacamole_connection USING guacamole_connection_attribute AS attribute \
    WHERE guacamole_connection.connection_id = attribute.connection_id \
        AND attribute_name = 'nova-ve' AND attribute_value = ANY (string_to_array($1, ' '))";

const REMOVE_USERS: &str = "\
    DELETE FROM guacamole_entity WHERE type = 'USER' AND name = ANY (string_to_array($1, ' '))";

/// Both keep the user's name when the user is gone.
const FORGET_HISTORY: [&str; 2] = [
    "DELETE FROM guacamole_connection_history \
     WHERE starts_with(username, $1) AND start_date < now() - make_interval(days => CAST($2 AS INT))",
    "DELETE FROM guacamole_user_history \
     WHERE starts_with(username, $1) AND start_date < now() - make_interval(days => CAST($2 AS INT))",
];

fn nothing(column: &str) -> StoreError {
    StoreError::Damaged {
        column: column.into(),
        why: "there is nothing".into(),
    }
}

/// As Guacamole keeps it: SHA-256 of the password and, after it, the salt in upper-case hex.
fn hash(user: &ConnectionUser) -> String {
    let salt = hex(&user.salt).to_uppercase();
    hex(&Sha256::digest(user.password.clone() + &salt))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes every write");
    }
    text
}
