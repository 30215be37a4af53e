//! What this host can do, and how to mend what it cannot.
//!
//! Pure core: `Facts` in, findings out. Facts are read below a root folder, so that a fake `/proc` and
//! `/etc` can stand for any host; what only a try can tell comes in as `Probes`.
//!
//! - **fail**: `nova-ve up` cannot work like this for this user
//! - **warn**: it works, but something a lab may want is missing or too small
//! - **note**: worth knowing, nothing to mend

mod facts;
mod findings;
mod kernel;
mod limits;
mod namespaces;
mod probes;
mod programs;
mod storage;
#[cfg(test)]
mod tests;

pub use facts::{Facts, Who};
pub use findings::{Finding, Level, report};
pub use probes::Probes;

/// Everything, in the order in which a person would mend it.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = namespaces::examine(facts);
    findings.extend(kernel::examine(facts));
    findings.extend(programs::examine(facts));
    findings.extend(storage::examine(facts));
    findings.extend(limits::examine(facts));
    findings
}

/// The part without which nothing starts: looked at by every `nova-ve up`.
pub fn examine_start(facts: &Facts) -> Vec<Finding> {
    let mut findings = namespaces::examine(facts);
    findings.extend(programs::examine_own(facts));
    findings.retain(|finding| finding.level == Level::Fail);
    findings
}
