//! Consoles: one terminal each, kept while readers come and go.
//!
//! `main` is the container's own terminal, which Docker keeps; the others are commands inside, started when
//! somebody first opens them and again when they end. Their output goes to the scrollback, whoever reads;
//! input comes from any reader. A new agent finds no way back to the terminal of a command, so it ends what
//! the one before left and begins anew.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bollard::query_parameters::ResizeContainerTTYOptionsBuilder;
use bytes::Bytes;
use console::Scrollback;
use futures_util::StreamExt;
use rustix::process::Signal;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

use super::driver::{Driver, WeakDriver};
use super::exec::{self, Asked};
use super::raw::{self, Raw, Wire};
use crate::driver::NodeRef;
use crate::process::ProcessId;
use crate::stream::{Output, WindowSize};

/// The console of a container's main process.
pub const MAIN: &str = "main";
const SCROLLBACK_BYTES: usize = 256 << 10;
const INPUT_PIECES: usize = 64;
/// A command that ends sooner than this was not left by a person: the next one waits, longer each time.
const SHORT_LIFE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What is shared by a console's readers.
pub struct Hub {
    pub scrollback: Arc<Mutex<Scrollback>>,
    /// How much came so far; closed when nothing more comes.
    pub grown: watch::Receiver<u64>,
    pub input: mpsc::Sender<Bytes>,
    size: watch::Sender<WindowSize>,
    task: AbortHandle,
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The other side of it.
struct Terminal {
    driver: WeakDriver,
    node: NodeRef,
    container: String,
    scrollback: Arc<Mutex<Scrollback>>,
    grown: watch::Sender<u64>,
    input: mpsc::Receiver<Bytes>,
    size: watch::Receiver<WindowSize>,
}

impl Hub {
    /// `argv`: none for the container's own terminal.
    pub fn open(
        driver: &Driver,
        node: NodeRef,
        container: String,
        argv: Option<Vec<String>>,
        size: WindowSize,
    ) -> Self {
        let scrollback = Arc::new(Mutex::new(Scrollback::new(SCROLLBACK_BYTES)));
        let (grown, grown_too) = watch::channel(0);
        let (input, typed) = mpsc::channel(INPUT_PIECES);
        let (size, size_too) = watch::channel(size);
        let terminal = Terminal {
            driver: driver.weak(),
            node,
            container,
            scrollback: scrollback.clone(),
            grown,
            input: typed,
            size: size_too,
        };
        let task = match argv {
            Some(argv) => tokio::spawn(terminal.run_commands(argv)),
            None => tokio::spawn(terminal.attach()),
        };
        Self {
            scrollback,
            grown: grown_too,
            input,
            size,
            task: task.abort_handle(),
        }
    }

    pub fn resize(&self, size: WindowSize) {
        if size.columns > 0 && size.rows > 0 {
            self.size.send_replace(size);
        }
    }
}

/// To whom a terminal's new size is told.
enum Of {
    Exec(String),
    Container(String),
}

impl Terminal {
    async fn attach(mut self) {
        let path = format!(
            "/containers/{}/attach?stream=1&stdin=1&stdout=1&stderr=1&logs=1",
            self.container
        );
        loop {
            let Some(driver) = self.driver.get() else {
                return;
            };
            let attached = raw::upgrade(driver.engine.socket(), &path, "").await;
            match attached {
                Ok(raw) => {
                    // What was said so far comes again with each connection.
                    self.with_scrollback(|kept| *kept = Scrollback::new(SCROLLBACK_BYTES));
                    let of = Of::Container(self.container.clone());
                    let size = *self.size.borrow_and_update();
                    resize(&driver, &of, size).await;
                    drop(driver);
                    self.pump(raw, of).await;
                }
                Err(why) => self.say(&format!("the main process cannot be reached: {why}")),
            }
            tokio::time::sleep(FIRST_PAUSE).await;
        }
    }

