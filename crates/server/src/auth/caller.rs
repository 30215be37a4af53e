//! The user behind a request. Put into the request by `guard::require_session`; an operation that
//! takes a `Caller` and is mounted without the guard refuses everybody.

use std::net::IpAddr;

use agent_api::RequestId;
use api::session::{Session, User};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use model::access::{
    self, AccountAction, Action, Credential, LabRight, Relation, Right, SystemAction,
};
use store::{Key, LabAccess, UserId};

use crate::error::Error;

#[derive(Debug, Clone)]
pub struct Caller {
    pub user: store::User,
    pub key: Key,
    pub expires_ms: u64,
    /// The token's name, where the request came with one.
    pub token: Option<String>,
    pub asked: Asked,
}

/// How the request came, for the audit log.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `start_lab`, as in the API's document.
    pub operation: &'static str,
    pub address: IpAddr,
    /// Kept here because a task that is spawned for the request does not know it.
    pub request_id: Option<RequestId>,
}

impl Caller {
    /// How this user stands to a lab.
    pub fn relation(&self, access: &LabAccess) -> Relation {
        if self.user.id == access.owner {
            Relation::Owner
        } else {
            access.shares.get(&self.user.id).copied().into()
        }
    }

    pub fn may(&self, access: &LabAccess, action: Action) -> bool {
        access::allows(self.user.role, self.relation(access), action)
    }

    /// The most that this user may do in a lab; `None`: for this user there is none.
    pub fn right(&self, access: &LabAccess) -> Option<LabRight> {
        access::lab_right(self.user.role, self.relation(access))
    }

    /// The same, from what one row tells: its owner, and what it shares with this user.
    pub fn right_beside(&self, owner: UserId, shared: Option<Right>) -> Option<LabRight> {
        let relation = if self.user.id == owner {
            Relation::Owner
        } else {
            shared.into()
        };
        access::lab_right(self.user.role, relation)
    }

    pub fn may_in_system(&self, action: SystemAction) -> bool {
        access::allows_in_system(self.user.role, action)
    }

    /// Whether this credential suffices for ways in.
    pub fn may_on_account(&self, action: AccountAction) -> bool {
        let credential = match self.key {
            Key::Session(_) => Credential::Session,
            Key::Token(_) => Credential::Token,
        };
        access::allows_on_account(credential, action)
    }

    /// Whether a list leaves nothing out for this user.
    pub fn sees_every_lab(&self) -> bool {
        access::allows(self.user.role, Relation::None, Action::View)
    }

    /// As it goes over the wire.
    pub fn session(&self) -> Session {
        Session {
            user: user(&self.user),
            expires_ms: self.expires_ms,
            token: self.token.clone(),
        }
    }
}

/// A user as it goes over the wire.
pub fn user(user: &store::User) -> User {
    User {
        id: user.id.to_string(),
        username: user.username.clone(),
        role: user.role,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or(Error::Unauthenticated)
    }
}
