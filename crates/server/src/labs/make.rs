//! Labs that come and go.

use std::collections::BTreeSet;

use api::event::Event;
use api::lab::CreateLab;
use model::access::SystemAction;
use model::names::{LabHash, lab_hash_of};
use model::{Lab, LabId, Revision};
use store::LabRecord;
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

impl App {
    pub async fn create_lab(&self, caller: &Caller, body: CreateLab) -> Result<LabRecord, Error> {
        let mut lab = Lab::new(self.draw_lab_id().await?, body.name);
        lab.description = body.description;
        self.add_lab(caller, lab).await
    }

    /// Takes a lab over. Its id is kept when it and its kernel names are free, else drawn anew.
    pub async fn import_lab(
        &self,
        caller: &Caller,
        mut lab: Lab,
        name: Option<String>,
    ) -> Result<LabRecord, Error> {
        let taken = self.labs.ids().await?;
        if !self.is_free(lab.id, &self.hashes(&taken)) {
            lab.id = self.draw_lab_id().await?;
        }
        lab.revision = Revision(0);
        lab.name = name.unwrap_or(lab.name);
        self.add_lab(caller, lab).await
    }

    async fn add_lab(&self, caller: &Caller, lab: Lab) -> Result<LabRecord, Error> {
        self.require_in_system(caller, SystemAction::CreateLab, "")
            .await?;
        let now_ms = self.clock.now_ms();
        let record = self.labs.create(lab, caller.user.id, now_ms).await?;
        let (lab, name) = (record.lab.id, record.lab.name.clone());
        // Who was removed meanwhile owns nothing.
        if self.store.user(caller.user.id).await?.is_none() {
            self.labs.delete(lab, now_ms).await?;
            return Err(Error::Unauthenticated);
        }
        self.audit(caller, &lab.to_string(), &name).await?;
        self.publish_lab(lab, Event::LabCreated { name }).await?;
        Ok(record)
    }

    /// Removes the lab: its file goes to the trash, its host is told by a tombstone.
    pub async fn delete_lab(&self, caller: &Caller, lab: LabId) -> Result<(), Error> {
        // Asked before: afterwards nobody knows any more whose lab it was.
        let audience = self.audience_of(lab).await?;
        let now_ms = self.clock.now_ms();
        let delete = async || Ok(self.labs.delete(lab, now_ms).await?);
        if !self.with_reserve(delete).await? {
            return Err(Error::not_found(format!("lab {lab}")));
        }
        if let Some(audience) = audience {
            self.hub.publish(now_ms, audience, Event::LabRemoved);
        }
        self.forget_lab(lab);
        self.causes.note(lab);
        self.wake.push_specs.notify_one();
        self.wake.jobs.notify_one();
        self.audit(caller, &lab.to_string(), "").await
    }

    pub async fn restore_lab(&self, caller: &Caller, lab: LabId) -> Result<LabRecord, Error> {
        let record = self.labs.restore(lab, self.clock.now_ms()).await?;
        self.audit(caller, &lab.to_string(), "").await?;
        Ok(record)
    }

    /// An id whose kernel names no other lab of this instance has.
    async fn draw_lab_id(&self) -> Result<LabId, Error> {
        let taken = self.hashes(&self.labs.ids().await?);
        // 65 536 hashes: even among thousands of labs the next draw is free soon.
        for _ in 0..1000 {
            let id = LabId(Uuid::new_v4());
            if self.is_free(id, &taken) {
                return Ok(id);
            }
        }
        Err(Error::Conflict {
            code: "too_many_labs",
            what: "This instance has no room for another lab; remove some.".into(),
        })
    }

    fn hashes(&self, labs: &BTreeSet<LabId>) -> BTreeSet<LabHash> {
        labs.iter().map(|lab| self.hash(*lab)).collect()
    }

    fn is_free(&self, lab: LabId, taken: &BTreeSet<LabHash>) -> bool {
        !taken.contains(&self.hash(lab))
    }

    fn hash(&self, lab: LabId) -> LabHash {
        lab_hash_of(&self.config.instance.0, &lab.to_string())
    }
}
