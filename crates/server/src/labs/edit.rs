//! Changes of a lab, and what they tell.

use api::event::Event;
use api::lab::{EditPage, EditRow, Edited};
use api::page::Paging;
use model::edit::Edit;
use model::{Lab, LabId, LinkId, LinkState};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, store_page};

impl App {
    pub async fn edit_lab(
        &self,
        caller: &Caller,
        lab: LabId,
        IfMatch(seen): IfMatch,
        edit: Edit,
    ) -> Result<Edited, Error> {
        let drawn = self.drawn_asks(caller, lab, &edit).await?;
        let (author, now_ms) = (caller.user.id, self.clock.now_ms());
        let edited = self
            .labs
            .apply_edit(lab, seen, author, edit, now_ms)
            .await?;
        self.allow(caller, lab, drawn).await?;
        self.tell_edited(caller, lab, edited).await
    }

    pub async fn undo_edit(&self, caller: &Caller, lab: LabId) -> Result<Edited, Error> {
        let now_ms = self.clock.now_ms();
        let edited = self.labs.undo(lab, caller.user.id, now_ms).await?;
        self.tell_edited(caller, lab, edited).await
    }

    pub async fn redo_edit(&self, caller: &Caller, lab: LabId) -> Result<Edited, Error> {
        let now_ms = self.clock.now_ms();
        let edited = self.labs.redo(lab, caller.user.id, now_ms).await?;
        self.tell_edited(caller, lab, edited).await
    }

    /// Cuts or heals: an edit that fits every revision, and none when the link is so already.
    pub async fn set_link_state(
        &self,
        caller: &Caller,
        lab: &Lab,
        id: LinkId,
        state: LinkState,
    ) -> Result<Edited, Error> {
        let link = lab.links.get(&id);
        let link = link.ok_or_else(|| Error::not_found(format!("link {id} in this lab")))?;
        let edit = Edit::SetLinkState { id, state };
        if link.state == state {
            return Ok(Edited {
                revision: lab.revision,
                edit,
            });
        }
        self.edit_lab(caller, lab.id, IfMatch(None), edit).await
    }

    pub async fn list_edits(&self, lab: LabId, paging: &Paging) -> Result<EditPage, Error> {
        let page = self.labs.edits(lab, &store_page(paging)?).await?;
        let rows = page.items.into_iter().map(|row| EditRow {
            revision: row.revision,
            author: row.author,
            at_ms: row.at_ms,
            words: row.words,
            edit: row.edit,
        });
        Ok(EditPage {
            items: rows.collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        })
    }

    async fn tell_edited(
        &self,
        caller: &Caller,
        lab: LabId,
        edited: store::Edited,
    ) -> Result<Edited, Error> {
        let event = Event::LabEdited {
            revision: edited.revision,
            author: caller.user.username.clone(),
            edit: Box::new(edited.edit.clone()),
        };
        self.causes.note(lab);
        self.metrics.edited();
        tracing::info!(
            lab.id = %lab,
            revision = edited.revision.0,
            what = edited.words,
            user.name = caller.user.username,
            "lab.edited"
        );
        self.publish_lab(lab, event).await?;
        self.wake.push_specs.notify_one();
        Ok(Edited {
            revision: edited.revision,
            edit: edited.edit,
        })
    }
}
