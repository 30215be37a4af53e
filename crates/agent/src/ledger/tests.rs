#![expect(clippy::unwrap_used, reason = "tests")]

use agent_api::ControllerId;
use model::Generation;
use tempfile::TempDir;

use super::*;
use crate::testing::{lab_id, triangle};

fn instance() -> InstanceId {
    InstanceId("test-instance".into())
}

fn open(folder: &TempDir) -> Ledger {
    Ledger::open(folder.path(), instance()).unwrap()
}

impl Ledger {
    fn keep(&mut self, lab: LabId, wish: LabEntry) -> Result<(), LedgerError> {
        let mut keeping = self.prepare(lab, wish)?;
        self.count(&mut keeping);
        keeping.finish()
    }
}

fn present(generation: u64, name: &str) -> LabEntry {
    let mut spec = triangle();
    spec.name = name.into();
    LabEntry::Present {
        generation: Generation(generation),
        spec,
    }
}

fn tombstone(generation: u64) -> LabEntry {
    LabEntry::Tombstone {
        generation: Generation(generation),
    }
}

#[test]
fn a_wish_survives_the_agent() {
    let folder = tempfile::tempdir().unwrap();
    open(&folder).keep(lab_id(), present(1, "a")).unwrap();
    let again = open(&folder);
    assert_eq!(
        again.judge(lab_id(), &present(1, "a")),
        ApplyOutcome::Unchanged
    );
    assert_eq!(
        again.judge(lab_id(), &present(2, "b")),
        ApplyOutcome::Accepted
    );
}

#[test]
fn an_older_generation_and_other_contents_are_refused_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    open(&folder).keep(lab_id(), present(5, "a")).unwrap();
    let have = Generation(5);
    let ledger = open(&folder);
    assert_eq!(
        ledger.judge(lab_id(), &present(4, "a")),
        ApplyOutcome::StaleGeneration { have }
    );
    assert_eq!(
        ledger.judge(lab_id(), &present(5, "b")),
        ApplyOutcome::Conflict { have }
    );
    assert_eq!(
        ledger.judge(lab_id(), &tombstone(5)),
        ApplyOutcome::Conflict { have }
    );
}

#[test]
fn a_fulfilled_tombstone_is_kept_and_an_older_wish_cannot_bring_the_lab_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    ledger.keep(lab_id(), present(1, "a")).unwrap();
    ledger.keep(lab_id(), tombstone(2)).unwrap();
    assert!(ledger.fulfil(lab_id(), &tombstone(2)).unwrap());
    let ledger = open(&folder);
    let have = Generation(2);
    assert_eq!(
        ledger.judge(lab_id(), &present(1, "a")),
        ApplyOutcome::StaleGeneration { have }
    );
    assert_eq!(
        ledger.judge(lab_id(), &present(3, "a")),
        ApplyOutcome::Accepted
    );
}

#[test]
fn a_wish_that_came_during_the_removal_is_not_taken_for_fulfilled() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    ledger.keep(lab_id(), present(3, "back")).unwrap();
    assert!(!ledger.fulfil(lab_id(), &tombstone(2)).unwrap());
}

#[test]
fn a_file_that_cannot_be_read_freezes_its_lab_alone() {
    let folder = tempfile::tempdir().unwrap();
    let other = LabId(uuid::Uuid::from_u128(5));
    let path = folder.path().join(format!("{}.json", lab_id()));
    let mut ledger = open(&folder);
    ledger.keep(lab_id(), present(1, "a")).unwrap();
    ledger.keep(other, tombstone(1)).unwrap();
    let whole = std::fs::read_to_string(&path).unwrap();
    let edited = whole.replace("\"generation\":1", "\"generation\":7");
    assert_ne!(edited, whole);
    for broken in [&whole[..whole.len() / 2], "", "[1]", edited.as_str()] {
        std::fs::write(&path, broken).unwrap();
        let ledger = open(&folder);
        assert!(
            matches!(ledger.get(lab_id()), Some(Entry::Frozen(_))),
            "{broken}"
        );
        assert!(matches!(
            ledger.judge(lab_id(), &present(9, "a")),
            ApplyOutcome::Invalid { .. }
        ));
        assert!(matches!(ledger.get(other), Some(Entry::Known { .. })));
    }
}

