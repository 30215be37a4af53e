//! Giving and taking rights in a lab.

use api::event::Event;
use api::share::{Share, Shares};
use model::LabId;
use model::access::{self, Action, LabRight, Relation, Right};
use store::{LabAccess, SHARES_MAX, StoreError, User, UserId};

use super::Caller;
use super::caller::user;
use crate::app::App;
use crate::error::Error;
use crate::hub::Audience;

impl App {
    /// All shares for who may share; others see their own.
    pub async fn list_shares(&self, caller: &Caller, lab: LabId) -> Result<Shares, Error> {
        let access = self.access_for(caller, lab, Action::View).await?;
        let sees_all = caller.may(&access, Action::Own);
        let shares = self.store.shares(lab).await?.into_iter();
        let shares = shares.filter(|share| sees_all || share.user.id == caller.user.id);
        Ok(Shares {
            items: shares.map(|share| wire(&share)).collect(),
        })
    }

    pub async fn set_share(
        &self,
        caller: &Caller,
        lab: LabId,
        username: &str,
        right: Right,
    ) -> Result<Share, Error> {
        let access = self.access_for(caller, lab, Action::Own).await?;
        let whom = self.user_named(username).await?;
        if whom.id == access.owner {
            return Err(Error::Unprocessable {
                code: "is_owner".into(),
                what: format!(
                    "{} owns this lab and may do everything in it.",
                    whom.username
                ),
            });
        }
        let now_ms = self.clock.now_ms();
        let set = self.store.set_share(lab, whom.id, right, now_ms).await;
        set.map_err(not_set)?;
        self.share_changed(lab, &whom, Some(right)).await?;
        let detail = format!("{} may {}", whom.username, right.word());
        self.audit(caller, &lab.to_string(), &detail).await?;
        Ok(wire(&store::Share {
            user: whom,
            right,
            since_ms: now_ms,
        }))
    }

    /// Takes the right away. Everybody may give up his own.
    pub async fn remove_share(
        &self,
        caller: &Caller,
        lab: LabId,
        username: &str,
    ) -> Result<(), Error> {
        let is_own = caller.user.username.to_lowercase() == username.to_lowercase();
        let action = if is_own { Action::View } else { Action::Own };
        self.access_for(caller, lab, action).await?;
        let whom = self.user_named(username).await?;
        if !self.store.remove_share(lab, whom.id).await? {
            return Err(Error::not_found(format!(
                "share of this lab with {}",
                whom.username
            )));
        }
        self.share_changed(lab, &whom, None).await?;
        let detail = format!("{} may nothing", whom.username);
        self.audit(caller, &lab.to_string(), &detail).await
    }

    /// Tells the user what he may now; after that nothing that he may not know is told him.
    async fn share_changed(
        &self,
        lab: LabId,
        whom: &User,
        right: Option<Right>,
    ) -> Result<(), Error> {
        let right = access::lab_right(whom.role, Relation::from(right));
        self.tell_right(lab, whom.id, right);
        self.rights_changed(lab).await
    }

    pub fn tell_right(&self, lab: LabId, user: UserId, right: Option<LabRight>) {
        let audience = Audience::User { user, lab };
        self.hub
            .publish(self.clock.now_ms(), audience, Event::MyRight { right });
    }

    /// Who may what in the lab, for a caller who may do `action` in it.
    async fn access_for(
        &self,
        caller: &Caller,
        lab: LabId,
        action: Action,
    ) -> Result<LabAccess, Error> {
        let access = self.store.lab_access(lab).await?;
        let access = access.ok_or_else(|| Error::not_found(format!("lab {lab}")))?;
        self.require_in_lab(caller, lab, &access, action).await?;
        Ok(access)
    }
}

fn not_set(error: StoreError) -> Error {
    match error {
        StoreError::TooMany { .. } => Error::Conflict {
            code: "too_many_shares",
            what: format!("This lab is shared with {SHARES_MAX} users, which is the limit."),
        },
        other => other.into(),
    }
}

fn wire(share: &store::Share) -> Share {
    Share {
        user: user(&share.user),
        right: share.right,
        since_ms: share.since_ms,
    }
}
