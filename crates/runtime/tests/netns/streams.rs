//! Consoles, commands, logs and files of a node.

use std::collections::BTreeMap;

use futures_util::{SinkExt, StreamExt};
use runtime::{Input, NodeDriver, Output, StreamKind, WindowSize};

use super::lab::{SIZE, end_of, host, lab, read_until, service, type_in, with};

#[tokio::test]
async fn a_command_ends_with_its_status() {
    let Some(lab) = lab("a_command_ends_with_its_status") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let said = lab.sh(node, "echo out; echo err >&2; exit 3").await;
    assert_eq!(
        (said.out.as_str(), said.err.as_str(), said.status),
        ("out\n", "err\n", Some(3))
    );
    assert_eq!(
        lab.exec(node, &["/no/such/program"]).await.status,
        Some(127)
    );
    assert_eq!(lab.exec(node, &["/etc/hostname"]).await.status, Some(126));
    assert_eq!(lab.sh(node, "kill -9 $$").await.status, Some(137));
    assert_eq!(
        lab.sh(node, "sleep 100 & echo started").await.status,
        Some(0),
        "what it leaves behind is not waited for"
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn a_command_reads_its_input_to_the_end_however_much_it_is() {
    let Some(lab) = lab("a_command_reads_its_input") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let argv = vec!["wc".into(), "-c".into()];
    let kind = StreamKind::Exec {
        argv,
        env: BTreeMap::new(),
        tty: None,
    };
    let mut stream = lab.open(node, kind).await;
    stream
        .input
        .send(Input::Data(vec![b'x'; 5_000_000].into()))
        .await
        .unwrap();
    stream.input.send(Input::EndOfInput).await.unwrap();
    assert_eq!(end_of(stream).await.out.trim(), "5000000");
    lab.remove(node).await;
}

#[tokio::test]
async fn a_command_on_a_terminal_knows_its_size_and_its_environment() {
    let Some(lab) = lab("a_command_on_a_terminal") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let size = WindowSize {
        columns: 132,
        rows: 43,
    };
    let kind = StreamKind::Exec {
        argv: vec![
            "/bin/sh".into(),
            "-c".into(),
            "tty; stty size; echo $MOOD".into(),
        ],
        env: BTreeMap::from([("MOOD".into(), "fine".into())]),
        tty: Some(size),
    };
    let ended = end_of(lab.open(node, kind).await).await;
    assert_eq!(ended.out, "/dev/pts/0\r\n43 132\r\nfine\r\n");
    lab.remove(node).await;
}

#[tokio::test]
async fn a_command_goes_with_its_client() {
    let Some(lab) = lab("a_command_goes_with_its_client") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let argv = vec![
        "/bin/sh".into(),
        "-c".into(),
        "trap '' TERM HUP; echo up; while :; do sleep 0.1; done".into(),
    ];
    let kind = StreamKind::Exec {
        argv,
        env: BTreeMap::new(),
        tty: None,
    };
    let mut stream = lab.open(node, kind).await;
    read_until(&mut stream, "up").await;
    drop(stream);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while lab
        .sh(node, "pgrep -f 'trap .. TERM' | grep -v $$")
        .await
        .status
        == Some(0)
    {
        assert!(std::time::Instant::now() < deadline, "it lives on");
    }
    lab.remove(node).await;
}

#[tokio::test]
async fn a_console_has_many_readers_and_one_that_does_not_read_keeps_nobody_waiting() {
    let Some(lab) = lab("a_console_has_many_readers") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let idle = lab.console(node, 0).await;
    let mut busy = lab.console(node, 0).await;
    type_in(
        &mut busy,
        "head -c 20000000 /dev/zero | tr '\\0' 'x' | fold -w 100; echo all-$((6*7))\n",
    )
    .await;
    read_until(&mut busy, "all-42").await;
    let mut late = idle;
    let mut replays = 0;
    let mut seen = String::new();
    while !seen.contains("all-42") {
        match late.output.next().await.unwrap().unwrap() {
            Output::Replay { .. } => replays += 1,
            Output::Data(bytes) => seen.push_str(&String::from_utf8_lossy(&bytes)),
            other => panic!("{other:?}"),
        }
    }
    assert!(replays >= 2, "it is told that it missed something");
    lab.remove(node).await;
}

#[tokio::test]
async fn a_console_gets_a_new_shell_when_its_shell_ends_and_follows_the_windows_size() {
    let Some(lab) = lab("a_console_gets_a_new_shell") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let mut console = lab.console(node, 0).await;
    console
        .input
        .send(Input::Resize(WindowSize {
            columns: 99,
            rows: 33,
        }))
        .await
        .unwrap();
    type_in(&mut console, "stty size; exit 5\n").await;
    let (seen, _) = read_until(&mut console, "exit status 5").await;
    assert!(seen.contains("33 99"), "{seen}");
    type_in(&mut console, "").await;
    let (_, _) = read_until(&mut console, "# ").await;
    type_in(&mut console, "echo new-$((6*7))\n").await;
    read_until(&mut console, "new-42").await;
    let kind = StreamKind::Console {
        name: "vty".into(),
        size: SIZE,
        from_offset: 0,
    };
    let error = lab
        .driver
        .open(node, kind)
        .await
        .err()
        .expect("there is no such console");
    assert!(error.to_string().contains("it has shell"), "{error}");
    lab.remove(node).await;
}

#[tokio::test]
async fn logs_are_kept_and_followed_and_read_of_a_stopped_node() {
    let Some(lab) = lab("logs_are_kept_and_followed") else {
        return;
    };
    let script = "echo one; sleep 0.2; echo two; exec sleep 1000";
    let spec = with(host("r1"), |spec| {
        spec.processes = vec![service("daemon", &["/bin/sh", "-c", script])];
    });
    let node = lab.started(&spec).await;
    let logs = |follow| StreamKind::Logs {
        process: Some("daemon".into()),
        follow,
    };
    let mut followed = lab.open(node, logs(true)).await;
    read_until(&mut followed, "two").await;
    assert_eq!(
        end_of(lab.open(node, logs(false)).await).await.out,
        "one\ntwo\n"
    );
    let own = StreamKind::Logs {
        process: None,
        follow: false,
    };
    assert!(
        end_of(lab.open(node, own).await)
            .await
            .out
            .contains("daemon started")
    );
    lab.driver
        .stop(node, std::time::Duration::from_secs(2))
        .await
        .unwrap();
    assert_eq!(
        end_of(lab.open(node, logs(false)).await).await.out,
        "one\ntwo\n"
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn a_console_shows_its_last_256_kib_to_who_comes_late() {
    const KEPT_BYTES: usize = 256 << 10;
    let Some(lab) = lab("a_console_shows_its_last_256_kib") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let mut first = lab.console(node, 0).await;
    let print = "head -c 300000 /dev/zero | tr '\\0' 'x' | fold -w 100; echo all-$((6*7))\n";
    type_in(&mut first, print).await;
    read_until(&mut first, "all-42").await;
    let mut late = lab.console(node, 0).await;
    let mut seen = String::new();
    while !seen.contains("all-42") {
        if let Output::Data(bytes) = late.output.next().await.unwrap().unwrap() {
            seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    // Whole lines of them, so one line less at most; a prompt may have come meanwhile.
    let kept = KEPT_BYTES - 4096..=KEPT_BYTES + 4096;
    assert!(kept.contains(&seen.len()), "{} bytes", seen.len());
    lab.remove(node).await;
}

#[tokio::test]
async fn what_a_node_said_before_it_was_started_again_is_shown_first() {
    let Some(lab) = lab("what_a_node_said_before_it_was_started_again_is_shown_first") else {
        return;
    };
    let script = "echo one; exec sleep 1000";
    let spec = with(host("r1"), |spec| {
        spec.processes = vec![service("daemon", &["/bin/sh", "-c", script])];
    });
    let node = lab.started(&spec).await;
    let logs = |follow| StreamKind::Logs {
        process: Some("daemon".into()),
        follow,
    };
    read_until(&mut lab.open(node, logs(true)).await, "one").await;
    let two_runs = "[1 before this run]\none\n[this run]\none\n";
    lab.driver
        .stop(node, std::time::Duration::from_secs(2))
        .await
        .unwrap();
    lab.start(node, &spec).await;
    read_until(&mut lab.open(node, logs(true)).await, two_runs).await;
    assert_eq!(
        end_of(lab.open(node, logs(false)).await).await.out,
        two_runs
    );
    lab.driver
        .stop(node, std::time::Duration::from_secs(2))
        .await
        .unwrap();
    assert_eq!(
        end_of(lab.open(node, logs(false)).await).await.out,
        two_runs
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn files_go_out_and_in_as_tar() {
    let Some(lab) = lab("files_go_out_and_in_as_tar") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    lab.sh(node, "mkdir /tmp/a /tmp/b; echo text > /tmp/a/file")
        .await;
    let mut get = lab
        .open(
            node,
            StreamKind::GetFile {
                path: "/tmp/a".into(),
            },
        )
        .await;
    let mut put = lab
        .open(
            node,
            StreamKind::PutFile {
                path: "/tmp/b".into(),
            },
        )
        .await;
    loop {
        match get.output.next().await.unwrap().unwrap() {
            Output::Data(bytes) => put.input.send(Input::Data(bytes)).await.unwrap(),
            Output::Exit { status } => break assert_eq!(status, 0),
            other => panic!("{other:?}"),
        }
    }
    put.input.send(Input::EndOfInput).await.unwrap();
    assert_eq!(end_of(put).await.status, Some(0));
    assert_eq!(lab.sh(node, "cat /tmp/b/a/file").await.out, "text\n");
    let missing = lab
        .open(
            node,
            StreamKind::GetFile {
                path: "/no/such".into(),
            },
        )
        .await;
    let ended = end_of(missing).await;
    assert!(
        ended.status != Some(0) && ended.err.contains("/no"),
        "{ended:?}"
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn a_shell_that_closes_its_terminal_is_replaced() {
    let Some(lab) = lab("a_shell_that_closes_its_terminal") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let mut console = lab.console(node, 0).await;
    type_in(&mut console, "exec sleep 1000 <&- >&- 2>&-\n").await;
    read_until(&mut console, "ended with signal 1").await;
    lab.remove(node).await;
}

#[tokio::test]
async fn what_is_no_request_is_answered_or_dropped_and_the_node_goes_on() {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    let Some(lab) = lab("what_is_no_request_is_answered") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let socket = lab
        .data
        .path()
        .join(format!("runtime/nodes/{node}/supervisor.sock"));
    let from_a_newer_agent = br#"{"hello":{"version":9,"request":{"hibernate":{}}}}"#;
    let mut newer = u32::try_from(from_a_newer_agent.len() + 1)
        .unwrap()
        .to_be_bytes()
        .to_vec();
    newer.push(2);
    newer.extend_from_slice(from_a_newer_agent);
    for (bytes, answered) in [
        (&b"\xff\xff\xff\xff"[..], "longer than"),
        (b"\0\0\0\x02\x09x", "kind 9"),
        (b"\0\0\0\x02\x00x", "first frame"),
        (&newer, "hibernate"),
        (b"\0\0", ""),
    ] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        if answered.is_empty() {
            continue;
        }
        let mut said = Vec::new();
        stream.read_to_end(&mut said).unwrap();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.contains("failed") && said.contains(answered), "{said}");
    }
    assert_eq!(lab.sh(node, "true").await.status, Some(0));
    lab.remove(node).await;
}

/// A hundred million bytes, which is some seconds of a process gone mad.
#[tokio::test]
async fn a_node_that_prints_without_end_fills_no_disk_and_slows_no_other() {
    const PRINTED_BYTES: u64 = 100_000_000;
    const FILE_BYTES: u64 = 1 << 20;
    let Some(lab) = lab("a_node_that_prints_without_end") else {
        return;
    };
    let mad = with(host("mad"), |spec| {
        spec.processes = vec![service("flood", &["/usr/bin/yes", "all work and no play"])];
    });
    let quiet = super::lab::node(8);
    lab.start(quiet, &host("quiet")).await;
    let mad = lab.started(&mad).await;
    let folder = lab.data.path().join(format!("runtime/nodes/{mad}/logs"));
    let file = folder.join("flood.log");
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    let mut gone_bytes = 0;
    while gone_bytes < PRINTED_BYTES {
        assert!(
            std::time::Instant::now() < deadline,
            "{gone_bytes} in a minute"
        );
        assert!(file.metadata().unwrap().len() <= FILE_BYTES);
        let begun = std::time::Instant::now();
        assert_eq!(lab.sh(quiet, "echo here").await.out, "here\n");
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(5),
            "the other node waits"
        );
        // Now and then it is looked at while it begins anew, and then says nothing yet.
        let text = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        let told = text
            .split_once("\n[")
            .and_then(|(_, words)| words.split(' ').next());
        gone_bytes = told
            .and_then(|count| count.parse().ok())
            .unwrap_or(gone_bytes);
    }
    assert!(
        lab.sh(mad, "echo still here")
            .await
            .out
            .contains("still here")
    );
    lab.driver
        .stop(mad, std::time::Duration::from_secs(2))
        .await
        .unwrap();
    let files = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap());
    let kept: u64 = files.map(|file| file.metadata().unwrap().len()).sum();
    assert!(kept <= 2 * FILE_BYTES, "{kept} bytes of logs");
    lab.remove(mad).await;
    lab.remove(quiet).await;
}
