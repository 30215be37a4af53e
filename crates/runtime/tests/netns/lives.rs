//! From nothing to running to nothing, with every way a life can be cut off.

use std::time::Duration;

use model::seen::NodePhase;
use model::spec::{FileSpec, ProcessKind, RunWish};
use model::status::NodeState;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use runtime::{DriverError, DriverEvent, NodeDriver};

use super::lab::{host, lab, node, service, with};

#[tokio::test]
async fn a_node_is_held_then_runs_then_leaves_only_its_data_then_nothing() {
    let Some(lab) = lab("a_node_is_held_then_runs") else {
        return;
    };
    let node = node(7);
    let held = lab.driver.ensure(node, &host("r1")).await.unwrap();
    assert_eq!((held.phase, held.start), (NodePhase::Held, 1));
    assert_eq!(held.fingerprint, host("r1").fingerprint());
    assert_eq!(
        held.consoles, [""; 0],
        "nothing of the lab runs before the release"
    );
    lab.driver.release(node).await.unwrap();
    let running = lab.seen(node).await;
    assert_eq!(
        (running.phase, running.state),
        (NodePhase::Running, NodeState::Running { booted: true })
    );
    assert_eq!(running.consoles, ["shell"]);
    lab.driver.stop(node, Duration::from_secs(2)).await.unwrap();
    let rests = lab.seen(node).await;
    assert_eq!(
        (rests.phase, rests.state),
        (NodePhase::Data, NodeState::Stopped)
    );
    lab.remove(node).await;
    assert!(lab.driver.observe_all().await.unwrap().is_empty());
}

#[tokio::test]
async fn every_act_can_be_done_again() {
    let Some(lab) = lab("every_act_can_be_done_again") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let pid = lab.supervisor_pid(node);
    lab.start(node, &host("r1")).await;
    assert_eq!(
        lab.supervisor_pid(node),
        pid,
        "a running node is left alone"
    );
    for _ in 0..2 {
        lab.driver.stop(node, Duration::from_secs(2)).await.unwrap();
    }
    assert!(matches!(
        lab.driver.release(node).await,
        Err(DriverError::NotRunning { .. })
    ));
    for _ in 0..2 {
        lab.driver.remove(node).await.unwrap();
    }
}

#[tokio::test]
async fn a_node_that_shall_not_run_or_cannot_is_refused_with_every_reason() {
    let Some(lab) = lab("a_node_that_shall_not_run_is_refused") else {
        return;
    };
    let off = model::spec::NodeSpec {
        run: RunWish::Off,
        ..host("r1")
    };
    assert!(matches!(
        lab.driver.ensure(node(1), &off).await,
        Err(DriverError::BadSpec(_))
    ));
    let bad = with(host("a b"), |spec| {
        spec.sysctls.insert("kernel.panic".into(), "1".into());
        spec.processes = vec![service("x", &[]), service("x", &["/bin/true"])];
    });
    let problems = lab.driver.validate(&bad);
    assert_eq!(problems.len(), 4, "{problems:?}");
}

#[tokio::test]
async fn a_node_has_its_name_its_files_and_nothing_of_the_hosts_environment() {
    let Some(lab) = lab("a_node_has_its_name_its_files") else {
        return;
    };
    let spec = with(host("r1"), |spec| {
        spec.env.insert("COLOR".into(), "green".into());
        let file = FileSpec {
            content: "hello\n".into(),
            mode: 0o640,
            owner: "games".into(),
        };
        spec.files.insert("/etc/deep/er/motd".into(), file);
        spec.sysctls
            .insert("net.ipv4.ip_forward".into(), "1".into());
    });
    let node = lab.started(&spec).await;
    assert_eq!(
        lab.sh(node, "hostname; cat /etc/hostname").await.out,
        "r1\nr1\n"
    );
    assert_eq!(
        lab.sh(node, "stat -c '%U %a' /etc/deep/er/motd").await.out,
        "games 640\n"
    );
    assert_eq!(
        lab.sh(node, "cat /proc/sys/net/ipv4/ip_forward").await.out,
        "1\n"
    );
    assert_eq!(
        lab.sh(node, "getent hosts r1 | head -1 | cut -d' ' -f1")
            .await
            .out,
        "127.0.1.1\n"
    );
    let environment = lab.exec(node, &["env"]).await.out;
    assert!(environment.contains("COLOR=green") && environment.contains("PATH=/usr/local/sbin"));
    assert!(!environment.contains("CARGO"), "{environment}");
    lab.remove(node).await;
}

