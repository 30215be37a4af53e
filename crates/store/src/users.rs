//! Who may log in. Names are unique without regard to case; the password is only here as the hash
//! that the server made of it.
//!
//! Every change of a role or a password ends the user's sessions and tokens in the same transaction.

use std::fmt;
use std::str::FromStr;

use model::LabId;
use model::access::Role;
use uuid::Uuid;

use crate::db::{Row, Tx, Value, args};
use crate::{Page, Paged, SessionKey, Store, StoreError};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub Uuid);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub role: Role,
    pub created_ms: u64,
}

/// A user with what lists tell beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    pub user: User,
    pub lab_count: u64,
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

/// Who changes another user. Asked inside the transaction that writes: a session may end, and its
/// user be no administrator any more, between a request's head and the end of its body.
#[derive(Debug, Clone, Copy)]
pub enum By {
    /// A command on the machine itself.
    Machine,
    /// An administrator's session.
    Admin(SessionKey),
}

impl Store {
    pub async fn create_user(&self, by: By, new: NewUser, now_ms: u64) -> Result<User, StoreError> {
        let NewUser {
            id,
            username,
            password_hash,
            role,
        } = new;
        let mut tx = self.db.write().await?;
        still_may(&mut tx, by).await?;
        let inserted = tx.run(
            "INSERT INTO users (id, username, username_key, password_hash, role, created_ms)
             VALUES ($1, $2, $3, $4, $5, $6)",
            args![
                id,
                &*username,
                username.to_lowercase(),
                password_hash,
                role.word(),
                now_ms
            ],
        );
        match inserted.await {
            Ok(_) => tx.commit().await?,
            Err(error) if error.is_duplicate() => {
                return Err(StoreError::UsernameTaken { username });
            }
            Err(error) => return Err(error),
        }
        Ok(User {
            id,
            username,
            role,
            created_ms: now_ms,
        })
    }

    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = self.db.row(
            "SELECT id AS user_id, username, role, created_ms AS user_created_ms FROM users
             WHERE id = $1 AND removed_ms IS NULL",
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
             FROM users WHERE username_key = $1 AND removed_ms IS NULL",
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
    pub async fn users(&self, page: &Page) -> Result<Paged<UserRow>, StoreError> {
        let [name] = page.key([""]);
        let rows = self.db.rows(
            "SELECT u.id AS user_id, u.username, u.role, u.created_ms AS user_created_ms,
                    u.username_key,
                    (SELECT COUNT(*) FROM labs l WHERE l.owner_id = u.id
                     AND l.state NOT IN ('writing', 'deleting')) AS lab_count
             FROM users u WHERE u.removed_ms IS NULL AND u.username_key > $1
             ORDER BY u.username_key LIMIT $2",
            args![name, page.rows()],
        );
        let keyed = |row: &Row| Ok((row.text("username_key")?, UserRow::from_row(row)?));
        let rows = rows.await?;
        let rows: Vec<_> = rows.iter().map(keyed).collect::<Result<_, StoreError>>()?;
        let Paged { items, next } = page.cut(rows, |(key, _)| vec![key.clone()]);
        let items = items.into_iter().map(|(_, row)| row).collect();
        Ok(Paged { items, next })
    }

    /// One of them, by name without regard to case.
    pub async fn user_row(&self, username: &str) -> Result<Option<UserRow>, StoreError> {
        let row = self.db.row(
            "SELECT u.id AS user_id, u.username, u.role, u.created_ms AS user_created_ms,
                    (SELECT COUNT(*) FROM labs l WHERE l.owner_id = u.id
                     AND l.state NOT IN ('writing', 'deleting')) AS lab_count
             FROM users u WHERE u.removed_ms IS NULL AND u.username_key = $1",
            args![username.to_lowercase()],
        );
        row.await?.as_ref().map(UserRow::from_row).transpose()
    }

    pub async fn is_last_admin(&self, id: UserId) -> Result<bool, StoreError> {
        let row = self.db.row(
            "SELECT 1 AS yes FROM users WHERE id = $1 AND role = 'admin' AND NOT EXISTS (
                 SELECT 1 FROM users WHERE role = 'admin' AND removed_ms IS NULL AND id <> $1)",
            args![id],
        );
        Ok(row.await?.is_some())
    }

    /// The labs that the user owns.
    pub async fn labs_owned_by(&self, user: UserId) -> Result<Vec<LabId>, StoreError> {
        let rows = self.db.rows(
            "SELECT id FROM labs WHERE owner_id = $1 ORDER BY id",
            args![user],
        );
        rows.await?.iter().map(|row| row.parsed("id")).collect()
    }

