//! Refusals by right, each written into the audit log.

use model::LabId;
use model::access::{AccountAction, Action, SystemAction};
use store::{LabAccess, LabRecord};

use super::Caller;
use crate::app::App;
use crate::error::Error;

impl App {
    /// Refuses who may not do this on the installation; `subject` is whom or what it is about.
    pub async fn require_in_system(
        &self,
        caller: &Caller,
        action: SystemAction,
        subject: &str,
    ) -> Result<(), Error> {
        if caller.may_in_system(action) {
            return Ok(());
        }
        let subject = match action {
            SystemAction::ManageUsers => self.name_of_somebody(subject).await,
            SystemAction::CreateLab
            | SystemAction::ReadAudit
            | SystemAction::AllowHost
            | SystemAction::ManageImages => subject.to_owned(),
        };
        self.audit_refusal(caller, &subject, "not an administrator")
            .await;
        Err(Error::Forbidden {
            act: match action {
                SystemAction::CreateLab => "make labs",
                SystemAction::ManageUsers => "manage users",
                SystemAction::ReadAudit => "read the audit log",
                SystemAction::AllowHost => "allow a lab something of its host",
                SystemAction::ManageImages => "bring or remove images",
            },
        })
    }

    /// A name that is nobody's is free text, and has no place in the audit log.
    async fn name_of_somebody(&self, name: &str) -> String {
        let user = self.store.user_named(name).await.ok().flatten();
        user.map_or_else(String::new, |user| user.username)
    }

    /// Refuses a token where a log-in with the password is needed.
    pub async fn require_on_account(
        &self,
        caller: &Caller,
        action: AccountAction,
        subject: &str,
    ) -> Result<(), Error> {
        if caller.may_on_account(action) {
            return Ok(());
        }
        self.audit_refusal(caller, subject, "a token does not suffice")
            .await;
        Err(Error::SessionNeeded)
    }

    /// Refuses who may not do this in the lab: who may not see it does not find it.
    pub async fn require_in_lab(
        &self,
        caller: &Caller,
        lab: LabId,
        access: &LabAccess,
        action: Action,
    ) -> Result<(), Error> {
        if caller.may(access, action) {
            return Ok(());
        }
        let is_seen = caller.may(access, Action::View);
        let why = if is_seen {
            "too little right"
        } else {
            "no right"
        };
        self.audit_refusal(caller, &lab.to_string(), why).await;
        Err(if is_seen {
            Error::Forbidden { act: words(action) }
        } else {
            no_such_lab(lab)
        })
    }

    /// The lab, for a caller who may do `action` in it.
    pub async fn lab_for(
        &self,
        caller: &Caller,
        lab: LabId,
        action: Action,
    ) -> Result<LabRecord, Error> {
        let access = self.store.lab_access(lab).await?;
        let access = access.ok_or_else(|| no_such_lab(lab))?;
        self.require_in_lab(caller, lab, &access, action).await?;
        let record = self.labs.get(lab).await?;
        record.ok_or_else(|| no_such_lab(lab))
    }
}

fn no_such_lab(lab: LabId) -> Error {
    Error::not_found(format!("lab {lab}"))
}

fn words(action: Action) -> &'static str {
    match action {
        Action::View => "look into this lab",
        Action::Operate => "start, stop or open anything in this lab",
        Action::Edit => "change anything in this lab",
        Action::Own => "remove or share this lab",
    }
}
