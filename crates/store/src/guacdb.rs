//! Guacamole's own database: what its web application reads so that one user may open one connection.
//!
//! Not a part of `Store`: another server's tables, in PostgreSQL alone, by a role that may write rows of
//! these five and nothing else. It may be away at any time: the pool connects when it is asked.
//!
//! | table | what is written |
//! |---|---|
//! | `guacamole_entity`, `guacamole_user` | a user that lives as long as its one connection |
//! | `guacamole_connection`, `…_parameter` | the connection, and how guacd reaches it |
//! | `guacamole_connection_permission` | that this user may open it |
//!
//! User and connection have the same name, which begins with the instance's prefix; whatever else has
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

/// One user with one connection. There are secrets in it, so it is never shown.
pub struct NewConnection {
    /// Of both; at most 128 characters.
    pub name: String,
    pub password: String,
    pub salt: [u8; 32],
    pub protocol: &'static str,
    pub parameters: BTreeMap<&'static str, String>,
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

    /// Writes all of it or nothing; answers the connection's number.
    pub async fn provision(&self, new: &NewConnection) -> Result<u64, StoreError> {
        let mut tx = Held::acquire(&self.pool).await?;
        tx.begin("BEGIN").await?;
        let user = args![&*new.name, hash(new), hex(&new.salt)];
        tx.run(INSERT_USER, user).await?;
        let row = tx.row(INSERT_CONNECTION, args![&*new.name, new.protocol]);
        let Some(row) = row.await? else {
            return Err(StoreError::Damaged {
                column: "connection_id".into(),
                why: "there is nothing".into(),
            });
        };
        let id = row.number("connection_id")?;
        for (name, value) in &new.parameters {
            let parameter = args![id, *name, &**value];
            tx.run(INSERT_PARAMETER, parameter).await?;
        }
        tx.run(INSERT_PERMISSION, args![id, &*new.name]).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Removes every user and connection whose name begins with `prefix`, but those of `keep`; says how
    /// many connections went. Idempotent.
    pub async fn sweep(&self, prefix: &str, keep: &BTreeSet<String>) -> Result<u64, StoreError> {
        // As one text, since names of ours have no space in them.
        let keep: Vec<&str> = keep.iter().map(String::as_str).collect();
        let keep = keep.join(" ");
        let mut tx = Held::acquire(&self.pool).await?;
        tx.begin("BEGIN").await?;
        let removed = tx.run(SWEEP_CONNECTIONS, args![prefix, &*keep]).await?;
        tx.run(SWEEP_USERS, args![prefix, &*keep]).await?;
        tx.commit().await?;
        Ok(removed)
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

const INSERT_USER: &str = "\
    WITH entity AS ( \
        INSERT INTO guacamole_entity (name, type) VALUES ($1, 'USER') RETURNING entity_id \
    ) \
    INSERT INTO guacamole_user (entity_id, password_hash, password_salt, password_date) \
    SELECT entity_id, decode($2, 'hex'), decode($3, 'hex'), now() FROM entity";

const INSERT_CONNECTION: &str = "\
    INSERT INTO guacamole_connection (connection_name, protocol, max_connections, max_connections_per_user) \
    VALUES ($1, $2, 1, 1) RETURNING CAST(connection_id AS BIGINT) AS connection_id";

const INSERT_PARAMETER: &str = "\
    INSERT INTO guacamole_connection_parameter (connection_id, parameter_name, parameter_value) \
    VALUES ($1, $2, $3)";

const INSERT_PERMISSION: &str = "\
    INSERT INTO guacamole_connection_permission (entity_id, connection_id, permission) \
    SELECT entity_id, $1, 'READ' FROM guacamole_entity WHERE name = $2 AND type = 'USER'";

/// Parameters and permissions go with it, by Guacamole's own foreign keys.
const SWEEP_CONNECTIONS: &str = "\
    DELETE FROM guacamole_connection \
    WHERE starts_with(connection_name, $1) AND connection_name <> ALL (string_to_array($2, ' '))";

const SWEEP_USERS: &str = "\
    DELETE FROM guacamole_entity \
    WHERE type = 'USER' AND starts_with(name, $1) AND name <> ALL (string_to_array($2, ' '))";

/// As Guacamole keeps it: SHA-256 of the password and, after it, the salt in upper-case hex.
fn hash(new: &NewConnection) -> String {
    let salt = hex(&new.salt).to_uppercase();
    hex(&Sha256::digest(new.password.clone() + &salt))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes every write");
    }
    text
}
