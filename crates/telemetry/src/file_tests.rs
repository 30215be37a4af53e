#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const SMALL: Limits = Limits {
    file_bytes: 1000,
    kept: 3,
};

fn log_in(folder: &tempfile::TempDir) -> (LogFile, PathBuf) {
    let path = folder.path().join("server.log");
    (LogFile::open(&path, SMALL).unwrap(), path)
}

#[test]
fn a_log_that_is_written_for_ever_takes_bounded_room() {
    let folder = tempfile::tempdir().unwrap();
    let (log, path) = log_in(&folder);
    for number in 0..10_000 {
        log.write_line(format!("line {number:05}\n").as_bytes());
    }
    let files = std::fs::read_dir(folder.path()).unwrap();
    let lengths: Vec<u64> = files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .collect();
    assert_eq!(lengths.len(), 4, "the file and three older ones");
    assert!(
        lengths.iter().all(|length| *length <= SMALL.file_bytes),
        "{lengths:?}"
    );
    let newest = std::fs::read_to_string(&path).unwrap();
    assert!(newest.ends_with("line 09999\n"), "{newest}");
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_log_that_somebody_removed_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (log, path) = log_in(&folder);
    log.write_line(b"before\n");
    std::fs::remove_file(&path).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !path.exists() {
        assert!(Instant::now() < deadline, "the log did not come back");
        log.write_line(b"after\n");
    }
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("after\n")
    );
}

#[test]
fn a_long_log_of_an_earlier_run_is_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.log");
    std::fs::write(&path, vec![b'x'; 999]).unwrap();
    LogFile::open(&path, SMALL).unwrap().write_line(b"new\n");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
    assert_eq!(
        folder.path().join("server.log.1").metadata().unwrap().len(),
        999
    );
}

#[test]
fn a_log_that_cannot_be_put_aside_takes_bounded_room_too() {
    let folder = tempfile::tempdir().unwrap();
    let (log, path) = log_in(&folder);
    // A file cannot take the place of a folder, nor a folder that of one with something in it.
    for number in 1..=SMALL.kept {
        let in_the_way = folder.path().join(format!("server.log.{number}"));
        std::fs::create_dir_all(in_the_way.join("x")).unwrap();
    }
    for number in 0..1000 {
        log.write_line(format!("line {number:05}\n").as_bytes());
        assert!(path.metadata().unwrap().len() <= SMALL.file_bytes);
    }
    let newest = std::fs::read_to_string(&path).unwrap();
    assert!(newest.ends_with("line 00999\n"), "{newest}");

    drop(log);
    std::fs::write(&path, vec![b'x'; 5000]).unwrap();
    log_in(&folder).0.write_line(b"new\n");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
}

#[test]
fn on_a_full_disk_lines_are_dropped_counted_and_told_of_later() {
    if !Path::new("/dev/full").exists() {
        eprintln!("SKIP on_a_full_disk_lines_are_dropped_counted_and_told_of_later: no /dev/full");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (log, path) = log_in(&folder);
    log.write_line(b"first\n");
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let good = log.state().file.replace(full).unwrap();
    log.write_line(b"lost\n");
    log.write_line(b"lost\n");
    log.state().file = Some(good);
    log.write_line(b"last\n");
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "first\n2 lines of this log were lost here\nlast\n"
    );
}

#[test]
fn a_short_log_of_an_earlier_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    for run in 0..4 {
        let (log, _) = log_in(&folder);
        log.write_line(format!("run {run}\n").as_bytes());
    }
    let files = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(files.count(), 1, "nothing was put aside");
    let (_, path) = log_in(&folder);
    let told = std::fs::read_to_string(path).unwrap();
    assert_eq!(told, "run 0\nrun 1\nrun 2\nrun 3\n");
}
