//! Somebody puts an interface of the host into the bridge of a lab's network by hand: it is told, and
//! taken over as the network's uplink where the host's administrator allows that.
//!
//! ```text
//! alice ── bridge of "office" ── up0 ═ up1 (10.0.10.77)
//! ```
#![expect(clippy::unwrap_used, reason = "a test")]

use api::client::Client;
use api::drift::{DriftItem, DriftList};
use model::LabId;
use model::drift::DriftKind;
use model::edit::Edit;
use model::lab::Lab;
use serde_json::Value;
use system_tests::network::{apart, ip, shown, up_with};
use system_tests::{Installation, Part, wait_for};
use tokio::runtime::Runtime;

const LAB: &str = "Switching and a router";
const NETWORK: &str = "office";
const OUTSIDE: &str = "10.0.10.77";

/// A running lab, a person who looks at it, and `up0` in the bridge of [`NETWORK`].
struct Scene {
    nova: Installation,
    runtime: Runtime,
    client: Client,
    lab: LabId,
    bridge: String,
}

impl Scene {
    fn set(agent_toml: &str) -> anyhow::Result<Self> {
        let nova = up_with(agent_toml)?;
        nova.start_sample("shared-network.json")?;
        let password = std::fs::read_to_string(nova.data().join("admin-password"))?;
        let url = nova.record()?["url"].as_str().unwrap().to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (client, _) = runtime.block_on(Client::log_in(&url, "admin", password.trim()))?;
        let lab = runtime.block_on(client.labs())?[0].id;
        let bridge = bridge_of(&nova, 1)?;
        for words in [
            "link add up0 type veth peer name up1",
            &format!("address add {OUTSIDE}/24 dev up1"),
            "link set up1 up",
            "link set up0 up",
            &format!("link set up0 master {bridge}"),
        ] {
            ip(&nova, words)?;
        }
        Ok(Self {
            nova,
            runtime,
            client,
            lab,
            bridge,
        })
    }

    fn drift(&self) -> anyhow::Result<DriftList> {
        Ok(self.runtime.block_on(self.client.drift(self.lab))?)
    }

    /// The one difference that there is.
    fn discovered(&self) -> DriftItem {
        wait_for("up0 to be told", 30, || {
            Ok(self.drift()?.items.into_iter().next())
        })
        .unwrap()
    }

    fn wait_until_as_declared(&self) {
        wait_for("the host to be as the lab declares", 30, || {
            Ok(self.drift()?.items.is_empty().then_some(()))
        })
        .unwrap();
    }

    fn declared(&self) -> Lab {
        let detail = self.runtime.block_on(self.client.lab(self.lab)).unwrap();
        detail.lab
    }

    fn edit(&self, edit: Edit) {
        let revision = self.declared().revision;
        let edited = self.client.edit(self.lab, revision, edit);
        self.runtime.block_on(edited).unwrap();
    }

    fn undo(&self) {
        let undone = self.client.undo(self.lab);
        self.runtime.block_on(undone).unwrap();
    }

    /// What the lab as a whole cannot have, as people read it.
    fn problems(&self) -> Vec<String> {
        let status = self.client.lab_status(self.lab);
        self.runtime.block_on(status).unwrap().problems
    }

    fn master(&self) -> Option<String> {
        let device = &shown(&self.nova, "dev up0").unwrap()[0];
        device["master"].as_str().map(str::to_owned)
    }

    fn wait_until_reached(&self) {
        wait_for("what is behind up0 to answer alice", 20, || {
            let answers = self.nova.pings(&format!("{LAB}/alice"), OUTSIDE);
            Ok(answers.then_some(()))
        })
        .unwrap();
    }
}

/// The kernel's name of the network's bridge.
fn bridge_of(nova: &Installation, network: u32) -> anyhow::Result<String> {
    let ends_so = |bridge: &Value| {
        let name = bridge["ifname"].as_str()?;
        (name.starts_with("nove") && name.ends_with(&format!("n{network}"))).then(|| name.into())
    };
    wait_for("the network's bridge", 10, || {
        Ok(shown(nova, "type bridge")?.iter().find_map(ends_so))
    })
}

#[test]
fn an_allowed_interface_that_somebody_joined_is_adopted_and_stays() {
    let test = "an_allowed_interface_that_somebody_joined_is_adopted_and_stays";
    apart(test, || {
        let scene = Scene::set("[allow]\nhost_interfaces = [\"up0\"]\n")?;
        let found = scene.discovered();
        let drift = &found.drift;
        assert_eq!(
            (drift.kind, &*drift.device, drift.allowed),
            (DriftKind::DiscoveredLink, "up0", true)
        );
        assert_eq!(drift.bridge.as_deref(), Some(&*scene.bridge));
        assert!(!found.can_repair, "{found:?}");
        let said = scene.nova.nova(&["lab", "drift", LAB])?;
        assert!(said.contains("up0"), "{said}");

        scene.edit(found.adopt.unwrap());
        scene.wait_until_as_declared();
        let declared = scene.declared();
        let network = declared.networks.values().find(|net| net.name == NETWORK);
        assert_eq!(network.unwrap().uplink.as_deref(), Some("up0"));
        scene.wait_until_reached();
        assert_eq!(scene.master(), Some(scene.bridge.clone()));

        scene.nova.kill_and_wait_for_another(Part::Agent)?;
        scene.wait_until_reached();
        scene.wait_until_as_declared();
        assert_eq!(scene.master(), Some(scene.bridge.clone()));

        // It is the lab's now, and so it is the lab that lets go of it.
        scene.undo();
        wait_for("up0 to be let go", 30, || {
            Ok(scene.master().is_none().then_some(()))
        })?;
        scene.wait_until_as_declared();
        scene.nova.end()
    })
    .unwrap();
}

#[test]
fn an_interface_that_is_not_allowed_is_told_and_refused() {
    let test = "an_interface_that_is_not_allowed_is_told_and_refused";
    apart(test, || {
        let scene = Scene::set("[allow]\nhost_interfaces = [\"other0\"]\n")?;
        let found = scene.discovered();
        assert_eq!(found.drift.device, "up0");
        assert!(!found.drift.allowed);
        assert_eq!(found.adopt, None);
        assert!(
            found
                .why_not
                .contains("does not name up0 in host_interfaces"),
            "{}",
            found.why_not
        );

        // Nor by an edit that the server did not offer.
        let declared = scene.declared();
        let (id, network) = declared.networks.iter().next().unwrap();
        let mut network = network.clone();
        network.uplink = Some("up0".into());
        scene.edit(Edit::SetNetwork { id: *id, network });
        wait_for("the refusal to be told", 30, || {
            let problems = scene.problems();
            let told = problems
                .iter()
                .any(|problem| problem.contains("host_interfaces in agent.toml"));
            Ok(told.then_some(()))
        })?;
        assert_eq!(scene.drift()?.items.len(), 1, "it is no uplink");
        assert_eq!(scene.master(), Some(scene.bridge.clone()), "nor touched");

        scene.undo();
        ip(&scene.nova, "link set up0 nomaster")?;
        scene.wait_until_as_declared();
        wait_for("nothing to be refused", 30, || {
            Ok(scene.problems().is_empty().then_some(()))
        })?;
        scene.nova.end()
    })
    .unwrap();
}
