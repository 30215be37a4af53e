//! Which labs folder a database speaks of: an id that both hold.
//!
//! Two servers with two folders on one database would each take the other's labs for missing and
//! bring its own into the other's index. So a folder that is not the database's is refused before
//! anything in it is looked at. The id lies in the folder itself, which may be moved with it inside.

use std::sync::Arc;

use uuid::Uuid;

use super::folder::{Folder, MARK};
use super::inner::on_disk;
use crate::db::args;
use crate::{Store, StoreError};

/// `fresh` becomes the id of a folder that has none, for a database that knows none.
pub(super) async fn bind(
    store: &Store,
    folder: &Arc<Folder>,
    fresh: Uuid,
) -> Result<(), StoreError> {
    let in_folder = folder.clone();
    let here = on_disk(move || in_folder.mark()).await?;
    let there = known(store).await?;
    let (here, there) = match (here, there) {
        (Some(here), Some(there)) => (here, there),
        (None, Some(there)) => return Err(other(folder, there)),
        (here, None) => {
            let here = match here {
                Some(here) => here,
                None => mark(folder, fresh).await?,
            };
            let there = keep(store, here).await?;
            (here, there)
        }
    };
    if here == there {
        return Ok(());
    }
    Err(other(folder, there))
}

async fn mark(folder: &Arc<Folder>, id: Uuid) -> Result<Uuid, StoreError> {
    let folder = folder.clone();
    on_disk(move || folder.set_mark(id)).await?;
    Ok(id)
}

async fn known(store: &Store) -> Result<Option<Uuid>, StoreError> {
    let row = store.db.row(
        "SELECT value FROM settings WHERE key = 'labs_folder'",
        args![],
    );
    row.await?.map(|row| row.parsed("value")).transpose()
}

/// Unless another server was faster; then its folder's.
async fn keep(store: &Store, id: Uuid) -> Result<Uuid, StoreError> {
    let inserted = store.db.run(
        "INSERT INTO settings (key, value) VALUES ('labs_folder', $1) ON CONFLICT (key) DO NOTHING",
        args![id],
    );
    inserted.await?;
    Ok(known(store).await?.unwrap_or(id))
}

fn other(folder: &Folder, wanted: Uuid) -> StoreError {
    StoreError::OtherFolder {
        mark: folder.path().join(MARK),
        folder: folder.path().to_owned(),
        wanted,
    }
}
