//! The sample labs and templates of this repository are what they teach.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]
#![expect(
    clippy::disallowed_methods,
    reason = "a test is the caller that reads the files"
)]

use std::path::PathBuf;

use model::names::Names;
use model::plan::plan_lab;
use model::seen::LabSeen;
use model::spec::{DriverSpec, HiddenBridge, LabSpec, ProcessKind, RunWishes, Wish, plan_spec};
use model::template::Templates;
use model::{InstanceId, Lab};

fn files(folder: &str) -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder);
    let entries = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    let mut files: Vec<_> = entries.map(read).collect();
    files.sort();
    files
}

fn templates() -> Templates {
    let files = files("templates");
    Templates::parse(
        files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    )
    .unwrap()
}

fn all_on(lab: &Lab) -> LabSpec {
    let wish = Wish {
        on: true,
        start: 1,
        wipe: 0,
    };
    let wishes: RunWishes = lab.nodes.keys().map(|id| (*id, wish)).collect();
    let names = Names::new(&InstanceId("test".into()), lab.id);
    plan_spec(lab, &wishes, &templates(), &names, HiddenBridge::OnDemand).unwrap()
}

#[test]
fn every_sample_lab_is_written_as_we_write_it_and_starts() {
    let labs = files("labs");
    assert!(labs.len() >= 3);
    for (name, text) in labs {
        let lab = formats::native::read(text.as_bytes()).unwrap();
        if std::env::var_os("NOVA_VE_WRITE_LABS").is_some() {
            let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                .join("../../labs")
                .join(&name);
            std::fs::write(path, formats::native::write(&lab)).unwrap();
            continue;
        }
        assert_eq!(
            formats::native::write(&lab),
            text,
            "{name}: run with NOVA_VE_WRITE_LABS=1"
        );
        let spec = all_on(&lab);
        for node in spec.nodes.values() {
            assert!(
                matches!(node.driver, DriverSpec::Netns(_)),
                "{name}: {node:?}"
            );
        }
        let names = Names::new(&InstanceId("test".into()), lab.id);
        let plan = plan_lab(&spec, &LabSeen::default(), &names);
        assert!(
            plan.blocked.is_empty() && !plan.add.is_empty(),
            "{name}: {plan:?}"
        );
        assert!(
            lab.description.len() > 200 && !lab.drawings.is_empty(),
            "{name} teaches something"
        );
    }
}

#[test]
fn the_ospf_routers_run_zebra_staticd_and_ospfd_and_then_read_their_configuration() {
    let (_, text) = files("labs")
        .into_iter()
        .find(|(name, _)| name.contains("ospf"))
        .unwrap();
    let spec = all_on(&formats::native::read(text.as_bytes()).unwrap());
    let DriverSpec::Netns(r1) = &spec.nodes.values().next().unwrap().driver else {
        panic!("r1 runs here")
    };
    let names: Vec<_> = r1
        .processes
        .iter()
        .map(|process| process.name.as_str())
        .collect();
    assert_eq!(names, ["mgmtd", "zebra", "staticd", "ospfd", "frr-config"]);
    assert_eq!(r1.processes[4].kind, ProcessKind::Once);
    assert_eq!(r1.files["/etc/frr/frr.conf"].owner, "frr");
    assert_eq!(r1.sysctls["net.ipv4.ip_forward"], "1");
}