    /// A new password ends every session and token of the user.
    pub async fn set_password(
        &self,
        by: By,
        id: UserId,
        password_hash: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        still_may(&mut tx, by).await?;
        let statement = "UPDATE users SET password_hash = $2 WHERE id = $1 AND removed_ms IS NULL";
        if tx.run(statement, args![id, password_hash]).await? == 0 {
            return Err(StoreError::NoSuchUser);
        }
        end_ways_in(&mut tx, id).await?;
        tx.commit().await
    }

    /// The same by the user, whose present password was verified against `verified_hash`: nothing
    /// changes when another one was set meanwhile, or the session ended.
    pub async fn set_own_password(
        &self,
        session: SessionKey,
        id: UserId,
        verified_hash: &str,
        password_hash: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let changed = tx.run(
            "UPDATE users SET password_hash = $2
             WHERE id = $1 AND password_hash = $3 AND removed_ms IS NULL
               AND EXISTS (SELECT 1 FROM sessions WHERE key = $4 AND user_id = $1)",
            args![id, password_hash, verified_hash, session],
        );
        if changed.await? == 0 {
            return Err(StoreError::AskerGone);
        }
        end_ways_in(&mut tx, id).await?;
        tx.commit().await
    }

    /// A new role ends every session and token of the user. The last administrator stays one.
    pub async fn set_role(&self, by: By, id: UserId, role: Role) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        still_may(&mut tx, by).await?;
        let before = role_now(&mut tx, id).await?;
        if before == Role::Admin && role == Role::Member {
            keep_an_admin(&mut tx, id).await?;
        }
        let statement = "UPDATE users SET role = $2 WHERE id = $1";
        tx.run(statement, args![id, role.word()]).await?;
        end_ways_in(&mut tx, id).await?;
        tx.commit().await
    }

    /// The user's labs go to `labs_to`, the name is free again. The row stays, so that history and
    /// audit keep the name. The last administrator cannot be removed.
    pub async fn remove_user(
        &self,
        by: By,
        id: UserId,
        labs_to: UserId,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        still_may(&mut tx, by).await?;
        if role_now(&mut tx, id).await? == Role::Admin {
            keep_an_admin(&mut tx, id).await?;
        }
        role_now(&mut tx, labs_to).await?;
        for statement in [
            "UPDATE labs SET owner_id = $2 WHERE owner_id = $1",
            "DELETE FROM shares WHERE user_id = $1
                OR user_id = $2 AND lab_id IN (SELECT id FROM labs WHERE owner_id = $2)",
        ] {
            tx.run(statement, args![id, labs_to]).await?;
        }
        end_ways_in(&mut tx, id).await?;
        tx.run(
            "UPDATE users SET removed_ms = $2, role = 'member', password_hash = '',
                 username_key = $3 WHERE id = $1",
            // No name can be like this, so the real one is free.
            args![id, now_ms, format!("\n{id}")],
        )
        .await?;
        tx.commit().await
    }
}

/// Refuses whom a request's head once let in, and who may not go on.
async fn still_may(tx: &mut Tx, by: By) -> Result<(), StoreError> {
    let session = match by {
        By::Machine => return Ok(()),
        By::Admin(session) => session,
    };
    let row = tx.row(
        "SELECT 1 AS yes FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.key = $1 AND u.role = 'admin' AND u.removed_ms IS NULL",
        args![session],
    );
    row.await?.map(drop).ok_or(StoreError::AskerGone)
}

async fn role_now(tx: &mut Tx, id: UserId) -> Result<Role, StoreError> {
    let row = tx.row(
        "SELECT role FROM users WHERE id = $1 AND removed_ms IS NULL",
        args![id],
    );
    let row = row.await?.ok_or(StoreError::NoSuchUser)?;
    role_of(&row.text("role")?)
}

/// Refuses when `id` is the only administrator. Transactions that write come one after another on
/// every engine, so two administrators cannot demote each other at once.
async fn keep_an_admin(tx: &mut Tx, id: UserId) -> Result<(), StoreError> {
    let row = tx.row(
        "SELECT id FROM users WHERE role = 'admin' AND removed_ms IS NULL AND id <> $1 LIMIT 1",
        args![id],
    );
    match row.await? {
        Some(_) => Ok(()),
        None => Err(StoreError::LastAdministrator),
    }
}

async fn end_ways_in(tx: &mut Tx, id: UserId) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM sessions WHERE user_id = $1",
        "DELETE FROM tokens WHERE user_id = $1",
    ] {
        tx.run(statement, args![id]).await?;
    }
    Ok(())
}

/// The administrator who was there first: owner of labs that nobody is known to have made.
pub(crate) async fn first_admin(tx: &mut Tx) -> Result<Option<UserId>, StoreError> {
    let row = tx.row(
        "SELECT id FROM users WHERE role = 'admin' AND removed_ms IS NULL
         ORDER BY created_ms, id LIMIT 1",
        args![],
    );
    row.await?.map(|row| row.parsed("id")).transpose()
}

impl UserRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            user: User::from_row(row)?,
            lab_count: row.number("lab_count")?,
        })
    }
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
