//! The real program with containers: links between them and hosts, and what people do to them by hand.
//!
//! The engine is that of `DOCKER_HOST`, or of `/var/run/docker.sock`; where none answers each test says so.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use agent_api::{AgentClient, ApplyOutcome, LabEntry};
use model::Generation;
use model::lab::{Address, After, Reached};
use model::spec::{ConsoleSpec, DockerSpec, DriverSpec, LabSpec, RunWish};
use model::status::{LabStatus, NodeState, Plumbed};

use super::common::{
    self, Daemon, eventually, exec, in_own_namespace, lab_id, node_id, two_hosts, wish, wish_of,
};

const IMAGE: &str = "nova-ve-test/busybox:1";
/// As `docker import` of a folder with nothing but busybox in it.
const MAKE_IMAGE: &str = r#"
set -e
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/bin" "$dir/etc" "$dir/root"
cp /bin/busybox "$dir/bin/busybox"
for name in sh ls cat ip ping sleep echo hostname ps kill nc grep wc dd true env stat id; do ln -s busybox "$dir/bin/$name"; done
printf 'root:x:0:0:root:/root:/bin/sh\ngames:x:5:60:games:/:/bin/sh\n' >"$dir/etc/passwd"
tar -C "$dir" -c . | docker import - "$1" >/dev/null
"#;

fn story<F: Future<Output = ()>>(test: &str, tell: impl FnOnce(Daemon) -> F) {
    in_own_namespace(&format!("containers::{test}"), || {
        if let Err(why) = has_engine() {
            eprintln!("SKIP {test}: {why}");
            return;
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let data = Arc::new(tempfile::tempdir().unwrap());
            // Containers have names of their instance's, and tests run side by side.
            let instance = uuid::Uuid::new_v4().to_string();
            std::fs::write(data.path().join("instance_id"), &instance).unwrap();
            std::fs::create_dir(data.path().join("points")).unwrap();
            let folder = common::SweptAtTheEnd(data.clone());
            tell(Daemon::start_in(data).await).await;
            common::sweep_leaves_nothing(&folder.0);
            let filter = format!("label=nova-ve.instance={instance}");
            assert_eq!(
                docker(&["ps", "-aq", "--filter", &filter]),
                "",
                "what is left"
            );
        });
    });
}

fn has_engine() -> Result<(), String> {
    let found = Command::new("docker")
        .args(["version", "--format", "{{.Server.Version}}"])
        .output();
    let found = found.map_err(|error| format!("there is no docker command ({error})"))?;
    if !found.status.success() {
        let said = String::from_utf8_lossy(&found.stderr).trim().to_owned();
        return Err(format!(
            "no Docker engine answers ({said}); ./x setup test starts one"
        ));
    }
    if docker(&["image", "inspect", "--format", "ok", IMAGE]) == "ok" {
        return Ok(());
    }
    let made = Command::new("sh")
        .args(["-c", MAKE_IMAGE, "sh", IMAGE])
        .status();
    match made {
        Ok(status) if status.success() => Ok(()),
        _ => Err("the tests' image cannot be made; install busybox-static".into()),
    }
}

fn docker(words: &[&str]) -> String {
    let done = Command::new("docker").args(words).output().unwrap();
    let text = [done.stdout, done.stderr].concat();
    String::from_utf8_lossy(&text).trim().to_owned()
}

/// The name of node 1's container.
fn container_of_node_1(data: &tempfile::TempDir) -> String {
    let instance = std::fs::read_to_string(data.path().join("instance_id")).unwrap();
    let label = format!("label=nova-ve.instance={instance}");
    let names = docker(&["ps", "-a", "--filter", &label, "--format", "{{.Names}}"]);
    let name = names.lines().find(|name| name.ends_with("-1"));
    name.unwrap_or_default().to_owned()
}

fn docker_spec(hostname: &str) -> DockerSpec {
    let shell = ConsoleSpec {
        argv: vec!["/bin/sh".into()],
    };
    DockerSpec {
        image: IMAGE.into(),
        hostname: hostname.into(),
        command: Some(
            ["/bin/sh", "-c", "ip -o link; exec sleep 100000"]
                .map(str::to_owned)
                .into(),
        ),
        consoles: BTreeMap::from([("shell".into(), shell)]),
        ..DockerSpec::default()
    }
}

