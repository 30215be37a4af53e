//! Output that grows: written once, read by anybody from any offset, waiting for more at its end.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::watch;

/// Older output is forgotten beyond this.
const KEPT_BYTES: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct Tape {
    kept: Mutex<Kept>,
    /// Only says that something changed.
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Offset of the first byte that is kept.
    first: u64,
    bytes: Vec<u8>,
    ended: bool,
}

impl Tape {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            kept: Mutex::default(),
            changed: watch::Sender::new(()),
        })
    }

    pub fn write(&self, bytes: &[u8]) {
        let mut kept = self.kept();
        kept.bytes.extend_from_slice(bytes);
        let too_many = kept.bytes.len().saturating_sub(KEPT_BYTES);
        kept.bytes.drain(..too_many);
        kept.first += too_many as u64;
        drop(kept);
        self.changed.send_replace(());
    }

    /// Readers get what is there and then the end.
    pub fn end(&self) {
        self.kept().ended = true;
        self.changed.send_replace(());
    }

    /// Where a reader that asks for `offset` really begins.
    pub fn begin(&self, offset: u64) -> u64 {
        let kept = self.kept();
        offset.clamp(kept.first, kept.first + kept.bytes.len() as u64)
    }

    /// From `offset` on; with `follow` it ends when the tape does, else where the tape is now.
    pub fn read(self: Arc<Self>, offset: u64, follow: bool) -> impl Stream<Item = Bytes> {
        let changed = self.changed.subscribe();
        futures_util::stream::unfold(
            (self, changed, offset),
            move |(tape, mut changed, offset)| async move {
                loop {
                    changed.mark_unchanged();
                    let (chunk, next, ended) = tape.after(offset);
                    if !chunk.is_empty() {
                        return Some((chunk, (tape, changed, next)));
                    }
                    if ended || !follow {
                        return None;
                    }
                    changed.changed().await.ok()?;
                }
            },
        )
    }

    fn after(&self, offset: u64) -> (Bytes, u64, bool) {
        let kept = self.kept();
        let skip = usize::try_from(offset.saturating_sub(kept.first)).unwrap_or(usize::MAX);
        let rest = kept.bytes.get(skip..).unwrap_or_default();
        let end = kept.first + kept.bytes.len() as u64;
        (Bytes::copy_from_slice(rest), end, kept.ended)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept
            .lock()
            .expect("no holder of this lock panics: it only copies bytes")
    }
}
