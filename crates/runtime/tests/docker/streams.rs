//! Consoles, commands, logs and files.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt;
use runtime::{DriverError, Input, NodeDriver, NodeRef, NodeStream, StreamKind, WindowSize};

use super::lab::{Lab, SIZE, container, end_of, lab, read_until, with};

fn console(name: &str, from_offset: u64) -> StreamKind {
    StreamKind::Console {
        name: name.into(),
        size: SIZE,
        from_offset,
    }
}

async fn type_in(stream: &mut NodeStream, text: &str) {
    let input = Input::Data(text.to_owned().into());
    stream.input.send(input).await.unwrap();
}

#[tokio::test]
async fn a_console_is_shared_and_goes_on_where_a_reader_stopped() {
    let Some(mut lab) = lab("a_console_is_shared").await else {
        return;
    };
    let node = lab.started(&container("r1", "exec sleep 1000")).await;
    let mut first = lab.open(node, console("shell", 0)).await;
    type_in(&mut first, "A=1; echo begun-$A\n").await;
    let (seen, offset) = read_until(&mut first, "begun-1").await;
    drop(first);
    let mut again = lab.open(node, console("shell", 0)).await;
    assert_eq!(read_until(&mut again, "begun-1").await.0, seen);
    let mut later = lab.open(node, console("shell", offset)).await;
    type_in(&mut again, "echo more-$A\n").await;
    let (new, _) = read_until(&mut later, "more-1").await;
    assert!(!new.contains("begun"), "{new}");
    let size = WindowSize {
        columns: 123,
        rows: 45,
    };
    later.input.send(Input::Resize(size)).await.unwrap();
    let mut sized = false;
    for _ in 0..50 {
        type_in(&mut later, "stty size\n").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut all = lab.open(node, console("shell", 0)).await;
        type_in(&mut all, "echo mark-$((1+1))\n").await;
        if read_until(&mut all, "mark-2").await.0.contains("45 123") {
            sized = true;
            break;
        }
    }
    assert!(sized, "the terminal has its new size");
    type_in(&mut again, "exit 3\n").await;
    read_until(&mut again, "/bin/sh ended with exit status 3").await;
    let missing = lab.driver.open(node, console("nothing", 0)).await;
    let Err(DriverError::NoSuchConsole { has, .. }) = missing else {
        panic!("no such console");
    };
    assert_eq!(has, ["shell", "main"]);
    lab.remove(node).await;
}

#[tokio::test]
async fn the_console_main_is_the_main_process_with_what_it_said_before() {
    let Some(mut lab) = lab("the_console_main").await else {
        return;
    };
    let script = "echo hello; while read line; do echo \"got <$line>\"; done";
    let node = lab.started(&container("r1", script)).await;
    lab.until_log(node, "hello").await;
    let mut main = lab.open(node, console("main", 0)).await;
    read_until(&mut main, "hello").await;
    type_in(&mut main, "a word\n").await;
    read_until(&mut main, "got <a word>").await;
    lab.another_driver();
    let mut main = lab.open(node, console("main", 0)).await;
    let (seen, _) = read_until(&mut main, "got <a word>").await;
    assert!(seen.contains("hello"), "{seen}");
    assert!(lab.until_log(node, "got <a word>").await.contains("hello"));
    lab.remove(node).await;
}

#[tokio::test]
async fn a_console_of_an_earlier_agent_is_ended_by_the_next() {
    let Some(mut lab) = lab("a_console_of_an_earlier_agent").await else {
        return;
    };
    let node = lab.started(&container("r1", "exec sleep 1000")).await;
    let mut shell = lab.open(node, console("shell", 0)).await;
    type_in(&mut shell, "echo here-$((1+1))\n").await;
    read_until(&mut shell, "here-2").await;
    drop(shell);
    lab.until_true(node, "ps | grep -c '[/]bin/sh$'", "1").await;
    lab.another_driver();
    lab.until_true(node, "ps | grep -c '[/]bin/sh$'", "0").await;
    lab.remove(node).await;
}

