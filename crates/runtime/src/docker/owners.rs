//! A tar stream whose files belong to root: whoever packed it has numbers of another machine.
//!
//! Docker keeps an archive's owners where the container runs as root. So each header on its way gets them
//! changed, and everything else passes as it is.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

const BLOCK: usize = 512;
const UID: std::ops::Range<usize> = 108..116;
const GID: std::ops::Range<usize> = 116..124;
const SIZE: std::ops::Range<usize> = 124..136;
const CHECKSUM: std::ops::Range<usize> = 148..156;
const NOBODY_IN_PARTICULAR: &[u8; 8] = b"0000000\0";

pub fn as_roots(stream: impl Stream<Item = Bytes> + Send) -> impl Stream<Item = Bytes> + Send {
    let mut changer = Changer::default();
    stream.map(move |piece| changer.take(&piece))
}

/// Where in the archive it is.
#[derive(Default)]
struct Changer {
    /// The beginning of a header whose rest has not come.
    header: BytesMut,
    /// Bytes until the next header.
    skip: u64,
}

impl Changer {
    fn take(&mut self, mut piece: &[u8]) -> Bytes {
        let mut out = BytesMut::with_capacity(piece.len() + BLOCK);
        while !piece.is_empty() {
            let passing = usize::try_from(self.skip)
                .unwrap_or(usize::MAX)
                .min(piece.len());
            if passing > 0 {
                out.extend_from_slice(&piece[..passing]);
                piece = &piece[passing..];
                self.skip -= passing as u64;
                continue;
            }
            let wanted = (BLOCK - self.header.len()).min(piece.len());
            self.header.extend_from_slice(&piece[..wanted]);
            piece = &piece[wanted..];
            if self.header.len() == BLOCK {
                let mut header = self.header.split();
                self.skip = blocks_of(size(&header));
                change(&mut header);
                out.extend_from_slice(&header);
            }
        }
        out.freeze()
    }
}

fn blocks_of(size: u64) -> u64 {
    size.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64)
}

/// Octal digits, or a number itself when it is too large for those.
fn size(header: &[u8]) -> u64 {
    let field = &header[SIZE];
    if field[0] & 0x80 != 0 {
        let number = field[4..].iter();
        return number.fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    }
    let digits = field.iter().filter(|byte| (b'0'..=b'7').contains(byte));
    digits.fold(0, |sum, digit| sum * 8 + u64::from(digit - b'0'))
}

/// The end of an archive is empty blocks, which are no headers.
fn change(header: &mut [u8]) {
    if header.iter().all(|byte| *byte == 0) {
        return;
    }
    header[UID].copy_from_slice(NOBODY_IN_PARTICULAR);
    header[GID].copy_from_slice(NOBODY_IN_PARTICULAR);
    header[CHECKSUM].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn every_file_is_roots_whatever_the_pieces_are() {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, length) in [("a", 0), ("b", 700), ("c", 512)] {
            let mut header = tar::Header::new_gnu();
            header.set_size(length);
            header.set_uid(1000);
            header.set_gid(1000);
            header.set_mode(0o4755);
            let content = vec![b'x'; usize::try_from(length).unwrap()];
            builder
                .append_data(&mut header, name, &content[..])
                .unwrap();
        }
        let packed = builder.into_inner().unwrap();
        for piece in [1, 7, 512, 100_000] {
            let mut changer = Changer::default();
            let pieces = packed.chunks(piece).map(|piece| changer.take(piece));
            let out: Vec<u8> = pieces.flat_map(|piece| piece.to_vec()).collect();
            let mut archive = tar::Archive::new(&out[..]);
            let mut lengths = Vec::new();
            for entry in archive.entries().unwrap() {
                let mut entry = entry.unwrap();
                let header = entry.header();
                assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
                assert_eq!(header.mode().unwrap(), 0o4755);
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                lengths.push(content.len());
            }
            assert_eq!(lengths, [0, 700, 512]);
        }
    }
}
