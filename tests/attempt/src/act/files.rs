//! Files that are not the node's.

use std::fs::{self, File};
use std::io::{Read, Write};

use super::{Act, Outcome, arg, nothing};

pub const ACTS: &[(&str, Act)] = &[
    ("read", read),
    ("list", list),
    ("write", write),
    ("rewrite", rewrite),
    ("create", create),
    ("follow", follow),
    ("holds", holds),
    ("open", open),
    ("climb", climb),
    ("descriptors", descriptors),
];

/// `read PATH`: at least a byte.
fn read(words: &[&str]) -> Outcome {
    let mut byte = [0];
    match File::open(arg(words, 0)?)?.read(&mut byte)? {
        0 => Err(nothing()),
        _ => Ok(()),
    }
}

/// `list PATH`: at least an entry.
fn list(words: &[&str]) -> Outcome {
    match fs::read_dir(arg(words, 0)?)?.next() {
        Some(entry) => entry.map(drop),
        None => Err(nothing()),
    }
}

/// `write PATH TEXT` to a file that is there.
fn write(words: &[&str]) -> Outcome {
    let mut file = File::options().write(true).open(arg(words, 0)?)?;
    file.write_all(arg(words, 1)?.as_bytes())
}

/// `rewrite PATH`: what is in it already, so that nothing changes where it works.
fn rewrite(words: &[&str]) -> Outcome {
    let path = arg(words, 0)?;
    let text = fs::read(path)?;
    File::options().write(true).open(path)?.write_all(&text)
}

/// `create PATH`, and away again.
fn create(words: &[&str]) -> Outcome {
    let path = arg(words, 0)?;
    File::options().write(true).create_new(true).open(path)?;
    fs::remove_file(path)
}

/// `follow LINK`: one of `/proc`, which leads to the thing itself.
fn follow(words: &[&str]) -> Outcome {
    fs::read_link(arg(words, 0)?)?;
    fs::metadata(arg(words, 0)?).map(drop)
}

/// `holds PATH TEXT`.
fn holds(words: &[&str]) -> Outcome {
    let text = fs::read(arg(words, 0)?)?;
    let wanted = arg(words, 1)?.as_bytes();
    let found = text.windows(wanted.len()).any(|part| part == wanted);
    if found { Ok(()) } else { Err(nothing()) }
}

/// `open PATH`, for reading or for writing.
fn open(words: &[&str]) -> Outcome {
    let path = arg(words, 0)?;
    let opened = File::open(path).or_else(|_| File::options().write(true).open(path));
    opened.map(drop)
}

/// `climb PATH`: out of a root of one's own making, by the parent of a folder left outside of it.
fn climb(words: &[&str]) -> Outcome {
    let jail = format!("/tmp/attempt-{}", std::process::id());
    fs::create_dir(&jail)?;
    let jailed = nix::unistd::chroot(jail.as_str());
    let removed = fs::remove_dir(&jail);
    jailed?;
    drop(removed);
    for _ in 0..64 {
        std::env::set_current_dir("..")?;
    }
    nix::unistd::chroot(".")?;
    read(words)
}

/// `descriptors TEXT`: whether a file whose name begins so is open in any process that can be looked into.
fn descriptors(words: &[&str]) -> Outcome {
    let beginning = arg(words, 0)?;
    let processes = fs::read_dir("/proc")?.flatten();
    let open = processes
        .filter_map(|process| fs::read_dir(process.path().join("fd")).ok())
        .flat_map(Iterator::flatten)
        .filter_map(|entry| fs::read_link(entry.path()).ok());
    let mut foreign = open.filter(|link| link.starts_with(beginning));
    foreign.next().map(drop).ok_or_else(nothing)
}