#[tokio::test]
async fn what_a_person_saves_lives_until_the_lab_says_otherwise_or_the_node_is_wiped() {
    let Some(lab) = lab("what_a_person_saves_lives") else {
        return;
    };
    let with_text = |text: &str| {
        let file = FileSpec {
            content: text.into(),
            mode: 0o644,
            owner: "root".into(),
        };
        with(host("r1"), |spec| {
            drop(spec.files.insert("/etc/app.conf".into(), file));
        })
    };
    let again = async |node, spec| {
        lab.driver.stop(node, Duration::from_secs(2)).await.unwrap();
        lab.start(node, &spec).await;
        lab.sh(node, "cat /etc/app.conf").await.out
    };
    let node = lab.started(&with_text("of the lab")).await;
    lab.sh(node, "printf saved > /etc/app.conf; touch /var/lib/mark")
        .await;
    assert_eq!(again(node, with_text("of the lab")).await, "saved");
    assert_eq!(again(node, with_text("new text")).await, "new text");
    assert_eq!(lab.sh(node, "ls /var/lib/mark").await.status, Some(0));
    assert!(matches!(
        lab.driver.wipe(node, 1).await,
        Err(DriverError::StillRuns { .. })
    ));
    lab.driver.stop(node, Duration::from_secs(2)).await.unwrap();
    lab.driver.wipe(node, 1).await.unwrap();
    assert_eq!(lab.seen(node).await.wipe, 1);
    lab.start(
        node,
        &model::spec::NodeSpec {
            wipe: 1,
            ..with_text("new text")
        },
    )
    .await;
    assert_eq!(lab.sh(node, "ls /var/lib/mark").await.status, Some(2));
    lab.remove(node).await;
}

#[tokio::test]
async fn a_stop_ends_every_process_also_those_that_do_not_want_to() {
    let Some(lab) = lab("a_stop_ends_every_process") else {
        return;
    };
    let stubborn = "trap '' TERM HUP INT; setsid sleep 4711 & while :; do sleep 1; done";
    let spec = with(host("r1"), |spec| {
        spec.processes = vec![service("stubborn", &["/bin/sh", "-c", stubborn])];
    });
    let node = lab.started(&spec).await;
    lab.until(node, "running").await;
    let pid = lab.supervisor_pid(node);
    let inside = std::fs::read_link(format!("/proc/{pid}/ns/pid_for_children")).unwrap();
    lab.driver
        .stop(node, Duration::from_millis(300))
        .await
        .unwrap();
    assert_eq!(processes_in(&inside), 0);
    lab.remove(node).await;
}

/// Processes of the host whose pid namespace is this one.
fn processes_in(namespace: &std::path::Path) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let inside = entries.filter(|entry| {
        let link = std::fs::read_link(entry.path().join("ns/pid"));
        // A zombie runs no more; it waits for the host's init.
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        link.is_ok_and(|link| link == namespace) && !stat.contains(") Z ")
    });
    inside.count()
}

#[tokio::test]
async fn a_stop_waits_no_longer_than_it_must() {
    let Some(lab) = lab("a_stop_waits_no_longer_than_it_must") else {
        return;
    };
    let spec = with(host("r1"), |spec| {
        spec.processes = vec![
            service("sleep", &["sleep", "1000"]),
            service("cat", &["tail", "-f", "/dev/null"]),
        ];
    });
    let node = lab.started(&spec).await;
    lab.until(node, "running").await;
    let mut console = lab.console(node, 0).await;
    super::lab::type_in(&mut console, "sleep 1000 & echo up-$((6*7))\n").await;
    super::lab::read_until(&mut console, "up-42").await;
    let began = std::time::Instant::now();
    lab.driver
        .stop(node, Duration::from_secs(20))
        .await
        .unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    lab.remove(node).await;
}

#[tokio::test]
#[expect(
    unsafe_code,
    reason = "a disposition is set for the agent that this test is"
)]
async fn programs_have_no_signal_blocked_or_ignored_whatever_the_agent_has() {
    use nix::sys::signal::{SigHandler, SigSet, signal};

    let Some(lab) = lab("programs_have_no_signal_blocked") else {
        return;
    };
    // This thread starts the launcher; SIGURG is nobody's here.
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGTERM);
    mask.add(Signal::SIGHUP);
    mask.thread_block().unwrap();
    // SAFETY: to ignore a signal calls nothing.
    unsafe { signal(Signal::SIGURG, SigHandler::SigIgn) }.unwrap();
    let node = lab.started(&host("r1")).await;
    let seen = lab
        .exec(node, &["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"])
        .await;
    // Above 31 are the C library's own and those nobody sends unasked.
    let named = |mask: &str| u64::from_str_radix(mask, 16).unwrap() & 0x7fff_ffff;
    let words: Vec<&str> = seen.out.split_whitespace().collect();
    assert_eq!((named(words[1]), named(words[3])), (0, 0), "{seen:?}");
    lab.remove(node).await;
}

