//! What an administrator allowed a lab: kept, replaced, gone with the lab, never more than the limit.

use std::collections::BTreeSet;

use model::reach::{Ask, Reach};
use store::{ALLOWANCES_MAX, StoreError};

use crate::fresh::{Fresh, NOW};

fn bind(what: &str) -> Ask {
    Ask::new(Reach::Bind, what)
}

on_every_engine! {
    async fn what_is_allowed_is_added_to_and_replaced(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let (store, lab) = (&bench.fresh.store, bench.lab);
        let first = BTreeSet::from([bind("/srv/a"), Ask::new(Reach::Privileged, "")]);
        let second = BTreeSet::from([bind("/srv/a"), bind("/srv/b")]);
        store.allow(lab, &first, bench.anna, NOW).await.unwrap();
        store.allow(lab, &second, bench.anna, NOW).await.unwrap();
        let both = first.union(&second).cloned().collect::<BTreeSet<_>>();
        assert_eq!(store.allowed(lab).await.unwrap(), both);
        store.set_allowed(lab, &second, bench.anna, NOW).await.unwrap();
        assert_eq!(store.allowed(lab).await.unwrap(), second);
        assert!(bench.labs.delete(lab, NOW).await.unwrap());
        assert_eq!(store.allowed(lab).await.unwrap(), BTreeSet::new());
    }

    async fn a_lab_is_allowed_a_thousand_things_at_most(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let (store, lab) = (&bench.fresh.store, bench.lab);
        let most = (0..ALLOWANCES_MAX).map(|n| bind(&format!("/srv/{n}")));
        store.allow(lab, &most.collect(), bench.anna, NOW).await.unwrap();
        let more = BTreeSet::from([bind("/srv/more")]);
        let refused = store.allow(lab, &more, bench.anna, NOW).await;
        assert!(matches!(refused, Err(StoreError::TooMany { .. })), "{refused:?}");
        assert!(!store.allowed(lab).await.unwrap().contains(&bind("/srv/more")));
    }
}
