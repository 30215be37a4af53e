//! Bearer tokens. The secret stays with its user; here is only its SHA-256.

use uuid::Uuid;

use crate::db::{Row, Tx, args};
use crate::{SessionKey, Store, StoreError, TokenKey, User, UserId};

/// `last_used_ms` is written at most this often: a request must not cost a write.
const TOUCH_EVERY_MS: u64 = 60_000;
/// More than this are not made for one user.
pub const TOKENS_MAX: u64 = 50;

#[derive(Debug, Clone)]
pub struct NewToken {
    pub id: Uuid,
    pub key: TokenKey,
    pub user: UserId,
    /// The session that asks: a token must not outlive a change of password that ended it.
    pub by: SessionKey,
    pub name: String,
    pub expires_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: Uuid,
    pub name: String,
    pub created_ms: u64,
    pub expires_ms: u64,
    /// `None`: never.
    pub last_used_ms: Option<u64>,
}

impl Store {
    /// Tokens that expired make room first.
    pub async fn create_token(&self, new: NewToken, now_ms: u64) -> Result<Token, StoreError> {
        let mut tx = self.db.write().await?;
        let asked = "SELECT 1 AS yes FROM sessions WHERE key = $1 AND user_id = $2";
        if tx.row(asked, args![new.by, new.user]).await?.is_none() {
            return Err(StoreError::NoSuchUser);
        }
        let expired = "DELETE FROM tokens WHERE user_id = $1 AND expires_ms <= $2";
        tx.run(expired, args![new.user, now_ms]).await?;
        has_room(&mut tx, new.user).await?;
        let inserted = tx.run(
            "INSERT INTO tokens (id, key, user_id, name, name_key, created_ms, expires_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            args![
                new.id,
                new.key,
                new.user,
                &*new.name,
                new.name.to_lowercase(),
                now_ms,
                new.expires_ms
            ],
        );
        match inserted.await {
            Ok(_) => tx.commit().await?,
            Err(error) if error.is_duplicate() => {
                return Err(StoreError::TokenNameTaken { name: new.name });
            }
            Err(error) => return Err(error),
        }
        Ok(Token {
            id: new.id,
            name: new.name,
            created_ms: now_ms,
            expires_ms: new.expires_ms,
            last_used_ms: None,
        })
    }

    /// The token and its user, unless it expired or was ended. Looking counts as use.
    pub async fn token(
        &self,
        key: &TokenKey,
        now_ms: u64,
    ) -> Result<Option<(Token, User)>, StoreError> {
        let row = self.db.row(
            "SELECT t.id, t.name, t.created_ms, t.expires_ms, t.last_used_ms, u.id AS user_id,
                    u.username, u.role, u.created_ms AS user_created_ms
             FROM tokens t JOIN users u ON u.id = t.user_id
             WHERE t.key = $1 AND t.expires_ms > $2 AND u.removed_ms IS NULL",
            args![*key, now_ms],
        );
        let Some(row) = row.await? else {
            return Ok(None);
        };
        let (mut token, user) = (Token::from_row(&row)?, User::from_row(&row)?);
        if token.last_used_ms.unwrap_or(0) + TOUCH_EVERY_MS <= now_ms {
            let touch = "UPDATE tokens SET last_used_ms = $2 WHERE key = $1";
            if self.write_last_use(touch, args![*key, now_ms]).await {
                token.last_used_ms = Some(now_ms);
            }
        }
        Ok(Some((token, user)))
    }

    /// Whether `token` would give it; asking is no use of it.
    pub async fn token_lives(&self, key: &TokenKey, now_ms: u64) -> Result<bool, StoreError> {
        let row = self.db.row(
            "SELECT 1 AS lives FROM tokens WHERE key = $1 AND expires_ms > $2",
            args![*key, now_ms],
        );
        Ok(row.await?.is_some())
    }

    /// The user's own that live, by name.
    pub async fn tokens_of(&self, user: UserId, now_ms: u64) -> Result<Vec<Token>, StoreError> {
        let rows = self.db.rows(
            "SELECT id, name, created_ms, expires_ms, last_used_ms FROM tokens
             WHERE user_id = $1 AND expires_ms > $2 ORDER BY name_key",
            args![user, now_ms],
        );
        rows.await?.iter().map(Token::from_row).collect()
    }

    /// The name of the token that ended; `None`: this user has no such token.
    pub async fn end_token(&self, user: UserId, id: Uuid) -> Result<Option<String>, StoreError> {
        let mut tx = self.db.write().await?;
        let row = tx.row(
            "DELETE FROM tokens WHERE user_id = $1 AND id = $2 RETURNING name",
            args![user, id],
        );
        let name = row.await?.map(|row| row.text("name")).transpose()?;
        tx.commit().await?;
        Ok(name)
    }

    /// Removes what `token` would no more give. How many went.
    pub async fn expire_tokens(&self, now_ms: u64) -> Result<u64, StoreError> {
        let statement = "DELETE FROM tokens WHERE expires_ms <= $1";
        self.db.run(statement, args![now_ms]).await
    }
}

impl Token {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.parsed("id")?,
            name: row.text("name")?,
            created_ms: row.number("created_ms")?,
            expires_ms: row.number("expires_ms")?,
            last_used_ms: row.number_or_null("last_used_ms")?,
        })
    }
}

/// Whether the user may have one more.
async fn has_room(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    let counted = tx.row(
        "SELECT COUNT(*) AS number FROM tokens WHERE user_id = $1",
        args![user],
    );
    let number = counted.await?.map_or(Ok(0), |row| row.number("number"))?;
    if number >= TOKENS_MAX {
        return Err(StoreError::TooMany {
            what: "tokens",
            most: TOKENS_MAX,
        });
    }
    Ok(())
}
