//! What a container said: Docker keeps what its main process wrote, we what the node's commands did.

use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::driver::Driver;
use super::raw::{self, Wire};
use crate::stream::Output;

/// Of an end that nobody asked for.
const LAST_LINES: usize = 3;
const LAST_BYTES: usize = 16 << 10;
/// What a command writes beyond this is not kept.
pub const COMMAND_BYTES: u64 = 1 << 20;

/// The container's own log, as far as Docker keeps it.
pub async fn of_main(
    driver: &Driver,
    container: &str,
    tail: Option<usize>,
    follow: bool,
) -> Result<impl futures_util::Stream<Item = Output> + Send + use<>, String> {
    let tail = tail.map_or("all".to_owned(), |lines| lines.to_string());
    let follow = u8::from(follow);
    let path =
        format!("/containers/{container}/logs?stdout=1&stderr=1&tail={tail}&follow={follow}");
    let raw = raw::get(driver.engine.socket(), &path).await?;
    // A terminal is all that our containers write to.
    Ok(raw::outputs(raw.socket, raw.begun, Wire::Terminal))
}

/// `no such file | giving up`; empty where nothing was said or nobody tells.
pub async fn last_lines(driver: &Driver, container: &str) -> String {
    let Ok(said) = of_main(driver, container, Some(LAST_LINES), false).await else {
        return String::new();
    };
    let mut kept = console::Scrollback::new(LAST_BYTES);
    let mut said = std::pin::pin!(said);
    while let Some(output) = said.next().await {
        if let Output::Data(bytes) = output {
            kept.push(&bytes);
        }
    }
    kept.last_lines(LAST_LINES).join(" | ")
}

pub fn command_path(driver: &Driver, node: crate::driver::NodeRef, name: &str) -> PathBuf {
    driver.folder(node).logs().join(format!("{name}.log"))
}

/// What a command wrote, as one piece.
pub fn of_command(
    path: &std::path::Path,
) -> io::Result<impl futures_util::Stream<Item = Output> + use<>> {
    let text = std::fs::read(path)?;
    let output = (!text.is_empty()).then(|| Output::Data(Bytes::from(text)));
    Ok(stream::iter(output))
}
