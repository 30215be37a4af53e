//! What a spec says, and what of it a container shows.

use std::collections::BTreeMap;
use std::time::Duration;

use model::lab::{Bind, Dns, Healthcheck, PullPolicy, Ulimit};
use model::spec::{FileSpec, NodeSpec};
use model::status::NodeState;
use runtime::{DriverError, LabNames, NodeDriver};

use super::lab::{FINE_IMAGE, again, container, lab, with};

#[tokio::test]
async fn a_container_is_what_its_spec_says() {
    let Some(mut lab) = lab("a_container_is_what_its_spec_says").await else {
        return;
    };
    let spec = with(container("r1", "exec sleep 1000"), |docker| {
        docker.hostname = "edge-1".into();
        docker.env.insert("COLOR".into(), "green".into());
        docker.labels.insert("role".into(), "leaf".into());
        docker
            .sysctls
            .insert("net.ipv4.ip_forward".into(), "1".into());
        let limit = Ulimit {
            soft: 1000,
            hard: 2000,
        };
        docker.ulimits.insert("nofile".into(), limit);
        docker.tmpfs.insert("/scratch".into(), "size=8m".into());
        docker.resources.pids = Some(64);
        docker.resources.memory_bytes = Some(64 << 20);
        docker.resources.shm_bytes = Some(1 << 20);
        docker.dns = Dns {
            servers: vec!["10.0.0.53".parse().unwrap()],
            search: vec!["lab".into()],
            options: vec!["ndots:1".into()],
        };
    });
    let node = lab.started(&spec).await;
    lab.until(node, "running").await;
    for (script, expected) in [
        ("hostname", "edge-1"),
        ("echo $COLOR", "green"),
        ("cat /proc/sys/net/ipv4/ip_forward", "1"),
        ("cat /proc/sys/net/ipv6/conf/all/disable_ipv6", "0"),
        ("cat /proc/sys/net/ipv6/conf/default/disable_ipv6", "0"),
        ("ip -6 addr show dev lo | grep -c ::1/128", "1"),
        // Of the node itself: what is run in it may have its soft limit raised by Docker's own programs.
        (
            "grep 'open files' /proc/1/limits | tr -s ' '",
            "Max open files 1000 2000 files",
        ),
        ("grep -c ' /scratch tmpfs .*size=8192k' /proc/mounts", "1"),
        (
            "cat /etc/resolv.conf",
            "nameserver 10.0.0.53\nsearch lab\noptions ndots:1",
        ),
        ("grep -c edge-1 /etc/hosts", "1"),
        (
            "sysctl -w net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0",
            "net.ipv4.ip_forward = 0\nnet.ipv4.conf.all.rp_filter = 0",
        ),
        (
            "for f in $(find /proc/sys -type f ! -path '/proc/sys/net/*'); do [ -w $f ] && head -c1 $f \
             2>/dev/null | dd of=$f 2>/dev/null && echo $f; done; true",
            "",
        ),
        ("grep CapBnd /proc/1/status", "CapBnd:\t00000000a80435fb"),
        ("grep Seccomp: /proc/1/status", "Seccomp:\t2"),
        (
            "touch /.nova-ve/x 2>&1",
            "touch: /.nova-ve/x: Read-only file system",
        ),
    ] {
        assert_eq!(lab.sh(node, script).await.trim(), expected, "{script}");
    }
    let name = format!("nova-ve-{node}");
    let seen = lab.docker(&["inspect", "--format", "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.PidsLimit}} {{.HostConfig.Memory}} {{index .Config.Labels \"role\"}}", &name]);
    assert_eq!(seen, "no 64 67108864 leaf");
    lab.remove(node).await;
}

#[tokio::test]
async fn an_images_own_program_user_and_environment_are_kept() {
    let Some(mut lab) = lab("an_images_own_program").await else {
        return;
    };
    let own = with(container("r1", ""), |docker| {
        docker.image = FINE_IMAGE.into();
        docker.command = None;
    });
    let node = lab.started(&own).await;
    lab.until_log(node, "fine as games").await;
    assert_eq!(lab.sh(node, "echo $COLOR").await, "blue\n");
    lab.driver.stop(node, Duration::from_secs(1)).await.unwrap();
    let other = with(again(&own, 2), |docker| {
        docker.user = "root".into();
        docker.entrypoint = Some(
            ["/bin/sh", "-c", "echo own as $(id -un); exec sleep 1000"]
                .map(str::to_owned)
                .into(),
        );
    });
    lab.start(node, &other).await;
    lab.until_log(node, "own as root").await;
    lab.remove(node).await;
}

