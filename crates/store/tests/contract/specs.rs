//! Generations and tombstones.

use model::{Generation, Lab};
use uuid::Uuid;

use crate::fresh::{Bench, Fresh, NOW, file_of};

async fn generation(bench: &Bench, hash: &str) -> Option<u64> {
    let generation = bench
        .fresh
        .store
        .spec_generation(bench.lab, hash)
        .await
        .unwrap();
    generation.map(|generation| generation.0)
}

async fn tombstone(bench: &Bench) -> Option<u64> {
    let tombstones = bench.fresh.store.tombstones().await.unwrap();
    tombstones.get(&bench.lab).map(|generation| generation.0)
}

on_every_engine! {
    async fn other_contents_have_a_higher_generation(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        assert_eq!(generation(&bench, "a").await, Some(1));
        assert_eq!(generation(&bench, "a").await, Some(1));
        assert_eq!(generation(&bench, "b").await, Some(2));
        assert_eq!(generation(&bench, "a").await, Some(3));
        assert_eq!(generation(&bench.restarted().await, "a").await, Some(3));
    }

    async fn an_agent_that_knows_more_is_overtaken(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        generation(&bench, "a").await;
        bench.fresh.store.raise_generation(bench.lab, Generation(41)).await.unwrap();
        let raised = generation(&bench, "a").await.unwrap();
        assert!(raised > 41, "{raised}");
        bench.fresh.store.raise_generation(bench.lab, Generation(7)).await.unwrap();
        assert_eq!(generation(&bench, "a").await, Some(raised));
    }

    async fn a_deleted_lab_leaves_a_tombstone_until_no_agent_holds_it(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        assert_eq!(generation(&bench, "a").await, Some(1));
        assert_eq!(tombstone(&bench).await, None);
        bench.labs.delete(bench.lab, NOW).await.unwrap();
        assert_eq!(tombstone(&bench).await, Some(2));
        bench.fresh.store.forget_tombstone(bench.lab, Generation(1)).await.unwrap();
        assert_eq!(tombstone(&bench).await, Some(2));
        bench.fresh.store.forget_tombstone(bench.lab, Generation(2)).await.unwrap();
        assert_eq!(tombstone(&bench).await, None);
    }

    async fn a_late_pass_does_not_bring_a_deleted_lab_back(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.labs.delete(bench.lab, NOW).await.unwrap();
        assert_eq!(generation(&bench, "a").await, None);
        assert_eq!(tombstone(&bench).await, Some(1));
    }

    async fn a_lab_of_a_deleted_ones_id_goes_on_counting(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        generation(&bench, "a").await;
        bench.labs.delete(bench.lab, NOW).await.unwrap();
        bench.labs.create(Lab::new(bench.lab, "Again"), bench.anna, NOW).await.unwrap();
        assert_eq!(tombstone(&bench).await, None);
        assert!(generation(&bench, "a").await.unwrap() > 2);
    }

    async fn a_file_put_back_from_the_trash_goes_on_counting_too(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        generation(&bench, "a").await;
        bench.labs.delete(bench.lab, NOW).await.unwrap();
        let folder = bench.fresh.labs_folder();
        let trashed = folder.join(".trash").join(&bench.trash()[0]);
        std::fs::rename(trashed, file_of(&folder, bench.lab)).unwrap();
        bench.labs.rescan(NOW).await.unwrap();
        assert_eq!(tombstone(&bench).await, None);
        assert!(generation(&bench, "a").await.unwrap() > 2);
    }

    async fn the_controller_keeps_its_id(fresh: Fresh) {
        let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
        assert_eq!(fresh.store.controller_id(first).await.unwrap(), first);
        assert_eq!(fresh.store.controller_id(second).await.unwrap(), first);
    }
}
