//! Images made of Debian's packages, without a registry.
//!
//! ```text
//! recipe (built in, or a folder) ─pack─▶ tar ─mmdebstrap─▶ root file system ─▶ spool ─▶ docker-archive ─▶ sink
//! ```
//! The root file system is on disk once while `mmdebstrap` works, and once as a nameless temporary file,
//! since an archive says the size of a layer before its bytes. It is never in memory.

mod archive;
mod debian;
mod keys;
mod pack;
mod recipe;
pub mod send;

use std::io::Write;
use std::time::{Duration, Instant};

pub use debian::Options;
pub use recipe::{Recipe, built_in};

use crate::failure::Failure;

/// Labels that nova-ve itself sets.
pub const OUR_LABELS: &str = "org.nova-ve.";
/// The recipe's digest, by which an image is known to be of the recipe as it is.
const RECIPE_LABEL: &str = "org.nova-ve.recipe";

/// What was made.
#[derive(Debug, serde::Serialize)]
pub struct BuiltImage {
    /// With its tag.
    pub name: String,
    /// What Docker calls the image's id.
    pub id: String,
    /// SHA-256 of the recipe.
    pub recipe: String,
    /// Of the root file system, as an archive.
    pub size_bytes: u64,
    #[serde(serialize_with = "as_ms", rename = "took_ms")]
    pub took: Duration,
}

/// Makes the image and writes it, as an archive that `docker load` takes.
pub fn build(recipe: &Recipe, options: &Options, sink: impl Write) -> Result<BuiltImage, Failure> {
    let begun = Instant::now();
    let packed = recipe.pack()?;
    let layer = debian::bootstrap(&recipe.keys, &packed, options)?;
    let image = archive::describe(&recipe.keys, &packed.digest, &layer);
    let id = archive::write(
        &recipe.keys.name,
        &image,
        layer.file,
        layer.size_bytes,
        sink,
    )?;
    Ok(BuiltImage {
        name: recipe.keys.name.clone(),
        id,
        recipe: packed.digest,
        size_bytes: layer.size_bytes,
        took: begun.elapsed(),
    })
}

fn as_ms<S: serde::Serializer>(took: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}

/// SHA-256 as 64 hex digits.
fn hex(digest: impl AsRef<[u8]>) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in digest.as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Counts and digests what goes by.
struct Digesting<W> {
    inner: W,
    sha256: sha2::Sha256,
    size_bytes: u64,
}

impl<W: Write> Digesting<W> {
    fn new(inner: W) -> Self {
        let sha256 = sha2::Digest::new();
        Self {
            inner,
            sha256,
            size_bytes: 0,
        }
    }

    /// What it wrote to, the digest, and the size.
    fn end(self) -> (W, String, u64) {
        (
            self.inner,
            hex(sha2::Digest::finalize(self.sha256)),
            self.size_bytes,
        )
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.inner.write(bytes)?;
        sha2::Digest::update(&mut self.sha256, &bytes[..count]);
        self.size_bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
