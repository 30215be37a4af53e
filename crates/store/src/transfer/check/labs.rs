//! Labs, their history, and what is wished for them.

use model::edit::Edit;
use model::{LabId, NodeId};

use super::cells::{Cells, shown};
use super::{Check, SeenLab};
use crate::SHARES_MAX;
use crate::labs::lab_in;

impl Check {
    pub(super) fn lab(&mut self, cells: &mut Cells<'_>) {
        let id = cells.id("id").map(LabId);
        self.must_be_live(cells, "owner_id");
        cells.word("state", &["writing", "ok", "broken", "missing", "deleting"]);
        cells.must(
            cells.number("revision") > 0,
            "revision",
            "is 0; a lab begins at 1",
        );
        cells.hash("file_hash");
        cells.must_be_key_of("name_key", "name");
        let Some(id) = id else { return };
        match lab_in(cells.text("contents"), id) {
            Ok(lab) => cells.must(
                lab.name == cells.text("name"),
                "name",
                "is not the name in contents",
            ),
            Err(why) => cells.wrong("contents", why),
        }
        let seen = SeenLab {
            owner: cells.text("owner_id").into(),
            is_visible: !matches!(cells.text("state"), "writing" | "deleting"),
        };
        if self.labs.insert(id, seen).is_some() {
            cells.wrong("id", "was there before".into());
        }
    }

    pub(super) fn share(&mut self, cells: &mut Cells<'_>) {
        let (lab, user) = (cells.text("lab_id"), cells.text("user_id"));
        self.must_be_live(cells, "user_id");
        if let Some(seen) = self.must_be_lab(cells) {
            cells.must(seen.owner != user, "user_id", "owns the lab");
        }
        cells.word("granted", &["view", "operate", "edit"]);
        self.must_be_first(cells, "user_id", "shares", format!("{lab} {user}"));
        self.must_have_room(cells, "lab_id", ("shares", lab, SHARES_MAX));
    }

    pub(super) fn edit(&mut self, cells: &mut Cells<'_>) {
        self.must_be_lab(cells);
        let kind = cells.text("kind");
        cells.word("kind", &["edit", "undo", "redo", "outside"]);
        if cells.text_or_null("author_id").is_some() {
            self.must_be_known(cells, "author_id");
        } else {
            cells.must(kind == "outside", "author_id", "is nobody");
        }
        cells.must(
            cells.number("revision") > 1,
            "revision",
            "a lab begins at 1",
        );
        let takes_back = matches!(kind, "undo" | "redo");
        let of = cells.number_or_null("of_revision");
        cells.must(
            takes_back == of.is_some(),
            "of_revision",
            "does not fit the kind",
        );
        let is_earlier = of.is_none_or(|of| of < cells.number("revision"));
        cells.must(is_earlier, "of_revision", "is no earlier revision");
        cells.must(
            cells.number("superseded") <= 1,
            "superseded",
            "is neither 0 nor 1",
        );
        for column in ["edit", "inverse"] {
            if cells.text_or_null(column).is_some() {
                cells.json::<Edit>(column);
            } else {
                cells.must(kind == "outside", column, "is missing");
            }
        }
        cells.hash("file_hash");
        let key = format!("{} {}", cells.text("lab_id"), cells.number("revision"));
        self.must_be_first(cells, "revision", "edits", key);
    }

    /// Its lab may be gone.
    pub(super) fn wish(&mut self, cells: &mut Cells<'_>) {
        cells.id("lab_id");
        cells.parsed::<NodeId>("node");
        cells.must(cells.number("is_on") <= 1, "is_on", "is neither 0 nor 1");
        if cells.text_or_null("changed_by").is_some() {
            self.must_be_known(cells, "changed_by");
        }
        let key = format!("{} {}", cells.text("lab_id"), cells.number("node"));
        self.must_be_first(cells, "node", "wishes", key);
    }

    /// Its lab may be gone: a tombstone, or the memory of one.
    pub(super) fn spec(&mut self, cells: &mut Cells<'_>) {
        let lab = cells.id("lab_id").map(LabId);
        cells.must(
            cells.number("generation") > 0,
            "generation",
            "is 0; it begins at 1",
        );
        let state = cells.text("state");
        cells.word("state", &["wanted", "removing", "removed"]);
        let is_visible = lab
            .and_then(|lab| self.labs.get(&lab))
            .map(|lab| lab.is_visible);
        match (state, is_visible) {
            ("wanted", None) => cells.wrong("lab_id", "is no lab of this document".into()),
            ("removing" | "removed", Some(true)) => {
                cells.wrong(
                    "state",
                    format!("is {}, and the lab is there", shown(state)),
                );
            }
            _ => {}
        }
        self.must_be_first(cells, "lab_id", "specs", cells.text("lab_id").into());
    }

    fn must_be_lab(&self, cells: &mut Cells<'_>) -> Option<&SeenLab> {
        let lab = cells.id("lab_id").map(LabId)?;
        let seen = self.labs.get(&lab);
        cells.must(seen.is_some(), "lab_id", "is no lab of this document");
        seen
    }
}
