//! The rows of table `edits`: what was done to a lab, and what takes it back.
//!
//! There is no stack of undos beside them. An edit is taken back when a later row says so
//! (`of_revision`), and that row can itself be taken back: dropping rows restores every stack.

use model::edit::Edit;
use model::limits::too_deep_at;
use model::{LabId, Problem, Revision};

use super::UndoWords;
use super::commit::Change;
use crate::db::{Db, Row, Tx, args};
use crate::{Page, Paged, StoreError, UserId};

pub use kind::Kind;

mod kind;

/// Batches in batches around things as deep as a lab may have them.
const EDIT_MAX_DEPTH: usize = 64;

/// A row for a person, as `Labs::edits` gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct EditRow {
    pub revision: Revision,
    /// `None`: the file was changed by hand.
    pub author: Option<String>,
    pub at_ms: u64,
    pub kind: Kind,
    /// `None`: the file was changed by hand.
    pub edit: Option<Edit>,
    /// `add of node r1`; of an undo or redo, the words of what it takes back.
    pub words: String,
}

/// A row that can be taken back.
pub(super) struct Candidate {
    pub(super) revision: Revision,
    pub(super) inverse: Edit,
    pub(super) words: String,
}

/// A row written before its file.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) revision: Revision,
    pub(super) file_hash: String,
    pub(super) at_ms: u64,
}

pub(super) struct NewRow<'a> {
    pub(super) revision: Revision,
    pub(super) file_hash: &'a str,
    pub(super) at_ms: u64,
    edit: String,
    inverse: String,
}

impl<'a> NewRow<'a> {
    /// An edit that could not be read again is refused: it would spoil the whole history.
    pub(super) fn new(
        change: &Change,
        revision: Revision,
        file_hash: &'a str,
        at_ms: u64,
    ) -> Result<Self, Problem> {
        let (edit, inverse) = (json(&change.edit), json(&change.inverse));
        let too_deep = |json: &str| too_deep_at(json.as_bytes(), EDIT_MAX_DEPTH).is_some();
        if too_deep(&edit) || too_deep(&inverse) {
            let message = format!("the edit is nested deeper than {EDIT_MAX_DEPTH} levels");
            return Err(Problem::new("", "nested_too_deep", message));
        }
        Ok(Self {
            revision,
            file_hash,
            at_ms,
            edit,
            inverse,
        })
    }
}

/// The first step of every edit.
pub(super) async fn begin(
    db: &Db,
    lab: LabId,
    row: NewRow<'_>,
    change: &Change,
) -> Result<(), StoreError> {
    let inserted = db.run(
        "INSERT INTO edits (lab_id, revision, author_id, kind, of_revision, superseded, words, edit,
                            inverse, file_hash, at_ms)
         VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10)",
        args![
            lab, row.revision, change.author, change.kind.word(),
            change.of.map(|revision| revision.0), &*change.words, row.edit, row.inverse, row.file_hash, row.at_ms
        ],
    );
    inserted.await.map(drop)
}

/// Rows above the lab's revision.
pub(super) async fn begun(
    db: &Db,
    lab: LabId,
    above: Revision,
) -> Result<Vec<Pending>, StoreError> {
    let rows = db.rows(
        "SELECT revision, file_hash, at_ms FROM edits WHERE lab_id = $1 AND revision > $2",
        args![lab, above],
    );
    let pending = |row: &Row| {
        Ok(Pending {
            revision: Revision(row.number("revision")?),
            file_hash: row.text("file_hash")?,
            at_ms: row.number("at_ms")?,
        })
    };
    rows.await?.iter().map(pending).collect()
}

/// Edits that never got to the file.
pub(super) async fn drop_above(
    tx: &mut Tx,
    lab: LabId,
    revision: Revision,
) -> Result<(), StoreError> {
    let dropped = tx.run(
        "DELETE FROM edits WHERE lab_id = $1 AND revision > $2",
        args![lab, revision],
    );
    dropped.await.map(drop)
}

/// Edits that are no longer in the file, because an older one was put in its place: they stay
/// readable, and cannot be taken back.
pub(super) async fn supersede_above(
    tx: &mut Tx,
    lab: LabId,
    revision: Revision,
) -> Result<(), StoreError> {
    let superseded = tx.run(
        "UPDATE edits SET superseded = 1 WHERE lab_id = $1 AND revision > $2",
        args![lab, revision],
    );
    superseded.await.map(drop)
}

/// A row for a change by hand.
pub(super) async fn outside(
    tx: &mut Tx,
    lab: LabId,
    revision: Revision,
    file_hash: &str,
    at_ms: u64,
) -> Result<(), StoreError> {
    let inserted = tx.run(
        "INSERT INTO edits (lab_id, revision, author_id, kind, of_revision, superseded, words, edit,
                            inverse, file_hash, at_ms)
         VALUES ($1, $2, NULL, 'outside', NULL, 0, 'change of the file by hand', NULL, NULL, $3, $4)",
        args![lab, revision, file_hash, at_ms],
    );
    inserted.await.map(drop)
}

