//! An archive on its way to the server.

use api::client::{ByteStream, Client};

use crate::connect::Global;
use crate::output::{answer, remark};

/// Sends it, and says what came of it.
pub async fn send(client: &Client, archive: ByteStream, global: &Global) -> anyhow::Result<()> {
    remark("the archive is sent");
    let loaded = client.load_images(archive).await?;
    answer(global.format(), &loaded, |loaded| {
        let lines = loaded.names.iter().map(|name| format!("{name} is here\n"));
        lines.collect()
    })
}
