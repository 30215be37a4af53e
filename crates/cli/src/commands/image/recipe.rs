//! `image recipe [NAME]`: the recipes that come with nova-ve; one of them as a folder to change.

use std::path::Path;

use serde::Serialize;

use crate::connect::Global;
use crate::failure::{Exit, Failure};
use crate::images::{Recipe, built_in};
use crate::output::{Output, answer, remark, table};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "`nova-ve image recipe frr -o my-router` writes the folder my-router; change it, then: \
                  nova-ve image build ./my-router"
)]
pub struct Args {
    /// The recipe to print, or to write with `-o FOLDER` [default: list all]
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    image: String,
    suite: String,
    packages: Vec<String>,
    description: String,
    /// SHA-256 of the recipe and its files; an image carries it as its label `org.nova-ve.recipe`.
    digest: String,
}

pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    match (&args.name, &global.output) {
        (None, Output::Format(_)) => list(global)?,
        (None, Output::File(_)) => {
            let message = "which recipe is to be written?";
            let hint = format!("one of {}", built_in().collect::<Vec<_>>().join(", "));
            return Err(Failure::new(Exit::USAGE, message).hint(hint).into());
        }
        (Some(name), Output::File(folder)) => write(name, folder)?,
        (Some(name), Output::Format(format)) => {
            let recipe = Recipe::find(name)?;
            answer(*format, &recipe.keys, |_| recipe.text.clone())?;
        }
    }
    Ok(Exit::DONE)
}

fn list(global: &Global) -> anyhow::Result<()> {
    let rows = built_in().map(|name| {
        let recipe = Recipe::find(name)?;
        let digest = recipe.pack()?.digest;
        let keys = recipe.keys;
        Ok(Row {
            name,
            image: keys.name,
            suite: keys.suite,
            packages: keys.packages,
            description: keys.description,
            digest,
        })
    });
    let rows = rows.collect::<Result<Vec<Row>, Failure>>()?;
    answer(global.format(), &rows, |rows| {
        let row = |row: &Row| {
            let name = row.name.to_owned();
            [
                name,
                row.image.clone(),
                row.suite.clone(),
                row.description.clone(),
            ]
        };
        table(
            ["NAME", "IMAGE", "SUITE", "WHAT"],
            rows.iter().map(row).collect(),
        )
    })
}

fn write(name: &str, folder: &Path) -> anyhow::Result<()> {
    let recipe = Recipe::find(name)?;
    let is_empty = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if folder.symlink_metadata().is_ok() && !(folder.is_dir() && is_empty) {
        let message = format!("{} is there already", folder.display());
        return Err(Failure::new(Exit::CANNOT_CREATE, message)
            .hint("name a folder that is new or empty")
            .into());
    }
    recipe.unpack(folder)?;
    let shown = folder.display();
    // A word without a slash could be a name.
    let here = if folder.components().count() == 1 {
        "./"
    } else {
        ""
    };
    remark(&format!(
        "written: {shown}; change it, then: nova-ve image build {here}{shown}"
    ));
    Ok(())
}
