//! Between guacd, which speaks telnet, and a node's console.
//!
//! ```text
//! Asking ─log-in right─▶ Open: two pumps ─▶ ended
//!    └─ wrong, or not in time ─────────────▶ ended
//! ```
//! Backpressure goes through in both directions: what guacd does not read is not read from the agent.

use std::future::Future;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use agent_api::AgentStream;
use agent_api::stream::{Control, StreamFrame, WindowSize};
use bytes::Bytes;
use console::log_in::{LogIn, Progress};
use console::telnet::{Size, Telnet};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use super::Bounds;
use super::key::OneTime;
use crate::error::Error;

const READ_BYTES: usize = 16 << 10;
/// Answers to the client's options that wait for what is written before them.
const REPLIES: usize = 8;
/// For the last words to somebody who may be gone.
const FAREWELL: Duration = Duration::from_secs(2);
/// Moves up and clears, so that the log-in is not above what the node says.
const CLEAR: &[u8] = b"\x1b[H\x1b[2J\x1b[3J";
const DEFAULT_SIZE: WindowSize = WindowSize {
    columns: 80,
    rows: 24,
};

/// guacd's connection.
pub struct Wire {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    telnet: Telnet,
    bounds: Bounds,
}

/// What came with the right log-in.
struct Guest {
    size: Option<Size>,
    typed_ahead: Vec<u8>,
}

impl Wire {
    pub fn new(stream: TcpStream, bounds: Bounds) -> Self {
        let (from, to) = stream.into_split();
        Self {
            from,
            to,
            telnet: Telnet::default(),
            bounds,
        }
    }

    /// From the log-in to the end; the words to be said last.
    pub async fn run<F>(&mut self, key: &OneTime, open: impl FnOnce(WindowSize) -> F) -> String
    where
        F: Future<Output = Result<AgentStream, Error>>,
    {
        let guest = tokio::time::timeout(self.bounds.log_in_within, self.log_in(key)).await;
        let Ok(Ok(Some(guest))) = guest else {
            tracing::warn!("nobody logged in at a console's door as guacd does");
            return String::new();
        };
        match open(window(guest.size)).await {
            Ok(stream) => self.pump(stream, guest.typed_ahead).await,
            Err(error) => error.to_string(),
        }
    }

    /// `None`: the password was wrong too often, or guacd left.
    async fn log_in(&mut self, key: &OneTime) -> io::Result<Option<Guest>> {
        let mut log_in = LogIn::new(&key.door_user, &key.door_password);
        let mut size = None;
        let mut buffer = [0; 1024];
        self.to.write_all(&Telnet::HELLO).await?;
        self.to.write_all(LogIn::HELLO.as_bytes()).await?;
        loop {
            let read = self.from.read(&mut buffer).await?;
            let received = self.telnet.receive(&buffer[..read]);
            size = received.size.or(size);
            let mut said = Vec::new();
            let progress = log_in.take(&received.input, &mut said);
            let mut wire = received.reply;
            wire.extend(self.telnet.wrap(&said));
            self.to.write_all(&wire).await?;
            match progress {
                Progress::Asking if read > 0 => {}
                Progress::Asking | Progress::Refused => return Ok(None),
                Progress::In { rest } => {
                    return Ok(Some(Guest {
                        size,
                        typed_ahead: rest,
                    }));
                }
            }
        }
    }

    async fn pump(&mut self, stream: AgentStream, typed_ahead: Vec<u8>) -> String {
        let AgentStream { output, mut input } = stream;
        let telnet = Mutex::new(&mut self.telnet);
        let (reply, replies) = mpsc::channel(REPLIES);
        let up = async {
            if !typed_ahead.is_empty() {
                let ahead = StreamFrame::Data(typed_ahead.into());
                let _ = input.send(ahead).await;
            }
            pump_up(&mut self.from, input, &telnet, &reply).await;
        };
        let down = pump_down(output, &mut self.to, &telnet, replies, self.bounds.silence);
        tokio::select! {
            words = down => words,
            () = up => String::new(),
        }
    }

    /// The end, with a sentence that the person sees.
    pub async fn part(mut self, words: &str) {
        let last = async {
            if !words.is_empty() {
                let line = self.telnet.wrap(format!("\r\n{words}\r\n").as_bytes());
                self.to.write_all(&line).await?;
            }
            self.to.shutdown().await
        };
        // guacd may be gone already.
        let _ = tokio::time::timeout(FAREWELL, last).await;
    }
}

/// From guacd to the node, until guacd leaves.
async fn pump_up(
    from: &mut OwnedReadHalf,
    mut input: impl Sink<StreamFrame> + Unpin,
    telnet: &Mutex<&mut Telnet>,
    reply: &mpsc::Sender<Vec<u8>>,
) {
    let mut buffer = vec![0; READ_BYTES];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let received = {
            let mut telnet = telnet.lock().expect("no holder panics");
            telnet.receive(&buffer[..read])
        };
        if !received.reply.is_empty() && reply.send(received.reply).await.is_err() {
            return;
        }
        let resize = received
            .size
            .map(|size| Control::Resize(window(Some(size))));
        let typed = (!received.input.is_empty()).then(|| Bytes::from(received.input));
        let frames = resize.map(StreamFrame::Control).into_iter();
        for frame in frames.chain(typed.map(StreamFrame::Data)) {
            // A node that takes no more input has its last output on the way down.
            let _ = input.send(frame).await;
        }
    }
}

