//! What is told, under which name. Names follow Prometheus: a unit at the end, seconds and bytes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use agent_api::HostFigures;
use telemetry::{Durations, ProcessFigures};

use super::scrape::Scraped;
use super::{LogIn, Metrics, lock};

pub(super) type Labels = Vec<(&'static str, String)>;

/// A name with its samples, one for each set of labels.
#[derive(Debug)]
pub(super) struct Family {
    pub name: &'static str,
    pub help: &'static str,
    pub samples: Samples,
}

/// The whole page.
#[derive(Debug)]
pub(super) struct Families(pub Vec<Family>);

#[derive(Debug)]
pub(super) enum Samples {
    /// Only goes up; the page adds `_total` to the name.
    Counter(Vec<(Labels, f64)>),
    Gauge(Vec<(Labels, f64)>),
    Durations(Vec<(Labels, Durations)>),
}

/// More steps than the planner has words for come from an agent that is not ours.
const STEPS: usize = 64;

pub(super) fn families(metrics: &Metrics, scraped: &Scraped) -> Families {
    let mut all = http(metrics);
    all.extend(people(metrics, scraped));
    all.extend(things(metrics, scraped));
    all.extend(jobs(metrics, scraped));
    all.extend(database(scraped));
    let connected = number(u64::from(scraped.agent_connected));
    all.push(gauge(
        "nova_ve_agent_connected",
        "Whether the agent of this host is connected and takes this server.",
        vec![(vec![], connected)],
    ));
    if let Some(agent) = &scraped.agent {
        all.extend(agent_work(agent));
        all.extend(agent_network(agent));
        all.extend(disk(agent));
    }
    all.push(versions(scraped.agent.as_ref()));
    all.extend(programs(scraped));
    Families(all)
}

fn http(metrics: &Metrics) -> Vec<Family> {
    let requests = lock(&metrics.requests).clone();
    let requests = requests.into_iter().map(|((operation, class), took)| {
        (labels(&[("operation", operation), ("class", class)]), took)
    });
    vec![
        durations(
            "nova_ve_http_request_duration_seconds",
            "Requests by operation of the API document and class of status, until the answer begins.",
            requests.collect(),
        ),
        gauge(
            "nova_ve_http_requests_in_flight",
            "Requests whose answer has not begun.",
            alone(metrics.in_flight.load(Ordering::Relaxed)),
        ),
        gauge(
            "nova_ve_event_streams",
            "Open event streams.",
            alone(metrics.event_streams.load(Ordering::Relaxed)),
        ),
        counter(
            "nova_ve_event_streams_lagged",
            "Event streams that were closed because their client read too slowly.",
            alone(metrics.event_streams_lagged.load(Ordering::Relaxed)),
        ),
    ]
}

fn people(metrics: &Metrics, scraped: &Scraped) -> Vec<Family> {
    let counted = lock(&metrics.log_ins).clone();
    let log_ins = [
        (LogIn::Ok, "ok"),
        (LogIn::Refused, "refused"),
        (LogIn::Limited, "limited"),
    ];
    let log_ins = log_ins.map(|(outcome, word)| {
        let count = counted.get(&outcome).copied().unwrap_or_default();
        (labels(&[("outcome", word)]), number(count))
    });
    vec![
        gauge(
            "nova_ve_sessions",
            "Sessions that have not expired.",
            alone(scraped.sessions),
        ),
        counter(
            "nova_ve_log_ins",
            "Attempts to log in, by outcome.",
            log_ins.into(),
        ),
    ]
}

fn things(metrics: &Metrics, scraped: &Scraped) -> Vec<Family> {
    let things = &scraped.things;
    let by_state =
        |(state, count): (&&'static str, &u64)| (labels(&[("state", state)]), number(*count));
    let nodes = things.nodes.iter().map(|((kind, state), count)| {
        (labels(&[("kind", kind), ("state", state)]), number(*count))
    });
    vec![
        gauge(
            "nova_ve_labs",
            "Labs by state.",
            things.labs.iter().map(by_state).collect(),
        ),
        gauge("nova_ve_nodes", "Nodes by kind and state.", nodes.collect()),
        gauge(
            "nova_ve_links",
            "Links by state.",
            things.links.iter().map(by_state).collect(),
        ),
        counter(
            "nova_ve_edits",
            "Changes of labs that were applied.",
            alone(metrics.edits.load(Ordering::Relaxed)),
        ),
    ]
}

fn jobs(metrics: &Metrics, scraped: &Scraped) -> Vec<Family> {
    let running = scraped.running_jobs.iter();
    let running = running.map(|(act, count)| (labels(&[("act", act)]), number(*count)));
    let jobs = lock(&metrics.jobs).clone();
    let jobs = jobs
        .into_iter()
        .map(|((act, outcome), took)| (labels(&[("act", act), ("outcome", outcome)]), took));
    vec![
        gauge(
            "nova_ve_jobs_running",
            "Jobs under way, by act.",
            running.collect(),
        ),
        durations(
            "nova_ve_job_duration_seconds",
            "Jobs that ended, by act and outcome.",
            jobs.collect(),
        ),
    ]
}

fn database(scraped: &Scraped) -> Vec<Family> {
    let of = |word: &'static str| labels(&[("operation", word)]);
    let took = scraped.database.iter();
    let took = took.map(|(operation, figures)| (of(operation.word()), figures.took.clone()));
    let failures = scraped.database.iter();
    let failures =
        failures.map(|(operation, figures)| (of(operation.word()), number(figures.failures)));
    let connections = scraped.pools.iter().flat_map(|its| {
        let of = |state| labels(&[("pool", its.pool), ("state", state)]);
        let used = its.open.saturating_sub(its.idle);
        [(of("used"), number(used)), (of("idle"), number(its.idle))]
    });
    vec![
        durations(
            "nova_ve_database_operation_duration_seconds",
            "Queries, waits for the writing transaction, its statements, and commits.",
            took.collect(),
        ),
        counter(
            "nova_ve_database_failures",
            "Operations of the database that failed.",
            failures.collect(),
        ),
        gauge(
            "nova_ve_database_connections",
            "Open connections to the database.",
            connections.collect(),
        ),
    ]
}

fn agent_work(agent: &HostFigures) -> Vec<Family> {
    let steps = || {
        agent
            .steps
            .iter()
            .filter(|(kind, _)| is_word(kind))
            .take(STEPS)
    };
    let of = |kind: &str| vec![("step", kind.to_owned())];
    vec![
        durations(
            "nova_ve_agent_pass_duration_seconds",
            "Passes over a lab: look, plan, remove, add.",
            vec![(vec![], agent.passes.clone())],
        ),
        durations(
            "nova_ve_agent_step_duration_seconds",
            "Steps of plans, by kind, also those that failed.",
            steps()
                .map(|(kind, its)| (of(kind), its.took.clone()))
                .collect(),
        ),
        counter(
            "nova_ve_agent_step_failures",
            "Steps of plans that failed and are tried again, by kind.",
            steps()
                .map(|(kind, its)| (of(kind), number(its.failures)))
                .collect(),
        ),
        gauge(
            "nova_ve_agent_supervisors",
            "Nodes that have a supervisor.",
            alone(agent.supervisors),
        ),
    ]
}

fn agent_network(agent: &HostFigures) -> Vec<Family> {
    vec![
        gauge(
            "nova_ve_agent_reaper_queue_bridges",
            "Bridges of removed networks that wait to be deleted.",
            alone(agent.reaper_queue),
        ),
        counter(
            "nova_ve_agent_mirror_resyncs",
            "Times that all devices were looked at because the kernel dropped events.",
            alone(agent.mirror_resyncs),
        ),
        counter(
            "nova_ve_agent_netlink_requests",
            "Requests to the kernel's netlink.",
            alone(agent.netlink_requests),
        ),
        counter(
            "nova_ve_agent_netlink_refusals",
            "Netlink requests that the kernel refused, also those where that was expected.",
            alone(agent.netlink_refusals),
        ),
    ]
}

fn disk(agent: &HostFigures) -> Vec<Family> {
    vec![
        gauge(
            "nova_ve_disk_free_bytes",
            "Room left on the disk of the agent's data folder.",
            alone(agent.disk_free_bytes),
        ),
        gauge(
            "nova_ve_disk_size_bytes",
            "Size of the disk of the agent's data folder.",
            alone(agent.disk_bytes),
        ),
    ]
}

/// What server and agent are.
fn versions(agent: Option<&HostFigures>) -> Family {
    let mut built = vec![(labels(&[("program", "server"), ("version", VERSION)]), 1.0)];
    // The agent's version is its own word: at most a short plain one.
    let version = agent
        .map(|agent| agent.version.as_str())
        .filter(|text| is_version(text));
    built.extend(version.map(|text| (labels(&[("program", "agent"), ("version", text)]), 1.0)));
    gauge(
        "nova_ve_build_info",
        "Versions of the programs, always 1.",
        built,
    )
}

/// What server and agent take of the host.
fn programs(scraped: &Scraped) -> Vec<Family> {
    let mut processes = vec![("server", scraped.process)];
    processes.extend(scraped.agent.as_ref().map(|agent| ("agent", agent.process)));
    let each = |figure: fn(&ProcessFigures) -> f64| {
        let samples = processes.iter();
        let samples = samples.map(|(name, of)| (labels(&[("program", name)]), figure(of)));
        samples.collect::<Vec<_>>()
    };
    vec![
        gauge(
            "nova_ve_process_resident_memory_bytes",
            "Memory that the program takes.",
            each(|of| number(of.rss_bytes)),
        ),
        counter(
            "nova_ve_process_cpu_seconds",
            "Time on a processor.",
            each(|of| Duration::from_micros(of.cpu_us).as_secs_f64()),
        ),
        gauge(
            "nova_ve_process_threads",
            "Threads.",
            each(|of| number(of.threads)),
        ),
        gauge(
            "nova_ve_process_open_fds",
            "Open files.",
            each(|of| number(of.open_fds)),
        ),
        gauge(
            "nova_ve_process_max_fds",
            "Files that may be open.",
            each(|of| number(of.max_fds)),
        ),
    ]
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn gauge(name: &'static str, help: &'static str, samples: Vec<(Labels, f64)>) -> Family {
    let samples = Samples::Gauge(samples);
    Family {
        name,
        help,
        samples,
    }
}

fn counter(name: &'static str, help: &'static str, samples: Vec<(Labels, f64)>) -> Family {
    let samples = Samples::Counter(samples);
    Family {
        name,
        help,
        samples,
    }
}

fn durations(name: &'static str, help: &'static str, samples: Vec<(Labels, Durations)>) -> Family {
    let samples = Samples::Durations(samples);
    Family {
        name,
        help,
        samples,
    }
}

fn labels(pairs: &[(&'static str, &str)]) -> Labels {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

fn alone(count: u64) -> Vec<(Labels, f64)> {
    vec![(vec![], number(count))]
}

#[expect(
    clippy::cast_precision_loss,
    reason = "every figure of the page is a double; 2^53 is far"
)]
fn number(count: u64) -> f64 {
    count as f64
}

fn is_word(text: &str) -> bool {
    text.len() <= 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn is_version(text: &str) -> bool {
    text.len() <= 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte))
}
