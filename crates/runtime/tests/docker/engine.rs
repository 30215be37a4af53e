//! An engine that goes away and comes back: one of the test's own, so that nobody else's containers end.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use model::seen::NodePhase;
use runtime::NodeDriver;
use runtime::docker::{Config, Driver};

use super::lab::{container, lab_on};

/// `dockerd` on a folder of its own, without any network of its own.
struct Engine {
    folder: tempfile::TempDir,
    process: Option<Child>,
}

impl Engine {
    async fn start(test: &str) -> Option<Self> {
        let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
        if !nix::unistd::geteuid().is_root() || !has("dockerd") {
            eprintln!("SKIP {test}: it needs root and dockerd, to start an engine of its own");
            return None;
        }
        // On a disk: an overlay of its images does not stand on one in memory.
        let folder = tempfile::tempdir_in("/var/tmp").unwrap();
        let mut engine = Self {
            folder,
            process: None,
        };
        engine.start_again().await;
        Some(engine)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }

    async fn start_again(&mut self) {
        let at = |name: &str| self.folder.path().join(name);
        let log = std::fs::File::create(at("log")).unwrap();
        let mut dockerd = Command::new("dockerd");
        let option = |name: &str, path: &Path| format!("{name}={}", path.display());
        dockerd
            .arg(option("--data-root", &at("data")))
            .arg(option("--exec-root", &at("exec")))
            .arg(option("--pidfile", &at("pid")))
            .arg(format!("--host=unix://{}", self.socket().display()))
            .args(["--bridge=none", "--iptables=false", "--ip-forward=false"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        self.process = Some(dockerd.spawn().unwrap());
        let deadline = Instant::now() + Duration::from_mins(1);
        while std::os::unix::net::UnixStream::connect(self.socket()).is_err() {
            let said = std::fs::read_to_string(at("log")).unwrap_or_default();
            assert!(
                Instant::now() < deadline,
                "dockerd does not come up: {said}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// SIGTERM, and its end, with every container's.
    fn stop(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let pid = nix::unistd::Pid::from_raw(process.id().try_into().unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        process.wait().unwrap();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
        for mount in std::fs::read_to_string("/proc/mounts")
            .unwrap_or_default()
            .lines()
        {
            let path = mount.split(' ').nth(1).unwrap_or_default();
            if path.starts_with(self.folder.path().to_str().unwrap()) {
                // What is not mounted any more is as good.
                let _ = nix::mount::umount2(path, nix::mount::MntFlags::MNT_DETACH);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_that_ended_with_their_engine_are_to_be_made_again() {
    let test = "containers_that_ended_with_their_engine";
    let Some(mut engine) = Engine::start(test).await else {
        return;
    };
    let Some(mut lab) = lab_on(test, engine.socket()).await else {
        return;
    };
    let spec = container("r1", "exec sleep 1000");
    let node = lab.started(&spec).await;
    lab.until(node, "running").await;
    engine.stop();
    let seen = lab.until(node, "stopped").await;
    assert_eq!((seen.phase, seen.start), (NodePhase::Data, 0));
    let why = lab.driver.capabilities()[0].cannot_run.clone().unwrap();
    assert!(why.contains("no Docker engine answers at"), "{why}");

    // Whoever starts it meanwhile waits for the engine.
    let (driver, wanted) = (lab.driver.clone(), spec.clone());
    let starting = tokio::spawn(async move {
        driver.prepare(node, &wanted, &|_| ()).await?;
        driver.ensure(node, &wanted).await
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!starting.is_finished());
    engine.start_again().await;
    starting.await.unwrap().unwrap();
    lab.driver.release(node).await.unwrap();
    lab.until(node, "running").await;
    assert_eq!(lab.sh(node, "cat /proc/1/comm").await, "sleep\n");

    // And one that ended with its engine while no agent looked.
    let data = lab.data.clone();
    let stopped = Config::new(
        &data.path().join("elsewhere"),
        model::InstanceId("none".into()),
        None,
    );
    lab.driver = Driver::new(stopped).unwrap();
    engine.stop();
    engine.start_again().await;
    lab.another_driver();
    let seen = lab.until(node, "stopped").await;
    assert_eq!(seen.start, 0);
    lab.start(node, &spec).await;
    lab.until(node, "running").await;
    lab.remove(node).await;
    drop(lab);
}
