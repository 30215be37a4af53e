//! The folder's own id, which goes with it wherever it is moved.

use std::fs;
use std::io;

use uuid::Uuid;

use super::write::write_synced;
use super::{Folder, failed};
use crate::StoreError;

/// A file in the folder.
pub(in crate::labs) const MARK: &str = ".folder_id";

impl Folder {
    /// `None`: the folder has none. An empty one is what a crash left of the first.
    pub(in crate::labs) fn mark(&self) -> Result<Option<Uuid>, StoreError> {
        let path = self.path.join(MARK);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &path)(error)),
        };
        match text.trim() {
            "" => Ok(None),
            id => id.parse().map(Some).map_err(|error| {
                let error = io::Error::new(io::ErrorKind::InvalidData, error);
                failed("read the id in", &path)(error)
            }),
        }
    }

    pub(in crate::labs) fn set_mark(&self, id: Uuid) -> Result<(), StoreError> {
        let path = self.path.join(MARK);
        write_synced(&path, &format!("{id}\n")).map_err(failed("write", &path))
    }
}