/// `h1` is a container and `h2` is none; they have the first and second
/// address of 10.0.0.0/24 and of `fd00::/64` on one link.
fn container_and_host() -> LabSpec {
    let mut spec = two_hosts();
    for (id, node) in &mut spec.nodes {
        let address = Address(format!("fd00::{id}/64").parse().unwrap());
        let interface = node.interfaces.values_mut().next().unwrap();
        interface.addresses.push(address);
        if *id == node_id(1) {
            node.driver = DriverSpec::Docker(Box::new(docker_spec("h1")));
        }
    }
    spec
}

fn change(spec: &mut LabSpec, node: u64, act: impl FnOnce(&mut DockerSpec)) {
    let node = spec.nodes.get_mut(&node_id(node)).unwrap();
    let DriverSpec::Docker(docker) = &mut node.driver else {
        panic!("a container");
    };
    act(docker);
}

async fn status(agent: &dyn AgentClient) -> Option<LabStatus> {
    agent.status().await.ok()?.labs.remove(&lab_id())
}

async fn both_run(agent: &dyn AgentClient) {
    eventually("both run and their link is plumbed", || async {
        let Some(lab) = status(agent).await else {
            return false;
        };
        let runs = NodeState::Running { booted: true };
        lab.nodes.len() == 2
            && lab.nodes.values().all(|node| node.state == runs)
            && lab
                .links
                .values()
                .all(|link| link.plumbed == Plumbed::Yes && link.a.carrier && link.b.carrier)
    })
    .await;
}

async fn until_state(agent: &dyn AgentClient, node: u64, word: &str) -> NodeState {
    let state = std::sync::Mutex::new(NodeState::Stopped);
    eventually(&format!("node {node} is {word}"), || async {
        let Some(lab) = status(agent).await else {
            return false;
        };
        let Some(node) = lab.nodes.get(&node_id(node)) else {
            return false;
        };
        *state.lock().unwrap() = node.state.clone();
        node.state.word() == word
    })
    .await;
    state.into_inner().unwrap()
}

async fn reach_each_other(agent: &dyn AgentClient) {
    for (from, to) in [
        (1, "10.0.0.2"),
        (2, "10.0.0.1"),
        (1, "fd00::2"),
        (2, "fd00::1"),
    ] {
        eventually(&format!("node {from} reaches {to}"), || async {
            let ping = exec(agent, from, &["ping", "-c", "1", "-W", "1", to]).await;
            ping.status == 0
        })
        .await;
    }
}

#[test]
fn a_container_and_a_host_reach_each_other() {
    story(
        "a_container_and_a_host_reach_each_other",
        |daemon| async move {
            let data = daemon.folder();
            let agent = daemon.client().await;
            let outcome = agent
                .apply(wish(&*agent, 1, container_and_host()))
                .await
                .unwrap();
            assert_eq!(outcome[&lab_id()], ApplyOutcome::Accepted);
            both_run(&*agent).await;
            reach_each_other(&*agent).await;
            let seen = exec(&*agent, 1, &["ip", "-o", "link", "show", "dev", "eth0"])
                .await
                .text;
            assert!(
                seen.contains("mtu 9500") && seen.contains("02:00:00:00:00:01"),
                "{seen}"
            );
            let first = docker(&["logs", &container_of_node_1(&data)]);
            assert!(first.contains("eth0"), "its first process saw it: {first}");
            assert_eq!(exec(&*agent, 1, &["hostname"]).await.text.trim(), "h1");
            carry_streams(&*agent, &container_of_node_1(&data)).await;
            let gone = LabEntry::Tombstone {
                generation: Generation(2),
            };
            agent.apply(wish_of(&*agent, gone).unwrap()).await.unwrap();
            eventually("the lab is removed", || async {
                agent
                    .status()
                    .await
                    .unwrap()
                    .removed
                    .contains_key(&lab_id())
            })
            .await;
            assert_eq!(container_of_node_1(&data), "");
            daemon.stop().await;
        },
    );
}

