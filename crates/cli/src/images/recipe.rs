//! A recipe: one that is built into this program, or a folder of a person's own.

use std::fs::{File, Metadata};
use std::io::{BufWriter, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::keys::{self, Fault, Keys};
use super::{Digesting, pack};
use crate::failure::{Exit, Failure};
use crate::output::plain;

/// By name, each packed.
const BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/recipes.rs"));
/// Longer ones are no recipes.
const LONGEST: u64 = 1 << 20;

pub struct Recipe {
    pub keys: Keys,
    /// `recipe.toml` as it is written.
    pub text: String,
    source: Source,
}

enum Source {
    BuiltIn(&'static [u8]),
    Folder(PathBuf),
}

/// A recipe as one archive, whose bytes depend on the recipe alone.
pub struct Packed {
    pub file: NamedTempFile,
    pub digest: String,
    pub has_files: bool,
    pub has_setup: bool,
}

/// The names of the recipes that are built in.
pub fn built_in() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

impl Recipe {
    /// A name is a built-in recipe; what has a slash, or is no such name, is a folder.
    pub fn find(word: &str) -> Result<Self, Failure> {
        if let Some((_, archive)) = BUILT_IN.iter().find(|(name, _)| *name == word) {
            return Self::of_archive(word, archive);
        }
        let folder = Path::new(word);
        if folder.is_dir() {
            return Self::of_folder(folder);
        }
        let names: Vec<&str> = built_in().collect();
        let message = format!("there is no recipe {word:?}, and no such folder");
        let hint = format!(
            "built in: {}; or name a folder with a recipe.toml",
            names.join(", ")
        );
        Err(Failure::new(Exit::NOT_FOUND, message).hint(hint))
    }

    fn of_archive(name: &str, archive: &'static [u8]) -> Result<Self, Failure> {
        let text = member(archive, pack::PARTS[0])
            .ok_or_else(|| Failure::new(Exit::SOFTWARE, "a built-in recipe has no recipe.toml"))?;
        let shown = format!("{name}/recipe.toml");
        Self::new(text, &shown, Source::BuiltIn(archive))
    }

    fn of_folder(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(pack::PARTS[0]);
        let shown = path.display().to_string();
        let mut text = String::new();
        let read = File::open(&path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
        read.map_err(|error| {
            let exit = match error.kind() {
                std::io::ErrorKind::NotFound => Exit::NOT_FOUND,
                std::io::ErrorKind::InvalidData => Exit::BAD_DATA,
                _ => Exit::IO,
            };
            Failure::new(exit, format!("failed to read {shown}: {error}"))
                .hint("a folder to begin with: nova-ve image recipe host -o FOLDER")
        })?;
        let recipe = Self::new(text, &shown, Source::Folder(folder.to_owned()))?;
        check_parts(folder)?;
        Ok(recipe)
    }

    fn new(text: String, shown: &str, source: Source) -> Result<Self, Failure> {
        let keys = keys::read(&text).map_err(|faults| refused(shown, &faults))?;
        Ok(Self { keys, text, source })
    }

    /// What lies in a folder beside the parts of a recipe.
    pub fn unused(&self) -> Vec<String> {
        let Source::Folder(folder) = &self.source else {
            return Vec::new();
        };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names
            .filter(|name| !pack::PARTS.contains(&name.as_str()))
            .filter(|name| !name.starts_with('.') && !name.starts_with("README"))
            .collect();
        names.sort();
        names
    }

    pub fn pack(&self) -> Result<Packed, Failure> {
        let refused = |error: std::io::Error| {
            let exit = match error.kind() {
                std::io::ErrorKind::InvalidData => Exit::BAD_DATA,
                _ => Exit::IO,
            };
            Failure::new(exit, format!("failed to pack the recipe: {error}"))
        };
        let file = NamedTempFile::new().map_err(refused)?;
        let mut sink = Digesting::new(BufWriter::new(file));
        match &self.source {
            Source::BuiltIn(archive) => sink.write_all(archive),
            Source::Folder(folder) => pack::pack(folder, own_mode, &mut sink),
        }
        .map_err(refused)?;
        let (file, digest, _) = sink.end();
        let mut file = file
            .into_inner()
            .map_err(|error| refused(error.into_error()))?;
        let [_, setup, files] = pack::PARTS;
        let parts = parts(&mut file).map_err(refused)?;
        Ok(Packed {
            has_files: parts.iter().any(|part| part == files),
            has_setup: parts.iter().any(|part| part == setup),
            file,
            digest,
        })
    }

    /// Writes it as a folder, to be copied and changed.
    pub fn unpack(&self, into: &Path) -> Result<(), Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(
                Exit::IO,
                format!("failed to write {}: {error}", into.display()),
            )
        };
        let packed = self.pack()?;
        std::fs::create_dir_all(into).map_err(failed)?;
        let mut archive = tar::Archive::new(packed.file.as_file());
        archive.set_preserve_permissions(true);
        archive.set_preserve_mtime(false);
        archive.unpack(into).map_err(failed)
    }
}

/// As the file has it.
fn own_mode(found: &Metadata) -> u32 {
    found.permissions().mode() & 0o7777
}

fn check_parts(folder: &Path) -> Result<(), Failure> {
    let [_, setup, files] = pack::PARTS;
    let path = folder.join(files);
    if path.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
        let message = format!("{} is no folder", path.display());
        return Err(Failure::new(Exit::BAD_DATA, message)
            .hint("it is copied into the image's root: files/etc/motd becomes /etc/motd"));
    }
    let path = folder.join(setup);
    let Ok(found) = path.symlink_metadata() else {
        return Ok(());
    };
    let mut first = [0; 2];
    let runs = found.is_file()
        && File::open(&path).is_ok_and(|mut file| file.read_exact(&mut first).is_ok())
        && first == *b"#!";
    if runs {
        return Ok(());
    }
    let message = format!("{}:1: it does not say what runs it", path.display());
    Err(Failure::new(Exit::BAD_DATA, message).hint("let its first line be #!/bin/sh"))
}

