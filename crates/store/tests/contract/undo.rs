//! Undo and redo: one's own, without limit, and never over somebody else's work.

use model::edit::Edit;
use model::{LinkState, Position};
use store::{EditError, InTheWay, UserId};

use crate::fresh::{Bench, Fresh, NOW, add, connect, link, node, remove, rename};

async fn undo(bench: &Bench, user: UserId) -> Result<String, EditError> {
    bench
        .labs
        .undo(bench.lab, user, NOW)
        .await
        .map(|edited| edited.words)
}

async fn redo(bench: &Bench, user: UserId) -> Result<String, EditError> {
    bench
        .labs
        .redo(bench.lab, user, NOW)
        .await
        .map(|edited| edited.words)
}

fn blocker(outcome: Result<String, EditError>) -> InTheWay {
    match outcome.unwrap_err() {
        EditError::InTheWay(blocker) => *blocker,
        other => panic!("{other}"),
    }
}

on_every_engine! {
    async fn everything_can_be_taken_back_and_done_again(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let anna = bench.anna;
        for edit in [add(1, "r1"), add(2, "r2"), connect(1, 1, 2), rename(1, "core"), remove(2)] {
            bench.must(anna, edit).await;
        }
        let done = bench.record().await.lab;
        for words in ["remove of node r2", "change of node core", "add of link 1", "add of node r2", "add of node r1"] {
            assert_eq!(undo(&bench, anna).await.unwrap(), words);
        }
        assert!(bench.record().await.lab.nodes.is_empty());
        assert!(matches!(undo(&bench, anna).await, Err(EditError::NothingToDo)));
        for _ in 0..5 {
            redo(&bench, anna).await.unwrap();
        }
        assert!(matches!(redo(&bench, anna).await, Err(EditError::NothingToDo)));
        let again = bench.record().await.lab;
        assert_eq!((&again.nodes, &again.links), (&done.nodes, &done.links));
    }

    async fn undo_and_redo_may_go_to_and_fro(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let anna = bench.anna;
        bench.must(anna, add(1, "r1")).await;
        bench.must(anna, add(2, "r2")).await;
        for _ in 0..3 {
            undo(&bench, anna).await.unwrap();
            undo(&bench, anna).await.unwrap();
            assert_eq!(bench.node_names().await.len(), 0);
            redo(&bench, anna).await.unwrap();
            assert_eq!(bench.node_names().await, ["r1"]);
            redo(&bench, anna).await.unwrap();
            assert_eq!(bench.node_names().await, ["r1", "r2"]);
        }
    }

    async fn a_new_edit_ends_the_chance_to_redo(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let anna = bench.anna;
        bench.must(anna, add(1, "r1")).await;
        undo(&bench, anna).await.unwrap();
        bench.must(anna, add(1, "other")).await;
        assert!(matches!(redo(&bench, anna).await, Err(EditError::NothingToDo)));
        assert_eq!(undo(&bench, anna).await.unwrap(), "add of node other");
    }

    async fn the_buttons_know_their_words(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let anna = bench.anna;
        bench.must(anna, add(1, "r1")).await;
        bench.must(anna, remove(1)).await;
        undo(&bench, anna).await.unwrap();
        let words = bench.labs.undo_words(bench.lab, anna).await.unwrap();
        assert_eq!(words.undo.as_deref(), Some("add of node r1"));
        assert_eq!(words.redo.as_deref(), Some("remove of node r1"));
        let bob = bench.bob().await;
        let words = bench.labs.undo_words(bench.lab, bob).await.unwrap();
        assert_eq!((words.undo, words.redo), (None, None));
    }

    async fn two_users_take_back_each_their_own(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let (anna, bob) = (bench.anna, bench.bob().await);
        bench.must(anna, add(1, "a1")).await;
        bench.must(bob, add(2, "b1")).await;
        bench.must(anna, add(3, "a2")).await;
        assert_eq!(undo(&bench, bob).await.unwrap(), "add of node b1");
        assert_eq!(bench.node_names().await, ["a1", "a2"]);
        assert_eq!(undo(&bench, anna).await.unwrap(), "add of node a2");
        assert_eq!(redo(&bench, bob).await.unwrap(), "add of node b1");
        assert_eq!(undo(&bench, anna).await.unwrap(), "add of node a1");
        assert_eq!(bench.node_names().await, ["b1"]);
    }

    async fn an_undo_that_would_take_anothers_link_along_says_whose(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let (anna, bob) = (bench.anna, bench.bob().await);
        bench.must(bob, add(2, "b")).await;
        bench.must(anna, add(1, "a")).await;
        let linked = bench.must(bob, connect(1, 1, 2)).await;
        let blocker = blocker(undo(&bench, anna).await);
        assert_eq!((blocker.author.as_deref(), blocker.revision), (Some("bob"), linked));
        assert_eq!(blocker.words, "add of link 1");
        assert!(blocker.to_string().starts_with("bob's add of link 1 stands in the way"));
        undo(&bench, bob).await.unwrap();
        undo(&bench, anna).await.unwrap();
    }

    async fn an_undo_that_no_longer_fits_says_whose(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let (anna, bob) = (bench.anna, bench.bob().await);
        bench.must(anna, add(1, "r1")).await;
        bench.must(anna, rename(1, "core")).await;
        bench.must(bob, remove(1)).await;
        let blocker = blocker(undo(&bench, anna).await);
        assert_eq!(blocker.author.as_deref(), Some("bob"));
        assert!(!blocker.problems.is_empty());
    }

    async fn a_redo_does_not_overwrite_another_either(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let (anna, bob) = (bench.anna, bench.bob().await);
        bench.must(anna, add(1, "r1")).await;
        bench.must(anna, rename(1, "core")).await;
        undo(&bench, anna).await.unwrap();
        bench.must(bob, rename(1, "edge")).await;
        assert_eq!(blocker(redo(&bench, anna).await).author.as_deref(), Some("bob"));
        assert_eq!(bench.node_names().await, ["edge"]);
    }

    async fn a_drag_of_another_is_not_in_the_way(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let (anna, bob) = (bench.anna, bench.bob().await);
        bench.must(anna, add(1, "r1")).await;
        bench.must(anna, rename(1, "core")).await;
        let nodes = [(node(1), Position { x: 5.0, y: 5.0 })].into();
        bench.must(bob, Edit::Move { nodes, networks: [].into() }).await;
        assert_eq!(undo(&bench, anna).await.unwrap(), "change of node core");
    }

    async fn what_another_took_back_again_is_not_in_the_way(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let (anna, bob) = (bench.anna, bench.bob().await);
        bench.must(anna, add(1, "r1")).await;
        bench.must(anna, add(2, "r2")).await;
        bench.must(anna, connect(1, 1, 2)).await;
        bench.must(bob, Edit::SetLinkState { id: link(1), state: LinkState::Cut }).await;
        assert_eq!(blocker(undo(&bench, anna).await).words, "cut of link 1");
        undo(&bench, bob).await.unwrap();
        assert_eq!(undo(&bench, anna).await.unwrap(), "add of link 1");
    }

    async fn undo_goes_on_after_a_restart(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        bench.must(bench.anna, add(2, "r2")).await;
        undo(&bench, bench.anna).await.unwrap();
        let bench = bench.restarted().await;
        assert_eq!(undo(&bench, bench.anna).await.unwrap(), "add of node r1");
        assert_eq!(redo(&bench, bench.anna).await.unwrap(), "add of node r1");
        assert_eq!(redo(&bench, bench.anna).await.unwrap(), "add of node r2");
    }

    async fn undo_has_no_end_before_the_beginning(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let anna = bench.anna;
        bench.must(anna, add(1, "start")).await;
        for step in 0..150 {
            bench.must(anna, rename(1, &format!("n{step}"))).await;
        }
        for _ in 0..150 {
            undo(&bench, anna).await.unwrap();
        }
        assert_eq!(bench.node_names().await, ["start"]);
    }
}
