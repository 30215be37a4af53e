//! Who may log in. Names are unique without regard to case; the password is only here as the hash
//! that the server made of it.

use std::fmt;
use std::str::FromStr;

use model::access::Role;
use uuid::Uuid;

use crate::db::{Row, Tx, Value, args};
use crate::{Store, StoreError};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub Uuid);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub role: Role,
    pub created_ms: u64,
}

/// What a new user is made of; `id` is drawn by the caller.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub id: UserId,
    pub username: String,
    /// An argon2id hash in its text form.
    pub password_hash: String,
    pub role: Role,
}

/// A user with what a password is compared with.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub user: User,
    pub password_hash: String,
}

impl Store {
    pub async fn create_user(&self, new: NewUser, now_ms: u64) -> Result<User, StoreError> {
        let NewUser {
            id,
            username,
            password_hash,
            role,
        } = new;
        let inserted = self.db.run(
            "INSERT INTO users (id, username, username_key, password_hash, role, created_ms)
             VALUES ($1, $2, $3, $4, $5, $6)",
            args![
                id,
                &*username,
                username.to_lowercase(),
                password_hash,
                role_word(role),
                now_ms
            ],
        );
        match inserted.await {
            Ok(_) => Ok(User {
                id,
                username,
                role,
                created_ms: now_ms,
            }),
            Err(error) if error.is_duplicate() => Err(StoreError::UsernameTaken { username }),
            Err(error) => Err(error),
        }
    }

    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = self.db.row(
            "SELECT id AS user_id, username, role, created_ms AS user_created_ms FROM users
             WHERE id = $1",
            args![id],
        );
        row.await?.as_ref().map(User::from_row).transpose()
    }

    /// By name, without regard to case.
    pub async fn user_named(&self, username: &str) -> Result<Option<User>, StoreError> {
        Ok(self.credentials(username).await?.map(|found| found.user))
    }

    /// What a log-in needs, by name, without regard to case.
    pub async fn credentials(&self, username: &str) -> Result<Option<Credentials>, StoreError> {
        let row = self.db.row(
            "SELECT id AS user_id, username, role, created_ms AS user_created_ms, password_hash
             FROM users WHERE username_key = $1",
            args![username.to_lowercase()],
        );
        let Some(row) = row.await? else {
            return Ok(None);
        };
        Ok(Some(Credentials {
            user: User::from_row(&row)?,
            password_hash: row.text("password_hash")?,
        }))
    }

    /// Everybody, by name.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let rows = self.db.rows(
            "SELECT id AS user_id, username, role, created_ms AS user_created_ms FROM users
             ORDER BY username_key",
            args![],
        );
        rows.await?.iter().map(User::from_row).collect()
    }

    /// A new password ends every session of the user.
    pub async fn set_password(&self, id: UserId, password_hash: &str) -> Result<(), StoreError> {
        let statement = "UPDATE users SET password_hash = $2 WHERE id = $1";
        self.change_user(id, statement, password_hash).await
    }

    /// A new role ends every session of the user.
    pub async fn set_role(&self, id: UserId, role: Role) -> Result<(), StoreError> {
        let statement = "UPDATE users SET role = $2 WHERE id = $1";
        self.change_user(id, statement, role_word(role)).await
    }

    async fn change_user(
        &self,
        id: UserId,
        statement: &'static str,
        value: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        if tx.run(statement, args![id, value]).await? == 0 {
            return Err(StoreError::NoSuchUser);
        }
        tx.run("DELETE FROM sessions WHERE user_id = $1", args![id])
            .await?;
        tx.commit().await
    }
}

/// The administrator who was there first: owner of labs that nobody is known to have made.
pub(crate) async fn first_admin(tx: &mut Tx) -> Result<Option<UserId>, StoreError> {
    let row = tx.row(
        "SELECT id FROM users WHERE role = 'admin' ORDER BY created_ms, id LIMIT 1",
        args![],
    );
    row.await?.map(|row| row.parsed("id")).transpose()
}

impl User {
    /// From columns `user_id`, `username`, `role`, `user_created_ms`.
    pub(crate) fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.parsed("user_id")?,
            username: row.text("username")?,
            role: role_of(&row.text("role")?)?,
            created_ms: row.number("user_created_ms")?,
        })
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

fn role_of(word: &str) -> Result<Role, StoreError> {
    match word {
        "admin" => Ok(Role::Admin),
        "member" => Ok(Role::Member),
        other => Err(StoreError::Damaged {
            column: "role".into(),
            why: format!("{other:?} is no role"),
        }),
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for UserId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

impl From<UserId> for Value {
    fn from(id: UserId) -> Self {
        Self::from(id.0)
    }
}

impl From<Option<UserId>> for Value {
    fn from(id: Option<UserId>) -> Self {
        Self::from(id.map(|id| id.to_string()))
    }
}