#[tokio::test]
async fn a_command_tells_its_outputs_its_input_and_its_end() {
    let Some(mut lab) = lab("a_command_tells_its_outputs").await else {
        return;
    };
    let node = lab.started(&container("r1", "exec sleep 1000")).await;
    let ended = lab
        .exec(node, &["sh", "-c", "echo out; echo err >&2; exit 7"])
        .await;
    assert_eq!(
        (&*ended.out, &*ended.err, ended.status),
        ("out\n", "err\n", Some(7))
    );
    let missing = lab.exec(node, &["no-such-program"]).await;
    assert_eq!(
        (missing.out.as_str(), missing.status),
        ("", Some(127)),
        "{missing:?}"
    );
    assert!(missing.err.contains("no-such-program"), "{missing:?}");
    let is_none = lab.exec(node, &["/etc/passwd"]).await;
    assert_eq!(is_none.status, Some(126), "{is_none:?}");
    let kind = StreamKind::Exec {
        argv: ["sh", "-c", "cat; echo $A"].map(str::to_owned).into(),
        env: BTreeMap::from([("A".into(), "env".into())]),
        tty: None,
    };
    let mut stream = lab.open(node, kind).await;
    type_in(&mut stream, "typed ").await;
    stream.input.send(Input::EndOfInput).await.unwrap();
    let ended = end_of(stream).await;
    assert_eq!((&*ended.out, ended.status), ("typed env\n", Some(0)));
    let big = "dd if=/dev/zero bs=64k count=320 2>/dev/null";
    assert_eq!(lab.exec(node, &["sh", "-c", big]).await.out.len(), 20 << 20);
    lab.remove(node).await;
}

async fn put(lab: &Lab, node: NodeRef, path: &str, archive: Vec<u8>) -> Option<i32> {
    let kind = StreamKind::PutFile { path: path.into() };
    let NodeStream { output, mut input } = lab.open(node, kind).await;
    for piece in archive.chunks(1000) {
        let piece = Bytes::copy_from_slice(piece);
        input.send(Input::Data(piece)).await.unwrap();
    }
    input.send(Input::EndOfInput).await.unwrap();
    end_of(NodeStream { output, input }).await.status
}

#[tokio::test]
async fn files_go_in_as_roots_and_come_out_by_their_names() {
    let Some(mut lab) = lab("files_go_in_as_roots").await else {
        return;
    };
    let node = lab.started(&container("r1", "exec sleep 1000")).await;
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(5000);
    header.set_uid(1000);
    header.set_gid(1000);
    header.set_mode(0o640);
    tar.append_data(&mut header, "notes", &[b'x'; 5000][..])
        .unwrap();
    let archive = tar.into_inner().unwrap();
    assert_eq!(put(&lab, node, "/root", archive.clone()).await, Some(0));
    let stat = lab.sh(node, "stat -c '%u %g %a %s' /root/notes").await;
    assert_eq!(stat, "0 0 640 5000\n");
    assert_eq!(put(&lab, node, "/nowhere", archive).await, Some(1));

    let kind = StreamKind::GetFile {
        path: "/root/notes".into(),
    };
    let mut stream = lab.open(node, kind).await;
    let mut bytes = Vec::new();
    while let Some(Ok(next)) = futures_util::StreamExt::next(&mut stream.output).await {
        match next {
            runtime::Output::Data(piece) => bytes.extend_from_slice(&piece),
            other => assert_eq!(other, runtime::Output::Exit { status: 0 }),
        }
    }
    let mut archive = tar::Archive::new(&bytes[..]);
    let entry = archive.entries().unwrap().next().unwrap().unwrap();
    assert_eq!(entry.path().unwrap().to_str(), Some("notes"));
    let kind = StreamKind::GetFile {
        path: "/root/nothing".into(),
    };
    assert_eq!(end_of(lab.open(node, kind).await).await.status, Some(1));
    lab.remove(node).await;
}

#[tokio::test]
async fn the_log_is_there_after_the_end_too() {
    let Some(mut lab) = lab("the_log_is_there_after_the_end").await else {
        return;
    };
    let spec = with(container("r1", "echo hello; exec sleep 1000"), |docker| {
        docker.exec = vec!["echo of a command".into()];
    });
    let node = lab.started(&spec).await;
    lab.until_log(node, "hello").await;
    lab.until(node, "running").await;
    lab.driver.stop(node, Duration::from_secs(1)).await.unwrap();
    assert!(lab.log(node, "main").await.contains("hello"));
    assert_eq!(lab.log(node, "exec-1").await, "of a command\n");
    lab.remove(node).await;
}
