//! Jobs and the audit log: long lists, by pages.

use model::LabId;
use serde_json::json;
use store::{AuditEntry, JobRow, Page};
use uuid::Uuid;

use crate::fresh::Fresh;

fn job(lab: LabId, started_ms: u64) -> JobRow {
    JobRow {
        id: Uuid::new_v4(),
        lab,
        started_ms,
        ended_ms: None,
        body: json!({ "done": 0 }),
    }
}

on_every_engine! {
    async fn a_job_is_known_until_a_day_after_its_end(fresh: Fresh) {
        let mut job = job(LabId(Uuid::new_v4()), 10);
        fresh.store.put_job(&job).await.unwrap();
        assert_eq!(fresh.store.unfinished_jobs().await.unwrap(), [job.clone()]);
        assert_eq!(fresh.store.expire_jobs(1_000).await.unwrap(), 0);
        (job.ended_ms, job.body) = (Some(20), json!({ "done": 3 }));
        fresh.store.put_job(&job).await.unwrap();
        assert_eq!(fresh.store.job(job.id).await.unwrap(), Some(job.clone()));
        assert_eq!(fresh.store.unfinished_jobs().await.unwrap(), []);
        assert_eq!(fresh.store.expire_jobs(20).await.unwrap(), 0);
        assert_eq!(fresh.store.expire_jobs(21).await.unwrap(), 1);
        assert_eq!(fresh.store.job(job.id).await.unwrap(), None);
    }

    async fn jobs_are_listed_newest_first_by_pages(fresh: Fresh) {
        let (ours, other) = (LabId(Uuid::new_v4()), LabId(Uuid::new_v4()));
        for started_ms in 0..7 {
            fresh.store.put_job(&job(ours, started_ms / 3)).await.unwrap();
            fresh.store.put_job(&job(other, started_ms)).await.unwrap();
        }
        let mut page = Page { after: None, limit: 3 };
        let mut starts = Vec::new();
        loop {
            let listed = fresh.store.jobs(Some(ours), &page).await.unwrap();
            starts.extend(listed.items.iter().map(|job| job.started_ms));
            match listed.next {
                Some(next) => page.after = Some(next.to_string().parse().unwrap()),
                None => break,
            }
        }
        assert_eq!(starts, [2, 1, 1, 1, 0, 0, 0]);
        assert_eq!(fresh.store.jobs(None, &Page::default()).await.unwrap().items.len(), 14);
    }

    async fn the_audit_log_tells_who_did_what(fresh: Fresh) {
        let anna = fresh.user("anna", model::access::Role::Admin).await;
        for (at_ms, user) in [(1, None), (2, Some(anna.id))] {
            let entry = AuditEntry {
                id: Uuid::new_v4(),
                at_ms,
                user,
                action: "session.create".into(),
                subject: "anna".into(),
                detail: "from 127.0.0.1".into(),
            };
            fresh.store.audit(entry).await.unwrap();
        }
        let log = fresh.store.audit_log(&Page::default()).await.unwrap().items;
        assert_eq!(log[0].username.as_deref(), Some("anna"));
        assert_eq!((log[1].entry.at_ms, &log[1].username), (1, &None));
    }
}
