//! `cp`: files between a node and this machine, as tar streams.
//!
//! `LAB/NODE:PATH` is a place in a node; everything else is a path here. Into a folder that is there a
//! thing is copied under its own name, else under the name that is given.

mod pack;
mod place;

use anyhow::Context;
use api::client::Client;
use api::node::Exec;
use futures_util::StreamExt;

use super::node::one::{Found, find};
use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::output::remark;
use place::{Place, split_last};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to copy: PATH or LAB/NODE:PATH
    from: Place,
    /// Where to: PATH or LAB/NODE:PATH
    to: Place,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    match (args.from, args.to) {
        (Place::Node(node, path), Place::Here(to)) => {
            let found = find(&client, &node).await?;
            get(&client, &found, &path, &to).await?;
        }
        (Place::Here(from), Place::Node(node, path)) => {
            let found = find(&client, &node).await?;
            put(&client, &found, &from, &path).await?;
        }
        (Place::Node(..), Place::Node(..)) => {
            return Err(Failure::new(Exit::USAGE, "both places are in nodes")
                .hint("copy by way of a file here")
                .into());
        }
        (Place::Here(_), Place::Here(_)) => {
            return Err(Failure::new(Exit::USAGE, "neither place is in a node")
                .hint("a place in a node is written LAB/NODE:/path")
                .into());
        }
    }
    Ok(Exit::DONE)
}

async fn get(
    client: &Client,
    found: &Found,
    path: &str,
    to: &std::path::Path,
) -> anyhow::Result<()> {
    let mut stream = client.get_files(found.lab.id, found.id, path).await?;
    let mut spool = tempfile::tempfile().context("failed to make a temporary file")?;
    while let Some(chunk) = stream.next().await {
        std::io::Write::write_all(&mut spool, &chunk?).context("failed to keep what came")?;
    }
    let count = pack::unpack(spool, to)?;
    remark(&format!("{count} file(s) copied from {}", found.path()));
    Ok(())
}

async fn put(
    client: &Client,
    found: &Found,
    from: &std::path::Path,
    path: &str,
) -> anyhow::Result<()> {
    let own_name = from
        .canonicalize()
        .with_context(|| format!("failed to find {}", from.display()))?
        .file_name()
        .and_then(|name| name.to_str().map(str::to_owned))
        .with_context(|| format!("{} has no name to copy under", from.display()))?;
    let (folder, name) = if is_folder(client, found, path).await? {
        (path.to_owned(), own_name)
    } else {
        let (folder, name) = split_last(path);
        (folder.to_owned(), name.to_owned())
    };
    let (count, body) = pack::pack(from, &name)?;
    client
        .put_files(found.lab.id, found.id, &folder, body)
        .await?;
    remark(&format!("{count} file(s) copied to {}", found.path()));
    Ok(())
}

async fn is_folder(client: &Client, found: &Found, path: &str) -> anyhow::Result<bool> {
    let test = Exec {
        argv: ["test", "-d", path].map(str::to_owned).to_vec(),
        env: std::collections::BTreeMap::default(),
        stdin: String::new(),
    };
    let result = client.exec(found.lab.id, found.id, &test).await?;
    if path.ends_with('/') && result.status != 0 {
        let message = format!("{} has no folder {path}", found.path());
        return Err(Failure::new(Exit::NOT_FOUND, message)
            .hint(format!(
                "make it: nova-ve exec {:?} -- mkdir -p {path}",
                found.path()
            ))
            .into());
    }
    Ok(result.status == 0)
}