/// From the node to guacd, until either ends; the words to be said last.
async fn pump_down(
    mut output: impl Stream<Item = Result<StreamFrame, agent_api::AgentError>> + Unpin,
    to: &mut OwnedWriteHalf,
    telnet: &Mutex<&mut Telnet>,
    mut replies: mpsc::Receiver<Vec<u8>>,
    silence: Duration,
) -> String {
    let wrap = |bytes: &[u8]| {
        let mut telnet = telnet.lock().expect("no holder panics");
        telnet.wrap(bytes)
    };
    let mut next = wrap(CLEAR);
    loop {
        let written = tokio::time::timeout(silence, to.write_all(&next)).await;
        if !matches!(written, Ok(Ok(()))) {
            return String::new();
        }
        // Both arms are cancel-safe: `recv` and `next` lose nothing.
        next = tokio::select! {
            Some(reply) = replies.recv() => reply,
            frame = output.next() => match frame {
                Some(Ok(StreamFrame::Data(bytes) | StreamFrame::Stderr(bytes))) => wrap(&bytes),
                Some(Ok(StreamFrame::Control(Control::Failed { message, .. }))) => return message,
                Some(Ok(StreamFrame::Control(
                    Control::Replay { .. } | Control::Exit { .. } | Control::Resize(_) | Control::EndOfInput,
                ))) => Vec::new(),
                Some(Err(error)) => return error.to_string(),
                None => return "the console has ended".into(),
            },
        };
    }
}

fn window(size: Option<Size>) -> WindowSize {
    size.map_or(DEFAULT_SIZE, |size| WindowSize {
        columns: size.columns,
        rows: size.rows,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use futures_util::stream;
    use tokio::net::TcpListener;

    use super::*;

    const SILENCE: Duration = Duration::from_millis(300);

    /// guacd's end and ours.
    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let guacd = TcpStream::connect(listener.local_addr().unwrap());
        let (guacd, ours) = tokio::join!(guacd, listener.accept());
        (guacd.unwrap(), ours.unwrap().0)
    }

    async fn down(
        ours: TcpStream,
        output: impl Stream<Item = Result<StreamFrame, agent_api::AgentError>> + Unpin,
    ) -> String {
        let (_from, mut to) = ours.into_split();
        let mut telnet = Telnet::default();
        let telnet = Mutex::new(&mut telnet);
        let (_reply, replies) = mpsc::channel(REPLIES);
        pump_down(output, &mut to, &telnet, replies, SILENCE).await
    }

    #[tokio::test]
    async fn a_guacd_that_reads_nothing_is_left_and_a_quiet_console_is_no_silence() {
        let (_guacd, ours) = pair().await;
        let quiet = Box::pin(stream::pending());
        let went_on = tokio::time::timeout(SILENCE * 3, down(ours, quiet)).await;
        assert!(went_on.is_err(), "it waits for a node that says nothing");

        let (mut guacd, ours) = pair().await;
        let flood = || stream::repeat_with(|| Ok(Bytes::from_static(&[b'x'; 16384]).into()));
        let reads = async {
            let mut buffer = vec![0; 65536];
            for _ in 0..512 {
                guacd.read_exact(&mut buffer).await.unwrap();
            }
        };
        tokio::select! {
            words = down(ours, flood()) => panic!("a guacd that reads was left: {words}"),
            () = reads => {}
        }

        let (_guacd, ours) = pair().await;
        let left = tokio::time::timeout(SILENCE * 30, down(ours, flood())).await;
        assert_eq!(left.unwrap(), "");
    }

    #[tokio::test]
    async fn keys_and_the_windows_size_go_to_the_node_and_an_options_answer_goes_back() {
        let (mut guacd, ours) = pair().await;
        // WILL NAWS, a window of 132 columns and 50 rows, WILL TERMINAL-TYPE, "ls" and Enter.
        let said = b"\xff\xfb\x1f\xff\xfa\x1f\x00\x84\x00\x32\xff\xf0\xff\xfb\x18ls\r\x00";
        guacd.write_all(said).await.unwrap();
        guacd.shutdown().await.unwrap();
        let (mut from, _to) = ours.into_split();
        let mut telnet = Telnet::default();
        let telnet = Mutex::new(&mut telnet);
        let (reply, mut replies) = mpsc::channel(REPLIES);
        let frames = Mutex::new(Vec::new());
        let input = Box::pin(futures_util::sink::unfold((), |(), frame: StreamFrame| {
            frames.lock().unwrap().push(frame);
            std::future::ready(Ok::<(), ()>(()))
        }));
        pump_up(&mut from, input, &telnet, &reply).await;
        let size = WindowSize {
            columns: 132,
            rows: 50,
        };
        let typed = frames.lock().unwrap().clone();
        assert_eq!(
            typed.first(),
            Some(&StreamFrame::Control(Control::Resize(size)))
        );
        let keys = typed.iter().filter_map(|frame| match frame {
            StreamFrame::Data(bytes) => Some(bytes.to_vec()),
            StreamFrame::Stderr(_) | StreamFrame::Control(_) => None,
        });
        assert_eq!(keys.collect::<Vec<_>>().concat(), b"ls\r");
        // DONT TERMINAL-TYPE
        assert_eq!(replies.try_recv().unwrap(), [255, 254, 24]);
    }

    #[tokio::test]
    async fn a_console_that_ends_says_so() {
        let (mut guacd, ours) = pair().await;
        let data = StreamFrame::Data(Bytes::from_static(b"bye\r"));
        let output = stream::iter([Ok(data)]);
        assert_eq!(down(ours, output).await, "the console has ended");
        let mut said = Vec::new();
        guacd.read_to_end(&mut said).await.unwrap();
        assert!(said.ends_with(b"bye\r"));
    }
}