#[test]
fn two_labs_of_one_hash_do_not_share_a_host() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    let hash = |n: u128| Names::new(&instance(), LabId(uuid::Uuid::from_u128(n))).hash;
    let twin = (2..10_000_000).find(|n| hash(*n) == hash(1)).unwrap();
    let (first, second) = (
        LabId(uuid::Uuid::from_u128(1)),
        LabId(uuid::Uuid::from_u128(twin)),
    );
    ledger.keep(first, tombstone(1)).unwrap();
    assert_eq!(
        ledger.judge(second, &tombstone(1)),
        ApplyOutcome::HashTaken { by: first }
    );
    ledger.fulfil(first, &tombstone(1)).unwrap();
    assert_eq!(ledger.judge(second, &tombstone(1)), ApplyOutcome::Accepted);
}

#[test]
fn the_first_controller_is_taken_and_another_waits_for_the_administrator() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("controllers.json");
    let controllers = Controllers::new(path.clone());
    let (first, second) = (ControllerId("one".into()), ControllerId("two".into()));
    controllers.admit(&first).unwrap();
    let why = controllers.admit(&second).unwrap_err();
    assert!(why.contains("nova-ve-agent accept two"), "{why}");
    accept(&path, &second).unwrap();
    controllers.admit(&second).unwrap();
    controllers.admit(&first).unwrap();
}

#[test]
fn a_broken_list_of_controllers_admits_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("controllers.json");
    std::fs::write(&path, "{").unwrap();
    Controllers::new(path)
        .admit(&ControllerId("one".into()))
        .unwrap_err();
}

#[test]
fn a_wish_that_the_disk_did_not_take_leaves_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    ledger.keep(lab_id(), present(1, "a")).unwrap();
    let mut keeping = ledger.prepare(lab_id(), present(2, "b")).unwrap();
    ledger.count(&mut keeping);
    let taken = |ledger: &Ledger, wish| ledger.judge(lab_id(), &wish);
    assert_eq!(taken(&ledger, present(2, "b")), ApplyOutcome::Unchanged);
    ledger.take_back(keeping);
    assert_eq!(taken(&ledger, present(1, "a")), ApplyOutcome::Unchanged);
    assert_eq!(taken(&ledger, present(2, "b")), ApplyOutcome::Accepted);
    assert_eq!(
        taken(&open(&folder), present(1, "a")),
        ApplyOutcome::Unchanged
    );
}

#[test]
fn a_wish_that_ends_data_is_known_before_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    ledger.keep(lab_id(), present(1, "a")).unwrap();
    let ends = |ledger: &Ledger, wish: LabEntry| {
        let keeping = ledger.prepare(lab_id(), wish).unwrap();
        ledger.ends_data(&keeping)
    };
    let with = |change: fn(&mut LabSpec)| {
        let mut wish = present(2, "a");
        if let LabEntry::Present { spec, .. } = &mut wish {
            change(spec);
        }
        wish
    };
    assert!(!ends(&ledger, present(2, "b")), "another name");
    assert!(ends(&ledger, tombstone(2)), "the lab goes");
    let without_one = with(|spec| drop(spec.nodes.pop_first()));
    assert!(ends(&ledger, without_one), "a node goes");
    let wiped = with(|spec| spec.nodes.values_mut().for_each(|node| node.wipe += 1));
    assert!(ends(&ledger, wiped), "nodes are wiped");
    ledger.keep(lab_id(), tombstone(3)).unwrap();
    assert!(!ends(&ledger, present(4, "a")), "the lab comes again");
}
