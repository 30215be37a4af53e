//! The rows of table `labs`.

use std::collections::BTreeSet;

use model::{Lab, LabId, Revision};

use super::folder::Stamp;
use crate::db::{Db, Row, Tx, args};
use crate::{Page, Paged, StoreError, User, UserId};

/// A row without its contents.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: LabId,
    pub(super) owner: User,
    pub(super) revision: Revision,
    pub(super) changed_ms: u64,
    pub(super) state: State,
    /// The file that was looked at last.
    pub(super) stamp: Stamp,
    /// Of the last good file.
    pub(super) hash: String,
}

/// See the drawing in `labs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Writing,
    Ok,
    Broken { why: String },
    Missing,
    Deleting,
}

/// New contents for a row.
pub(super) struct Contents<'a> {
    pub(super) lab: &'a Lab,
    text: &'a str,
    hash: &'a str,
    stamp: &'a Stamp,
    changed_ms: u64,
}

impl<'a> Contents<'a> {
    pub(super) fn new(
        lab: &'a Lab,
        text: &'a str,
        hash: &'a str,
        stamp: &'a Stamp,
        changed_ms: u64,
    ) -> Self {
        Self {
            lab,
            text,
            hash,
            stamp,
            changed_ms,
        }
    }
}

pub(super) async fn ids(db: &Db) -> Result<BTreeSet<LabId>, StoreError> {
    let rows = db.rows("SELECT id FROM labs", args![]).await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// A statement that gives an `Entry`.
macro_rules! select_entry {
    ($rest:literal) => {
        concat!(
            "SELECT l.id, l.name_key, l.revision, l.changed_ms, l.state, l.state_why, l.file_stamp,
                    l.file_hash, u.id AS user_id, u.username, u.role,
                    u.created_ms AS user_created_ms
             FROM labs l JOIN users u ON u.id = l.owner_id ",
            $rest
        )
    };
}

pub(super) async fn load(db: &Db, id: LabId) -> Result<Option<Entry>, StoreError> {
    let row = db.row(select_entry!("WHERE l.id = $1"), args![id]).await?;
    row.as_ref().map(entry).transpose()
}

pub(super) async fn contents(db: &Db, id: LabId) -> Result<String, StoreError> {
    let row = db
        .row("SELECT contents FROM labs WHERE id = $1", args![id])
        .await?;
    row.map_or(Ok(String::new()), |row| row.text("contents"))
}

/// What a scan compares with the folder.
pub(super) struct Known {
    pub(super) id: LabId,
    pub(super) state: State,
    pub(super) stamp: Stamp,
    /// An edit was begun whose outcome is not known.
    pub(super) pending: bool,
}

pub(super) async fn known(db: &Db) -> Result<Vec<Known>, StoreError> {
    let rows = db.rows(
        "SELECT id, state, state_why, file_stamp,
                CASE WHEN EXISTS (SELECT 1 FROM edits e
                                  WHERE e.lab_id = labs.id AND e.revision > labs.revision)
                     THEN 1 ELSE 0 END AS pending
         FROM labs",
        args![],
    );
    let known = |row: &Row| {
        Ok(Known {
            id: row.parsed("id")?,
            state: State::from_row(row)?,
            stamp: Stamp::from_text(row.text("file_stamp")?),
            pending: row.yes("pending")?,
        })
    };
    rows.await?.iter().map(known).collect()
}

/// By name; only labs that are there for people: all, or those of `viewer` and shared with him.
pub(super) async fn list(
    db: &Db,
    viewer: Option<UserId>,
    page: &Page,
) -> Result<Paged<Entry>, StoreError> {
    let [name, id] = page.key(["", ""]);
    let rows = if let Some(viewer) = viewer {
        let statement = select_entry!(
            "WHERE (l.owner_id = $4 OR l.id IN (SELECT lab_id FROM shares WHERE user_id = $4))
               AND (l.name_key, l.id) > ($1, $2)
               AND l.state NOT IN ('writing', 'deleting') ORDER BY l.name_key, l.id LIMIT $3"
        );
        db.rows(statement, args![name, id, page.rows(), viewer])
            .await?
    } else {
        let statement = select_entry!(
            "WHERE (l.name_key, l.id) > ($1, $2)
               AND l.state NOT IN ('writing', 'deleting') ORDER BY l.name_key, l.id LIMIT $3"
        );
        db.rows(statement, args![name, id, page.rows()]).await?
    };
    let keyed = |row: &Row| Ok((row.text("name_key")?, entry(row)?));
    let entries: Vec<(String, Entry)> =
        rows.iter().map(keyed).collect::<Result<_, StoreError>>()?;
    let page = page.cut(entries, |(name, entry)| {
        vec![name.clone(), entry.id.to_string()]
    });
    let items = page.items.into_iter().map(|(_, entry)| entry).collect();
    Ok(Paged {
        items,
        next: page.next,
    })
}

pub(super) async fn insert(
    tx: &mut Tx,
    owner: UserId,
    state: &State,
    new: &Contents<'_>,
) -> Result<(), StoreError> {
    let Contents {
        lab,
        text,
        hash,
        stamp,
        changed_ms,
    } = new;
    let inserted = tx.run(
        "INSERT INTO labs (id, name, name_key, owner_id, revision, changed_ms, state, state_why,
                           file_stamp, file_hash, contents)
         VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, $10)",
        args![
            lab.id,
            &*lab.name,
            lab.name.to_lowercase(),
            owner,
            lab.revision,
            *changed_ms,
            state.word(),
            stamp.to_string(),
            *hash,
            *text
        ],
    );
    inserted.await.map(drop)
}

