//! The commands of a node (`exec`): each once, in order, when its main process has started. What they wrote
//! is kept as a log; one that fails leaves the node degraded.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::time::Duration;

use console::Scrollback;
use futures_util::StreamExt;

use super::driver::{Driver, WeakDriver};
use super::exec::{self, Asked};
use super::folder::{Command, LifeRecord};
use super::life::Stage;
use super::raw::{self, Wire};
use super::{logs, world};
use crate::driver::NodeRef;
use crate::stream::Output;

/// Of one that an earlier agent began: nobody hears its end.
const ASK_AGAIN: Duration = Duration::from_millis(500);
const TAIL_BYTES: usize = 16 << 10;

/// Begins with the first that has not ended.
pub fn run(driver: &Driver, node: NodeRef) {
    let has_any = driver.with(node, |known| {
        known.life().is_some_and(|life| next(life).is_some())
    });
    if has_any != Some(true) {
        return;
    }
    let task = tokio::spawn(run_all(driver.weak(), node)).abort_handle();
    driver.with(node, |known| known.commands = Some(task));
}

fn next(life: &LifeRecord) -> Option<(usize, String, Option<String>)> {
    let ended = life
        .commands
        .iter()
        .take_while(|command| command.status.is_some());
    let index = ended.count();
    let due = life.spec.exec.get(index)?.clone();
    let begun = life.commands.get(index).map(|command| command.id.clone());
    Some((index, due, begun))
}

async fn run_all(driver: WeakDriver, node: NodeRef) {
    loop {
        let Some(strong) = driver.get() else { return };
        let due = strong.with(node, |known| {
            let container = known
                .container
                .as_ref()
                .filter(|_| known.stage == Stage::Running)?;
            Some((container.id.clone(), next(known.life()?)?))
        });
        let Some((container, (index, due, begun))) = due.flatten() else {
            return;
        };
        let ended = match begun {
            Some(id) => wait_for(&driver, strong, &id).await,
            None => run_one(&strong, node, &container, index, &due).await,
        };
        let Some(driver) = driver.get() else { return };
        let (status, last_line) = ended.unwrap_or_else(|why| (-1, why));
        driver.change(node, |known| {
            let life = known.record.life.as_mut();
            if let Some(command) = life.and_then(|life| life.commands.get_mut(index)) {
                command.status = Some(status);
                command.last_line = last_line;
            }
        });
    }
}

type Ended = Result<(i64, String), String>;

/// The driver may end meanwhile.
async fn wait_for(weak: &WeakDriver, driver: Driver, id: &str) -> Ended {
    let mut driver = driver;
    loop {
        if let Some(status) = exec::status(&driver, id).await? {
            return Ok((status, String::new()));
        }
        drop(driver);
        tokio::time::sleep(ASK_AGAIN).await;
        driver = weak.get().ok_or("nobody waits for it any more")?;
    }
}

async fn run_one(
    driver: &Driver,
    node: NodeRef,
    container: &str,
    index: usize,
    line: &str,
) -> Ended {
    let shell = ["sh", "-c", line].map(str::to_owned);
    let ended = run_argv(driver, node, container, index, &shell).await?;
    let no_shell = exec::is_refusal(ended.0, &ended.1) && ended.1.contains("\"sh\"");
    match words(line) {
        Some(argv) if no_shell => run_argv(driver, node, container, index, &argv).await,
        Some(_) | None => Ok(ended),
    }
}

async fn run_argv(
    driver: &Driver,
    node: NodeRef,
    container: &str,
    index: usize,
    argv: &[String],
) -> Ended {
    let asked = Asked {
        argv,
        env: &BTreeMap::new(),
        tty: None,
        stdin: false,
    };
    let id = exec::create(driver, container, &asked).await?;
    let command = Command {
        id: id.clone(),
        status: None,
        last_line: String::new(),
    };
    driver.change(node, |known| {
        if let Some(life) = &mut known.record.life {
            life.commands.truncate(index);
            life.commands.push(command);
        }
    });
    let name = world::command_name(index + 1);
    let begun = exec::start(driver, id, None).await?;
    let log = File::create(logs::command_path(driver, node, &name));
    let tail = keep(begun.raw, log.map_err(|error| format!("its log: {error}"))?).await;
    let status = exec::status(driver, &begun.id).await?.unwrap_or(-1);
    Ok((status, tail.last_line()))
}

/// All that comes; the answer is the end of it.
async fn keep(raw: raw::Raw, mut log: File) -> Scrollback {
    let mut tail = Scrollback::new(TAIL_BYTES);
    let mut output = std::pin::pin!(raw::outputs(raw.socket, raw.begun, Wire::Framed));
    while let Some(Output::Data(bytes) | Output::Stderr(bytes)) = output.next().await {
        tail.push(&bytes);
        if tail.end() <= logs::COMMAND_BYTES {
            // A full disk costs the log, not the command.
            let _ = log.write_all(&bytes);
        }
    }
    tail
}

/// As a shell splits words, for an image that has no shell: quotes and backslashes, and nothing else.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('\\', None | Some('"')) => word.get_or_insert_default().push(chars.next()?),
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (quote.is_none() && !words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_a_shell_would() {
        let split = |line| words(line).unwrap_or_default();
        assert_eq!(
            split("ip  addr add 'a b' \"c\\\"d\" e\\ f ''"),
            ["ip", "addr", "add", "a b", "c\"d", "e f", ""]
        );
        assert_eq!(words("'open"), None);
        assert_eq!(words("  "), None);
    }
}
