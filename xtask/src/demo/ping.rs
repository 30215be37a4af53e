//! The proof: a ping that runs through the cut, with what was lost and which way it took.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::lab::Installation;
use super::signals::Interrupt;
use crate::sh::say;

/// Four a second; long enough for OSPF to find the other path, and back.
const INTERVAL_S: &str = "0.25";
const BEFORE_CUT: usize = 8;
const AFTER_CUT: usize = 8;
const DEADLINE: Duration = Duration::from_mins(1);
const H2: &str = "10.0.2.10";

pub fn prove_failover(nova: &Installation, lab: &str, interrupt: &Interrupt) -> anyhow::Result<()> {
    wait_for_path(nova, lab, interrupt)?;
    say("");
    say(&format!(
        "h1 pings h2 ({H2}) four times a second. Before the cut:"
    ));
    show_route(nova, lab)?;
    let h1 = format!("{lab}/h1");
    let mut child = nova.spawn(&[
        "exec", &h1, "--", "ping", "-n", "-O", "-i", INTERVAL_S, "-w", "60", H2,
    ])?;
    let output = child.stdout.take().context("the ping has no output")?;
    let outcome = follow(nova, lab, BufReader::new(output));
    child.kill().ok();
    child.wait().ok();
    outcome
}

/// The first ping answers as soon as both hosts have learnt their ways.
fn wait_for_path(nova: &Installation, lab: &str, interrupt: &Interrupt) -> anyhow::Result<()> {
    let deadline = Instant::now() + DEADLINE;
    let h1 = format!("{lab}/h1");
    while let Err(error) = nova.ask(&["exec", &h1, "--", "ping", "-n", "-c", "1", "-W", "1", H2]) {
        if Instant::now() > deadline {
            return Err(error.context("h1 does not reach h2"));
        }
        interrupt.pause()?;
    }
    Ok(())
}

fn show_route(nova: &Installation, lab: &str) -> anyhow::Result<()> {
    let r1 = format!("{lab}/r1");
    let route = nova.ask(&["exec", &r1, "--", "ip", "route", "show", "10.0.2.0/24"])?;
    say(&format!(
        "  r1's way to h2's network: {}",
        route.split_whitespace().collect::<Vec<_>>().join(" ")
    ));
    Ok(())
}

/// Reads replies; cuts after some; asks for more of them after a loss.
fn follow(nova: &Installation, lab: &str, lines: impl BufRead) -> anyhow::Result<()> {
    let mut replies = 0;
    let mut lost = 0;
    let mut cut_at = None;
    for line in lines.lines() {
        let line = line?;
        say(&format!("  {line}"));
        if line.contains("bytes from") {
            replies += 1;
        } else if line.contains("no answer") || line.contains("Unreachable") {
            lost += 1;
        }
        if cut_at.is_none() && replies == BEFORE_CUT {
            nova.run(&["link", "cut", lab, "r1-r2"])?;
            say("During the cut:");
            (cut_at, replies, lost) = (Some(Instant::now()), 0, 0);
        }
        if let Some(cut_at) = cut_at
            && replies == AFTER_CUT
        {
            say("After the cut, over the other path:");
            show_route(nova, lab)?;
            say(&format!(
                "The ping came back: {lost} lost of {} sent in {:.1} s since the cut.",
                lost + replies,
                cut_at.elapsed().as_secs_f32()
            ));
            nova.run(&["link", "heal", lab, "r1-r2"])?;
            return Ok(());
        }
    }
    bail!("the ping ended before it came back: {replies} replies, {lost} lost")
}
