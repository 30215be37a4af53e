//! Commands in simulated nodes: what they write and how they end.

use std::fmt::Write as _;

use crate::stream::Control;

/// What a command does once it is started.
#[derive(Debug, PartialEq)]
pub(super) enum Runs {
    /// Writes this and ends.
    Once(String, Control),
    /// Writes back what it reads until the input ends.
    Cat,
    /// Runs until the client leaves.
    Forever,
}

/// Looks the program up. A name that no node has ends like a missing program.
pub(super) fn start(host: &str, argv: &[String]) -> Runs {
    let words: Vec<&str> = argv.iter().map(String::as_str).collect();
    let done = |text: String, status| Runs::Once(text, Control::Exit { status });
    match words.as_slice() {
        [] => failed("no command was given"),
        ["sh" | "/bin/sh", "-c", script] => {
            let inner: Vec<String> = script.split_whitespace().map(str::to_owned).collect();
            start(host, &inner)
        }
        ["true" | ":", ..] => done(String::new(), 0),
        ["false", ..] => done(String::new(), 1),
        ["exit", status] => done(String::new(), status.parse().unwrap_or(2)),
        ["hostname", ..] => done(format!("{host}\n"), 0),
        ["echo", rest @ ..] => done(format!("{}\n", rest.join(" ")), 0),
        ["cat"] => Runs::Cat,
        ["sleep", ..] => Runs::Forever,
        ["ping", arguments @ ..] => done(ping(arguments), 0),
        ["vtysh", ..] => done("this node is simulated\n".into(), 0),
        [program, ..] => failed(&format!("{program}: no such program in the node")),
    }
}

fn failed(message: &str) -> Runs {
    Runs::Once(
        String::new(),
        Control::Failed {
            status: 127,
            message: message.into(),
        },
    )
}

fn ping(arguments: &[&str]) -> String {
    let target = arguments.last().copied().unwrap_or("127.0.0.1");
    let count = arguments
        .windows(2)
        .find(|pair| pair[0] == "-c")
        .and_then(|pair| pair[1].parse::<u32>().ok())
        .unwrap_or(3)
        .min(100);
    let mut text = format!("PING {target} ({target}) 56(84) bytes of data.\n");
    for sequence in 1..=count {
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "64 bytes from {target}: icmp_seq={sequence} ttl=64 time=0.042 ms"
        );
    }
    let _ = writeln!(
        text,
        "\n--- {target} ping statistics ---\n{count} packets transmitted, {count} received, 0% packet loss"
    );
    text
}
