//! The inside of a node: consoles, commands, logs, files.

use std::collections::BTreeMap;

use api::client::{Client, Terminal, TerminalFrame};
use api::job::JobAct;
use api::node::{Exec, ExecStart, OpenConsole, ReadLogs};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use model::LabId;

use crate::app::{SOON, TestApp, done, lab_of, node};

async fn running_host(client: &Client) -> LabId {
    let lab = lab_of(client, &["h1"]).await.lab.id;
    done(client, lab, JobAct::Start).await;
    lab
}

async fn open(client: &Client, lab: LabId, from: u64) -> (Terminal, u64) {
    let query = OpenConsole {
        from: Some(from),
        ..OpenConsole::default()
    };
    let mut terminal = client.console(lab, node(1), "shell", &query).await.unwrap();
    match terminal.next().await.unwrap().unwrap() {
        TerminalFrame::Replay { offset } => (terminal, offset),
        other => panic!("the first frame is replay, not {other:?}"),
    }
}

/// Output until it holds `wanted`.
async fn read_until(terminal: &mut Terminal, wanted: &str) -> String {
    let mut seen = String::new();
    let deadline = tokio::time::Instant::now() + SOON;
    while !seen.contains(wanted) {
        let frame = tokio::time::timeout_at(deadline, terminal.next()).await;
        match frame.unwrap_or_else(|_| panic!("{wanted:?} does not come after {seen:?}")) {
            Some(Ok(TerminalFrame::Output(bytes))) => seen += &String::from_utf8_lossy(&bytes),
            other => panic!("{other:?} after {seen:?}"),
        }
    }
    seen
}

#[tokio::test]
async fn a_console_goes_on_where_it_was_cut_off() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = running_host(&ada).await;
    let (mut terminal, offset) = open(&ada, lab, 0).await;
    assert_eq!(offset, 0);
    terminal.resize(120, 40).await.unwrap();
    terminal.send(b"ping 10.0.0.2\r").await.unwrap();
    let mut seen = read_until(&mut terminal, "bytes from").await;
    let so_far = seen.len() as u64;
    drop(terminal);
    let (mut terminal, offset) = open(&ada, lab, so_far).await;
    assert_eq!(offset, so_far);
    seen += &read_until(&mut terminal, "icmp_seq=9").await;
    terminal.send(b"\x03").await.unwrap();
    seen += &read_until(&mut terminal, "^C\r\n").await;
    let (mut whole, _) = open(&ada, lab, 0).await;
    let whole = read_until(&mut whole, "^C\r\n").await;
    assert!(
        whole.starts_with(&seen) || seen.starts_with(&whole),
        "{seen:?} in {whole:?}"
    );
    test.end().await;
}

#[tokio::test]
async fn a_command_answers_its_output_and_status() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = running_host(&ada).await;
    let run = async |argv: &[&str], stdin: &str| {
        let body = Exec {
            argv: argv.iter().map(ToString::to_string).collect(),
            env: BTreeMap::new(),
            stdin: stdin.into(),
        };
        ada.exec(lab, node(1), &body).await.unwrap()
    };
    let echoed = run(&["echo", "hello"], "").await;
    assert_eq!((echoed.status, echoed.stdout.trim()), (0, "hello"));
    assert_eq!(run(&["cat"], "typed in").await.stdout, "typed in");
    assert_eq!(run(&["no-such-program"], "").await.status, 127);
    test.end().await;
}

#[tokio::test]
async fn a_stopped_node_says_that_it_does_not_run() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let body = Exec {
        argv: vec!["true".into()],
        env: BTreeMap::new(),
        stdin: String::new(),
    };
    let error = ada.exec(lab, node(1), &body).await.unwrap_err();
    assert_eq!(error.code(), Some("not_running"));
    assert!(error.to_string().contains("Node h1"), "{error}");
    let console = ada
        .console(lab, node(1), "shell", &OpenConsole::default())
        .await;
    let code = console.map(|_| ()).unwrap_err().code().map(str::to_owned);
    assert_eq!(code.as_deref(), error.code());
    test.end().await;
}

