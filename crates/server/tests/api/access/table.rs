//! docs/reference/access.md as data, and what it means for an asker.

use std::collections::BTreeMap;

use model::access::{
    AccountAction, Action, Credential, Relation, Role, SystemAction, allows, allows_in_system,
    allows_on_account,
};

/// What an operation asks of who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    pub who: Who,
    /// Whether a token suffices.
    pub token: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Anybody,
    User,
    Admin,
    Lab(Action),
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// No session, one that ended, an expired token.
    Stranger,
    Known {
        role: Role,
        relation: Relation,
        credential: Credential,
    },
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    LetIn,
    Refused(u16),
}

pub fn read() -> BTreeMap<String, Needs> {
    let text = include_str!("../../../../../docs/reference/access.md");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(row).collect()
}

fn row(line: &str) -> (String, Needs) {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [operation, who, token] = cells[..] else {
        panic!("not three cells: {line}")
    };
    let who = match who {
        "anybody" => Who::Anybody,
        "user" => Who::User,
        // That it may be about oneself is told in a story of its own.
        "admin" | "admin or oneself" => Who::Admin,
        "view" => Who::Lab(Action::View),
        "operate" => Who::Lab(Action::Operate),
        "edit" => Who::Lab(Action::Edit),
        "own" | "own or oneself" => Who::Lab(Action::Own),
        other => panic!("{other:?} is nobody: {line}"),
    };
    let token = match token {
        "yes" => true,
        "no" => false,
        other => panic!("{other:?} is neither yes nor no: {line}"),
    };
    (operation.trim_matches('`').to_owned(), Needs { who, token })
}

impl Needs {
    /// By the tables of `model::access` alone.
    pub fn answer(self, asker: Asker) -> Answer {
        let (role, relation, credential) = match (self.who, asker) {
            (Who::Anybody, _) => return Answer::LetIn,
            (_, Asker::Stranger) => return Answer::Refused(401),
            (
                Who::User | Who::Admin | Who::Lab(_),
                Asker::Known {
                    role,
                    relation,
                    credential,
                },
            ) => (role, relation, credential),
        };
        let status = match self.who {
            Who::Anybody | Who::User => None,
            Who::Admin => (!allows_in_system(role, SystemAction::ManageUsers)).then_some(403),
            Who::Lab(action) if allows(role, relation, action) => None,
            Who::Lab(_) if allows(role, relation, Action::View) => Some(403),
            Who::Lab(_) => Some(404),
        };
        let too_weak = !self.token && !allows_on_account(credential, AccountAction::Change);
        match status.or_else(|| too_weak.then_some(403)) {
            Some(status) => Answer::Refused(status),
            None => Answer::LetIn,
        }
    }
}
