//! The last stage: the whole system with real parts, in both lanes.
//!
//! As root, an ordinary user is made (and kept) for the embedded lane; without root the lane in the
//! host's namespaces is skipped with that reason. The programs are copied to a folder that the
//! ordinary user can read, since a checkout may lie where only its owner looks.

mod browser;
mod contract;
mod lane;
mod schemathesis;

use anyhow::Context;

use crate::sh::say;
use crate::test::Counts;
use lane::{Lane, Stage};

pub use contract::check_page;
pub use lane::ensure_user;

#[derive(clap::Args, Clone, Default)]
pub struct Options {
    /// Only this part: schemathesis, demo, system, browser or contract
    #[arg(long)]
    pub only: Option<String>,
}

pub fn run(options: &Options) -> anyhow::Result<Counts> {
    let wanted = |part: &str| options.only.as_deref().is_none_or(|only| only == part);
    let mut counts = Counts::default();
    crate::web::install()?;
    if options.only.as_deref() != Some("contract") {
        counts += on_this_host(&wanted)?;
    }
    if wanted("contract") {
        say("== the deployment contract, on fresh machines ==");
        counts += contract::run()?;
    }
    Ok(counts)
}

/// The debug build of the checkout, with real parts of this host.
fn on_this_host(wanted: &impl Fn(&str) -> bool) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    crate::web::build()?;
    crate::sh::build_all()?;
    if wanted("schemathesis") {
        say("== schemathesis, a simulated host ==");
        counts += schemathesis::run()?;
    }
    let stage = Stage::prepare().context("failed to prepare the acceptance folder")?;
    for lane in Lane::here(&mut counts)? {
        if wanted("demo") {
            say(&format!("== demo, {lane} =="));
            stage.demo(&lane)?;
            counts.passed += 1;
        }
        if wanted("system") {
            say(&format!("== whole-system tests, {lane} =="));
            counts += stage.system_tests(&lane)?;
        }
        if wanted("browser") && lane.is_ordinary() {
            say(&format!("== browser, {lane} =="));
            counts += browser::run(&stage, &lane)?;
        }
    }
    Ok(counts)
}
