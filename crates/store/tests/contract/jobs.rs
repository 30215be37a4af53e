//! Jobs: long lists, by pages.

use model::LabId;
use model::access::Right;
use serde_json::json;
use store::{JobRow, Page};
use uuid::Uuid;

use crate::fresh::Fresh;

fn job(lab: LabId, started_ms: u64) -> JobRow {
    JobRow {
        id: Uuid::new_v4(),
        lab,
        user: None,
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
        let lab = LabId(Uuid::new_v4());
        for started_ms in 0..7 {
            fresh.store.put_job(&job(lab, started_ms / 3)).await.unwrap();
        }
        let mut page = Page { after: None, limit: 3 };
        let mut starts = Vec::new();
        loop {
            let listed = fresh.store.jobs(None, &page).await.unwrap();
            starts.extend(listed.items.iter().map(|job| job.started_ms));
            match listed.next {
                Some(next) => page.after = Some(next.to_string().parse().unwrap()),
                None => break,
            }
        }
        assert_eq!(starts, [2, 1, 1, 1, 0, 0, 0]);
    }

    async fn a_member_is_told_the_jobs_of_labs_he_sees_page_by_page(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let bob = bench.bob().await;
        let store = &bench.fresh.store;
        let gone = LabId(Uuid::new_v4());
        for started_ms in 0..6 {
            for (lab, user) in [(bench.lab, bench.anna), (gone, bob), (gone, bench.anna)] {
                let asked = JobRow { user: Some(user), ..job(lab, started_ms) };
                store.put_job(&asked).await.unwrap();
            }
        }
        let labs = async || {
            let mut page = Page { after: None, limit: 4 };
            let mut labs = Vec::new();
            loop {
                let listed = store.jobs(Some(bob), &page).await.unwrap();
                let is_last = listed.next.is_none();
                assert!(is_last || listed.items.len() == 4, "a page is full");
                labs.extend(listed.items.into_iter().map(|job| job.lab));
                page.after = listed.next;
                if is_last {
                    return labs;
                }
            }
        };
        assert_eq!(labs().await, [gone; 6], "his own of a lab that is no more");
        store.set_share(bench.lab, bob, Right::View, 1).await.unwrap();
        assert_eq!(labs().await.len(), 12);
        assert_eq!(store.jobs(None, &Page::default()).await.unwrap().items.len(), 18);
    }
}
