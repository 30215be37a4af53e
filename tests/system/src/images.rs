//! Images of our own recipes in the host's engine, as the tests need them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

use crate::{Installation, say};

/// Archives outlive the checkout; nothing needs them.
const CACHE: &str = "/var/cache/nova-ve-acceptance";
const LABEL: &str = "org.nova-ve.recipe";
/// However old the mirror is.
const ANY_AGE: [&str; 2] = ["--apt-option", "Acquire::Check-Valid-Until \"false\""];

/// `None` says the skip: what images need is not here.
pub fn engine(test: &str) -> Option<()> {
    let needs = [
        (
            "docker",
            "version",
            "no Docker engine answers; ./x setup test starts one",
        ),
        (
            "mmdebstrap",
            "--version",
            "there is no mmdebstrap (apt install mmdebstrap)",
        ),
    ];
    for (program, argument, why) in needs {
        let mut asked = Command::new(program);
        let asked = asked
            .arg(argument)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if !asked.status().is_ok_and(|status| status.success()) {
            say(&format!("SKIP {test}: {why}"));
            return None;
        }
    }
    Some(())
}

/// The engine has the image of this recipe as it is: built, kept as an archive by the recipe's digest, and
/// brought in by the server, whatever of it is left to do.
pub fn ensure(nova: &Installation, recipe: &str) -> anyhow::Result<()> {
    let recipes = nova.nova_json(&["image", "recipe"])?;
    let recipes = recipes.as_array().context("recipes are a list")?;
    let found = recipes.iter().find(|row| row["name"] == recipe);
    let row = found.with_context(|| format!("there is no recipe {recipe}"))?;
    let text = |key: &str| row[key].as_str().map(str::to_owned).context("a text");
    let (image, digest) = (text("image")?, text("digest")?);
    if label_of(&image) == digest {
        return Ok(());
    }
    let cache = std::env::var_os("NOVA_VE_ACCEPTANCE_CACHE");
    let folder = cache
        .map_or_else(|| CACHE.into(), PathBuf::from)
        .join("images");
    let archive = folder.join(format!("{recipe}-{digest}.tar"));
    if !archive.exists() {
        std::fs::create_dir_all(&folder)?;
        build(nova, recipe, &archive)?;
    }
    nova.nova(&["image", "import", &archive.display().to_string()])?;
    if label_of(&image) != digest {
        bail!("{image} was imported, and is not of its recipe");
    }
    Ok(())
}

fn build(nova: &Installation, recipe: &str, archive: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    let new = archive.with_extension("new");
    let shown = new.display().to_string();
    let words = ["image", "build", recipe, "--force", "-o", &shown];
    nova.nova(&[&words[..], &ANY_AGE].concat())?;
    std::fs::rename(&new, archive)?;
    say(&format!(
        "{recipe} is built in {} s",
        begun.elapsed().as_secs()
    ));
    Ok(())
}

/// Empty where there is no such image.
fn label_of(image: &str) -> String {
    let format = format!("{{{{index .Config.Labels {LABEL:?}}}}}");
    let asked = Command::new("docker")
        .args(["image", "inspect", "--format", &format, image])
        .output();
    let said = asked.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    said.unwrap_or_default()
}
