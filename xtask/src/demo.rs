//! `./x demo`: three OSPF routers in a triangle and two hosts, up in one command.
//!
//! Starts the embedded lane in a folder of its own, imports and starts the lab, waits until OSPF is
//! full and host 1 hears host 2, cuts the link that carries the ping and shows it coming back over
//! the other path. Stays until Ctrl-C, or with `--check` ends after the proof; either way nothing is
//! left behind. As root it runs in the host's own namespaces, as the contract lane does.

mod lab;
mod ping;
mod signals;

use std::path::PathBuf;

use anyhow::Context;

use crate::sh::{root, say};
use lab::Installation;
use signals::Interrupt;

#[derive(clap::Args, Clone)]
pub struct Options {
    /// End after the proof instead of staying until Ctrl-C
    #[arg(long)]
    pub check: bool,
    /// Folder of our binaries [default: where this program lies]
    #[arg(long)]
    pub bin: Option<PathBuf>,
    /// Folder of the sample labs [default: labs/ of the project]
    #[arg(long)]
    pub labs: Option<PathBuf>,
}

const LAB: &str = "OSPF triangle";

pub fn run(options: &Options) -> anyhow::Result<()> {
    let interrupt = Interrupt::catch()?;
    let bin = options.bin.clone().unwrap_or_else(crate::sh::target);
    let labs = options.labs.clone().unwrap_or_else(|| root().join("labs"));
    let installation = Installation::start(&bin, &interrupt)?;
    let outcome = show(&installation, &labs, options.check, &interrupt);
    let ended = installation.end();
    if interrupt.came() && !options.check {
        say("Stopped by Ctrl-C.");
        return ended;
    }
    outcome.and(ended)
}

fn show(
    nova: &Installation,
    labs: &std::path::Path,
    check: bool,
    interrupt: &Interrupt,
) -> anyhow::Result<()> {
    let file = labs.join("ospf-triangle.json");
    nova.run(&["lab", "import", &file.display().to_string(), "--start"])?;
    say("");
    prove(nova, interrupt)?;
    if nova.as_root {
        lab::show_contract_names()?;
    }
    if !check {
        stay(nova, interrupt)?;
    }
    Ok(())
}

fn prove(nova: &Installation, interrupt: &Interrupt) -> anyhow::Result<()> {
    lab::wait_for_ospf(nova, LAB, interrupt).context("OSPF did not become full")?;
    for router in ["r1", "r2", "r3"] {
        say(&format!("{router}# show ip ospf neighbor"));
        nova.show(&[
            "exec",
            &format!("{LAB}/{router}"),
            "--",
            "vtysh",
            "-c",
            "show ip ospf neighbor",
        ])?;
    }
    ping::prove_failover(nova, LAB, interrupt)
}

fn stay(nova: &Installation, interrupt: &Interrupt) -> anyhow::Result<()> {
    say("");
    say("The lab runs. Open it in the browser:");
    say(&format!("  address   {}", nova.url));
    say("  user      admin");
    say(&format!("  password  {}", nova.password()?));
    say("Ctrl-C stops it and leaves nothing behind.");
    interrupt.wait();
    Ok(())
}
