//! Which labs name which image.

use std::collections::{BTreeMap, BTreeSet};

use api::image::ImageUse;
use model::LabId;
use model::image::{full_name, images_of};
use store::Page;

use super::name_of;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

/// By the image's full name; of a lab that the caller may not see only that there is one.
pub struct ImageUses(BTreeMap<String, Uses>);

#[derive(Default)]
struct Uses {
    seen: Vec<ImageUse>,
    others: u32,
}

impl ImageUses {
    /// Of an image with these names: the labs one may see, and the number of others.
    pub fn of(&self, names: &[String]) -> (Vec<ImageUse>, u32) {
        let names: BTreeSet<String> = names.iter().map(|name| full_name(name)).collect();
        let uses = names.iter().filter_map(|name| self.0.get(name));
        uses.fold((Vec::new(), 0), |(mut seen, others), uses| {
            seen.extend(uses.seen.iter().cloned());
            (seen, others + uses.others)
        })
    }

    pub fn none_of(&self, names: &[String]) -> bool {
        names
            .iter()
            .all(|name| !self.0.contains_key(&full_name(name)))
    }
}

impl App {
    pub async fn image_uses(&self, caller: &Caller) -> Result<ImageUses, Error> {
        let visible = self.visible_labs(caller).await?;
        let mut uses: BTreeMap<String, Uses> = BTreeMap::new();
        let mut page = Page::default();
        loop {
            let labs = self.labs.list(None, &page).await?;
            for record in labs.items {
                let lab = &record.lab;
                for (image, nodes) in images_of(lab, &self.templates) {
                    let uses = uses.entry(full_name(&image)).or_default();
                    if visible.as_ref().is_none_or(|all| all.contains(&lab.id)) {
                        uses.seen.push(ImageUse {
                            lab: lab.id,
                            lab_name: lab.name.clone(),
                            nodes: nodes.iter().map(|id| name_of(lab, *id)).collect(),
                        });
                    } else {
                        uses.others += 1;
                    }
                }
            }
            page.after = labs.next;
            if page.after.is_none() {
                return Ok(ImageUses(uses));
            }
        }
    }

    /// `None`: every lab.
    async fn visible_labs(&self, caller: &Caller) -> Result<Option<BTreeSet<LabId>>, Error> {
        if caller.sees_every_lab() {
            return Ok(None);
        }
        let mut visible = BTreeSet::new();
        let mut page = Page::default();
        loop {
            let labs = self.labs.list(Some(caller.user.id), &page).await?;
            visible.extend(labs.items.iter().map(|record| record.lab.id));
            page.after = labs.next;
            if page.after.is_none() {
                return Ok(Some(visible));
            }
        }
    }
}
