//! One client's connection: frames in, frames out, and how much of both may wait.

use std::io::{IoSlice, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use bytes::{Bytes, BytesMut};
use console::Scrollback;
use nix::poll::PollFlags;
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use tokio_util::codec::{Decoder, Encoder};

use crate::netns::protocol::{Control, Frame, FrameCodec};

pub type ConnId = u64;

/// A client that does not read gets no more until it has read down to this.
pub const OUTGOING_BYTES: usize = 256 << 10;
const PIECE_BYTES: usize = 32 << 10;

/// What a connection became by its first frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Role {
    New,
    Watcher,
    Exec,
    Console {
        name: String,
        offset: u64,
    },
    /// `until`: the offset at which it ends; `None` follows.
    Log {
        name: String,
        offset: u64,
        until: Option<u64>,
    },
    /// Ends when everything is sent.
    Closing,
}

pub struct Conn {
    stream: UnixStream,
    incoming: BytesMut,
    outgoing: BytesMut,
    pub role: Role,
    /// The client sends no more, but may still read.
    pub input_over: bool,
    broken: bool,
}

impl AsFd for Conn {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Conn {
    pub fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            incoming: BytesMut::new(),
            outgoing: BytesMut::new(),
            role: Role::New,
            input_over: false,
            broken: false,
        }
    }

    pub fn interest(&self, takes_input: bool) -> PollFlags {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::POLLIN, takes_input && !self.input_over);
        flags.set(PollFlags::POLLOUT, !self.outgoing.is_empty());
        flags
    }

    /// Frames that have arrived. A client that is gone, or speaks what is no frame, is forgotten at
    /// the next flush.
    pub fn receive(&mut self) -> Vec<Frame> {
        let mut buffer = vec![0; PIECE_BYTES];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.input_over = true,
            Ok(length) => self.incoming.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => self.broken = true,
        }
        let mut frames = Vec::new();
        loop {
            match FrameCodec.decode(&mut self.incoming) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => return frames,
                Err(error) => {
                    self.fail(1, error.to_string());
                    return frames;
                }
            }
        }
    }

    pub fn break_off(&mut self) {
        self.broken = true;
    }

    pub fn send(&mut self, frame: Frame) {
        if FrameCodec.encode(frame, &mut self.outgoing).is_err() {
            self.broken = true;
        }
    }

    pub fn control(&mut self, control: Control) {
        self.send(Frame::Control(control));
    }

    /// The last word of this connection.
    pub fn fail(&mut self, status: i32, message: String) {
        self.control(Control::Failed { status, message });
        self.role = Role::Closing;
    }

    /// `Done` and a descriptor, at once: the connection is new, so there is room for it.
    pub fn send_with_descriptor(&mut self, descriptor: BorrowedFd<'_>) {
        let mut frame = BytesMut::new();
        let encoded = FrameCodec.encode(Frame::Control(Control::Done), &mut frame);
        let descriptors = [descriptor.as_raw_fd()];
        let message = ControlMessage::ScmRights(&descriptors);
        let sent = sendmsg::<()>(
            self.stream.as_raw_fd(),
            &[IoSlice::new(&frame)],
            &[message],
            MsgFlags::MSG_NOSIGNAL,
            None,
        );
        self.broken |= encoded.is_err() || sent != Ok(frame.len());
        self.role = Role::Closing;
    }

    pub fn has_room(&self) -> bool {
        self.outgoing.len() < OUTGOING_BYTES
    }

    /// What follows `offset`, while there is room; a gap is told where `tells_gaps`.
    pub fn feed(&mut self, from: &mut Scrollback, offset: &mut u64, tells_gaps: bool) {
        while self.has_room() {
            let replay = from.read(*offset, PIECE_BYTES);
            let (at, piece) = (replay.offset, Bytes::copy_from_slice(replay.bytes));
            if at != *offset && tells_gaps {
                self.control(Control::Replay { offset: at });
            }
            *offset = at + piece.len() as u64;
            if piece.is_empty() {
                return;
            }
            self.send(Frame::Data(piece));
        }
    }

    /// Send what can be sent now; false when the connection is over.
    pub fn flush(&mut self) -> bool {
        while !self.outgoing.is_empty() && !self.broken {
            match self.stream.write(&self.outgoing) {
                Ok(length) => drop(self.outgoing.split_to(length)),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return true,
                Err(_) => self.broken = true,
            }
        }
        !self.broken && self.role != Role::Closing
    }
}
