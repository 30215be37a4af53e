//! The audit log.

use store::{AuditEntry, AuditFilter, Page};
use uuid::Uuid;

use crate::fresh::Fresh;

fn entry(at_ms: u64, username: &str, action: &str) -> AuditEntry {
    AuditEntry {
        id: Uuid::new_v4(),
        at_ms,
        user: None,
        username: username.into(),
        action: action.into(),
        subject: "a lab".into(),
        is_refused: at_ms % 2 == 1,
        detail: "detail".into(),
        address: "192.0.2.7".into(),
        request_id: "r1".into(),
    }
}

on_every_engine! {
    async fn the_audit_log_tells_who_did_what_newest_first(fresh: Fresh) {
        let anna = fresh.user("anna", model::access::Role::Admin).await;
        let first = entry(1, "", "create_session");
        let then = AuditEntry { user: Some(anna.id), ..entry(2, "anna", "delete_lab") };
        for entry in [&first, &then] {
            fresh.store.audit(entry.clone()).await.unwrap();
        }
        let log = fresh.store.audit_log(&AuditFilter::default(), &Page::default()).await.unwrap();
        assert_eq!(log.items, [then, first]);
    }

    async fn the_log_is_filtered_before_it_is_paged(fresh: Fresh) {
        for at_ms in 0..20 {
            let (name, action) = [("anna", "a"), ("bob", "b")][usize::from(at_ms % 4 == 0)];
            fresh.store.audit(entry(at_ms, name, action)).await.unwrap();
        }
        let times = async |filter: AuditFilter, limit| {
            let page = Page { after: None, limit };
            let listed = fresh.store.audit_log(&filter, &page).await.unwrap();
            listed.items.iter().map(|entry| entry.at_ms).collect::<Vec<_>>()
        };
        let of_bob = AuditFilter { username: "bob".into(), ..AuditFilter::default() };
        assert_eq!(times(of_bob.clone(), 3).await, [16, 12, 8]);
        let between = AuditFilter { since_ms: Some(4), until_ms: Some(12), ..of_bob };
        assert_eq!(times(between, 10).await, [8, 4]);
        let acts = AuditFilter { action: "a".into(), since_ms: Some(17), ..AuditFilter::default() };
        assert_eq!(times(acts, 10).await, [19, 18, 17]);
    }

    async fn what_is_old_is_forgotten(fresh: Fresh) {
        for at_ms in [1, 2, 3] {
            fresh.store.audit(entry(at_ms, "", "x")).await.unwrap();
        }
        assert_eq!(fresh.store.expire_audit(3).await.unwrap(), 2);
        let log = fresh.store.audit_log(&AuditFilter::default(), &Page::default()).await.unwrap();
        assert_eq!(log.items[0].at_ms, 3);
    }
}
