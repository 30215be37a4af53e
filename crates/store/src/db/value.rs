//! What a statement is given. The kinds of value that every engine knows, each also as NULL.

use model::{LabId, Revision};
use sqlx::query::Query;
use sqlx::{Database, Encode, Type, query};
use uuid::Uuid;

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
}

/// `args![lab, node, now_ms]`: the values of `$1`, `$2`, `$3`.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use args;

pub(super) fn bind<E>(
    statement: &'static str,
    values: Vec<Value>,
) -> Query<'static, E, E::Arguments<'static>>
where
    E: Database,
    Option<i64>: Encode<'static, E> + Type<E>,
    Option<String>: Encode<'static, E> + Type<E>,
{
    values
        .into_iter()
        .fold(query(statement), |query, value| match value {
            Value::Int(number) => query.bind(number),
            Value::Text(text) => query.bind(text.map(without_nul)),
        })
}

/// PostgreSQL's texts hold every character but this one. It comes from outside (a name to look for, a
/// file's words), and must not be an error of the database.
fn without_nul(text: String) -> String {
    if text.contains('\0') {
        return text.replace('\0', "\u{FFFD}");
    }
    text
}

impl From<u64> for Value {
    /// Numbers above what SQL can hold are taken as the highest it can: times and counters never
    /// get there.
    fn from(number: u64) -> Self {
        Self::Int(Some(i64::try_from(number).unwrap_or(i64::MAX)))
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(Some(i64::from(yes)))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<Option<u64>> for Value {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Self::Int(None), Self::from)
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::from(id.hyphenated().to_string())
    }
}

impl From<LabId> for Value {
    fn from(lab: LabId) -> Self {
        Self::from(lab.0)
    }
}

impl From<Revision> for Value {
    fn from(revision: Revision) -> Self {
        Self::from(revision.0)
    }
}
