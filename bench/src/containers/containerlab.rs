//! The same ring as a topology file, by `nova-ve clab` and by containerlab itself.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};

use super::{IMAGE, RING, Times, lacks_image};
use crate::benchmark::{Benchmark, Context};
use crate::figure::Figure;
use crate::statistics::median;
use crate::whole::Embedded;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "containerlab",
    about: "40 containers in a ring of degree 5 (200 links) of the image `nova-ve/host`, from one topology file: `nova-ve clab deploy -t FILE` and `clab destroy -t FILE --yes` beside containerlab's own `deploy` and `destroy`, each with its management network; `privileged: false`, since the build machines run no privileged containers. The time of the whole command, taken in turns; the ratio is containerlab's median over nova-ve's.",
    needs_root: true,
    packages: &["nova-cli", "nova-server", "nova-agent"],
    lacks,
    run,
};

/// Names containerlab's program; else it is looked for on the path.
const PROGRAM: &str = "NOVA_VE_BENCH_CONTAINERLAB";
const ENGINE_PID: &str = "/var/run/docker.pid";
const TURNS: usize = 3;
const FASTER: f64 = 2.0;

fn program() -> PathBuf {
    std::env::var_os(PROGRAM).map_or_else(|| "containerlab".into(), PathBuf::from)
}

fn lacks() -> Option<String> {
    let mut asked = Command::new(program());
    let found = asked
        .arg("version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        return Some(format!(
            "there is no containerlab; {PROGRAM} names its program"
        ));
    }
    lacks_image()
}

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("ring.clab.yml");
    std::fs::write(&file, topology())?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.push(nova(context, &file)?);
        theirs.push(peer(&file)?);
    }
    let faster = |name, part: fn(&Times) -> f64| {
        let [its, our] =
            [&theirs, &ours].map(|all| median(&all.iter().map(part).collect::<Vec<_>>()));
        Figure::ratio(name, its, our, "s")
    };
    Ok(vec![
        faster("deploy, containerlab over nova-ve", |times| times.up).at_least(FASTER),
        faster("destroy, containerlab over nova-ve", |times| times.down),
    ])
}

fn topology() -> String {
    let mut text = format!(
        "name: ring\ntopology:\n  defaults: {{kind: linux, image: '{IMAGE}', privileged: false}}\n  nodes:\n"
    );
    for n in 0..RING.nodes {
        // Writing to a text does not fail.
        let _ = writeln!(text, "    n{n}: {{}}");
    }
    text.push_str("  links:\n");
    for k in 0..RING.links() {
        let [a, b] = RING
            .ends(k)
            .map(|(node, interface)| format!("n{node}:eth{}", interface + 1));
        let _ = writeln!(text, "    - endpoints: ['{a}', '{b}']");
    }
    text
}

fn nova(context: &Context, file: &Path) -> anyhow::Result<Times> {
    let embedded = Embedded::start(context)?;
    let file = file.display().to_string();
    let begun = Instant::now();
    embedded.nova(&["clab", "deploy", "-t", &file])?;
    let up = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    embedded.nova(&["clab", "destroy", "-t", &file, "--yes"])?;
    Ok(Times {
        up,
        down: begun.elapsed().as_secs_f64(),
    })
}

/// Where the engine's own bridges are: it looks for that of its management network.
fn peer(file: &Path) -> anyhow::Result<Times> {
    let engine = std::fs::read_to_string(ENGINE_PID).context("read which process the engine is")?;
    let act = |verb: &str, more: &[&str]| -> anyhow::Result<f64> {
        let begun = Instant::now();
        let output = Command::new("nsenter")
            .args(["--target", engine.trim(), "--net", "--"])
            .arg(program())
            .args([verb, "--topo"])
            .arg(file)
            .args(more)
            .stdin(Stdio::null())
            .output()
            .context("start containerlab")?;
        if !output.status.success() {
            bail!(
                "containerlab {verb}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(begun.elapsed().as_secs_f64())
    };
    let up = act("deploy", &[]);
    let down = act("destroy", &["--cleanup"]);
    Ok(Times {
        up: up?,
        down: down?,
    })
}
