//! Where an unknown key could stand in a file.

/// Keys whose values have keys that somebody chose.
const CHOSEN: [&str; 12] = [
    "nodes",
    "kinds",
    "groups",
    "env",
    "labels",
    "sysctls",
    "vars",
    "tmpfs",
    "driver-opts",
    "stages",
    "bgp",
    "neighbors",
];

/// For each place in a block of YAML where keys of containerlab stand: the text with an unknown one there,
/// and its line.
pub fn places(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut above: Vec<(usize, &str)> = Vec::new();
    let mut found = Vec::new();
    let mut skip_above: Option<usize> = None;
    for (n, line) in lines.iter().enumerate() {
        let body = line.trim_start();
        let mut indent = line.len() - body.len();
        if body.is_empty() || body.starts_with(['#', '{']) || body == "---" {
            continue;
        }
        if skip_above.is_some_and(|least| indent > least) {
            continue;
        }
        skip_above = None;
        let in_list = body.strip_prefix("- ");
        let Some(key) = key_of(in_list.unwrap_or(body)) else {
            continue;
        };
        let least = indent + usize::from(in_list.is_some());
        above.retain(|(at, _)| *at < least);
        let chosen = above
            .iter()
            .any(|(_, key)| matches!(*key, "vars" | "env" | "labels"))
            || above.last().is_some_and(|(_, key)| CHOSEN.contains(key));
        if !chosen {
            let unknown = match in_list {
                None => format!("{}nova_unknown: 1\n{line}", " ".repeat(indent)),
                Some(rest) => format!(
                    "{0}- nova_unknown: {{a: [1, 2]}}\n{0}  {rest}",
                    " ".repeat(indent)
                ),
            };
            let mut changed: Vec<&str> = lines.clone();
            changed[n] = &unknown;
            found.push((n + 1, changed.join("\n")));
        }
        if let Some(rest) = in_list {
            indent += body.len() - rest.len();
        }
        if body.ends_with('|') || body.ends_with("|-") {
            skip_above = Some(indent);
        }
        above.push((indent, key));
    }
    found
}

fn key_of(body: &str) -> Option<&str> {
    let (key, rest) = body.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_key =
        !key.is_empty() && key.chars().all(plain) && (rest.is_empty() || rest.starts_with(' '));
    is_key.then_some(key)
}
