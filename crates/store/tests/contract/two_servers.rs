//! Two processes at one database: nothing is counted twice or lost.

use std::collections::BTreeSet;

use store::{By, Store, WishChange};

use crate::fresh::{Bench, Fresh, NOW, add, node};

const ROUNDS: u64 = 20;

async fn another(bench: &Bench) -> Store {
    Store::open(&bench.fresh.config).await.unwrap()
}

on_every_engine! {
    async fn restarts_at_once_are_all_counted(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let other = another(&bench).await;
        let restart = async |store: Store| {
            for _ in 0..ROUNDS {
                let nodes = [node(1), node(2)];
                let changed = store.change_wishes(bench.lab, &nodes, WishChange::Restart, bench.anna, NOW);
                changed.await.unwrap();
            }
        };
        tokio::join!(restart(bench.fresh.store.clone()), restart(other.clone()));
        let wishes = other.wishes(bench.lab).await.unwrap();
        assert_eq!((wishes[&node(1)].start, wishes[&node(2)].start), (2 * ROUNDS, 2 * ROUNDS));
        other.close().await;
    }

    async fn other_contents_never_share_a_generation(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let other = another(&bench).await;
        let draw = async |store: Store, name: &str| {
            let mut drawn = Vec::new();
            for round in 0..ROUNDS {
                let generation = store.spec_generation(bench.lab, &format!("{name}{round}")).await;
                drawn.push(generation.unwrap().unwrap());
            }
            drawn
        };
        let (one, two) = tokio::join!(draw(bench.fresh.store.clone(), "a"), draw(other.clone(), "b"));
        let all: BTreeSet<_> = one.iter().chain(&two).collect();
        assert_eq!(all.len() as u64, 2 * ROUNDS, "{one:?} {two:?}");
        other.close().await;
    }

    async fn one_administrator_of_a_name_is_made(fresh: Fresh) {
        let other = Store::open(&fresh.config).await.unwrap();
        let new = || store::NewUser {
            id: store::UserId(uuid::Uuid::new_v4()),
            username: "admin".into(),
            password_hash: "hash".into(),
            role: model::access::Role::Admin,
        };
        let (one, two) = tokio::join!(fresh.store.create_user(By::Machine, new(), NOW), other.create_user(By::Machine, new(), NOW));
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|made| **made).count(), 1);
        other.close().await;
    }

    async fn edits_of_one_lab_at_once_all_happen_one_after_the_other(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let edits = (1..=10).map(|id| bench.edit(bench.anna, add(id, &format!("n{id}"))));
        let mut revisions = BTreeSet::new();
        for edited in futures_of(edits).await {
            revisions.insert(edited.unwrap().revision);
        }
        assert_eq!(revisions.len(), 10);
        assert_eq!(bench.node_names().await.len(), 10);
    }
}

async fn futures_of<T>(work: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut work: Vec<_> = work.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        work.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(it) => {
                done.push(it);
                false
            }
            std::task::Poll::Pending => true,
        });
        if work.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done
}
