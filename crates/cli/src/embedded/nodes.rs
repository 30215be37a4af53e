//! What goes on without server and agent: the holder of the namespaces.

use super::{DataFolder, ProcessId};

/// The process that holds the namespaces of nodes without root, if it lives.
pub fn holder_of(folder: &DataFolder) -> Option<ProcessId> {
    let text = std::fs::read_to_string(folder.file("runtime/holder.json")).ok()?;
    let holder: ProcessId = serde_json::from_str(&text).ok()?;
    holder.is_alive().then_some(holder)
}
