//! A strict reader of the text that Prometheus reads: what it would refuse is an error here.

use std::collections::{BTreeMap, BTreeSet};

pub struct Page {
    /// Name → type.
    pub families: BTreeMap<String, String>,
    pub samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

impl Page {
    /// The sample of this name with exactly these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let labels: BTreeMap<String, String> = labels.iter().map(own).collect();
        let mut samples = self.samples.iter();
        samples
            .find(|(its, of, _)| its == name && *of == labels)
            .map(|(_, _, value)| *value)
    }
}

pub fn parse(text: &str) -> Result<Page, String> {
    let body = text
        .strip_suffix("# EOF\n")
        .ok_or("it does not end with # EOF")?;
    let (mut families, mut helped) = (BTreeMap::new(), BTreeSet::new());
    let (mut samples, mut seen) = (Vec::new(), BTreeSet::new());
    for line in body.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, help] if help.ends_with('.') => {
                require(helped.insert(name), line, "a second help")?;
            }
            ["#", "TYPE", name, kind] => {
                require(
                    ["counter", "gauge", "histogram"].contains(&kind),
                    line,
                    "a type",
                )?;
                let before = families.insert(name.to_owned(), kind.to_owned());
                require(
                    before.is_none() && helped.contains(name),
                    line,
                    "told once, after its help",
                )?;
            }
            ["#", ..] => return Err(format!("an unknown comment: {line}")),
            _ => {
                let sample = read_sample(line)?;
                require(
                    is_of_a_family(&sample.0, &families),
                    line,
                    "a family before it",
                )?;
                require(
                    seen.insert((sample.0.clone(), sample.1.clone())),
                    line,
                    "it comes once",
                )?;
                samples.push(sample);
            }
        }
    }
    Ok(Page { families, samples })
}

fn require(holds: bool, line: &str, what: &str) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(format!("not so: {what}: {line}"))
    }
}

fn is_of_a_family(name: &str, families: &BTreeMap<String, String>) -> bool {
    families.iter().any(|(family, kind)| {
        let suffixes: &[&str] = match kind.as_str() {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        suffixes
            .iter()
            .any(|suffix| name.strip_suffix(suffix) == Some(family))
    })
}

fn read_sample(line: &str) -> Result<(String, BTreeMap<String, String>, f64), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c == '_';
    let end = line.find(|c| !plain(c)).ok_or("a line without a value")?;
    let (name, rest) = line.split_at(end);
    require(name.starts_with("nova_ve_"), line, "our prefix")?;
    let (labels, value) = match rest.strip_prefix('{') {
        Some(rest) => {
            let (labels, value) = rest.rsplit_once("} ").ok_or("labels without an end")?;
            (read_labels(labels)?, value)
        }
        None => (
            BTreeMap::new(),
            rest.strip_prefix(' ').ok_or("no space before the value")?,
        ),
    };
    let value: f64 = value.parse().map_err(|_| format!("no number: {line}"))?;
    require(
        value.is_finite() && value >= 0.0,
        line,
        "a number that can be",
    )?;
    Ok((name.to_owned(), labels, value))
}

fn read_labels(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut labels = BTreeMap::new();
    for pair in text.split(',') {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("no label: {pair}"))?;
        let value = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        let value = value.ok_or_else(|| format!("no quotes: {pair}"))?;
        require(!value.contains(['"', '\\', '\n']), pair, "a word of ours")?;
        labels.insert(name.to_owned(), value.to_owned());
    }
    Ok(labels)
}
