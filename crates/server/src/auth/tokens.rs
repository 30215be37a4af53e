//! One's own bearer tokens.

use api::token::{CreateToken, CreatedToken, Token, Tokens};
use model::access::AccountAction;
use model::words::{TOKEN_NAME_MAX_CHARS, is_token_name};
use store::{Key, NewToken, SessionKey, StoreError, TOKENS_MAX};
use uuid::Uuid;

use super::{Caller, TokenSecret};
use crate::app::App;
use crate::error::Error;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS: u32 = 30;
const MOST_DAYS: u32 = 365;

impl App {
    pub async fn list_tokens(&self, caller: &Caller) -> Result<Tokens, Error> {
        let tokens = self.store.tokens_of(caller.user.id, self.clock.now_ms());
        let items = tokens.await?.into_iter().map(wire).collect();
        Ok(Tokens { items })
    }

    pub async fn create_token(
        &self,
        caller: &Caller,
        body: CreateToken,
    ) -> Result<CreatedToken, Error> {
        let by = self.session_of(caller, "").await?;
        let (name, days) = checked(&body)?;
        let now_ms = self.clock.now_ms();
        let secret = TokenSecret::draw().map_err(Error::internal)?;
        let new = NewToken {
            id: Uuid::new_v4(),
            key: secret.key(),
            user: caller.user.id,
            by,
            name,
            expires_ms: now_ms + u64::from(days) * DAY_MS,
        };
        let token = self.store.create_token(new, now_ms).await;
        let token = token.map_err(not_made)?;
        self.audit(caller, &token.name, &format!("for {days} days"))
            .await?;
        Ok(CreatedToken {
            token: wire(token),
            secret: secret.into_shown(),
        })
    }

    /// The session that asks; a token makes no other.
    pub(super) async fn session_of(
        &self,
        caller: &Caller,
        subject: &str,
    ) -> Result<SessionKey, Error> {
        self.require_on_account(caller, AccountAction::Change, subject)
            .await?;
        match caller.key {
            Key::Session(key) => Ok(key),
            Key::Token(_) => Err(Error::SessionNeeded),
        }
    }

    pub async fn end_token(&self, caller: &Caller, id: Uuid) -> Result<(), Error> {
        self.require_on_account(caller, AccountAction::Change, "")
            .await?;
        let ended = self.store.end_token(caller.user.id, id).await?;
        let name = ended.ok_or_else(|| Error::not_found(format!("token {id} of yours")))?;
        self.check_live().await?;
        self.audit(caller, &name, "").await
    }
}

fn checked(body: &CreateToken) -> Result<(String, u32), Error> {
    let name = body.name.trim().to_owned();
    if !is_token_name(&name) {
        return Err(Error::Unprocessable {
            code: "invalid_name".into(),
            what: format!(
                "A token's name has 1 to {TOKEN_NAME_MAX_CHARS} characters on one line, and none \
                 that acts on a terminal or hides."
            ),
        });
    }
    let days = body.expires_in_days.unwrap_or(DEFAULT_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Error::Unprocessable {
            code: "invalid_expiry".into(),
            what: format!("A token lives 1 to {MOST_DAYS} days, not {days}."),
        });
    }
    Ok((name, days))
}

fn not_made(error: StoreError) -> Error {
    match error {
        StoreError::TokenNameTaken { name } => Error::Conflict {
            code: "token_name_taken",
            what: format!("You have a token named {name:?}; end it or choose another name."),
        },
        StoreError::TooMany { .. } => Error::Conflict {
            code: "too_many_tokens",
            what: format!("You have {TOKENS_MAX} tokens, which is the limit; end some first."),
        },
        // The session ended meanwhile.
        StoreError::NoSuchUser => Error::Unauthenticated,
        other => other.into(),
    }
}

fn wire(token: store::Token) -> Token {
    Token {
        id: token.id,
        name: token.name,
        created_ms: token.created_ms,
        expires_ms: token.expires_ms,
        last_used_ms: token.last_used_ms,
    }
}