/// Segments larger than a packet, whose checksums nobody has computed yet, pass between both kinds.
async fn carry_streams(agent: &dyn AgentClient, container: &str) {
    const BYTES: &str = "dd if=/dev/zero bs=64k count=64 2>/dev/null";
    let listen =
        "rm -f /tmp/got; mkdir -p /tmp; (nc -l -p 7000 >/tmp/got </dev/null &) >/dev/null 2>&1";
    let host_listen = "python3 -c 'import socket
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind((\"10.0.0.2\",7001)); s.listen()
c,_=s.accept(); n=0
while True:
  b=c.recv(65536)
  if not b: break
  n+=len(b)
print(n)'";
    let _ = exec(agent, 1, &["sh", "-c", listen]).await;
    let send = format!("{BYTES} | python3 -c 'import socket,sys
s=socket.create_connection((\"10.0.0.1\",7000)); s.sendall(sys.stdin.buffer.read()); s.shutdown(1); s.recv(1)'");
    let ended = exec(agent, 2, &["sh", "-c", &send]).await;
    assert_eq!(ended.status, 0, "{}", ended.text);
    let got = exec(agent, 1, &["sh", "-c", "cat /tmp/got | wc -c"]).await;
    assert_eq!(got.text.trim(), "4194304", "to the container");
    let listen = ["sh", "-c", host_listen];
    let listening = exec(agent, 2, &listen);
    let to_host = format!("sleep 0.5; {BYTES} | nc -w 5 10.0.0.2 7001");
    let send = ["sh", "-c", &to_host];
    let sending = exec(agent, 1, &send);
    let (got, _) = tokio::join!(listening, sending);
    assert_eq!(got.text.trim(), "4194304", "to the host");
    // Busybox has no datagrams, so a program of the host's answers in the container's namespace.
    let pid = docker(&["inspect", "--format", "{{.State.Pid}}", container]);
    let answer = "import socket
s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('10.0.0.1',7002))
while True:
  b,a=s.recvfrom(9000); s.sendto(b,a)";
    let mut answering = Command::new("nsenter")
        .arg(format!("--net=/proc/{pid}/ns/net"))
        .args(["python3", "-c", answer])
        .spawn()
        .unwrap();
    let ask = "python3 -c 'import socket
s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5); s.sendto(b\"x\"*3000, (\"10.0.0.1\",7002))
print(len(s.recv(9000)))'";
    eventually("a datagram comes back", || async {
        let got = exec(agent, 2, &["sh", "-c", ask]).await;
        got.text.trim() == "3000"
    })
    .await;
    answering.kill().unwrap();
    answering.wait().unwrap();
}

#[test]
fn what_is_done_to_a_container_by_hand_is_mended() {
    story(
        "what_is_done_to_a_container_by_hand_is_mended",
        |daemon| async move {
            let data = daemon.folder();
            let agent = daemon.client().await;
            agent
                .apply(wish(&*agent, 1, container_and_host()))
                .await
                .unwrap();
            both_run(&*agent).await;
            for act in [
                ["restart", "-t", "0"].as_slice(),
                &["kill"],
                &["rm", "-f"],
                &["stop", "-t", "0"],
            ] {
                let name = container_of_node_1(&data);
                docker(&[act, &[name.as_str()]].concat());
                let begun = std::time::Instant::now();
                reach_each_other(&*agent).await;
                both_run(&*agent).await;
                println!(
                    "after {act:?} right again within {} ms",
                    begun.elapsed().as_millis()
                );
            }
            // What a stop means for the other end of the link.
            let mut stopped = container_and_host();
            stopped.nodes.get_mut(&node_id(1)).unwrap().run = RunWish::Off;
            agent.apply(wish(&*agent, 2, stopped)).await.unwrap();
            eventually("h2 has lost its carrier", || async {
                let carrier = exec(&*agent, 2, &["cat", "/sys/class/net/eth0/carrier"]).await;
                carrier.text.trim() == "0"
            })
            .await;
            let mut again = container_and_host();
            again.nodes.get_mut(&node_id(1)).unwrap().run = RunWish::On { start: 2 };
            agent.apply(wish(&*agent, 3, again)).await.unwrap();
            both_run(&*agent).await;
            reach_each_other(&*agent).await;
            daemon.stop().await;
        },
    );
}

#[test]
fn an_agent_that_is_killed_at_any_moment_goes_on_with_its_containers() {
    let test = "an_agent_that_is_killed_at_any_moment_goes_on_with_its_containers";
    story(test, |mut daemon| async move {
        let data = daemon.folder();
        for round in 1..=8 {
            let agent = daemon.client().await;
            let mut spec = container_and_host();
            for node in spec.nodes.values_mut() {
                node.run = RunWish::On { start: round };
            }
            agent.apply(wish(&*agent, round, spec)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(120 * round)).await;
            daemon = daemon.kill_and_start_again().await;
            let agent = daemon.client().await;
            both_run(&*agent).await;
            reach_each_other(&*agent).await;
        }
        let agent = daemon.client().await;
        let before = docker(&[
            "inspect",
            "--format",
            "{{.State.Pid}}",
            &container_of_node_1(&data),
        ]);
        let daemon = daemon.kill_and_start_again().await;
        both_run(&*daemon.client().await).await;
        let after = docker(&[
            "inspect",
            "--format",
            "{{.State.Pid}}",
            &container_of_node_1(&data),
        ]);
        assert_eq!(before, after, "a running container is left alone");
        drop(agent);
        daemon.stop().await;
    });
}

/// Of making and ending a container, by their names; see `runtime::faults`.
const POINTS: [&str; 6] = [
    "its folder is prepared",
    "its container is made",
    "its container is started",
    "its gate has knocked",
    "its container is let go",
    "its container has ended",
];

#[test]
fn an_agent_that_is_killed_between_any_two_steps_makes_the_same_container() {
    let test = "an_agent_that_is_killed_between_any_two_steps_makes_the_same_container";
    story(test, |mut daemon| async move {
        let data = daemon.folder();
        let points = data.path().join("points");
        let agent = daemon.client().await;
        agent
            .apply(wish(&*agent, 1, container_and_host()))
            .await
            .unwrap();
        both_run(&*agent).await;
        let node = container_of_node_1(&data).replace("nova-ve-", "");
        for (point, round) in POINTS.iter().zip(2..) {
            let agent = daemon.client().await;
            let mut spec = container_and_host();
            spec.nodes.get_mut(&node_id(1)).unwrap().run = RunWish::On { start: round };
            // Another container each time.
            change(&mut spec, 1, |docker| {
                docker.env.insert("ROUND".into(), round.to_string());
            });
            kill_at(&points, &format!("{node}: {point}"));
            // The agent may be gone before it answers.
            let _ = agent.apply(wish(&*agent, round, spec)).await;
            daemon = daemon.start_again().await;
            assert!(points.join("hit").exists(), "{point} is never passed");
            let agent = daemon.client().await;
            both_run(&*agent).await;
            reach_each_other(&*agent).await;
            let round_inside = exec(&*agent, 1, &["sh", "-c", "echo $ROUND"]).await.text;
            assert_eq!(round_inside.trim(), round.to_string(), "after {point}");
        }
        let agent = daemon.client().await;
        kill_at(&points, &format!("{node}: its folder is to go"));
        let gone = LabEntry::Tombstone {
            generation: Generation(99),
        };
        let _ = agent.apply(wish_of(&*agent, gone).unwrap()).await;
        daemon = daemon.start_again().await;
        let agent = daemon.client().await;
        eventually("the lab is removed", || async {
            agent
                .status()
                .await
                .unwrap()
                .removed
                .contains_key(&lab_id())
        })
        .await;
        assert_eq!(container_of_node_1(&data), "");
        daemon.stop().await;
    });
}

/// `cargo test … -- --ignored --nocapture forty`: request to all links up, and to all gone.
#[test]
#[ignore = "a measurement"]
fn forty_containers_in_a_ring_of_degree_five() {
    story(
        "forty_containers_in_a_ring_of_degree_five",
        |daemon| async move {
            let agent = daemon.client().await;
            for round in 1..=3 {
                let begun = std::time::Instant::now();
                agent
                    .apply(wish(&*agent, round * 2, ring(40, 5, round)))
                    .await
                    .unwrap();
                eventually("all run and are linked", || async {
                    let Some(lab) = status(&*agent).await else {
                        return false;
                    };
                    let runs = NodeState::Running { booted: true };
                    lab.links.len() == 200
                        && lab.nodes.values().all(|node| node.state == runs)
                        && lab.links.values().all(|link| {
                            link.plumbed == Plumbed::Yes && link.a.carrier && link.b.carrier
                        })
                })
                .await;
                let up = begun.elapsed();
                let begun = std::time::Instant::now();
                let gone = LabEntry::Tombstone {
                    generation: Generation(round * 2 + 1),
                };
                agent.apply(wish_of(&*agent, gone).unwrap()).await.unwrap();
                eventually("the lab is removed", || async {
                    agent
                        .status()
                        .await
                        .unwrap()
                        .removed
                        .contains_key(&lab_id())
                })
                .await;
                println!(
                    "up {} ms, down {} ms",
                    up.as_millis(),
                    begun.elapsed().as_millis()
                );
            }
            daemon.stop().await;
        },
    );
}

/// Each node is linked to the next ones.
fn ring(nodes: u64, degree: u64, start: u64) -> LabSpec {
    let mut spec = container_and_host();
    let model = spec.nodes.remove(&node_id(1)).unwrap();
    spec.nodes.clear();
    spec.links.clear();
    for n in 0..nodes {
        let mut node = model.clone();
        node.run = RunWish::On { start };
        let interface = node.interfaces.values().next().unwrap().clone();
        node.interfaces = (0..degree * 2)
            .map(|i| {
                let mut interface = interface.clone();
                interface.name = format!("eth{i}");
                interface.mac.0[4] = u8::try_from(n).unwrap();
                interface.mac.0[5] = u8::try_from(i).unwrap();
                interface.addresses.clear();
                (i.try_into().unwrap(), interface)
            })
            .collect();
        spec.nodes.insert(node_id(n + 1), node);
        for i in 0..degree {
            let end = |node: u64, interface: u64| model::End::Interface {
                node: node_id(node + 1),
                interface: interface.try_into().unwrap(),
            };
            let id: u64 = n * degree + i + 1;
            let link = model::spec::LinkSpec {
                a: end(n, i),
                b: end((n + i + 1) % nodes, degree + i),
                network: Some(id.try_into().unwrap()),
                state: model::LinkState::Up,
            };
            spec.links.insert(id.try_into().unwrap(), link);
        }
    }
    spec
}

fn kill_at(points: &std::path::Path, point: &str) {
    // Left by the one before, if there was one.
    let _ = std::fs::remove_file(points.join("hit"));
    std::fs::write(points.join("armed"), format!("agent {point}")).unwrap();
}

#[test]
fn a_container_waits_for_what_it_is_to_wait_for() {
    story(
        "a_container_waits_for_what_it_is_to_wait_for",
        |daemon| async move {
            let agent = daemon.client().await;
            let mut spec = container_and_host();
            spec.nodes.get_mut(&node_id(2)).unwrap().run = RunWish::Off;
            let after = After {
                node: node_id(2),
                reached: Reached::Healthy,
            };
            change(&mut spec, 1, |docker| docker.after = vec![after]);
            agent.apply(wish(&*agent, 1, spec.clone())).await.unwrap();
            let state = until_state(&*agent, 1, "waiting").await;
            assert_eq!(state.detail(), "h2 to be healthy");
            spec.nodes.get_mut(&node_id(2)).unwrap().run = RunWish::On { start: 1 };
            agent.apply(wish(&*agent, 2, spec)).await.unwrap();
            both_run(&*agent).await;
            daemon.stop().await;
        },
    );
}

#[test]
fn a_container_that_cannot_start_says_what_to_do() {
    story(
        "a_container_that_cannot_start_says_what_to_do",
        |daemon| async move {
            let agent = daemon.client().await;
            let mut spec = container_and_host();
            change(&mut spec, 1, |docker| {
                docker.image = "nova-ve-test/busybux:1".into();
            });
            agent.apply(wish(&*agent, 1, spec.clone())).await.unwrap();
            let state = until_state(&*agent, 1, "failed").await;
            let why = state.detail();
            assert!(
                why.contains("this host has nova-ve-test/busybox:1"),
                "{why}"
            );
            assert!(why.contains("nova-ve image pull"), "{why}");
            change(&mut spec, 1, |docker| {
                docker.image = IMAGE.into();
                docker.command = Some(["/bin/nothing"].map(str::to_owned).into());
            });
            spec.nodes.get_mut(&node_id(1)).unwrap().run = RunWish::On { start: 2 };
            agent.apply(wish(&*agent, 2, spec.clone())).await.unwrap();
            eventually("its program is named", || async {
                let lab = status(&*agent).await.unwrap();
                lab.nodes[&node_id(1)]
                    .state
                    .detail()
                    .contains("/bin/nothing")
            })
            .await;
            change(&mut spec, 1, |docker| {
                docker.host.capabilities.insert("SYS_ADMIN".into());
            });
            let outcome = agent.apply(wish(&*agent, 3, spec)).await.unwrap();
            let refused = format!("{:?}", outcome[&lab_id()]);
            assert!(refused.contains("capabilities in agent.toml"), "{refused}");
            daemon.stop().await;
        },
    );
}
