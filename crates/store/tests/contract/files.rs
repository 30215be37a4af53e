//! Files that a person changes, breaks, removes and adds while labs run.

use std::fs;

use model::{Lab, Revision};
use store::{EditError, FileState, LabChange};

use crate::fresh::{Bench, Fresh, NOW, a_lab, add, file_of, rename};

/// So late that no file is young: what was looked at once is not looked at again.
const LATER: u64 = 4_000_000_000_000;

async fn scan(bench: &Bench) -> Vec<LabChange> {
    bench.labs.rescan(NOW).await.unwrap()
}

on_every_engine! {
    async fn a_change_by_hand_is_a_new_revision(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        bench.by_hand("\"r1\"", "\"core\"");
        let (lab, revision) = (bench.lab, Revision(3));
        assert_eq!(scan(&bench).await, [LabChange::Changed { lab, revision }]);
        assert_eq!(scan(&bench).await, []);
        assert_eq!(bench.node_names().await, ["core"]);
        assert_eq!(bench.record().await.lab.revision, revision);
        assert_eq!(bench.history().await[0], "outside change of the file by hand");
        let bench = bench.restarted().await;
        assert_eq!(bench.record().await.lab.revision, revision);
    }

    async fn an_edit_sees_a_change_by_hand_that_no_scan_saw_yet(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        bench.by_hand("\"r1\"", "\"core\"");
        let edit = bench.labs.apply_edit(bench.lab, Some(Revision(2)), bench.anna, add(2, "r2"), NOW);
        assert!(matches!(edit.await, Err(EditError::Conflict { have: Revision(3) })));
        bench.must(bench.anna, add(2, "r2")).await;
        assert_eq!(bench.node_names().await, ["core", "r2"]);
        assert_eq!(scan(&bench).await.len(), 1);
    }

    async fn an_undo_reaches_over_a_change_by_hand(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        bench.must(bench.anna, add(2, "r2")).await;
        bench.by_hand("\"r1\"", "\"core\"");
        bench.labs.undo(bench.lab, bench.anna, NOW).await.unwrap();
        assert_eq!(bench.node_names().await, ["core"]);
    }

    async fn a_file_that_only_fits_without_its_line_breaks_is_shown_broken(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let good = bench.file_text();
        let numbers = vec!["1"; 3_000_000].join(",");
        let large = good.replacen('{', &format!("{{\"numbers\":[{numbers}],"), 1);
        fs::write(bench.file(), large).unwrap();
        let found = scan(&bench).await;
        assert!(matches!(&*found, [LabChange::Broken { why, .. }] if why.contains("16 MiB")));
        fs::write(bench.file(), good).unwrap();
        assert!(matches!(&*scan(&bench).await, [LabChange::Mended(_)]));
    }

    async fn a_broken_file_is_shown_and_what_was_good_stays_in_force(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        let good = bench.file_text();
        fs::write(bench.file(), &good[..good.len() / 2]).unwrap();
        assert!(matches!(&*scan(&bench).await, [LabChange::Broken { why, .. }] if why.contains("line")));
        assert_eq!(scan(&bench).await, []);
        assert_eq!(bench.node_names().await, ["r1"]);
        assert!(matches!(bench.record().await.file, FileState::Broken { .. }));
        let error = bench.edit(bench.anna, add(2, "r2")).await.unwrap_err();
        assert!(matches!(error, EditError::Broken { .. }), "{error}");
        let bench = bench.restarted().await;
        assert_eq!(bench.node_names().await, ["r1"]);
        fs::write(bench.file(), good).unwrap();
        assert_eq!(scan(&bench).await, [LabChange::Mended(bench.lab)]);
        bench.must(bench.anna, add(2, "r2")).await;
    }

    async fn a_removed_file_is_missed_and_what_was_good_stays_in_force(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        let aside = bench.fresh.labs_folder().join("aside");
        fs::rename(bench.file(), &aside).unwrap();
        assert_eq!(scan(&bench).await, [LabChange::Missing(bench.lab)]);
        assert_eq!(scan(&bench).await, []);
        assert_eq!((bench.record().await.file, bench.node_names().await), (FileState::Missing, vec!["r1".into()]));
        assert!(matches!(bench.edit(bench.anna, add(2, "r2")).await, Err(EditError::Missing)));
        assert!(bench.fresh.store.tombstones().await.unwrap().is_empty());
        let bench = bench.restarted().await;
        fs::rename(&aside, bench.file()).unwrap();
        assert_eq!(scan(&bench).await, [LabChange::Mended(bench.lab)]);
        assert_eq!(bench.record().await.file, FileState::Ok);
    }

    async fn the_last_good_contents_can_be_written_again(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        let good = bench.file_text();
        fs::write(bench.file(), "{ half").unwrap();
        assert_eq!(bench.labs.restore(bench.lab, NOW).await.unwrap().file, FileState::Ok);
        assert_eq!(bench.file_text(), good);
        assert_eq!(bench.trash(), [format!("{}-{NOW}-broken.json", bench.lab)]);
        fs::remove_file(bench.file()).unwrap();
        bench.labs.restore(bench.lab, NOW).await.unwrap();
        assert_eq!(bench.file_text(), good);
        assert_eq!(bench.must(bench.anna, add(2, "r2")).await, Revision(3));
    }

    async fn a_valid_file_put_into_the_folder_appears(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let lab = Lab { revision: Revision(12), ..a_lab("Brought along") };
        let file = file_of(&bench.fresh.labs_folder(), lab.id);
        fs::write(file, serde_json::to_string(&lab).unwrap()).unwrap();
        assert_eq!(scan(&bench).await, [LabChange::Appeared(lab.id)]);
        let record = bench.labs.get(lab.id).await.unwrap().unwrap();
        assert_eq!((record.owner.username.as_str(), record.lab.revision), ("anna", Revision(12)));
        let edited = bench.labs.apply_edit(lab.id, None, bench.anna, add(1, "r1"), NOW).await;
        assert_eq!(edited.unwrap().revision, Revision(13));
    }

    async fn an_older_copy_put_in_place_supersedes_the_edits_after_it(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        let old = bench.file_text();
        bench.must(bench.anna, rename(1, "core")).await;
        bench.must(bench.anna, add(2, "r2")).await;
        fs::write(bench.file(), old).unwrap();
        let bench = bench.restarted().await;
        let record = bench.record().await;
        assert_eq!((record.lab.revision, bench.node_names().await), (Revision(5), vec!["r1".into()]));
        assert_eq!(bench.history().await.len(), 4);
        let undone = bench.labs.undo(bench.lab, bench.anna, NOW).await.unwrap();
        assert_eq!(undone.words, "add of node r1");
    }

    async fn files_that_are_no_labs_are_told_of_and_left_alone(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let folder = bench.fresh.labs_folder();
        let broken = a_lab("x").id;
        fs::write(folder.join("my notes.json"), "{}").unwrap();
        fs::write(file_of(&folder, broken), "{").unwrap();
        fs::copy(bench.file(), file_of(&folder, a_lab("x").id)).unwrap();
        fs::write(folder.join("readme.txt"), "hello").unwrap();
        assert_eq!(scan(&bench).await, []);
        let strays = bench.labs.strays();
        assert_eq!(strays.len(), 3, "{strays:?}");
        assert!(strays.iter().any(|stray| stray.why.contains("make the file's name and the id inside the same")));
        let lab = Lab { id: broken, ..a_lab("Mended") };
        fs::write(file_of(&folder, broken), serde_json::to_string(&lab).unwrap()).unwrap();
        assert_eq!(scan(&bench).await, [LabChange::Appeared(broken)]);
        assert_eq!(bench.labs.strays().len(), 2);
    }

    async fn a_lab_that_nobody_can_own_yet_waits(fresh: Fresh) {
        let labs = fresh.labs().await;
        let lab = a_lab("Orphan");
        fs::write(file_of(&fresh.labs_folder(), lab.id), serde_json::to_string(&lab).unwrap()).unwrap();
        assert_eq!(labs.rescan(LATER).await.unwrap(), []);
        assert!(labs.strays()[0].why.contains("nova-ve-server seed"));
        fresh.user("anna", model::access::Role::Admin).await;
        assert_eq!(labs.rescan(LATER).await.unwrap(), [LabChange::Appeared(lab.id)]);
    }

    async fn files_that_lie_still_are_known_by_their_stamps(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let good = bench.file_text();
        for (text, changes) in [("{", 1), ("\u{fffd}{", 1), (good.as_str(), 1), ("", 1)] {
            fs::write(bench.file(), text).unwrap();
            assert_eq!(bench.labs.rescan(LATER).await.unwrap().len(), changes, "{text}");
            assert_eq!(bench.labs.rescan(LATER).await.unwrap(), []);
        }
    }

    async fn a_node_removed_by_hand_is_switched_off(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let empty = bench.file_text();
        bench.must(bench.anna, add(1, "r1")).await;
        let nodes = [crate::fresh::node(1)];
        let store = &bench.fresh.store;
        store.change_wishes(bench.lab, &nodes, store::WishChange::Start, bench.anna, NOW).await.unwrap();
        fs::write(bench.file(), empty).unwrap();
        scan(&bench).await;
        assert!(!store.wishes(bench.lab).await.unwrap()[&nodes[0]].on);
    }
}

/// With the real clock: a file that lies still long enough is not read again.
#[tokio::test]
async fn a_change_within_the_same_tick_and_of_the_same_size_is_seen() {
    let bench = Fresh::sqlite().await.with_a_lab().await;
    let now_ms = || {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        u64::try_from(since.as_millis()).unwrap()
    };
    bench
        .labs
        .apply_edit(bench.lab, None, bench.anna, add(1, "aaaa"), now_ms())
        .await
        .unwrap();
    bench.labs.rescan(now_ms()).await.unwrap();
    bench.by_hand("aaaa", "bbbb");
    bench.labs.rescan(now_ms()).await.unwrap();
    assert_eq!(bench.node_names().await, ["bbbb"]);
}