/// How many labs the user owns; one that is being removed is none any more.
pub(super) async fn count_of(tx: &mut Tx, owner: UserId) -> Result<u64, StoreError> {
    let counted = tx.row(
        "SELECT COUNT(*) AS number FROM labs WHERE owner_id = $1 AND state <> 'deleting'",
        args![owner],
    );
    counted.await?.map_or(Ok(0), |row| row.number("number"))
}

/// The file is good, with these contents.
pub(super) async fn set_contents(tx: &mut Tx, new: &Contents<'_>) -> Result<(), StoreError> {
    let Contents {
        lab,
        text,
        hash,
        stamp,
        changed_ms,
    } = new;
    let updated = tx.run(
        "UPDATE labs SET name = $2, name_key = $3, revision = $4, changed_ms = $5, state = 'ok',
             state_why = '', file_stamp = $6, file_hash = $7, contents = $8 WHERE id = $1",
        args![
            lab.id,
            &*lab.name,
            lab.name.to_lowercase(),
            lab.revision,
            *changed_ms,
            stamp.to_string(),
            *hash,
            *text
        ],
    );
    updated.await.map(drop)
}

/// Only how the file stands; the contents in force stay.
pub(super) async fn set_state(
    tx: &mut Tx,
    id: LabId,
    state: &State,
    stamp: &Stamp,
) -> Result<(), StoreError> {
    let updated = tx.run(
        "UPDATE labs SET state = $2, state_why = $3, file_stamp = $4 WHERE id = $1",
        args![id, state.word(), state.why(), stamp.to_string()],
    );
    updated.await.map(drop)
}

/// From here on the lab is no more; `at_ms` names its file in the trash.
pub(super) async fn mark_deleting(tx: &mut Tx, id: LabId, at_ms: u64) -> Result<(), StoreError> {
    let updated = tx.run(
        "UPDATE labs SET state = 'deleting', changed_ms = $2 WHERE id = $1",
        args![id, at_ms],
    );
    updated.await.map(drop)
}

pub(super) async fn remove(tx: &mut Tx, id: LabId) -> Result<(), StoreError> {
    tx.run("DELETE FROM labs WHERE id = $1", args![id])
        .await
        .map(drop)
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: row.parsed("id")?,
        owner: User::from_row(row)?,
        revision: Revision(row.number("revision")?),
        changed_ms: row.number("changed_ms")?,
        state: State::from_row(row)?,
        stamp: Stamp::from_text(row.text("file_stamp")?),
        hash: row.text("file_hash")?,
    })
}

impl State {
    /// Whether the lab is there for a person.
    pub(super) fn is_visible(&self) -> bool {
        match self {
            Self::Ok | Self::Broken { .. } | Self::Missing => true,
            Self::Writing | Self::Deleting => false,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Ok => "ok",
            Self::Broken { .. } => "broken",
            Self::Missing => "missing",
            Self::Deleting => "deleting",
        }
    }

    fn why(&self) -> &str {
        match self {
            Self::Broken { why } => why,
            Self::Writing | Self::Ok | Self::Missing | Self::Deleting => "",
        }
    }

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(match row.text("state")?.as_str() {
            "writing" => Self::Writing,
            "ok" => Self::Ok,
            "broken" => Self::Broken {
                why: row.text("state_why")?,
            },
            "missing" => Self::Missing,
            "deleting" => Self::Deleting,
            other => {
                let why = format!("{other:?} is no state of a lab");
                return Err(StoreError::Damaged {
                    column: "state".into(),
                    why,
                });
            }
        })
    }
}
