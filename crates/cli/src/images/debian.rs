//! The root file system of an image: `mmdebstrap`, as whoever calls. Root makes it as such, anybody else
//! in a user namespace.
//!
//! What it says is shortened to a line a step; of a failure its last lines are told.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::process::{Child, ChildStderr, Command, Stdio};

use super::Digesting;
use super::keys::Keys;
use super::recipe::Packed;
use crate::failure::{Exit, Failure};
use crate::output::{plain, remark};

/// How many lines of a failure are told.
const LAST_LINES: usize = 12;
/// Where the recipe lies in the image while it is made.
const RECIPE: &str = "/.nova-ve-recipe.tar";
const SETUP: &str = "/.nova-ve-setup";
/// Documentation and other people's languages make a third of a small image. Licences stay.
const LEFT_OUT: [&str; 9] = [
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/lintian/*",
    "path-exclude=/usr/share/linda/*",
    "path-exclude=/usr/share/locale/*",
    "path-include=/usr/share/locale/locale.alias",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/groff/*",
];

/// Where packages come from, and how apt is to fetch them.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Where Debian's packages come from, once or more often [default: what mmdebstrap knows of the suite]
    #[arg(long = "mirror", value_name = "URL")]
    pub mirrors: Vec<String>,
    #[arg(
        long = "apt-option",
        value_name = "OPTION",
        help = "An option of apt's, as 'Acquire::Check-Valid-Until \"false\"'; may be repeated"
    )]
    pub apt_options: Vec<String>,
}

/// A root file system as an archive, in a file without a name.
pub struct Layer {
    pub file: File,
    pub digest: String,
    pub size_bytes: u64,
}

pub fn bootstrap(keys: &Keys, recipe: &Packed, options: &Options) -> Result<Layer, Failure> {
    let mut child = command(keys, recipe, options)?
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(&error))?;
    let listener = child
        .stderr
        .take()
        .map(|stderr| std::thread::spawn(move || listen(stderr)));
    let layer = spool(&mut child);
    let status = child.wait().map_err(|error| spool_failed(&error));
    let last = listener
        .and_then(|listener| listener.join().ok())
        .unwrap_or_default();
    let (layer, status) = (layer?, status?);
    if status.success() {
        return Ok(layer);
    }
    let mut message = format!("mmdebstrap could not make the image ({status})");
    for line in &last {
        message.push_str("\n  ");
        message.push_str(line);
    }
    Err(with_cure(Failure::new(Exit::FAILED, message), &last))
}

fn command(keys: &Keys, recipe: &Packed, options: &Options) -> Result<Command, Failure> {
    let mut command = Command::new("mmdebstrap");
    command.arg(format!("--variant={}", keys.variant.word()));
    // Of what is thrown away after a failure nothing need be on the disk.
    command.arg("--dpkgopt=force-unsafe-io");
    command.args(LEFT_OUT.map(|option| format!("--dpkgopt={option}")));
    for package in &keys.packages {
        command.arg(format!("--include={package}"));
    }
    for option in &options.apt_options {
        command.arg(format!("--aptopt={option}"));
    }
    // Docker makes devices of its own.
    command.args(["--skip=output/dev", "--format=tar"]);
    for hook in hooks(recipe)? {
        command.arg(format!("--customize-hook={hook}"));
    }
    command.arg(&keys.suite).arg("-").args(&options.mirrors);
    Ok(command)
}

/// What is done in the root file system when all packages are there. `upload` is mmdebstrap's own, and goes
/// into a user namespace, too; what else is copied is copied by the image's tar inside the image, so that no
/// link leads out of it.
fn hooks(recipe: &Packed) -> Result<Vec<String>, Failure> {
    let mut hooks = Vec::new();
    if recipe.has_files || recipe.has_setup {
        let path = recipe.file.path().to_str();
        let quoted = path.and_then(|path| shlex::try_quote(path).ok());
        let quoted = quoted.ok_or_else(|| {
            let message = "the folder of temporary files has a name that mmdebstrap cannot be told";
            Failure::new(Exit::CONFIG, message).hint("name another: TMPDIR=/var/tmp")
        })?;
        hooks.push(format!("upload {quoted} {RECIPE}"));
    }
    if recipe.has_files {
        hooks.push(format!(
            "chroot \"$1\" tar --extract --file={RECIPE} --directory=/ --strip-components=1 --numeric-owner \
             --same-permissions --no-overwrite-dir --keep-directory-symlink files"
        ));
    }
    if recipe.has_setup {
        hooks.push(format!(
            "chroot \"$1\" tar --extract --to-stdout --file={RECIPE} setup.sh >\"$1{SETUP}\" && \
             chmod 700 \"$1{SETUP}\""
        ));
        hooks.push(format!(
            "echo 'I: setup.sh' >&2; env --ignore-environment HOME=/root LC_ALL=C.UTF-8 \
             DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
             ${{http_proxy:+http_proxy=\"$http_proxy\"}} ${{https_proxy:+https_proxy=\"$https_proxy\"}} \
             ${{no_proxy:+no_proxy=\"$no_proxy\"}} chroot \"$1\" {SETUP} >&2"
        ));
    }
    // The last two tell of the host that made the image; Docker gives a container its own.
    hooks.push(format!(
        "rm -f \"$1{RECIPE}\" \"$1{SETUP}\" \"$1/etc/resolv.conf\" \"$1/etc/hostname\""
    ));
    Ok(hooks)
}

/// An archive says the size of a layer before its bytes, so these wait on disk.
fn spool(child: &mut Child) -> Result<Layer, Failure> {
    let file = tempfile::tempfile().map_err(|error| spool_failed(&error))?;
    let mut sink = Digesting::new(file);
    if let Some(stdout) = &mut child.stdout {
        let mut stdout = BufReader::with_capacity(1 << 18, stdout);
        std::io::copy(&mut stdout, &mut sink).map_err(|error| spool_failed(&error))?;
    }
    // Whoever writes on, after a failure of ours, is to end.
    drop(child.stdout.take());
    let (mut file, digest, size_bytes) = sink.end();
    file.rewind().map_err(|error| spool_failed(&error))?;
    Ok(Layer {
        file,
        digest,
        size_bytes,
    })
}

/// Says a line a step, and keeps the last lines of all the rest.
fn listen(stderr: ChildStderr) -> VecDeque<String> {
    let mut last = VecDeque::new();
    let mut said = "";
    for line in lossy_lines(BufReader::new(stderr)) {
        match line.strip_prefix("I: ") {
            Some(step) => {
                if let Some(word) = word_of(step).filter(|word| *word != said) {
                    said = word;
                    remark(word);
                }
            }
            None if !line.trim().is_empty() => {
                last.push_back(plain(line.trim_end()));
                if last.len() > LAST_LINES {
                    last.pop_front();
                }
            }
            None => {}
        }
    }
    last
}

/// Programs in the image print what they like.
fn lossy_lines(mut from: impl BufRead) -> impl Iterator<Item = String> {
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        let read = from.by_ref().take(1 << 16).read_until(b'\n', &mut line);
        matches!(read, Ok(1..)).then(|| String::from_utf8_lossy(&line).into_owned())
    })
}

fn word_of(step: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 7] = [
        ("running apt-get update", "fetching the lists of packages"),
        ("downloading packages", "fetching packages"),
        ("extracting archives", "unpacking"),
        ("installing essential", "installing what is essential"),
        ("installing remaining", "installing packages"),
        ("setup.sh", "running setup.sh"),
        ("creating tarball", "packing"),
    ];
    let found = WORDS.iter().find(|(begin, _)| step.starts_with(begin));
    found.map(|(_, word)| *word)
}

fn not_started(error: &std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::NotFound {
        let message = "there is no mmdebstrap here, which makes images";
        return Failure::new(Exit::OS, message).hint("apt install mmdebstrap");
    }
    Failure::new(Exit::OS, format!("failed to start mmdebstrap: {error}"))
}

fn spool_failed(error: &std::io::Error) -> Failure {
    let folder = std::env::temp_dir();
    let message = format!("failed to keep the image in {}: {error}", folder.display());
    Failure::new(Exit::IO, message).hint("another folder for temporary files: TMPDIR=/var/tmp")
}

/// The next step, for what people meet.
fn with_cure(failure: Failure, last: &VecDeque<String>) -> Failure {
    const CURES: [(&str, &str); 5] = [
        (
            "is not valid yet",
            "the clock of this host and the mirror's differ; \
             --apt-option 'Acquire::Check-Date \"false\"' takes it all the same",
        ),
        (
            "is expired",
            "the mirror is old, or the clock wrong; \
             --apt-option 'Acquire::Check-Valid-Until \"false\"' takes it all the same",
        ),
        ("NO_PUBKEY", "apt install debian-archive-keyring"),
        (
            "Unable to locate package",
            "see packages in the recipe, and its suite",
        ),
        (
            "No space left on device",
            "another folder for temporary files: TMPDIR=/var/tmp",
        ),
    ];
    let cure = CURES
        .iter()
        .find(|(sign, _)| last.iter().any(|line| line.contains(sign)));
    match cure {
        Some((_, cure)) => failure.hint(*cure),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::Recipe;

    #[test]
    fn the_command_says_all_that_the_recipe_does() {
        let recipe = Recipe::find("frr").expect("it is right");
        let packed = recipe.pack().expect("it is packed");
        let options = Options {
            mirrors: vec!["http://mirror.example/debian".into()],
            apt_options: vec!["Acquire::Check-Valid-Until \"false\"".into()],
        };
        let command = command(&recipe.keys, &packed, &options).expect("it can be said");
        let args: Vec<_> = command
            .get_args()
            .map(|arg| arg.to_string_lossy())
            .collect();
        assert_eq!(
            args[args.len() - 3..],
            ["trixie", "-", "http://mirror.example/debian"]
        );
        assert!(args.contains(&"--include=frr".into()));
        assert!(args.contains(&"--aptopt=Acquire::Check-Valid-Until \"false\"".into()));
        assert!(
            args.iter()
                .any(|arg| arg.ends_with("--keep-directory-symlink files"))
        );
    }

    #[test]
    fn of_all_that_is_said_the_last_lines_are_kept_but_no_steps() {
        let said = "I: extracting archives...\nE: one\n\u{1b}[1mtwo\n\nI: done\n";
        let lines: Vec<String> = lossy_lines(said.as_bytes()).collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(word_of("extracting archives..."), Some("unpacking"));
        assert_eq!(word_of("done"), None);
    }

    #[test]
    fn what_is_not_there_is_told_with_the_cure() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        let hint = not_started(&missing).hint;
        assert_eq!(hint.as_deref(), Some("apt install mmdebstrap"));
        let last = VecDeque::from(["E: Unable to locate package nothing".to_owned()]);
        let failure = with_cure(Failure::new(Exit::FAILED, "no"), &last);
        assert!(failure.hint.is_some());
    }
}
