//! The configuration that a node runs with: asked of the node, compared, kept in the lab.

use std::collections::BTreeMap;

use agent_api::Opening;
use api::config::{NodeConfig, SavedConfig};
use model::edit::Edit;
use model::lab::File;
use model::template::SaveConfig;
use model::{Node, NodeId, NodeKind};
use similar::TextDiff;
use store::LabRecord;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::IfMatch;
use crate::relay::collect;

/// Another edit may come between reading the lab and writing it.
const TRIES: usize = 5;

impl App {
    pub async fn node_config(&self, record: &LabRecord, node: NodeId) -> Result<NodeConfig, Error> {
        let save = self.save_of(record, node)?;
        let running = self.running_config(record, node, &save).await?;
        let startup = startup_of(record, node, &save.file);
        Ok(NodeConfig {
            diff: diff(startup.as_deref().unwrap_or_default(), &running, &save.file),
            file: save.file,
            startup,
            running,
        })
    }

    /// An edit by the caller, when it is another than before.
    pub async fn save_config(
        &self,
        caller: &Caller,
        mut record: LabRecord,
        node: NodeId,
    ) -> Result<SavedConfig, Error> {
        let save = self.save_of(&record, node)?;
        let running = self.running_config(&record, node, &save).await?;
        for _ in 0..TRIES {
            let before = startup_of(&record, node, &save.file);
            let saved = |revision, changed| SavedConfig {
                diff: diff(before.as_deref().unwrap_or_default(), &running, &save.file),
                file: save.file.clone(),
                changed,
                revision,
            };
            if before.as_ref() == Some(&running) {
                return Ok(saved(record.lab.revision, false));
            }
            let edit = with_startup(&record, node, &save.file, &running)?;
            let seen = IfMatch(Some(record.lab.revision));
            match self.edit_lab(caller, record.lab.id, seen, edit).await {
                Ok(edited) => return Ok(saved(edited.revision, true)),
                Err(Error::RevisionConflict { .. }) => {}
                Err(error) => return Err(error),
            }
            let id = record.lab.id;
            let now = self.labs.get(id).await?;
            record = now.ok_or_else(|| Error::not_found(format!("lab {id}")))?;
        }
        Err(Error::Conflict {
            code: "lab_busy",
            what: "The lab is being changed by others all the time; try again.".into(),
        })
    }

    fn save_of(&self, record: &LabRecord, node: NodeId) -> Result<SaveConfig, Error> {
        let found = node_of(record, node)?;
        let template = self.templates.get(&found.template);
        let save = template.and_then(|template| template.save.clone());
        save.ok_or_else(|| Error::Unprocessable {
            code: "no_config".into(),
            what: format!(
                "Nothing is known of how {} tells its configuration: its template {:?} names no command.",
                found.name, found.template
            ),
        })
    }

    async fn running_config(
        &self,
        record: &LabRecord,
        node: NodeId,
        save: &SaveConfig,
    ) -> Result<String, Error> {
        let opening = Opening::Exec {
            lab: record.lab.id,
            node,
            argv: save.argv.clone(),
            env: BTreeMap::new(),
            tty: None,
        };
        let stream = self.open_stream(record, opening).await?;
        let told = collect(stream, bytes::Bytes::new()).await?;
        if told.status == 0 && !told.truncated {
            return Ok(told.stdout);
        }
        let why = if told.truncated {
            "it is larger than 1 MiB".to_owned()
        } else {
            let last = told.stderr.trim().lines().next_back();
            last.map_or_else(|| format!("exit status {}", told.status), str::to_owned)
        };
        Err(Error::Unprocessable {
            code: "config_failed".into(),
            what: format!("The node did not tell its configuration: {why}."),
        })
    }
}

fn node_of(record: &LabRecord, node: NodeId) -> Result<&Node, Error> {
    let found = record.lab.nodes.get(&node);
    found.ok_or_else(|| Error::not_found(format!("node {node} in this lab")))
}

fn startup_of(record: &LabRecord, node: NodeId, file: &str) -> Option<String> {
    let files = match &record.lab.nodes.get(&node)?.kind {
        NodeKind::Netns(settings) => &settings.files,
        NodeKind::Docker(settings) => &settings.files,
        NodeKind::Other(_) => return None,
    };
    files.get(file).map(|file| file.content.clone())
}

/// The node with another startup configuration; the file's mode stays.
fn with_startup(
    record: &LabRecord,
    node: NodeId,
    file: &str,
    content: &str,
) -> Result<Edit, Error> {
    let mut found = node_of(record, node)?.clone();
    let files = match &mut found.kind {
        NodeKind::Netns(settings) => Some(&mut settings.files),
        NodeKind::Docker(settings) => Some(&mut settings.files),
        NodeKind::Other(_) => None,
    };
    if let Some(files) = files {
        let mode = files.get(file).and_then(|file| file.mode.clone());
        let content = content.to_owned();
        files.insert(file.to_owned(), File { content, mode });
    }
    Ok(Edit::SetNode {
        id: node,
        node: found,
    })
}

fn diff(startup: &str, running: &str, file: &str) -> String {
    let diff = TextDiff::from_lines(startup, running);
    let (from, to) = (format!("startup{file}"), format!("running{file}"));
    diff.unified_diff().header(&from, &to).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_says_what_is_new_and_nothing_when_nothing_is() {
        assert_eq!(diff("a\n", "a\n", "/etc/x"), "");
        let words = diff("a\nb\n", "a\nc\n", "/etc/x");
        assert!(words.contains("-b\n+c\n"), "{words}");
        assert!(words.starts_with("--- startup/etc/x\n+++ running/etc/x\n"));
    }
}
