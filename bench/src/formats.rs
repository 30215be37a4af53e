//! Files of another tool as they become labs: read, validated and laid out, by the code that the programs use.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ::formats::containerlab::{Bound, Options, read};
use anyhow::{Context as _, bail};
use model::LabId;

use crate::benchmark::{Benchmark, Context, nothing};
use crate::figure::Figure;
use crate::statistics::median;

pub const LARGE: Benchmark = Benchmark {
    name: "clab-large",
    about: "A containerlab topology of 2000 nodes and 6000 links, each node with an image, commands, variables and labels: read, validated and laid out; the memory is the whole process's at its highest.",
    needs_root: false,
    packages: &[],
    lacks: nothing,
    run: run_large,
};

pub const SAMPLES: Benchmark = Benchmark {
    name: "clab-samples",
    about: "Every topology of the collection of other people's labs, one after another.",
    needs_root: false,
    packages: &[],
    lacks: lacks_samples,
    run: run_samples,
};

const RUNS: usize = 9;
const NODES: usize = 2_000;
const LINKS: usize = 6_000;

fn run_large(_: &Context) -> anyhow::Result<Vec<Figure>> {
    let text = large();
    let mut seconds = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let lab = import(text.as_bytes(), Path::new("/nowhere"))?.lab;
        seconds.push(begun.elapsed().as_secs_f64());
        let managed = NODES;
        if (lab.nodes.len(), lab.links.len()) != (NODES, LINKS + managed) {
            bail!(
                "{} nodes and {} links came in",
                lab.nodes.len(),
                lab.links.len()
            );
        }
    }
    Ok(vec![
        Figure::new("read, validated, laid out", median(&seconds), "s").at_most(1.0),
        Figure::new("memory at its highest", highest_mb()?, "MB").at_most(300.0),
    ])
}

/// Each node to the next, and to two further on.
fn large() -> String {
    let mut text = String::from(
        "name: large\ntopology:\n  kinds:\n    linux: {image: nova-ve/frr}\n  nodes:\n",
    );
    let mut put = |line: String| {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{line}");
    };
    for n in 0..NODES {
        put(format!(
            "    r{n}:\n      kind: linux\n      env: {{NUMBER: {n}, ROLE: router}}\n      labels: {{rack: r{}}}\n      \
             exec:\n        - ip addr add 10.{}.{}.1/24 dev lo\n        - sysctl -w net.ipv4.ip_forward=1",
            n / 40,
            n / 250,
            n % 250
        ));
    }
    put("  links:".into());
    for (k, step) in [1, 7, 31].into_iter().enumerate() {
        for n in 0..LINKS / 3 {
            let (from, to) = (2 * k + 1, 2 * k + 2);
            let other = (n + step) % NODES;
            put(format!(
                "    - endpoints: [\"r{n}:eth{from}\", \"r{other}:eth{to}\"]"
            ));
        }
    }
    text
}

fn import(bytes: &[u8], folder: &Path) -> anyhow::Result<::formats::containerlab::Read> {
    let files = |path: &str| match std::fs::read(folder.join(path)) {
        Ok(bytes) => Bound::file(bytes),
        Err(_) => Bound::Missing,
    };
    let options = Options::new(LabId(uuid::Uuid::nil()), &files);
    read(bytes, &options).context("the topology was refused")
}

fn run_samples(_: &Context) -> anyhow::Result<Vec<Figure>> {
    let files = topologies(&samples())?;
    let mut seconds = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        for file in &files {
            let folder = file.parent().context("a file lies in a folder")?;
            import(&std::fs::read(file)?, folder).with_context(|| file.display().to_string())?;
        }
        seconds.push(begun.elapsed().as_secs_f64());
    }
    let name = format!("all {} topologies", files.len());
    Ok(vec![Figure::new(name, median(&seconds), "s").at_most(1.0)])
}

fn samples() -> PathBuf {
    let given = std::env::var_os("NOVA_VE_SAMPLES").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples");
    given.unwrap_or(beside).join("clab")
}

fn lacks_samples() -> Option<String> {
    let missing = !samples().is_dir();
    missing.then(|| "the collection is not here; set NOVA_VE_SAMPLES to where it lies".into())
}

fn topologies(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let end = path.extension().and_then(|end| end.to_str());
        if path.is_dir() {
            found.extend(topologies(&path)?);
        } else if matches!(end, Some("yml" | "yaml")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The most that this process ever held.
fn highest_mb() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let words = line.context("the kernel does not tell the highest memory")?;
    let kib: f64 = words.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}
