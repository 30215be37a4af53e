//! System calls by number: what no library offers, since nobody should want it.

use std::ffi::CString;
use std::io;

use nix::errno::Errno;
use nix::libc::{self, c_long};

/// A word of a call.
pub enum Word<'a> {
    Number(i64),
    Text(&'a str),
    Bytes(&'a mut [u8]),
}

pub use Word::{Bytes, Number, Text};

/// The call's answer, or its error.
#[expect(
    unsafe_code,
    reason = "attempts are calls that the kernel must judge, not a library"
)]
pub fn call(number: c_long, words: &mut [Word<'_>]) -> io::Result<i64> {
    let mut texts = Vec::new();
    let mut raw = [0_i64; 6];
    for (slot, word) in raw.iter_mut().zip(words) {
        *slot = match word {
            Word::Number(number) => *number,
            Word::Text(text) => {
                let text = CString::new(*text)?;
                let at = text.as_ptr() as i64;
                texts.push(text);
                at
            }
            Word::Bytes(bytes) => bytes.as_mut_ptr() as i64,
        };
    }
    // SAFETY: every pointer comes from a buffer that outlives the call and is as large as the caller's
    // other words say; what a call that went through does to this process is the attempt's own affair.
    let answer = unsafe { libc::syscall(number, raw[0], raw[1], raw[2], raw[3], raw[4], raw[5]) };
    Ok(Errno::result(answer)?)
}