#[tokio::test]
async fn the_labs_names_are_in_etc_hosts_also_of_a_container_that_runs() {
    let Some(mut lab) = lab("the_labs_names_are_in_etc_hosts").await else {
        return;
    };
    let spec = container("r1", "exec sleep 1000");
    let node = lab.started(&spec).await;
    lab.until(node, "running").await;
    let hosts = "grep -v -e localhost -e ip6- -e '#' /etc/hosts";
    assert_eq!(lab.sh(node, hosts).await, "127.0.1.1 r1\n");

    lab.sh(node, "echo 10.9.9.9 web >>/etc/hosts").await;
    let names = |lines: &str| LabNames {
        lines: lines.into(),
        nodes: [node.node].into(),
    };
    let two = names("10.0.0.2 r1.lab r1\n10.0.0.3 r2.lab r2\n");
    lab.driver.set_names(node.lab, &two);
    let both = "10.0.0.2 r1.lab r1\n10.0.0.3 r2.lab r2\n";
    assert_eq!(lab.sh(node, hosts).await, format!("{both}10.9.9.9 web\n"));

    lab.another_driver();
    lab.driver
        .set_names(node.lab, &names("10.0.0.2 r1.lab r1\n"));
    assert_eq!(
        lab.sh(node, hosts).await,
        "10.0.0.2 r1.lab r1\n10.9.9.9 web\n"
    );
    lab.until(node, "running").await;
    lab.driver.stop(node, Duration::from_secs(1)).await.unwrap();
    lab.driver.set_names(node.lab, &two);
    lab.start(node, &again(&spec, 2)).await;
    lab.until(node, "running").await;
    assert_eq!(lab.sh(node, hosts).await, both);
    lab.driver.set_names(node.lab, &LabNames::default());
    assert_eq!(lab.sh(node, hosts).await, "127.0.1.1 r1\n");
    lab.remove(node).await;
}

#[tokio::test]
async fn files_have_their_owners_and_modes_in_place_before_the_first_process() {
    let Some(mut lab) = lab("files_have_their_owners").await else {
        return;
    };
    let file = |owner: &str, mode| FileSpec {
        content: "hello\n".into(),
        mode,
        owner: owner.into(),
    };
    let spec = with(
        container("r1", "cat /etc/deep/er/motd; exec sleep 1000"),
        |docker| {
            docker.files = BTreeMap::from([
                ("/etc/deep/er/motd".into(), file("games", 0o640)),
                ("/opt/x".into(), file("nobody-knows", 0o755)),
            ]);
        },
    );
    let node = lab.started(&spec).await;
    lab.until_log(node, "hello").await;
    let stat = "stat -c '%u %g %a' /etc/deep/er/motd /opt/x";
    assert_eq!(lab.sh(node, stat).await, "5 60 640\n0 0 755\n");
    lab.remove(node).await;
}

