//! Images of our own recipes in the host's engine, as the tests need them.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::Value;

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

/// A recipe, and where its image is kept as an archive: by the recipe's digest.
struct Recipe {
    name: String,
    image: String,
    digest: String,
    archive: PathBuf,
}

impl Recipe {
    fn of(name: &str) -> anyhow::Result<Self> {
        let recipes: Value = serde_json::from_str(&nova(&["image", "recipe", "-o", "json"])?)?;
        let recipes = recipes.as_array().context("recipes are a list")?;
        let found = recipes.iter().find(|row| row["name"] == name);
        let row = found.with_context(|| format!("there is no recipe {name}"))?;
        let text = |key: &str| row[key].as_str().map(str::to_owned).context("a text");
        let (image, digest) = (text("image")?, text("digest")?);
        let cache = std::env::var_os("NOVA_VE_ACCEPTANCE_CACHE");
        let folder = cache.map_or_else(|| CACHE.into(), PathBuf::from);
        let archive = folder.join(format!("images/{name}-{digest}.tar"));
        Ok(Self {
            name: name.into(),
            image,
            digest,
            archive,
        })
    }

    fn is_in_engine(&self) -> bool {
        label_of(&self.image) == self.digest
    }
}

/// Builds what is neither in the engine nor kept; packages are fetched, so where there is a network.
pub fn prepare(recipes: &[&str]) -> anyhow::Result<()> {
    // Tests that run side by side want the same ones.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for name in recipes {
        let recipe = Recipe::of(name)?;
        if !recipe.is_in_engine() && !recipe.archive.exists() {
            build(&recipe)?;
        }
    }
    Ok(())
}

/// The engine has the image of this recipe as it is, brought in by the server; to be called after [`prepare`].
pub fn ensure(installation: &Installation, recipe: &str) -> anyhow::Result<()> {
    let recipe = Recipe::of(recipe)?;
    if recipe.is_in_engine() {
        return Ok(());
    }
    installation.nova(&["image", "import", &recipe.archive.display().to_string()])?;
    if !recipe.is_in_engine() {
        bail!("{} was imported, and is not of its recipe", recipe.image);
    }
    Ok(())
}

fn build(recipe: &Recipe) -> anyhow::Result<()> {
    let begun = Instant::now();
    if let Some(folder) = recipe.archive.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let new = recipe.archive.with_extension("new");
    let shown = new.display().to_string();
    let words = ["image", "build", &recipe.name, "--force", "-o", &shown];
    nova(&[&words[..], &ANY_AGE].concat())?;
    std::fs::rename(&new, &recipe.archive)?;
    let took = begun.elapsed().as_secs();
    say(&format!("{} is built in {took} s", recipe.name));
    Ok(())
}

/// A `nova-ve …` that needs no server.
fn nova(args: &[&str]) -> anyhow::Result<String> {
    let out = Command::new(crate::bin().join("nova-ve"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .context("failed to start nova-ve")?;
    if !out.status.success() {
        let errors = String::from_utf8_lossy(&out.stderr);
        bail!(
            "nova-ve {} ended with {}: {errors}",
            args.join(" "),
            out.status
        );
    }
    Ok(String::from_utf8(out.stdout)?)
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