#[tokio::test]
async fn a_new_agent_finds_every_node_and_their_shells_and_scrollback() {
    let Some(mut lab) = lab("a_new_agent_finds_every_node") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let mut console = lab.console(node, 0).await;
    super::lab::type_in(&mut console, "MARK=before; echo said-$MARK\n").await;
    let (_, offset) = super::lab::read_until(&mut console, "said-before").await;
    drop(console);
    let pid = lab.supervisor_pid(node);
    lab.another_driver();
    assert_eq!(lab.seen(node).await.phase, NodePhase::Running);
    assert_eq!(lab.supervisor_pid(node), pid);
    let mut console = lab.console(node, 0).await;
    super::lab::read_until(&mut console, "said-before").await;
    let mut console = lab.console(node, offset).await;
    super::lab::type_in(&mut console, "echo still-$MARK\n").await;
    let (seen, _) = super::lab::read_until(&mut console, "still-before").await;
    assert!(
        !seen.contains("said-before"),
        "it goes on where it was cut off: {seen}"
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn a_killed_supervisor_is_seen_and_its_node_can_be_started_again() {
    let Some(lab) = lab("a_killed_supervisor_is_seen") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let mut events = lab.driver.watch();
    lab.seen(node).await;
    kill(Pid::from_raw(lab.supervisor_pid(node)), Signal::SIGKILL).unwrap();
    while events.recv().await.unwrap() != DriverEvent::Ended(node) {}
    let seen = lab.until(node, "failed").await;
    assert_eq!(seen.phase, NodePhase::Data);
    assert!(
        seen.state.detail().contains("ended unexpectedly"),
        "{:?}",
        seen.state
    );
    lab.start(node, &host("r1")).await;
    assert_eq!(
        lab.seen(node).await.state,
        NodeState::Running { booted: true }
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn a_missing_program_is_named_and_the_rest_runs() {
    let Some(lab) = lab("a_missing_program_is_named") else {
        return;
    };
    let spec = with(host("r1"), |spec| {
        spec.processes = vec![
            service("ghost", &["/usr/bin/ghostd"]),
            service("sleep", &["sleep", "1000"]),
        ];
    });
    let node = lab.started(&spec).await;
    let seen = lab.until(node, "degraded").await;
    assert!(
        seen.state
            .detail()
            .contains("ghost: program not found: /usr/bin/ghostd"),
        "{:?}",
        seen.state
    );
    assert!(
        seen.processes
            .iter()
            .any(|process| process.name == "sleep" && process.running)
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn a_process_that_ends_is_told_of_and_started_again() {
    let Some(lab) = lab("a_process_that_ends_is_told_of") else {
        return;
    };
    let spec = with(host("r1"), |spec| {
        let once =
            "test -e /tmp/again && exec sleep 1000; touch /tmp/again; echo cannot bind >&2; exit 3";
        spec.processes = vec![service("daemon", &["/bin/sh", "-c", once])];
    });
    let node = node(1);
    let mut events = lab.driver.watch();
    lab.start(node, &spec).await;
    let notice = loop {
        if let DriverEvent::Notice { message, .. } = events.recv().await.unwrap() {
            break message;
        }
    };
    assert_eq!(
        notice,
        "daemon ended with exit status 3 (cannot bind); it starts again in 0.5 s"
    );
    let seen = lab.until(node, "running").await;
    assert_eq!(
        (
            seen.processes[0].restarts,
            seen.processes[0].last_end.as_str()
        ),
        (1, "exit status 3")
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn a_command_of_the_list_that_fails_degrades_with_its_last_words() {
    let Some(lab) = lab("a_command_of_the_list_that_fails") else {
        return;
    };
    let mut setup = service(
        "setup",
        &["/bin/sh", "-c", "echo no such route >&2; exit 2"],
    );
    setup.kind = ProcessKind::Once;
    let node = lab
        .started(&with(host("r1"), |spec| spec.processes = vec![setup]))
        .await;
    let seen = lab.until(node, "degraded").await;
    assert_eq!(
        seen.state.detail(),
        "setup ended with exit status 2 (no such route)"
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn usage_grows_with_what_a_node_does() {
    let Some(lab) = lab("usage_grows_with_what_a_node_does") else {
        return;
    };
    let spec = with(host("r1"), |spec| {
        spec.processes = vec![service("spin", &["/bin/sh", "-c", "while :; do :; done"])];
    });
    let node = lab.started(&spec).await;
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let usage = lab.seen(node).await.usage;
        if usage.cpu_percent > 5.0 && usage.rss_bytes > 100_000 {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{usage:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    lab.remove(node).await;
}