/// `images/frr/recipe.toml:3:1: …`, a line for each.
fn refused(shown: &str, faults: &[Fault]) -> Failure {
    let line = |fault: &Fault| {
        let Fault {
            line,
            column,
            message,
        } = fault;
        format!("{shown}:{line}:{column}: {}", plain(message))
    };
    let lines: Vec<String> = faults.iter().map(line).collect();
    let message = match &lines[..] {
        [only] => only.clone(),
        lines => format!(
            "{shown} is no recipe, for {} reasons:\n  {}",
            lines.len(),
            lines.join("\n  ")
        ),
    };
    Failure::new(Exit::BAD_DATA, message).hint("a recipe that is right: nova-ve image recipe frr")
}

fn member(archive: &[u8], name: &str) -> Option<String> {
    let mut archive = tar::Archive::new(archive);
    let mut entries = archive.entries().ok()?.flatten();
    let mut entry = entries.find(|entry| entry.path().is_ok_and(|path| path == Path::new(name)))?;
    let mut text = String::new();
    entry.read_to_string(&mut text).ok()?;
    Some(text)
}

/// Names at the top of the archive, which is then to be read from its beginning.
fn parts(file: &mut NamedTempFile) -> std::io::Result<Vec<String>> {
    file.rewind()?;
    let mut archive = tar::Archive::new(file.as_file());
    let mut parts = Vec::new();
    for entry in archive.entries_with_seek()? {
        let path = entry?.path()?.into_owned();
        if path.components().count() == 1 {
            parts.push(path.to_string_lossy().into_owned());
        }
    }
    file.rewind()?;
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("recipe.toml"), text).expect("it is written");
        folder
    }

    fn find(folder: &Path) -> Result<Recipe, Failure> {
        Recipe::find(&folder.display().to_string())
    }

    const LEAST: &str = "name = \"a/b\"\nsuite = \"trixie\"\npackages = [\"frr\"]\n";

    #[test]
    fn the_recipes_of_the_tree_are_built_in_and_right() {
        assert_eq!(built_in().collect::<Vec<_>>(), ["frr", "host"]);
        for name in built_in() {
            let recipe = Recipe::find(name).expect("it is right");
            assert_eq!(recipe.keys.name, format!("nova-ve/{name}:latest"));
            assert!(!recipe.keys.description.is_empty());
        }
    }

    #[test]
    fn one_that_is_written_out_is_the_same_recipe() {
        let here = tempfile::tempdir().expect("a temporary folder");
        let built_in = Recipe::find("frr").expect("it is right");
        built_in.unpack(here.path()).expect("it is written");
        let script = here.path().join("files/usr/local/sbin/start-frr");
        let mode = script.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        let digest = |recipe: &Recipe| recipe.pack().expect("it is packed").digest;
        let copy = find(here.path()).expect("it is right");
        assert_eq!(digest(&copy), digest(&built_in));
        std::fs::set_permissions(&script, PermissionsExt::from_mode(0o700)).expect("ours");
        assert_ne!(digest(&copy), digest(&built_in), "modes count");
    }

    #[test]
    fn what_is_wrong_is_told_with_file_and_line() {
        let here = folder(&LEAST.replace("suite", "sweet"));
        let failure = find(here.path()).err().expect("it is wrong");
        let told = failure
            .message
            .replace(&here.path().display().to_string(), "mine");
        assert_eq!(failure.exit, Exit::BAD_DATA);
        insta::assert_snapshot!(told, @"mine/recipe.toml:2:1: unknown field `sweet`, expected one of `name`, `description`, `suite`, `variant`, `packages`, `entrypoint`, `command`, `env`, `workdir`, `labels`, `expose`");
        assert_eq!(
            Recipe::find("no-such").err().expect("none").exit,
            Exit::NOT_FOUND
        );
        let empty = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(
            find(empty.path()).err().expect("none").exit,
            Exit::NOT_FOUND
        );
    }

    #[test]
    fn parts_that_cannot_be_used_are_refused_and_others_told() {
        let here = folder(LEAST);
        let put = |name: &str, text: &str| {
            std::fs::write(here.path().join(name), text).expect("it is written");
        };
        put("README.md", "");
        put("setup.ssh", "");
        let recipe = find(here.path()).expect("it is right");
        assert_eq!(recipe.unused(), ["setup.ssh"]);
        put("setup.sh", "echo\n");
        assert_eq!(find(here.path()).err().expect("no #!").exit, Exit::BAD_DATA);
        put("setup.sh", "#!/bin/sh\n");
        let packed = find(here.path())
            .expect("it is right")
            .pack()
            .expect("it is packed");
        assert_eq!((packed.has_setup, packed.has_files), (true, false));
        put("files", "");
        assert_eq!(
            find(here.path()).err().expect("no folder").exit,
            Exit::BAD_DATA
        );
    }

    #[test]
    fn a_socket_is_no_file_of_a_recipe() {
        let here = folder(LEAST);
        std::fs::create_dir(here.path().join("files")).expect("made");
        let recipe = find(here.path()).expect("it is right");
        let _socket = std::os::unix::net::UnixListener::bind(here.path().join("files/s"));
        let failure = recipe.pack().err().expect("a socket cannot be copied");
        assert_eq!(failure.exit, Exit::BAD_DATA);
    }
}
