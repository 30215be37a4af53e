//! A person at a console: `nova-ve console` with pipes for keyboard and screen.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};

use anyhow::Context;

use crate::{Installation, wait_for};

pub struct Console {
    child: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<String>>,
}

impl Console {
    pub fn open(nova: &Installation, node: &str) -> anyhow::Result<Self> {
        let mut child = nova
            .command(&["console", node])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("failed to start nova-ve console")?;
        let keyboard = child.stdin.take().context("the console has no input")?;
        let mut output = child.stdout.take().context("the console has no output")?;
        let screen = Arc::new(Mutex::new(String::new()));
        let seen = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
                seen.lock().expect("no reader panics").push_str(&text);
            }
        });
        Ok(Self {
            child,
            keyboard,
            screen,
        })
    }

    pub fn type_line(&mut self, line: &str) -> anyhow::Result<()> {
        self.keyboard.write_all(line.as_bytes())?;
        self.keyboard.write_all(b"\r")?;
        Ok(self.keyboard.flush()?)
    }

    pub fn screen(&self) -> String {
        self.screen.lock().expect("no reader panics").clone()
    }

    /// Until the text stands on the screen; gives what follows it on its line.
    pub fn wait_for_text(&self, text: &str) -> anyhow::Result<String> {
        wait_for(&format!("{text:?} on the console"), 30, || {
            let screen = self.screen();
            let after = screen.rsplit_once(text).map(|(_, after)| after);
            let line = after
                .and_then(|after| after.split_once(['\r', '\n']))
                .map(|(line, _)| line.to_owned());
            line.with_context(|| format!("the screen shows {screen:?}"))
                .map(Some)
        })
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