#[tokio::test]
async fn a_streamed_command_ends_with_its_status() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = running_host(&ada).await;
    let start = ExecStart {
        argv: vec!["cat".into()],
        env: BTreeMap::new(),
        tty: None,
    };
    let mut terminal = ada.exec_stream(lab, node(1), &start).await.unwrap();
    terminal.send(b"through").await.unwrap();
    terminal.end_of_input().await.unwrap();
    let mut output = Vec::new();
    let status = loop {
        match terminal.next().await.unwrap().unwrap() {
            TerminalFrame::Output(bytes) => output.extend_from_slice(&bytes),
            TerminalFrame::Exit { status } => break status,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((status, output.as_slice()), (0, b"through".as_slice()));
    test.end().await;
}

#[tokio::test]
async fn a_streamed_command_that_is_not_there_ends_like_in_a_shell() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = running_host(&ada).await;
    let start = ExecStart {
        argv: vec!["no-such-program".into()],
        env: BTreeMap::new(),
        tty: None,
    };
    let mut terminal = ada.exec_stream(lab, node(1), &start).await.unwrap();
    let mut words = String::new();
    let end = loop {
        match terminal.next().await.unwrap().unwrap() {
            TerminalFrame::Stderr(bytes) => words += &String::from_utf8_lossy(&bytes),
            TerminalFrame::Output(_) => {}
            end => break end,
        }
    };
    assert!(words.contains("no-such-program"), "{words}");
    assert_eq!(end, TerminalFrame::Exit { status: 127 });
    test.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_short_commands_all_tell_their_end() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = running_host(&ada).await;
    let start = ExecStart {
        argv: vec!["true".into()],
        env: BTreeMap::new(),
        tty: None,
    };
    for round in 0..200 {
        let mut terminal = ada.exec_stream(lab, node(1), &start).await.unwrap();
        // The command ends without reading all this; its end must be told all the same.
        for _ in 0..20 {
            let _ = terminal.send(&[b'x'; 16 * 1024]).await;
        }
        let end = loop {
            let frame = tokio::time::timeout(SOON, terminal.next()).await.unwrap();
            if !matches!(frame, Some(Ok(TerminalFrame::Output(_)))) {
                break frame;
            }
        };
        let told = matches!(end, Some(Ok(TerminalFrame::Exit { status: 0 })));
        assert!(told, "round {round}: {end:?}");
    }
    test.end().await;
}

#[tokio::test]
async fn logs_are_read_to_their_end() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = running_host(&ada).await;
    let logs = ada.logs(lab, node(1), &ReadLogs::default()).await.unwrap();
    let chunks: Vec<Bytes> = tokio::time::timeout(SOON, logs.try_collect())
        .await
        .unwrap()
        .unwrap();
    assert!(!chunks.concat().is_empty());
    test.end().await;
}

#[tokio::test]
async fn files_that_were_put_are_got_back() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = running_host(&ada).await;
    let tar = vec![7_u8; 100_000];
    let chunks: Vec<_> = tar
        .chunks(9000)
        .map(|part| Ok(Bytes::copy_from_slice(part)))
        .collect();
    let body = stream::iter(chunks).boxed();
    ada.put_files(lab, node(1), "/root", body).await.unwrap();
    let got = ada.get_files(lab, node(1), "/root").await.unwrap();
    let got: Vec<Bytes> = got.try_collect().await.unwrap();
    assert_eq!(got.concat(), tar);
    let error = ada
        .get_files(lab, node(1), "/no/such/file")
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.code(), Some("file_failed"), "{error}");
    assert!(
        error.to_string().contains("/no/such/file: Cannot stat"),
        "{error}"
    );
    test.end().await;
}