#[tokio::test]
async fn commands_run_once_in_order_and_one_that_fails_is_told() {
    let Some(mut lab) = lab("commands_run_once_in_order").await else {
        return;
    };
    let spec = with(container("r1", "exec sleep 1000"), |docker| {
        docker.exec = vec![
            "echo one >>/root/order".into(),
            "echo two >>/root/order; echo sorry >&2; exit 4".into(),
            "echo three >>/root/order".into(),
        ];
    });
    let node = lab.started(&spec).await;
    let seen = lab.until(node, "degraded").await;
    let why = "`echo two >>/root/order; echo sorry >&2; exit 4` ended with exit status 4 (sorry)";
    assert_eq!(seen.state.detail(), why);
    assert_eq!(lab.sh(node, "cat /root/order").await, "one\ntwo\nthree\n");
    let ends: Vec<&str> = seen
        .processes
        .iter()
        .map(|process| process.last_end.as_str())
        .collect();
    assert_eq!(
        ends,
        ["", "exit status 0", "exit status 4", "exit status 0"]
    );
    lab.another_driver();
    assert_eq!(lab.until(node, "degraded").await.state.detail(), why);
    assert_eq!(
        lab.sh(node, "cat /root/order").await,
        "one\ntwo\nthree\n",
        "once"
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn health_is_told() {
    let Some(mut lab) = lab("health_is_told").await else {
        return;
    };
    let spec = with(container("r1", "exec sleep 1000"), |docker| {
        docker.healthcheck = Some(Healthcheck {
            test: ["CMD-SHELL", "test -e /root/well"]
                .map(str::to_owned)
                .into(),
            interval_s: 1,
            timeout_s: 1,
            start_period_s: 0,
            retries: 1,
        });
    });
    let node = lab.started(&spec).await;
    let seen = lab.seen(node).await;
    assert_eq!(seen.state, NodeState::Running { booted: false });
    assert_eq!(
        lab.until(node, "degraded").await.state.detail(),
        "its health check fails"
    );
    lab.sh(node, "touch /root/well").await;
    lab.until(node, "running").await;
    lab.another_driver();
    lab.until(node, "running").await;
    lab.remove(node).await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let Some(mut lab) = lab("a_program_that_is_not_there").await else {
        return;
    };
    let spec = with(container("r1", ""), |docker| {
        docker.command = Some(["/bin/nothing", "x"].map(str::to_owned).into());
    });
    let node = lab.started(&spec).await;
    let seen = lab.until(node, "failed").await;
    let why = seen.state.detail();
    assert!(
        why.contains("exit status 127") && why.contains("/bin/nothing"),
        "{why}"
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn an_image_that_is_not_there_is_told_with_what_is_like_it() {
    let Some(mut lab) = lab("an_image_that_is_not_there").await else {
        return;
    };
    for pull in [PullPolicy::Never, PullPolicy::Missing] {
        let node = lab.node(1);
        let spec = with(container("r1", ""), |docker| {
            docker.image = "127.0.0.1:9/nova-ve-test/busybux:1".into();
            docker.pull = pull;
        });
        let told = std::sync::Mutex::new(Vec::new());
        let tell = |step: &str| told.lock().unwrap().push(step.to_owned());
        let Err(DriverError::Failed { what, why }) = lab.driver.prepare(node, &spec, &tell).await
        else {
            panic!("it cannot be had");
        };
        assert!(
            what.contains("this host has nova-ve-test/busybox:1"),
            "{what}: {why}"
        );
        let pulls = pull == PullPolicy::Missing;
        assert_eq!(!told.into_inner().unwrap().is_empty(), pulls, "{why}");
        assert!(lab.driver.observe(node.lab).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_bind_is_what_its_path_says_and_no_link_leads_elsewhere() {
    let Some(mut lab) = lab("a_bind_is_what_its_path_says").await else {
        return;
    };
    let folder = lab.data.path().canonicalize().unwrap().join("share");
    std::fs::create_dir_all(folder.join("a")).unwrap();
    std::fs::write(folder.join("a/note"), "from the host\n").unwrap();
    std::os::unix::fs::symlink("/etc", folder.join("link")).unwrap();
    let bind = |source: &str, write| Bind {
        source: folder.join(source).to_str().unwrap().into(),
        target: "/mnt/x".into(),
        write,
    };
    let binding = |bind: Bind| {
        with(container("r1", "exec sleep 1000"), |docker| {
            docker.host.binds.push(bind);
        })
    };
    let node = lab.started(&binding(bind("a", false))).await;
    assert_eq!(lab.sh(node, "cat /mnt/x/note").await, "from the host\n");
    assert!(lab.sh(node, "touch /mnt/x/y").await.contains("Read-only"));
    lab.driver.stop(node, Duration::from_secs(1)).await.unwrap();
    let refused = lab
        .driver
        .ensure(node, &again(&binding(bind("link/x11", false)), 2))
        .await;
    assert!(
        matches!(&refused, Err(DriverError::BadSpec(why)) if why.contains("link")),
        "{refused:?}"
    );

    // What the path leads to is another place by the time the container is to be let go.
    let spec = again(&binding(bind("a", true)), 3);
    lab.driver.ensure(node, &spec).await.unwrap();
    std::fs::rename(folder.join("a"), folder.join("was-a")).unwrap();
    std::fs::create_dir(folder.join("a")).unwrap();
    let refused = lab.driver.release(node).await;
    assert!(
        matches!(&refused, Err(DriverError::BadSpec(why)) if why.contains("not let go")),
        "{refused:?}"
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn names_of_one_letter_and_every_problem_at_once() {
    let Some(mut lab) = lab("names_of_one_letter").await else {
        return;
    };
    let node = lab.started(&container("x", "exec sleep 1000")).await;
    assert_eq!(lab.sh(node, "hostname").await, "x\n");
    lab.remove(node).await;
    let bad: NodeSpec = with(container("a b", ""), |docker| {
        docker.image = String::new();
        docker.tmpfs.insert("/.nova-ve".into(), String::new());
    });
    assert_eq!(lab.driver.validate(&bad).len(), 3);
}
