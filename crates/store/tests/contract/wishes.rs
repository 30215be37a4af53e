//! Run wishes: counters that only grow.

use model::spec::RunWishes;
use store::WishChange::{Restart, Start, Stop, Wipe};
use store::{Wish, WishChange};

use crate::fresh::{Bench, Fresh, add, node, remove};

async fn change(bench: &Bench, change: WishChange) -> (bool, u64, u64) {
    let nodes = [node(1)];
    let changed = bench
        .fresh
        .store
        .change_wishes(bench.lab, &nodes, change, bench.anna, 5)
        .await;
    let Wish {
        on, start, wipe, ..
    } = changed.unwrap()[&node(1)];
    (on, start, wipe)
}

/// Node, on, starts, wipes.
fn seen<const N: usize>(nodes: [(u64, bool, u64, u64); N]) -> RunWishes {
    let nodes = nodes
        .map(|(number, on, start, wipe)| (node(number), model::spec::Wish { on, start, wipe }));
    nodes.into()
}

on_every_engine! {
    async fn two_starts_are_one_and_a_restart_is_a_new_one(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        assert_eq!(change(&bench, Start).await, (true, 1, 0));
        assert_eq!(change(&bench, Start).await, (true, 1, 0));
        assert_eq!(change(&bench, Restart).await, (true, 2, 0));
        assert_eq!(change(&bench, Stop).await, (false, 2, 0));
        assert_eq!(change(&bench, Start).await, (true, 3, 0));
    }

    async fn a_database_that_knows_nothing_takes_over_what_runs(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let seen = seen([(1, true, 5, 2), (2, false, 0, 3)]);
        assert!(bench.fresh.store.take_over_wishes(bench.lab, &seen, 5).await.unwrap());
        assert_eq!(bench.fresh.store.run_wishes(bench.lab).await.unwrap(), seen);
        assert!(!bench.fresh.store.take_over_wishes(bench.lab, &seen, 6).await.unwrap());
        assert_eq!(change(&bench, Start).await, (true, 5, 2));
        assert_eq!(change(&bench, Restart).await, (true, 6, 2));
    }

    async fn an_older_database_keeps_its_wishes_and_raises_its_counters(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        change(&bench, Start).await;
        change(&bench, Stop).await;
        let seen = seen([(1, true, 5, 2), (2, true, 4, 0)]);
        assert!(bench.fresh.store.take_over_wishes(bench.lab, &seen, 5).await.unwrap());
        let wishes = bench.fresh.store.run_wishes(bench.lab).await.unwrap();
        assert_eq!(wishes, self::seen([(1, false, 5, 2), (2, false, 4, 0)]));
        assert_eq!(change(&bench, Start).await, (true, 6, 2));
    }

    async fn two_starts_at_the_same_moment_are_one(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let (one, other) = tokio::join!(change(&bench, Start), change(&bench, Start));
        assert_eq!((one, other), ((true, 1, 0), (true, 1, 0)));
    }

    async fn only_a_stopped_node_is_wiped(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        assert_eq!(change(&bench, Wipe).await, (false, 0, 1));
        assert_eq!(change(&bench, Start).await, (true, 1, 1));
        assert_eq!(change(&bench, Wipe).await, (true, 1, 1));
    }

    async fn a_wish_survives_a_restart_of_the_server(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        change(&bench, Start).await;
        let bench = bench.restarted().await;
        let wishes = bench.fresh.store.wishes(bench.lab).await.unwrap();
        assert_eq!((wishes[&node(1)].on, wishes[&node(1)].by), (true, Some(bench.anna)));
        assert!(bench.fresh.store.run_wishes(bench.lab).await.unwrap()[&node(1)].on);
    }

    async fn a_removed_node_is_switched_off_and_its_number_starts_afresh(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        change(&bench, Start).await;
        bench.must(bench.anna, remove(1)).await;
        bench.must(bench.anna, add(1, "other")).await;
        let wish = bench.fresh.store.wishes(bench.lab).await.unwrap()[&node(1)].clone();
        assert_eq!((wish.on, wish.start, wish.wipe), (false, 1, 1));
        assert_eq!(change(&bench, Start).await, (true, 2, 1));
    }

    async fn a_start_that_comes_too_late_is_not_meant_for_the_next_node_of_that_number(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        bench.must(bench.anna, remove(1)).await;
        assert_eq!(change(&bench, Start).await, (true, 1, 0));
        bench.must(bench.anna, add(1, "other")).await;
        assert!(!bench.fresh.store.run_wishes(bench.lab).await.unwrap()[&node(1)].on);
    }

    async fn a_deleted_lab_has_nothing_on(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        change(&bench, Start).await;
        bench.labs.delete(bench.lab, 9).await.unwrap();
        assert!(!bench.fresh.store.wishes(bench.lab).await.unwrap()[&node(1)].on);
    }
}
