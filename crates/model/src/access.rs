//! Who may do what: three pure tables, asked by every handler, stream, event and list.
//!
//! `allows` is about a lab, `allows_in_system` about the installation, `allows_on_account` about
//! the ways in (passwords, sessions, tokens).

use serde::{Deserialize, Serialize};

/// A user's role on the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    Member,
}

/// What the owner of a lab gives another user; each holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See the lab, its status and its events.
    View,
    /// Start and stop, open consoles, run commands, cut links.
    Operate,
    /// Change the lab.
    Edit,
}

impl Right {
    pub fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Operate => "operate",
            Self::Edit => "edit",
        }
    }
}

impl Role {
    pub fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }
}

/// The most that somebody may do in a lab; each holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LabRight {
    View,
    Operate,
    Edit,
    /// Remove it, share it: the owner and administrators.
    Own,
}

/// How a user stands to a lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    Owner,
    SharedEdit,
    SharedOperate,
    SharedView,
    None,
}

/// What is asked for in a lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// See the lab, its status and its events.
    View,
    /// Start, stop, open consoles, run commands, cut links.
    Operate,
    /// Change the lab.
    Edit,
    /// Delete it, share it.
    Own,
}

/// What is asked for of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemAction {
    CreateLab,
    ManageUsers,
    ReadAudit,
    /// Let a lab reach for something of its host.
    AllowHost,
    /// Bring and remove images of the host.
    ManageImages,
}

/// How a request shows whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// Begun by a log-in with the password.
    Session,
    /// A bearer token that lies in some script.
    Token,
}

/// What is asked for about ways in, one's own or another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountAction {
    /// See which there are.
    Look,
    /// Make, change or end users, passwords, sessions and tokens.
    Change,
}

/// The table of labs.
pub fn allows(role: Role, relation: Relation, action: Action) -> bool {
    lab_right(role, relation).is_some_and(|right| {
        right
            >= match action {
                Action::View => LabRight::View,
                Action::Operate => LabRight::Operate,
                Action::Edit => LabRight::Edit,
                Action::Own => LabRight::Own,
            }
    })
}

/// The most that is allowed; `None`: for this user there is no such lab.
pub fn lab_right(role: Role, relation: Relation) -> Option<LabRight> {
    match (role, relation) {
        (Role::Admin, _) | (Role::Member, Relation::Owner) => Some(LabRight::Own),
        (Role::Member, Relation::SharedEdit) => Some(LabRight::Edit),
        (Role::Member, Relation::SharedOperate) => Some(LabRight::Operate),
        (Role::Member, Relation::SharedView) => Some(LabRight::View),
        (Role::Member, Relation::None) => None,
    }
}

/// The table of the installation: everything that administrators alone may do.
pub fn allows_in_system(role: Role, action: SystemAction) -> bool {
    match (role, action) {
        (Role::Admin, _) | (Role::Member, SystemAction::CreateLab) => true,
        (
            Role::Member,
            SystemAction::ManageUsers
            | SystemAction::ReadAudit
            | SystemAction::AllowHost
            | SystemAction::ManageImages,
        ) => false,
    }
}

/// The table of ways in. Who finds a token can use it until it expires, and must not be able to
/// make himself another way in that outlives it.
pub fn allows_on_account(credential: Credential, action: AccountAction) -> bool {
    match (credential, action) {
        (Credential::Session, _) | (Credential::Token, AccountAction::Look) => true,
        (Credential::Token, AccountAction::Change) => false,
    }
}

impl From<Option<Right>> for Relation {
    /// Of a user who is not the owner.
    fn from(shared: Option<Right>) -> Self {
        match shared {
            Some(Right::Edit) => Self::SharedEdit,
            Some(Right::Operate) => Self::SharedOperate,
            Some(Right::View) => Self::SharedView,
            None => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELATIONS: [Relation; 5] = [
        Relation::None,
        Relation::SharedView,
        Relation::SharedOperate,
        Relation::SharedEdit,
        Relation::Owner,
    ];
    const ACTIONS: [Action; 4] = [Action::View, Action::Operate, Action::Edit, Action::Own];

    /// Written out by hand, so that a slip in the table is no slip here.
    #[test]
    fn the_table_of_labs_is_this_one() {
        let member = RELATIONS
            .map(|relation| ACTIONS.map(|action| u8::from(allows(Role::Member, relation, action))));
        assert_eq!(
            member,
            [
                [0, 0, 0, 0],
                [1, 0, 0, 0],
                [1, 1, 0, 0],
                [1, 1, 1, 0],
                [1, 1, 1, 1]
            ]
        );
        for relation in RELATIONS {
            for action in ACTIONS {
                assert!(allows(Role::Admin, relation, action));
            }
        }
    }

    #[test]
    fn administrators_alone_manage_users_and_read_the_audit_log() {
        use SystemAction::{CreateLab, ManageUsers, ReadAudit};
        let may = |role| [CreateLab, ManageUsers, ReadAudit].map(|act| allows_in_system(role, act));
        assert_eq!(may(Role::Member), [true, false, false]);
        assert_eq!(may(Role::Admin), [true, true, true]);
    }

    #[test]
    fn a_token_changes_no_way_in() {
        use AccountAction::{Change, Look};
        let may = |by| [Look, Change].map(|act| allows_on_account(by, act));
        assert_eq!(may(Credential::Session), [true, true]);
        assert_eq!(may(Credential::Token), [true, false]);
    }
}
