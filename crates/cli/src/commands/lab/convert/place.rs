//! Where what was made is written: nothing that is there already is replaced without a word, and nothing is
//! written before all of it may be.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use anyhow::Context;
use formats::Loss;
use model::lab::{File, Lab};

use crate::failure::{Exit, Failure};

/// A file, what belongs beside it, and what is lost.
pub struct Made {
    pub text: String,
    /// The same as an object, where the file is one of ours.
    pub lab: Option<Lab>,
    pub files: BTreeMap<String, File>,
    pub losses: Vec<Loss>,
}

struct Planned<'a> {
    path: PathBuf,
    text: &'a str,
    mode: u32,
}

/// The paths that were written.
pub fn write(out: &Path, made: &Made, force: bool) -> anyhow::Result<Vec<String>> {
    let planned = plan(out, made)?;
    let there: Vec<String> = planned
        .iter()
        .filter(|planned| planned.path.symlink_metadata().is_ok())
        .map(|planned| planned.path.display().to_string())
        .collect();
    if !there.is_empty() && !force {
        let are = if there.len() == 1 { "is" } else { "are" };
        let message = format!("{} {are} there already", some(&there));
        return Err(Failure::new(Exit::CANNOT_CREATE, message)
            .hint("replace with --force, or name another file")
            .into());
    }
    for planned in &planned {
        put(planned, force)
            .with_context(|| format!("failed to write {}", planned.path.display()))?;
    }
    let paths = planned
        .iter()
        .map(|planned| planned.path.display().to_string());
    Ok(paths.collect())
}

/// `a, b, c, d and 9 more`
pub fn some(names: &[String]) -> String {
    const NAMED: usize = 4;
    let shown = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn plan<'a>(out: &Path, made: &'a Made) -> anyhow::Result<Vec<Planned<'a>>> {
    let folder = out.parent().unwrap_or(Path::new(""));
    let mut planned = vec![Planned {
        path: out.to_owned(),
        text: &made.text,
        mode: 0o666,
    }];
    for (name, file) in &made.files {
        // A lab of somebody else's says how these are called.
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if !Path::new(name).components().all(plain) {
            let message = format!("a file {name:?} of the lab would lie outside of the folder");
            return Err(Failure::new(Exit::BAD_DATA, message).into());
        }
        let octal = file.mode.as_deref();
        let bits = octal.and_then(|octal| u32::from_str_radix(octal, 8).ok());
        planned.push(Planned {
            path: folder.join(name),
            text: &file.content,
            mode: bits.unwrap_or(0o666) & 0o777,
        });
    }
    Ok(planned)
}

fn put(planned: &Planned<'_>, force: bool) -> std::io::Result<()> {
    if let Some(folder) = planned.path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).mode(planned.mode);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    options
        .open(&planned.path)?
        .write_all(planned.text.as_bytes())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::failure::explain;

    fn made(name: &str) -> Made {
        let file = File {
            content: "#!/bin/sh\n".into(),
            mode: Some("0755".into()),
        };
        Made {
            text: "name: t\n".into(),
            lab: None,
            files: [(name.to_owned(), file)].into(),
            losses: Vec::new(),
        }
    }

    #[test]
    fn all_is_written_with_its_mode_and_nothing_twice() {
        let temp = tempfile::tempdir().unwrap();
        let out = temp.path().join("new/t.clab.yml");
        assert_eq!(write(&out, &made("r1/run.sh"), false).unwrap().len(), 2);
        let script = temp.path().join("new/r1/run.sh");
        let mode = script.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755 & mode);
        std::fs::remove_file(&out).unwrap();
        std::fs::write(&script, "mine").unwrap();
        let (said, exit) = explain(&write(&out, &made("r1/run.sh"), false).unwrap_err());
        assert_eq!(
            (exit, said.contains("--force")),
            (Exit::CANNOT_CREATE, true),
            "{said}"
        );
        assert!(!out.exists(), "nothing is written when not all may be");
        assert_eq!(std::fs::read_to_string(&script).unwrap(), "mine");
        write(&out, &made("r1/run.sh"), true).unwrap();
        assert_eq!(std::fs::read_to_string(&script).unwrap(), "#!/bin/sh\n");
    }

    #[test]
    fn no_name_of_a_lab_leads_out_of_the_folder() {
        let temp = tempfile::tempdir().unwrap();
        let out = temp.path().join("in/t.clab.yml");
        for name in ["../x", "/tmp/x", "a/../../x"] {
            let (_, exit) = explain(&write(&out, &made(name), true).unwrap_err());
            assert_eq!(exit, Exit::BAD_DATA, "{name}");
        }
        assert!(!temp.path().join("x").exists());
    }
}
