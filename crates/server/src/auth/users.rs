//! Users: made and removed by administrators, who also give roles; a password is one's own.

use api::page::Paging;
use api::user::{CreateUser, SetPassword, UserDetail, UserPage};
use model::access::{LabRight, Role, SystemAction};
use model::words::{USERNAME_MAX_CHARS, is_username};
use secrecy::SecretString;
use store::{By, NewUser, SessionKey, User, UserId, UserRow};
use uuid::Uuid;

use super::Caller;
use super::caller::user;
use crate::app::App;
use crate::error::Error;
use crate::extract::store_page;

/// Fits after "a user's name".
pub const USERNAME_RULE: &str = "has 1 to 64 of the letters a to z, digits and . _ - @ +, and begins \
     with a letter or digit";
const PASSWORD_MIN_CHARS: usize = 8;
const PASSWORD_MAX_CHARS: usize = 256;

impl App {
    pub async fn list_users(&self, caller: &Caller, paging: &Paging) -> Result<UserPage, Error> {
        self.require_in_system(caller, SystemAction::ManageUsers, "")
            .await?;
        let page = self.store.users(&store_page(paging)?).await?;
        Ok(UserPage {
            items: page.items.iter().map(wire).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        })
    }

    /// Oneself, or anybody for an administrator. The right is asked before the name is looked up,
    /// so that a refusal does not tell who there is.
    pub async fn describe_user(
        &self,
        caller: &Caller,
        username: &str,
    ) -> Result<UserDetail, Error> {
        if !is_own(caller, username) {
            self.require_in_system(caller, SystemAction::ManageUsers, username)
                .await?;
        }
        let row = self.store.user_row(username).await?;
        Ok(wire(&row.ok_or_else(|| no_such_user(username))?))
    }

    pub async fn create_user(
        &self,
        caller: &Caller,
        body: CreateUser,
    ) -> Result<UserDetail, Error> {
        let by = By::Admin(self.require_to_manage(caller, &body.username).await?);
        check_name(&body.username)?;
        check_password(&body.password)?;
        let hash = self.passwords.hash(SecretString::from(body.password));
        let new = NewUser {
            id: UserId(Uuid::new_v4()),
            username: body.username,
            password_hash: hash.await.map_err(Error::internal)?,
            role: body.role,
        };
        let now_ms = self.clock.now_ms();
        let made = self.store.create_user(by, new, now_ms).await?;
        self.audit(caller, &made.username, made.role.word()).await?;
        Ok(wire(&UserRow {
            user: made,
            lab_count: 0,
        }))
    }

    pub async fn set_role(&self, caller: &Caller, username: &str, role: Role) -> Result<(), Error> {
        let by = By::Admin(self.require_to_manage(caller, username).await?);
        let user = self.user_named(username).await?;
        if user.role == role {
            return Ok(());
        }
        self.store.set_role(by, user.id, role).await?;
        self.check_live().await?;
        self.audit(caller, &user.username, role.word()).await
    }

    /// One's own with the present one; another's as an administrator. Ends every way in.
    pub async fn set_password(
        &self,
        caller: &Caller,
        username: &str,
        body: SetPassword,
    ) -> Result<(), Error> {
        if !is_own(caller, username) {
            self.require_in_system(caller, SystemAction::ManageUsers, username)
                .await?;
        }
        let session = self.session_of(caller, username).await?;
        let user = self.user_named(username).await?;
        let verified = if user.id == caller.user.id {
            let current = body.current_password.unwrap_or_default();
            let right = self.require_password(caller, &user, current);
            Some(right.await?)
        } else {
            None
        };
        check_password(&body.password)?;
        let hash = self.passwords.hash(SecretString::from(body.password));
        let hash = hash.await.map_err(Error::internal)?;
        let (id, store) = (user.id, &self.store);
        match verified {
            Some(old) => store.set_own_password(session, id, &old, &hash).await?,
            None => store.set_password(By::Admin(session), id, &hash).await?,
        }
        self.check_live().await?;
        self.audit(caller, &user.username, "").await
    }