    async fn run_commands(mut self, argv: Vec<String>) {
        let mut pause = FIRST_PAUSE;
        let program = argv.first().cloned().unwrap_or_default();
        loop {
            let begun = Instant::now();
            let said = match self.run_command(&argv).await {
                Ok(status) => format!("{program} ended with exit status {status}"),
                Err(why) => format!("cannot start {program}: {why}"),
            };
            let quick = begun.elapsed() < SHORT_LIFE;
            let wait = if quick { pause } else { Duration::ZERO };
            pause = if quick {
                (pause * 2).min(LONGEST_PAUSE)
            } else {
                FIRST_PAUSE
            };
            let again = match wait.as_secs() {
                0 => "a new one follows".into(),
                seconds => format!("a new one follows in {seconds} s"),
            };
            self.say(&format!("{said}; {again}"));
            tokio::time::sleep(wait).await;
        }
    }

    /// To its end.
    async fn run_command(&mut self, argv: &[String]) -> Result<i64, String> {
        let driver = self.driver.get().ok_or("the agent ends")?;
        let size = *self.size.borrow_and_update();
        let asked = Asked {
            argv,
            env: &BTreeMap::new(),
            tty: Some(size),
            stdin: true,
        };
        let id = exec::create(&driver, &self.container, &asked).await?;
        let begun = exec::start(&driver, id, Some(size)).await?;
        self.remember(&driver, &begun.id).await;
        drop(driver);
        self.pump(begun.raw, Of::Exec(begun.id.clone())).await;
        let driver = self.driver.get().ok_or("the agent ends")?;
        Ok(exec::status(&driver, &begun.id).await?.unwrap_or(-1))
    }

    /// For the next agent, see [`end_left`].
    async fn remember(&self, driver: &Driver, id: &str) {
        let Some(init) = super::acts::living(driver, self.node) else {
            return;
        };
        if let Some(process) = exec::process(driver, id, &init).await {
            driver.change(self.node, |known| {
                if let Some(life) = &mut known.record.life {
                    life.shells.retain(|shell| shell.living().is_some());
                    life.shells.push(process);
                }
            });
        }
    }

    /// Both directions, to the end of the output.
    async fn pump(&mut self, raw: Raw, of: Of) {
        let (from, mut to) = raw.socket.into_split();
        let mut output = std::pin::pin!(raw::outputs(from, raw.begun, Wire::Terminal));
        let mut input_open = true;
        loop {
            // All arms are cancel-safe: a stream, a channel, a watch.
            tokio::select! {
                next = output.next() => match next {
                    Some(Output::Data(bytes)) => self.push(&bytes),
                    Some(_) => {}
                    None => return,
                },
                typed = self.input.recv(), if input_open => match typed {
                    Some(bytes) => write(&mut to, &bytes).await,
                    None => input_open = false,
                },
                changed = self.size.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let size = *self.size.borrow_and_update();
                    if let Some(driver) = self.driver.get() {
                        resize(&driver, &of, size).await;
                    }
                }
            }
        }
    }

    fn push(&self, bytes: &[u8]) {
        self.with_scrollback(|kept| kept.push(bytes));
        self.grown.send_modify(|count| *count += 1);
    }

    fn say(&self, words: &str) {
        self.push(format!("\r\n[{words}]\r\n").as_bytes());
    }

    fn with_scrollback(&self, act: impl FnOnce(&mut Scrollback)) {
        act(&mut self
            .scrollback
            .lock()
            .unwrap_or_else(PoisonError::into_inner));
    }
}

/// Nobody will read it where that fails; the output's end says so.
async fn write(to: &mut OwnedWriteHalf, bytes: &[u8]) {
    let _ = to.write_all(bytes).await;
}

async fn resize(driver: &Driver, of: &Of, size: WindowSize) {
    let id = match of {
        Of::Exec(id) => return exec::resize(driver, id, size).await,
        Of::Container(id) => id,
    };
    let Ok(client) = driver.engine.client() else {
        return;
    };
    let options = ResizeContainerTTYOptionsBuilder::default()
        .h(i32::from(size.rows))
        .w(i32::from(size.columns));
    // A size of nothing, and of a container that has just ended, does no harm.
    let _ = client.resize_container_tty(id, options.build()).await;
}

/// What consoles of an earlier agent run.
pub fn end_left(shells: Vec<ProcessId>) {
    for shell in shells {
        if let Some(pidfd) = shell.living() {
            // As a terminal that goes away; gone already is as good.
            let _ = rustix::process::pidfd_send_signal(&pidfd, Signal::HUP);
        }
    }
}