/// A statement about the user's last edit or redo that is not taken back.
macro_rules! undoable {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM edits e JOIN labs l ON l.id = e.lab_id
             WHERE e.lab_id = $1 AND e.author_id = $2 AND e.revision <= l.revision
               AND e.kind IN ('edit', 'redo') AND e.superseded = 0
               AND NOT EXISTS (SELECT 1 FROM edits t WHERE t.lab_id = e.lab_id
                               AND t.of_revision = e.revision AND t.superseded = 0)
             ORDER BY e.revision DESC LIMIT 1"
        )
    };
}

/// A statement about the user's last undo that is not taken back, unless a new edit of the user came
/// after it.
macro_rules! redoable {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM edits e JOIN labs l ON l.id = e.lab_id
             WHERE e.lab_id = $1 AND e.author_id = $2 AND e.revision <= l.revision
               AND e.kind = 'undo' AND e.superseded = 0
               AND NOT EXISTS (SELECT 1 FROM edits t WHERE t.lab_id = e.lab_id
                               AND t.of_revision = e.revision AND t.superseded = 0)
               AND NOT EXISTS (SELECT 1 FROM edits n WHERE n.lab_id = e.lab_id
                               AND n.author_id = $2 AND n.revision > e.revision AND n.kind = 'edit')
             ORDER BY e.revision DESC LIMIT 1"
        )
    };
}

pub(super) async fn undoable(
    db: &Db,
    lab: LabId,
    user: UserId,
) -> Result<Option<Candidate>, StoreError> {
    let statement = undoable!("e.revision, e.inverse, e.words");
    let row = db.row(statement, args![lab, user]).await?;
    row.as_ref().map(candidate).transpose()
}

pub(super) async fn redoable(
    db: &Db,
    lab: LabId,
    user: UserId,
) -> Result<Option<Candidate>, StoreError> {
    let statement = redoable!("e.revision, e.inverse, e.words");
    let row = db.row(statement, args![lab, user]).await?;
    row.as_ref().map(candidate).transpose()
}

/// What an undo and a redo would take back; without their contents, which can be large.
pub(super) async fn words(db: &Db, lab: LabId, user: UserId) -> Result<UndoWords, StoreError> {
    let undo = db.row(undoable!("e.words"), args![lab, user]).await?;
    let redo = db.row(redoable!("e.words"), args![lab, user]).await?;
    let words = |row: Option<Row>| row.map(|row| row.text("words")).transpose();
    Ok(UndoWords {
        undo: words(undo)?,
        redo: words(redo)?,
    })
}

/// What others did after `since` and that still holds, oldest first.
pub(super) async fn others_since(
    db: &Db,
    lab: LabId,
    user: UserId,
    since: Revision,
) -> Result<Vec<EditRow>, StoreError> {
    let rows = db.rows(
        "SELECT e.revision, u.username, e.at_ms, e.kind, e.edit, e.words
         FROM edits e LEFT JOIN users u ON u.id = e.author_id
         WHERE e.lab_id = $1 AND e.revision > $3 AND (e.author_id IS NULL OR e.author_id <> $2)
           AND e.superseded = 0 AND NOT (e.kind = 'undo' AND e.of_revision > $3)
           AND NOT EXISTS (SELECT 1 FROM edits t WHERE t.lab_id = e.lab_id
                           AND t.of_revision = e.revision AND t.superseded = 0)
         ORDER BY e.revision",
        args![lab, user, since],
    );
    rows.await?.iter().map(edit_row).collect()
}

/// Newest first.
pub(super) async fn page(db: &Db, lab: LabId, page: &Page) -> Result<Paged<EditRow>, StoreError> {
    let [before] = page.key(["9223372036854775807"]);
    let rows = db.rows(
        "SELECT e.revision, u.username, e.at_ms, e.kind, e.edit, e.words
         FROM edits e JOIN labs l ON l.id = e.lab_id LEFT JOIN users u ON u.id = e.author_id
         WHERE e.lab_id = $1 AND e.revision < $2 AND e.revision <= l.revision
         ORDER BY e.revision DESC LIMIT $3",
        args![lab, before.parse::<u64>().unwrap_or(0), page.rows()],
    );
    let rows: Vec<EditRow> = rows.await?.iter().map(edit_row).collect::<Result<_, _>>()?;
    Ok(page.cut(rows, |row| vec![row.revision.to_string()]))
}

fn edit_row(row: &Row) -> Result<EditRow, StoreError> {
    Ok(EditRow {
        revision: Revision(row.number("revision")?),
        author: row.text_or_null("username")?,
        at_ms: row.number("at_ms")?,
        kind: row.parsed("kind")?,
        edit: row.json_or_null("edit")?,
        words: row.text("words")?,
    })
}

fn candidate(row: &Row) -> Result<Candidate, StoreError> {
    Ok(Candidate {
        revision: Revision(row.number("revision")?),
        inverse: row.json("inverse")?,
        words: row.text("words")?,
    })
}

fn json(edit: &Edit) -> String {
    serde_json::to_string(edit).expect("an edit has only texts as keys")
}
