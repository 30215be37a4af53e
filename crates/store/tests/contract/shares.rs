//! Shares: one right for each user and lab, and what takes them along.

use std::collections::BTreeMap;

use model::access::{Right, Role};
use store::{Page, SHARES_MAX, StoreError, UserId};

use crate::fresh::{Bench, Fresh, NOW, a_lab};

async fn share(bench: &Bench, user: UserId, right: Right) -> Result<(), StoreError> {
    bench
        .fresh
        .store
        .set_share(bench.lab, user, right, NOW)
        .await
}

on_every_engine! {
    async fn a_second_share_replaces_the_first_and_a_removed_one_is_gone(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let bob = bench.bob().await;
        let store = &bench.fresh.store;
        assert_eq!(store.share(bench.lab, bob).await.unwrap(), None);
        for right in [Right::View, Right::Operate, Right::Edit, Right::View] {
            share(&bench, bob, right).await.unwrap();
            assert_eq!(store.share(bench.lab, bob).await.unwrap(), Some(right));
        }
        let listed = store.shares(bench.lab).await.unwrap();
        assert_eq!((listed.len(), listed[0].user.id, listed[0].right), (1, bob, Right::View));
        let access = store.lab_access(bench.lab).await.unwrap().unwrap();
        assert_eq!((access.owner, access.shares), (bench.anna, BTreeMap::from([(bob, Right::View)])));
        assert!(store.remove_share(bench.lab, bob).await.unwrap());
        assert!(!store.remove_share(bench.lab, bob).await.unwrap());
        assert!(store.lab_access(bench.lab).await.unwrap().unwrap().shares.is_empty());
    }

    async fn a_list_shows_ones_own_labs_and_those_that_are_shared(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let bob = bench.bob().await;
        let own = bench.labs.create(a_lab("Own"), bob, NOW).await.unwrap().lab.id;
        let seen = async |viewer| {
            let page = bench.labs.list(viewer, &Page::default()).await.unwrap();
            page.items.iter().map(|record| record.lab.id).collect::<Vec<_>>()
        };
        assert_eq!(seen(Some(bob)).await, [own]);
        share(&bench, bob, Right::View).await.unwrap();
        assert_eq!(seen(Some(bob)).await, [bench.lab, own]);
        assert_eq!(seen(None).await, [bench.lab, own]);
        let with_bob = bench.fresh.store.shares_with(bob).await.unwrap();
        assert_eq!(with_bob, BTreeMap::from([(bench.lab, Right::View)]));
    }

    async fn shares_go_with_their_lab(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let bob = bench.bob().await;
        share(&bench, bob, Right::Edit).await.unwrap();
        assert!(bench.labs.delete(bench.lab, NOW).await.unwrap());
        assert!(bench.fresh.store.shares_with(bob).await.unwrap().is_empty());
        assert_eq!(bench.fresh.store.lab_access(bench.lab).await.unwrap(), None);
        assert!(share(&bench, bob, Right::Edit).await.is_err(), "no lab, no share");
    }

    async fn a_lab_is_shared_with_two_hundred_and_no_more(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let mut last = None;
        for n in 0..SHARES_MAX {
            let user = bench.fresh.user(&format!("user{n}"), Role::Member).await.id;
            share(&bench, user, Right::View).await.unwrap();
            last = Some(user);
        }
        let more = bench.bob().await;
        let error = share(&bench, more, Right::View).await.unwrap_err();
        assert!(matches!(error, StoreError::TooMany { .. }), "{error}");
        assert_eq!(bench.fresh.store.share(bench.lab, more).await.unwrap(), None);
        share(&bench, last.unwrap(), Right::Edit).await.unwrap();
    }
}
