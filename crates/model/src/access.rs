//! Who may do what: one pure table, asked by every handler, stream, event and list.

use serde::{Deserialize, Serialize};

/// A user's role on the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    Member,
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

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// The table.
pub fn allows(role: Role, relation: Relation, action: Action) -> bool {
    let rank = match (role, relation) {
        (Role::Admin, _) | (Role::Member, Relation::Owner) => 4,
        (Role::Member, Relation::SharedEdit) => 3,
        (Role::Member, Relation::SharedOperate) => 2,
        (Role::Member, Relation::SharedView) => 1,
        (Role::Member, Relation::None) => 0,
    };
    let needed = match action {
        Action::View => 1,
        Action::Operate => 2,
        Action::Edit => 3,
        Action::Own => 4,
    };
    rank >= needed
}