    /// The user's labs go on with another owner.
    pub async fn delete_user(
        &self,
        caller: &Caller,
        username: &str,
        labs_to: Option<&str>,
    ) -> Result<(), Error> {
        let by = By::Admin(self.require_to_manage(caller, username).await?);
        let user = self.user_named(username).await?;
        let heir = self.heir(caller, &user, labs_to).await?;
        let labs = self.store.labs_owned_by(user.id).await?;
        let now_ms = self.clock.now_ms();
        let removed = self.store.remove_user(by, user.id, heir.id, now_ms);
        removed.await?;
        self.all_rights_changed().await?;
        for lab in labs {
            self.tell_right(lab, heir.id, Some(LabRight::Own));
        }
        let detail = format!("labs to {}", heir.username);
        self.audit(caller, &user.username, &detail).await
    }

    async fn heir(
        &self,
        caller: &Caller,
        user: &User,
        labs_to: Option<&str>,
    ) -> Result<User, Error> {
        let heir = match labs_to {
            Some(name) => self.user_named(name).await?,
            None => caller.user.clone(),
        };
        // Who is the last administrator hears that first: the store says it.
        if heir.id == user.id && !self.store.is_last_admin(user.id).await? {
            return Err(Error::Unprocessable {
                code: "labs_to_needed".into(),
                what: format!(
                    "The labs of {} cannot stay with the removed; name another user in labs_to.",
                    user.username
                ),
            });
        }
        Ok(heir)
    }

    pub async fn user_named(&self, username: &str) -> Result<User, Error> {
        let user = self.store.user_named(username).await?;
        user.ok_or_else(|| no_such_user(username))
    }

    /// The session that asks. The store asks again whether it may when it writes.
    async fn require_to_manage(&self, caller: &Caller, subject: &str) -> Result<SessionKey, Error> {
        self.require_in_system(caller, SystemAction::ManageUsers, subject)
            .await?;
        self.session_of(caller, subject).await
    }

    /// Within the limits of log-ins, so that a stolen session cannot guess. The hash that it was
    /// verified against.
    async fn require_password(
        &self,
        caller: &Caller,
        user: &User,
        password: String,
    ) -> Result<String, Error> {
        let attempt = self.begin_attempt(&user.username, caller.asked.address)?;
        let known = self.store.credentials(&user.username).await?;
        let hash = known.map(|known| known.password_hash);
        let right = self
            .passwords
            .verify(SecretString::from(password), hash.clone());
        let right = right.await.map_err(Error::internal)?;
        let Some(hash) = hash.filter(|_| right) else {
            self.audit_refusal(caller, &user.username, "wrong password")
                .await;
            return Err(Error::WrongPassword);
        };
        self.throttle.succeeded(attempt);
        Ok(hash)
    }
}

fn is_own(caller: &Caller, username: &str) -> bool {
    caller.user.username.to_lowercase() == username.to_lowercase()
}

/// Names stand in addresses and tables, and must not look like something else there.
fn check_name(name: &str) -> Result<(), Error> {
    if is_username(name) {
        return Ok(());
    }
    Err(Error::Unprocessable {
        code: "invalid_name".into(),
        what: format!("A user's name {USERNAME_RULE}."),
    })
}

fn check_password(password: &str) -> Result<(), Error> {
    let chars = password.chars().count();
    if (PASSWORD_MIN_CHARS..=PASSWORD_MAX_CHARS).contains(&chars) {
        return Ok(());
    }
    Err(Error::Unprocessable {
        code: "invalid_password".into(),
        what: format!(
            "A password has {PASSWORD_MIN_CHARS} to {PASSWORD_MAX_CHARS} characters, not {chars}."
        ),
    })
}

fn no_such_user(username: &str) -> Error {
    let name: String = username.chars().take(USERNAME_MAX_CHARS).collect();
    Error::not_found(format!("user {name:?}"))
}

fn wire(row: &UserRow) -> UserDetail {
    UserDetail {
        user: user(&row.user),
        created_ms: row.user.created_ms,
        lab_count: u32::try_from(row.lab_count).unwrap_or(u32::MAX),
    }
}
