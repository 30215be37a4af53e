//! Who may hear of which lab, in memory, because every event asks.
//!
//! Requests ask the database; events ask here. A lab's entry is read when the first event about it
//! is told, and again with every change of its shares or owner, one such change at a time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use model::LabId;
use model::access::Action;
use store::{LabAccess, StoreError};

use super::Caller;
use crate::app::App;
use crate::error::Error;
use crate::hub::{Audience, Published};

#[derive(Debug, Default)]
pub struct Rights {
    known: Mutex<BTreeMap<LabId, Arc<LabAccess>>>,
    /// Who reads into `known` holds this, so that an older reading never replaces a newer.
    turn: tokio::sync::Mutex<()>,
}

impl Rights {
    /// As it is now; `None`: nothing was ever told of the lab, or it is no more.
    fn now(&self, lab: LabId) -> Option<Arc<LabAccess>> {
        let known = self.known.lock().expect("no holder panics");
        known.get(&lab).cloned()
    }

    pub fn forget(&self, lab: LabId) {
        self.known.lock().expect("no holder panics").remove(&lab);
    }

    fn put(&self, lab: LabId, access: Option<LabAccess>) -> Option<Arc<LabAccess>> {
        let mut known = self.known.lock().expect("no holder panics");
        let access = access.map(Arc::new);
        match &access {
            Some(access) => known.insert(lab, access.clone()),
            None => known.remove(&lab),
        };
        access
    }

    fn labs(&self) -> Vec<LabId> {
        let known = self.known.lock().expect("no holder panics");
        known.keys().copied().collect()
    }
}

impl App {
    /// Who may know of the lab; `None`: there is no such lab.
    pub async fn audience_of(&self, lab: LabId) -> Result<Option<Audience>, Error> {
        let access = self.access_of(lab).await?;
        Ok(access.map(|access| Audience::Lab { lab, access }))
    }

    async fn access_of(&self, lab: LabId) -> Result<Option<Arc<LabAccess>>, StoreError> {
        if let Some(known) = self.rights.now(lab) {
            return Ok(Some(known));
        }
        let _turn = self.rights.turn.lock().await;
        Ok(self.rights.put(lab, self.store.lab_access(lab).await?))
    }

    /// To be called after every change of who may what in a lab: events follow it, and open streams
    /// without a right end.
    pub async fn rights_changed(&self, lab: LabId) -> Result<(), Error> {
        {
            let _turn = self.rights.turn.lock().await;
            self.rights.put(lab, self.store.lab_access(lab).await?);
        }
        self.check_live().await
    }

    /// The same after a change that may concern every lab.
    pub async fn all_rights_changed(&self) -> Result<(), Error> {
        {
            let _turn = self.rights.turn.lock().await;
            for lab in self.rights.labs() {
                self.rights.put(lab, self.store.lab_access(lab).await?);
            }
        }
        self.check_live().await
    }

    /// Whether an event is for this user, by the rights of now: also one that was told before they
    /// changed. Of a lab that is no more, its end alone is told.
    pub fn may_hear(&self, caller: &Caller, event: &Published) -> bool {
        match &event.audience {
            Audience::Everybody => true,
            Audience::User { user, .. } => *user == caller.user.id,
            Audience::Lab { lab, access } => match self.rights.now(*lab) {
                Some(now) => caller.may(&now, Action::View),
                None => event.is_the_end() && caller.may(access, Action::View),
            },
        }
    }
}
