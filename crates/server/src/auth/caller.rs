//! The user behind a request. Put into the request by `guard::require_session`; an operation that
//! takes a `Caller` and is mounted without the guard refuses everybody.

use api::session::{Session, User};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use model::access::{self, Action, LabRight, Relation, Role};
use store::{SessionKey, UserId};

use crate::error::Error;
use crate::hub::Audience;

#[derive(Debug, Clone)]
pub struct Caller {
    pub user: store::User,
    pub key: SessionKey,
    pub expires_ms: u64,
}

impl Caller {
    /// How this user stands to a lab of `owner`.
    pub fn relation(&self, owner: UserId) -> Relation {
        if self.user.id == owner {
            Relation::Owner
        } else {
            Relation::None
        }
    }

    pub fn may(&self, owner: UserId, action: Action) -> bool {
        access::allows(self.user.role, self.relation(owner), action)
    }

    /// The most that this user may do in a lab that is seen.
    pub fn right(&self, owner: UserId) -> LabRight {
        let right = access::lab_right(self.user.role, self.relation(owner));
        right.unwrap_or(LabRight::View)
    }

    /// Whether an event of this audience is for this user.
    pub fn may_hear(&self, audience: Audience) -> bool {
        match audience {
            Audience::Everybody => true,
            Audience::Lab { owner, .. } => self.may(owner, Action::View),
        }
    }

    pub fn is_admin(&self) -> bool {
        match self.user.role {
            Role::Admin => true,
            Role::Member => false,
        }
    }

    /// As it goes over the wire.
    pub fn session(&self) -> Session {
        Session {
            user: User {
                id: self.user.id.0.to_string(),
                username: self.user.username.clone(),
                role: self.user.role,
            },
            expires_ms: self.expires_ms,
            token: None,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or(Error::Unauthenticated)
    }
}
