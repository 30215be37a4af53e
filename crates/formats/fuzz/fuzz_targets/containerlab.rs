//! Whatever bytes somebody calls a topology file: the reader ends, with a lab or with words, every loss has its
//! place, and the lab goes out as a file that reads back to it.
//!
//! `cargo +nightly fuzz run containerlab` in this folder's parent.
#![no_main]

use formats::FormatError;
use formats::containerlab::{Bound, Options, read, write};
use libfuzzer_sys::fuzz_target;
use model::{Lab, LabId};

fn files(path: &str) -> Bound {
    match path.len() % 5 {
        0 => Bound::file(path.as_bytes()),
        1 => Bound::Folder(vec!["a".into(), "b".into()]),
        2 => Bound::Outside,
        3 => Bound::file([0xff]),
        _ => Bound::Missing,
    }
}

fn comes_back(lab: &Lab, id: LabId) {
    let written = write(lab, "out.clab.yml");
    let beside = |path: &str| match written.files.get(path) {
        Some(file) => Bound::File {
            bytes: file.content.clone().into_bytes(),
            mode: file
                .mode
                .as_deref()
                .and_then(|mode| u32::from_str_radix(mode, 8).ok()),
        },
        None => Bound::Missing,
    };
    let options = Options {
        file_name: "out.clab.yml",
        ..Options::new(id, &beside)
    };
    let again = read(written.text.as_bytes(), &options).map(|read| read.lab);
    if written.losses.is_empty() {
        assert_eq!(again.as_ref(), Ok(lab), "{}", written.text);
    } else {
        assert!(again.is_ok(), "{again:?} {}", written.text);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let id = "11111111-2222-3333-4444-555555555555"
        .parse()
        .expect("an id");
    for as_netns in [false, true] {
        let options = Options {
            as_netns,
            file_name: "lab.clab.yml",
            ..Options::new(id, &files)
        };
        match read(bytes, &options) {
            Ok(read) => {
                assert!(model::validate::validate(&read.lab).is_empty());
                assert!(read.losses.iter().all(|loss| loss.place.is_some()));
                if !as_netns {
                    comes_back(&read.lab, id);
                }
            }
            Err(FormatError::Problems(faults)) => assert!(!faults.is_empty()),
            Err(_) => {}
        }
    }
});
