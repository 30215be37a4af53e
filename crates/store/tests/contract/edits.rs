//! Edits: against a revision, whole or not at all, one after the other.

use std::fs;

use model::edit::Edit;
use model::{Lab, Revision};
use store::EditError;

use crate::fresh::{Fresh, NOW, add, connect, rename};

on_every_engine! {
    async fn an_edit_is_in_the_file_and_in_the_history(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let edited = bench.edit(bench.anna, add(1, "r1")).await.unwrap();
        assert_eq!((edited.revision, edited.words.as_str()), (Revision(2), "add of node r1"));
        let in_file: Lab = serde_json::from_str(&bench.file_text()).unwrap();
        assert_eq!(in_file, *bench.record().await.lab);
        assert_eq!(bench.node_names().await, ["r1"]);
        assert_eq!(bench.history().await, ["edit add of node r1"]);
    }

    async fn an_edit_on_an_old_revision_is_refused_with_the_new_one(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        let on = |revision| {
            let expected = Some(Revision(revision));
            bench.labs.apply_edit(bench.lab, expected, bench.anna, add(2, "r2"), NOW)
        };
        let error = on(1).await.unwrap_err();
        assert!(matches!(error, EditError::Conflict { have: Revision(2) }), "{error}");
        assert_eq!(on(2).await.unwrap().revision, Revision(3));
    }

    async fn of_two_edits_on_one_revision_one_wins(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let race = |id, name| {
            bench.labs.apply_edit(bench.lab, Some(Revision(1)), bench.anna, add(id, name), NOW)
        };
        let (one, other) = tokio::join!(race(1, "r1"), race(2, "r2"));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        assert_eq!(bench.node_names().await.len(), 1);
    }

    async fn an_invalid_edit_changes_nothing(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        let before = bench.file_text();
        let edits = vec![add(2, "r2"), connect(1, 1, 9)];
        let error = bench.edit(bench.anna, Edit::Batch { edits }).await.unwrap_err();
        assert!(matches!(error, EditError::Invalid(_)), "{error}");
        assert_eq!(bench.file_text(), before);
        assert_eq!(bench.history().await.len(), 1);
    }

    async fn a_lab_that_is_not_there_is_not_edited(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.labs.delete(bench.lab, NOW).await.unwrap();
        let error = bench.edit(bench.anna, add(1, "r1")).await.unwrap_err();
        assert!(matches!(error, EditError::NotFound), "{error}");
    }

    async fn keys_of_a_newer_version_are_kept(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.by_hand("\"nodes\"", "\"colour\": {\"of\": [\"sky\"]},\n  \"nodes\"");
        bench.must(bench.anna, add(1, "r1")).await;
        let in_file: serde_json::Value = serde_json::from_str(&bench.file_text()).unwrap();
        assert_eq!(in_file["colour"]["of"][0], "sky");
        assert_eq!(in_file["nodes"]["1"]["name"], "r1");
    }

    async fn the_file_is_the_same_whenever_the_lab_is(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        let before = bench.file_text();
        bench.must(bench.anna, rename(1, "x")).await;
        bench.must(bench.anna, rename(1, "r1")).await;
        assert_eq!(bench.file_text().replace("\"revision\": 4", "\"revision\": 2"), before);
        assert!(before.lines().count() > 10 && before.ends_with("}\n"), "{before}");
    }

    async fn a_caller_that_goes_away_does_not_break_off_a_write(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let labs = bench.labs.clone();
        let (lab, anna) = (bench.lab, bench.anna);
        for id in 1..=20 {
            let name = format!("r{id}");
            let edit = labs.apply_edit(lab, None, anna, add(id, &name), NOW);
            // Polled a few times at most, then dropped.
            let _ = tokio::time::timeout(std::time::Duration::from_micros(id * 50), edit).await;
        }
        bench.must(anna, add(100, "last")).await;
        let names = bench.node_names().await;
        let rows = bench.history().await.len();
        assert_eq!(rows, names.len(), "each node has its edit");
        let in_file: Lab = serde_json::from_str(&fs::read_to_string(bench.file()).unwrap()).unwrap();
        assert_eq!(in_file.nodes.len(), names.len());
    }

    async fn a_write_that_fails_changes_nothing(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        let before = (bench.record().await, bench.file_text());
        let in_the_way = bench.fresh.labs_folder().join(format!(".{}.json.tmp", bench.lab));
        fs::create_dir(&in_the_way).unwrap();
        let error = bench.edit(bench.anna, add(2, "r2")).await.unwrap_err();
        assert!(matches!(error, EditError::Store(_)), "{error}");
        assert!(error.to_string().contains(".json.tmp"), "{error}");
        assert_eq!((bench.record().await, bench.file_text()), before);
        let lab = crate::fresh::a_lab("New");
        let in_its_way = bench.fresh.labs_folder().join(format!(".{}.json.tmp", lab.id));
        fs::create_dir(&in_its_way).unwrap();
        bench.labs.create(lab.clone(), bench.anna, NOW).await.unwrap_err();
        let bench = bench.restarted().await;
        assert_eq!(bench.labs.ids().await.unwrap().len(), 1);
        fs::remove_dir(in_the_way).unwrap();
        fs::remove_dir(in_its_way).unwrap();
        assert_eq!(bench.must(bench.anna, add(2, "r2")).await, Revision(3));
        bench.labs.create(lab, bench.anna, NOW).await.unwrap();
    }

    async fn an_edit_nested_too_deep_is_refused(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let mut deep = serde_json::Value::Null;
        for _ in 0..80 {
            deep = serde_json::json!([deep]);
        }
        let mut node = crate::fresh::a_node("r1");
        node.extra.insert("deep".into(), deep);
        let id = crate::fresh::node(1);
        let edit = Edit::AddNode { id, node };
        assert!(matches!(bench.edit(bench.anna, edit.clone()).await, Err(EditError::Invalid(_))));
        let edits = vec![edit, crate::fresh::remove(1)];
        let error = bench.edit(bench.anna, Edit::Batch { edits }).await.unwrap_err();
        assert!(matches!(error, EditError::Invalid(_)), "{error}");
        bench.must(bench.anna, add(1, "r1")).await;
        assert_eq!(bench.history().await.len(), 1);
    }
}
