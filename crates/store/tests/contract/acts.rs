//! An act is written whole or not at all.

use std::collections::BTreeMap;

use model::NodeId;
use serde_json::json;
use store::{Act, ActRows, AuditEntry, AuditFilter, JobRow, Page, StoreError, WishChange};
use uuid::Uuid;

use crate::fresh::{Bench, Fresh, NOW};

fn rows(bench: &Bench, audit: Uuid) -> ActRows {
    let job = JobRow {
        id: Uuid::new_v4(),
        lab: bench.lab,
        user: Some(bench.anna),
        started_ms: NOW,
        ended_ms: None,
        body: json!({}),
    };
    let audit = AuditEntry {
        id: audit,
        at_ms: NOW,
        user: Some(bench.anna),
        username: "anna".into(),
        action: "start_lab".into(),
        subject: bench.lab.to_string(),
        is_refused: false,
        detail: String::new(),
        address: String::new(),
        request_id: String::new(),
    };
    ActRows { job, audit }
}

/// How many nodes are on, jobs and audit rows.
async fn written(bench: &Bench) -> (usize, usize, usize) {
    let store = &bench.fresh.store;
    let wishes = store.wishes(bench.lab).await.unwrap();
    let (all, page) = (AuditFilter::default(), Page::default());
    let log = store.audit_log(&all, &page).await.unwrap();
    let jobs = store.jobs(None, &page).await.unwrap();
    (
        wishes.values().filter(|wish| wish.on).count(),
        jobs.items.len(),
        log.items.len(),
    )
}

async fn start(bench: &Bench, node: u64, audit: Uuid) -> Result<Vec<NodeId>, StoreError> {
    let act = Act {
        lab: bench.lab,
        nodes: &[node.try_into().unwrap()],
        change: WishChange::Start,
        by: bench.anna,
        at_ms: NOW,
    };
    let describe = |wishes: BTreeMap<NodeId, _>| {
        let nodes = wishes.into_keys().collect();
        Ok((rows(bench, audit), nodes))
    };
    bench.fresh.store.act(act, describe).await
}

on_every_engine! {
    async fn an_act_is_written_with_its_job_and_its_audit_row_or_not_at_all(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let audit = Uuid::new_v4();
        let nodes = start(&bench, 1, audit).await.unwrap();
        assert_eq!(nodes, [1.try_into().unwrap()], "its wishes are told");
        assert_eq!(written(&bench).await, (1, 1, 1));
        // The last row to be written is refused.
        let refused = start(&bench, 2, audit).await.unwrap_err();
        assert!(refused.is_refused_row(), "{refused}");
        assert_eq!(written(&bench).await, (1, 1, 1));
        start(&bench, 2, Uuid::new_v4()).await.unwrap();
        assert_eq!(written(&bench).await, (2, 2, 2));
    }
}
