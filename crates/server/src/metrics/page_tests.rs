#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use agent_api::{HostFigures, StepFigures};
use axum::http::StatusCode;
use store::Store;

use super::super::scrape::{Scraped, Things};
use super::*;

/// What the figures would be of an idle server.
fn scraped(agent: Option<HostFigures>) -> Scraped {
    let pool = |pool| store::PoolFigures {
        pool,
        open: 2,
        idle: 1,
    };
    Scraped {
        things: Things::default(),
        sessions: 3,
        running_jobs: BTreeMap::from([("start", 1)]),
        database: Store::figures(),
        pools: [pool("writer"), pool("readers")],
        agent_connected: agent.is_some(),
        agent,
        process: telemetry::ProcessFigures::own(),
    }
}

fn page_of(metrics: &Metrics, agent: Option<HostFigures>) -> String {
    write(families(metrics, &scraped(agent))).unwrap()
}

#[test]
fn requests_are_told_by_operation_and_class() {
    let metrics = Metrics::default();
    let _waiting = metrics.request();
    metrics.answered(Some("get_lab"), StatusCode::OK, Instant::now());
    metrics.answered(Some("get_lab"), StatusCode::NOT_FOUND, Instant::now());
    metrics.answered(Some("create_session"), StatusCode::CREATED, Instant::now());
    metrics.answered(None, StatusCode::OK, Instant::now());
    let page = page_of(&metrics, None);
    for line in [
        "nova_ve_http_request_duration_seconds_count{operation=\"get_lab\",class=\"2xx\"} 1",
        "nova_ve_http_request_duration_seconds_count{operation=\"get_lab\",class=\"4xx\"} 1",
        "nova_ve_http_request_duration_seconds_count{operation=\"none\",class=\"2xx\"} 1",
        "nova_ve_http_requests_in_flight 1.0",
        "nova_ve_log_ins_total{outcome=\"ok\"} 1.0",
        "nova_ve_agent_connected 0.0",
        "nova_ve_sessions 3.0",
    ] {
        assert!(
            page.lines().any(|its| its == line),
            "{line} is not in\n{page}"
        );
    }
}

#[test]
fn an_agent_of_others_cannot_make_the_page_long_or_wrong() {
    let step = StepFigures::default();
    let mut figures = HostFigures {
        version: "1\"} 1\nforged 1".into(),
        ..HostFigures::default()
    };
    for number in 0..10_000_u32 {
        let letter = |by: u32| char::from(b'a' + u8::try_from(number / by % 26).unwrap());
        let kind: String = [letter(676), letter(26), letter(1)].iter().collect();
        figures.steps.insert(kind, step.clone());
    }
    figures.steps.insert("x\"} 1\nforged".into(), step);
    let page = page_of(&Metrics::default(), Some(figures));
    assert!(!page.contains("forged"), "{page}");
    assert_eq!(
        page.matches("nova_ve_agent_step_failures_total{").count(),
        64
    );
}

#[test]
fn durations_are_cumulative_buckets_that_end_with_infinity() {
    let metrics = Metrics::default();
    let long_ago = Instant::now().checked_sub(Duration::from_secs(3)).unwrap();
    metrics.answered(None, StatusCode::OK, long_ago);
    metrics.answered(None, StatusCode::OK, Instant::now());
    let page = page_of(&metrics, None);
    let buckets = page
        .lines()
        .filter(|line| line.contains("request_duration_seconds_bucket"));
    let counts: Vec<&str> = buckets
        .map(|line| line.rsplit(' ').next().unwrap())
        .collect();
    assert!(counts.is_sorted() && counts.last() == Some(&"2"), "{page}");
    assert!(page.contains("le=\"+Inf\""), "{page}");
    assert!(page.ends_with("# EOF\n"), "{page}");
}

#[test]
fn every_name_of_the_page_is_written_down() {
    let page = page_of(&Metrics::default(), Some(HostFigures::default()));
    let written = include_str!("../../../../docs/operations/metrics.md");
    for line in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        let total = if kind == "counter" { "_total" } else { "" };
        let row = format!("| `{name}{total}` | {kind} |");
        assert!(
            written.contains(&row),
            "docs/operations/metrics.md lacks {row}"
        );
    }
}
