//! schemathesis: requests made from the OpenAPI document, good and bad ones, against a server with a
//! simulated host. No answer may be a 5xx, of a status or content type that the document does not
//! know, or of another shape than it says.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

use crate::sh::{exists, ours, root, say};
use crate::test::Counts;

/// The same requests in every run of CI.
const SEED: &str = "4";
const EXAMPLES: &str = "8";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

pub fn run() -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let Some(program) = program() else {
        let why = "no schemathesis here; `./x setup test` installs it";
        counts.skips.insert(format!("schemathesis: {why}"));
        return Ok(counts);
    };
    let mut server = Simulated::start()?;
    let outcome = ask(&program, &server);
    server.stop()?;
    outcome?;
    counts.passed += 1;
    Ok(counts)
}

/// Where `x` installs it, else the one on the path.
fn program() -> Option<PathBuf> {
    let own = root().join(".x/schemathesis/bin/schemathesis");
    if own.is_file() {
        return Some(own);
    }
    exists("schemathesis").then(|| PathBuf::from("schemathesis"))
}

struct Simulated {
    child: Child,
    url: String,
    secret: String,
}

impl Simulated {
    fn start() -> anyhow::Result<Self> {
        let mut child = Command::new(ours("examples/simulated"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("failed to start the simulated server")?;
        let stdout = child.stdout.take().context("it has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let (url, secret) = line
            .trim()
            .split_once(' ')
            .context("the simulated server ended while starting")?;
        Ok(Self {
            url: url.into(),
            secret: secret.into(),
            child,
        })
    }

    /// Its input ends, so it stops.
    fn stop(&mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the simulated server ended with {status}");
        }
        Ok(())
    }
}

fn ask(program: &Path, server: &Simulated) -> anyhow::Result<()> {
    let seed = std::env::var("NOVA_VE_SEED").unwrap_or_else(|_| SEED.into());
    let examples = std::env::var("NOVA_VE_EXAMPLES").unwrap_or_else(|_| EXAMPLES.into());
    say(&format!(
        "schemathesis: seed {seed}, {examples} examples an operation"
    ));
    let folder = tempfile::tempdir()?;
    let status = Command::new(program)
        .args(["run", &format!("{}/api/openapi.json", server.url)])
        .args(["--url", &server.url, "--checks", CHECKS])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--seed", &seed, "--max-examples", &examples])
        .args(["--continue-on-failure", "--no-shrink", "--warnings", "off"])
        // One worker: two of them trip over each other in the parser of CPython 3.11 ("AST
        // constructor recursion depth mismatch").
        .args(["--request-timeout", "20", "--workers", "1"])
        // These end what the others need: the session, and the user that they come as.
        .args(["--exclude-operation-id", "delete_session"])
        .args(["--exclude-operation-id", "end_session"])
        // It knows no way to write a tar, and takes a log that goes on until its node goes for broken.
        .args(["--exclude-operation-id", "put_files"])
        .args(["--exclude-operation-id", "load_images"])
        .args(["--exclude-operation-id", "read_logs"])
        .arg("--header")
        .arg(format!("Authorization: Bearer {}", server.secret))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .status()
        .context("failed to start schemathesis")?;
    if !status.success() {
        bail!("schemathesis found faults (seed {seed}); see above");
    }
    Ok(())
}
