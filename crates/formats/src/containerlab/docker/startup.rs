//! The configuration that a node starts with. Of the images that run as `linux`, only FRR's have a place for it.

use model::lab::File;
use model::limits;

use crate::containerlab::binds::{Gathered, fetch, in_words_of};
use crate::containerlab::levels::Def;
use crate::containerlab::reading::{Reading, text};
use crate::yaml::Node;

const FRR_CONFIG: &str = "/etc/frr/frr.conf";

pub fn place(def: &Def<'_>, frr: bool, gathered: &mut Gathered<'_>, reading: &mut Reading<'_>) {
    let suppressed = def.first("suppress-startup-config", &mut reading.ledger);
    let suppressed = suppressed.and_then(|node| reading.flag(node)) == Some(true);
    def.first("enforce-startup-config", &mut reading.ledger);
    let Some(config) = def.first("startup-config", &mut reading.ledger) else {
        return;
    };
    if suppressed {
        return;
    }
    if !frr {
        let why = "a container of this kind has no place for it (in containerlab neither)";
        let cure = "bind the file to where the image looks for it";
        reading.ledger.lose(config, why, cure);
        return;
    }
    if gathered.files.contains_key(FRR_CONFIG) {
        let why = format!("a bind has put another file at {FRR_CONFIG}");
        reading.ledger.lose(config, why, "keep one of the two");
        return;
    }
    match content(def, config, reading) {
        Some(content) if content.len() <= limits::FILE_MAX_BYTES => {
            let mode = None;
            let file = File { content, mode };
            gathered.files.insert(FRR_CONFIG.into(), file);
        }
        Some(_) | None => {
            let why = "it is no text of at most 1 MiB";
            let cure = "give the node a configuration of text";
            reading.ledger.lose(config, why, cure);
        }
    }
}

/// Of the value itself when it has many lines, else of the file that it names.
fn content(def: &Def<'_>, config: Node<'_>, reading: &mut Reading<'_>) -> Option<String> {
    let written = in_words_of(def, &text(config), reading);
    if written.trim_end().contains('\n') {
        return Some(written);
    }
    let bytes = fetch(written.trim(), config, reading)?;
    String::from_utf8(bytes).ok()
}
