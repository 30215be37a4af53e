//! `image build NAME|FOLDER`: the image that a recipe describes, into the server's host, or with `-o` an
//! archive that `docker load` takes.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::images::{self, BuiltImage, Options, Recipe, send};
use crate::output::{Output, remark};
use crate::upload::stream_of;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Made here and sent to the server's host. `-o FILE` writes the archive there, and asks no server, `-o -` to standard output: nova-ve image build host -o - | docker load
Room is needed in the folder of temporary files (TMPDIR), about three times as much as the image has.")]
pub struct Args {
    /// A recipe of nova-ve's (see `image recipe`), or a folder with a recipe.toml
    #[arg(value_name = "NAME|FOLDER")]
    recipe: String,
    /// Replace a file that is there
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    options: Options,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    // It works for minutes, and asks nobody.
    match global.output.clone() {
        Output::File(path) => tokio::task::spawn_blocking(move || make(&args, &path)).await??,
        Output::Format(_) => {
            // Asked first: nobody waits for minutes to hear that no server runs.
            let client = connect(global).await?;
            let spool = tokio::task::spawn_blocking(move || spool(&args)).await??;
            send::send(&client, stream_of(tokio::fs::File::from_std(spool)), global).await?;
        }
    }
    Ok(Exit::DONE)
}

/// The archive in a file without a name.
fn spool(args: &Args) -> anyhow::Result<File> {
    let recipe = found(args)?;
    let mut spool = tempfile::tempfile().context("failed to make a temporary file")?;
    let image = images::build(&recipe, &args.options, BufWriter::new(&spool))?;
    spool.rewind().context("failed to read the archive")?;
    remark(&told(&image, ""));
    Ok(spool)
}

fn found(args: &Args) -> anyhow::Result<Recipe> {
    let recipe = Recipe::find(&args.recipe)?;
    for name in recipe.unused() {
        remark(&format!(
            "not used: {name}; a recipe is recipe.toml, setup.sh and files/"
        ));
    }
    Ok(recipe)
}

fn make(args: &Args, path: &Path) -> anyhow::Result<()> {
    let recipe = found(args)?;
    let target = Target::open(path, args.force)?;
    let image = images::build(&recipe, &args.options, target.sink())?;
    target.keep()?;
    let place = if is_stdout(path) {
        String::new()
    } else {
        format!(", in {}", path.display())
    };
    remark(&told(&image, &place));
    Ok(())
}

/// `nova-ve/frr:latest: 214 MB in 61 s, in frr.tar`
fn told(image: &BuiltImage, place: &str) -> String {
    let megabytes = image.size_bytes.div_ceil(1_000_000);
    let seconds = image.took.as_secs_f64();
    format!("{}: {megabytes} MB in {seconds:.0} s{place}", image.name)
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Where the archive goes. A file is there when it is whole, or not at all.
enum Target {
    Stdout,
    File {
        new: NamedTempFile,
        path: PathBuf,
        force: bool,
    },
}

impl Target {
    fn open(path: &Path, force: bool) -> anyhow::Result<Self> {
        if is_stdout(path) {
            if std::io::stdout().is_terminal() {
                let message = "an image is nothing for a terminal";
                return Err(Failure::new(Exit::USAGE, message)
                    .hint("-o FILE, or a pipe: … -o - | docker load")
                    .into());
            }
            return Ok(Self::Stdout);
        }
        if !force && path.symlink_metadata().is_ok() {
            return Err(is_there(path).into());
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let new = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666))
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .with_context(|| format!("failed to make {}", path.display()))?;
        Ok(Self::File {
            new,
            path: path.to_owned(),
            force,
        })
    }

    fn sink(&self) -> Box<dyn Write + '_> {
        match self {
            Self::Stdout => Box::new(BufWriter::with_capacity(1 << 18, std::io::stdout())),
            Self::File { new, .. } => Box::new(BufWriter::with_capacity(1 << 18, new.as_file())),
        }
    }

    fn keep(self) -> anyhow::Result<()> {
        let Self::File { new, path, force } = self else {
            return Ok(());
        };
        let kept = if force {
            new.persist(&path)
        } else {
            new.persist_noclobber(&path)
        };
        match kept {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(is_there(&path).into())
            }
            Err(error) => {
                Err(error.error).with_context(|| format!("failed to write {}", path.display()))
            }
        }
    }
}

fn is_there(path: &Path) -> Failure {
    let message = format!("{} is there already", path.display());
    Failure::new(Exit::CANNOT_CREATE, message).hint("replace it with --force, or name another file")
}
