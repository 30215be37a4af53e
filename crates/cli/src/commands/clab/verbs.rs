//! containerlab's other verbs: where each leads here.

use crate::failure::{Exit, Failure};

/// Verb, and what does the same or why nothing does.
pub const ELSEWHERE: [(&str, &str); 21] = [
    ("redeploy", "nova-ve clab deploy --reconfigure"),
    (
        "start",
        "nova-ve lab start LAB, nova-ve node start LAB/NODE",
    ),
    ("stop", "nova-ve lab stop LAB, nova-ve node stop LAB/NODE"),
    (
        "restart",
        "nova-ve lab restart LAB, nova-ve node restart LAB/NODE",
    ),
    (
        "validate",
        "nova-ve lab convert FILE says each problem with its place and ends with 65",
    ),
    (
        "graph",
        "the browser draws every lab; nova-ve status says where",
    ),
    (
        "generate",
        "draw the fabric in the browser, or write the topology with a script",
    ),
    (
        "events",
        "the API tells them as they happen: GET /api/v1/events",
    ),
    ("version", "nova-ve --version"),
    ("completion", "nova-ve completion SHELL"),
    (
        "config",
        "containerlab has it no more; nova-ve exec LAB/NODE -- COMMAND configures a node",
    ),
    (
        "tools api-server",
        "the server has its API at all times: docs/api-design.md",
    ),
    (
        "tools cert",
        "make certificates with openssl, and bind them into the nodes",
    ),
    (
        "tools disable-tx-offload",
        "nothing is to be done: checksums of a lab's interfaces are right",
    ),
    (
        "tools gotty",
        "every node's consoles are in the browser; nova-ve lab share lets others in",
    ),
    (
        "tools sshx",
        "every node's consoles are in the browser; nova-ve lab share lets others in",
    ),
    (
        "tools netem",
        "delay and loss are not there; nova-ve link cut takes a link's carrier away",
    ),
    (
        "tools snapshot",
        "there are no snapshots of nodes; nova-ve node save keeps configurations",
    ),
    (
        "tools veth",
        "draw a link in the browser; running nodes get it at once",
    ),
    (
        "tools vxlan",
        "a lab is on one host; a network of it can have one of the host's interfaces",
    ),
    (
        "inspect interfaces",
        "nova-ve lab show LAB lists the links with their states",
    ),
];

/// Why there is no such verb, and what to do instead.
pub fn elsewhere(words: &[String]) -> Failure {
    let verb = words.first().map(String::as_str).unwrap_or_default();
    let two = words
        .get(..2)
        .map(|words| words.join(" "))
        .unwrap_or_default();
    let is_it = |(known, _): &&(&str, &str)| *known == verb || *known == two;
    let known: Vec<&(&str, &str)> = if verb == "tools" && two.is_empty() {
        let tools = ELSEWHERE.iter();
        tools
            .filter(|(known, _)| known.starts_with("tools "))
            .collect()
    } else {
        ELSEWHERE.iter().filter(is_it).collect()
    };
    let failure = Failure::new(
        Exit::USAGE,
        format!("there is no `nova-ve clab {}`", words.join(" ")),
    );
    match known.as_slice() {
        [] => failure.hint("nova-ve clab --help lists what there is"),
        [(_, instead)] => failure.hint(*instead),
        several => {
            let lines = several
                .iter()
                .map(|(verb, instead)| format!("{verb}: {instead}"));
            failure.hint(lines.collect::<Vec<_>>().join("\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verb_of_containerlab_leads_somewhere() {
        let hint = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            elsewhere(&words).hint.unwrap_or_default()
        };
        assert_eq!(
            hint(&["redeploy", "-t", "x"]),
            "nova-ve clab deploy --reconfigure"
        );
        assert!(hint(&["tools", "netem", "set"]).contains("link cut"));
        assert!(hint(&["tools"]).lines().count() > 5);
        assert!(hint(&["frobnicate"]).contains("--help"));
    }
}
