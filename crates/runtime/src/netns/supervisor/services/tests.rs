//! Stories of a node's processes, told without a process.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn service(name: &str) -> ProcessSpec {
    ProcessSpec {
        name: name.into(),
        argv: vec![format!("/usr/lib/frr/{name}")],
        kind: ProcessKind::Service {
            restart: RestartPolicy::Always,
        },
        optional: false,
        ready: ReadyWhen::Started,
    }
}

fn once(name: &str) -> ProcessSpec {
    ProcessSpec {
        kind: ProcessKind::Once,
        ..service(name)
    }
}

fn released(list: &[ProcessSpec]) -> Services {
    let mut services = Services::new(list);
    services.release();
    services
}

/// Starts everything that is due; returns the names, pids counting from 100.
fn start_all(services: &mut Services, now: Duration, paths: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(index) = services.due(now, &|path| paths.contains(&path)) {
        services.started(index, 100 + u32::try_from(index).unwrap_or(0), now);
        names.push(services.spec(index).name.clone());
    }
    names
}

#[test]
fn nothing_starts_before_the_release() {
    let mut services = Services::new(&[service("zebra")]);
    assert_eq!(services.due(SECOND, &|_| true), None);
    assert_eq!(services.state().word(), "starting");
}

#[test]
fn each_waits_until_the_one_before_is_ready() {
    let mut zebra = service("zebra");
    zebra.ready = ReadyWhen::PathExists("/run/frr/zebra.vty".into());
    let mut services = released(&[zebra, service("ospfd")]);
    assert_eq!(start_all(&mut services, SECOND, &[]), ["zebra"]);
    assert_eq!(services.state().detail(), "starting zebra");
    assert_eq!(
        start_all(&mut services, SECOND, &["/run/frr/zebra.vty"]),
        ["ospfd"]
    );
    assert_eq!(services.state(), NodeState::Running { booted: true });
}

#[test]
fn one_that_is_never_ready_does_not_keep_the_others_waiting_for_ever() {
    let mut zebra = service("zebra");
    zebra.ready = ReadyWhen::PathExists("/run/frr/zebra.vty".into());
    let mut services = released(&[zebra, service("ospfd")]);
    start_all(&mut services, SECOND, &[]);
    assert_eq!(start_all(&mut services, SECOND * 22, &[]), ["ospfd"]);
    assert!(
        services
            .state()
            .detail()
            .contains("/run/frr/zebra.vty is missing")
    );
    start_all(&mut services, SECOND * 23, &["/run/frr/zebra.vty"]);
    assert_eq!(services.state(), NodeState::Running { booted: true });
}

#[test]
fn a_service_starts_again_after_pauses_that_double_and_are_forgotten_after_a_healthy_life() {
    let mut services = released(&[service("bgpd")]);
    start_all(&mut services, SECOND, &[]);
    let mut now = SECOND;
    for pause_ms in [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
        services
            .ended(100, End::Signal(6), now, "")
            .expect("it is told");
        let pause = Duration::from_millis(pause_ms);
        assert_eq!(services.wake_in(now), Some(pause));
        assert_eq!(start_all(&mut services, now + pause / 2, &[]), [""; 0]);
        now += pause;
        assert_eq!(start_all(&mut services, now, &[]), ["bgpd"]);
    }
    services.ended(100, End::Status(0), now + SECOND * 10, "");
    assert_eq!(services.wake_in(now + SECOND * 10), Some(FIRST_PAUSE));
    assert_eq!(services.statuses()[0].restarts, 9);
}

#[test]
fn an_end_is_told_with_its_last_words_and_the_pause() {
    let mut services = released(&[service("bgpd"), service("zebra")]);
    start_all(&mut services, SECOND, &[]);
    let told = services.ended(100, End::Status(1), SECOND, "address in use");
    assert_eq!(
        told.as_deref(),
        Some("bgpd ended with exit status 1 (address in use); it starts again in 0.5 s")
    );
    assert_eq!(services.state().word(), "degraded");
    assert_eq!(
        services.ended(4711, End::Status(1), SECOND, ""),
        None,
        "an orphan is nobody's"
    );
}

#[test]
fn a_missing_program_is_named_and_an_optional_one_is_not_missed() {
    let mut optional = service("mgmtd");
    optional.optional = true;
    let mut services = released(&[optional, service("zebra")]);
    let first = services.due(SECOND, &|_| false).expect("mgmtd's turn");
    assert_eq!(services.not_started(first, StartError::Missing), None);
    let second = services.due(SECOND, &|_| false).expect("zebra's turn");
    let told = services
        .not_started(second, StartError::Missing)
        .expect("it is told");
    assert!(
        told.contains("program not found: /usr/lib/frr/zebra"),
        "{told}"
    );
    services.due(SECOND, &|_| false);
    assert_eq!(services.state().word(), "failed", "no service is left");
    assert_eq!(services.statuses().len(), 1);
}

#[test]
fn a_command_that_fails_degrades_the_node_and_the_next_one_runs() {
    let mut services = released(&[once("vtysh"), once("exec")]);
    assert_eq!(start_all(&mut services, SECOND, &[]), ["vtysh"]);
    services.ended(100, End::Status(2), SECOND, "line 3: unknown command");
    assert_eq!(start_all(&mut services, SECOND, &[]), ["exec"]);
    assert_eq!(services.ended(101, End::Status(0), SECOND, ""), None);
    services.due(SECOND, &|_| false);
    assert_eq!(services.state().word(), "degraded");
    assert!(
        services
            .state()
            .detail()
            .contains("line 3: unknown command")
    );
}

#[test]
fn a_policy_decides_what_an_end_means() {
    let with = |restart| {
        let kind = ProcessKind::Service { restart };
        released(&[ProcessSpec {
            kind,
            ..service("sshd")
        }])
    };
    for (policy, end, word) in [
        (RestartPolicy::Always, 0, "failed"),
        (RestartPolicy::OnFailure, 0, "running"),
        (RestartPolicy::OnFailure, 1, "failed"),
        (RestartPolicy::Never, 0, "running"),
        (RestartPolicy::Never, 1, "failed"),
    ] {
        let mut services = with(policy);
        start_all(&mut services, SECOND, &[]);
        services.ended(100, End::Status(end), SECOND, "");
        services.due(SECOND, &|_| false);
        assert_eq!(services.state().word(), word, "{policy:?} {end}");
    }
}
