//! A lab from wherever a person says it is, read here: our own JSON, or containerlab's YAML.
//!
//! ```text
//! FILE | DIR | URL | -  ─source─▶ bytes ─formats─▶ Lab, losses        or everything that is wrong, with its place
//! ```
//! The formats themselves are the room `formats`; here are paths, addresses, bytes, and what a person says of how
//! to read. Nothing is asked of a server.

mod beside;
mod fetch;
mod losses;
mod options;
mod refused;
mod source;

use std::path::Path;

use formats::containerlab::{self, Bound};
use formats::{FormatError, Loss, native};
use model::{Lab, LabId};
use uuid::Uuid;

use crate::failure::{Exit, Failure};

pub use losses::{must_be_none, tell};
pub use options::Options;
pub use refused::Refused;
pub use source::Source;

/// A lab, and what could not be taken over.
#[derive(Debug)]
pub struct Read {
    pub lab: Lab,
    pub losses: Vec<Loss>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Native,
    Containerlab,
}

/// What was read of a source.
struct Content {
    bytes: Vec<u8>,
    /// The topology file's own name; empty when it has none.
    name: String,
}

pub async fn read(source: &Source, options: &Options) -> anyhow::Result<Read> {
    let content = content_of(source).await?;
    let format = format_of(&content);
    let read = match format {
        Format::Native => read_native(&content.bytes, options)?,
        Format::Containerlab => read_containerlab(source, &content, options)?,
    };
    Ok(read.map_err(|error| Refused::new(source.shown(), &error))?)
}

async fn content_of(source: &Source) -> anyhow::Result<Content> {
    match source {
        Source::Stdin => Ok(Content {
            bytes: source::whole(std::io::stdin(), &source.shown())?,
            name: String::new(),
        }),
        Source::File(path) => Ok(Content {
            bytes: source::whole(source::open(path)?, &source.shown())?,
            name: path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default()
                .into(),
        }),
        Source::Url(url) => {
            let (bytes, name) = fetch::fetch(url).await?;
            Ok(Content { bytes, name })
        }
    }
}

fn read_native(bytes: &[u8], options: &Options) -> anyhow::Result<Result<Read, FormatError>> {
    if let Some(option) = options.of_topologies() {
        let message =
            format!("{option} is for containerlab's topologies, and this is a lab of ours");
        return Err(Failure::new(Exit::USAGE, message)
            .hint("leave it away")
            .into());
    }
    let images = options.images()?;
    let read = native::read(bytes).and_then(|mut lab| {
        let faults = native::check(bytes, &lab);
        if !faults.is_empty() {
            return Err(FormatError::Problems(faults));
        }
        images.apply(&mut lab);
        let losses = Vec::new();
        Ok(Read { lab, losses })
    });
    Ok(read)
}

fn read_containerlab(
    source: &Source,
    content: &Content,
    options: &Options,
) -> anyhow::Result<Result<Read, FormatError>> {
    let (images, variables) = (options.images()?, options.variables()?);
    let files = |name: &str| match source {
        Source::Stdin => beside::read(Path::new("."), name),
        Source::File(path) => beside::read(folder_of(path), name),
        Source::Url(_) => Bound::Elsewhere,
    };
    let how = containerlab::Options {
        as_netns: options.as_netns(),
        file_name: &content.name,
        variables: &variables,
        images: &images,
        ..containerlab::Options::new(LabId(Uuid::new_v4()), &files)
    };
    let read = containerlab::read(&content.bytes, &how);
    Ok(read.map(|read| Read {
        lab: read.lab,
        losses: read.losses,
    }))
}

fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// By the name, else by the first letter: our own format is a JSON object.
fn format_of(content: &Content) -> Format {
    match content.name.rsplit_once('.') {
        Some((_, "json")) => return Format::Native,
        Some((_, "yml" | "yaml")) => return Format::Containerlab,
        Some(_) | None => {}
    }
    match content
        .bytes
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())
    {
        Some(b'{') => Format::Native,
        Some(_) | None => Format::Containerlab,
    }
}

#[cfg(test)]
mod tests;
