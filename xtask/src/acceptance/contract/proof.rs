//! Which sentence of the contract is proven by what: `docs/operations/contract.toml` says what shall,
//! the stories print `PROVED id`, and a whole run writes `docs/operations/contract.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::sh::root;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    text: String,
    /// Stories that must print its id.
    #[serde(default)]
    stories: BTreeSet<String>,
    #[serde(default)]
    tests: BTreeSet<String>,
    /// Why some of it cannot be proven on a build machine.
    not_here: Option<String>,
}

/// By section, then by name: `[section] name`.
type Contract = BTreeMap<String, BTreeMap<String, Sentence>>;

#[derive(Default)]
pub struct Proofs {
    /// Id → stories that printed it.
    seen: BTreeMap<String, BTreeSet<String>>,
}

impl Proofs {
    /// Takes note of a story's line; false: it is another line.
    pub fn read(&mut self, story: &str, line: &str) -> bool {
        let Some(ids) = line.trim().strip_prefix("PROVED ") else {
            return false;
        };
        for id in ids.split_whitespace() {
            let stories = self.seen.entry(id.to_owned()).or_default();
            stories.insert(story.to_owned());
        }
        true
    }

    /// Every sentence has its proof and every proof a sentence, and the page says so: it is written where
    /// `NOVA_VE_WRITE_CONTRACT=1` is set, else compared.
    pub fn conclude(&self) -> anyhow::Result<usize> {
        let contract = contract()?;
        let mut wrong = self.wrong(&contract);
        wrong.extend(unknown_tests(&contract, &crate::check_docs::tests()?));
        if !wrong.is_empty() {
            bail!(
                "{} sentences are not proven:\n  {}",
                wrong.len(),
                wrong.join("\n  ")
            );
        }
        keep_page(&page(&contract))?;
        Ok(contract.values().map(BTreeMap::len).sum())
    }

    fn wrong(&self, contract: &Contract) -> Vec<String> {
        let mut wrong = Vec::new();
        let none = BTreeSet::new();
        for (id, sentence) in by_id(contract) {
            if sentence.stories.is_empty()
                && sentence.tests.is_empty()
                && sentence.not_here.is_none()
            {
                wrong.push(format!("{id} names no proof"));
            }
            let seen = self.seen.get(&id).unwrap_or(&none);
            let missing = sentence.stories.difference(seen);
            wrong.extend(missing.map(|story| format!("{id} by the story {story}")));
        }
        let known: BTreeSet<String> = by_id(contract).map(|(id, _)| id).collect();
        let strange = self.seen.keys().filter(|id| !known.contains(*id));
        wrong
            .extend(strange.map(|id| format!("{id} is proven and stands nowhere in the contract")));
        wrong
    }
}

/// Tests that a sentence names and that are nowhere.
fn unknown_tests(contract: &Contract, known: &BTreeSet<String>) -> Vec<String> {
    let named = by_id(contract).flat_map(|(id, sentence)| {
        let tests = sentence.tests.difference(known);
        tests.map(move |test| format!("{id} by {test}, which is no test"))
    });
    named.collect()
}

fn keep_page(page: &str) -> anyhow::Result<()> {
    let path = root().join("docs/operations/contract.md");
    if std::env::var("NOVA_VE_WRITE_CONTRACT").is_ok_and(|value| value == "1") {
        return std::fs::write(&path, page)
            .with_context(|| format!("failed to write {}", path.display()));
    }
    if std::fs::read_to_string(&path).unwrap_or_default() != page {
        bail!(
            "{} is not what contract.toml says; a whole run with NOVA_VE_WRITE_CONTRACT=1 writes it",
            path.display()
        );
    }
    Ok(())
}

/// Whether the page speaks of the sentences and proofs of today; without a run.
pub fn check_page() -> anyhow::Result<()> {
    keep_page(&page(&contract()?))
}

fn contract() -> anyhow::Result<Contract> {
    let path: PathBuf = root().join("docs/operations/contract.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("failed to read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not right", path.display()))
}

fn by_id(contract: &Contract) -> impl Iterator<Item = (String, &Sentence)> {
    contract.iter().flat_map(|(section, sentences)| {
        sentences
            .iter()
            .map(move |(name, sentence)| (format!("{section}.{name}"), sentence))
    })
}

fn page(contract: &Contract) -> String {
    let mut text = String::from(
        "# The deployment contract, sentence by sentence\n\n\
         Written by `NOVA_VE_WRITE_CONTRACT=1 cargo xtask acceptance --only contract` at the end of a whole run; not to be\n\
         edited. A story is a step of that run, most of them `tests/contract/STORY.sh` on a fresh machine.\n\n\
         | id | the contract says | proven by |\n|---|---|---|\n",
    );
    for (id, sentence) in by_id(contract) {
        let proof = proof(sentence);
        let _ = writeln!(text, "| `{id}` | {} | {proof} |", sentence.text);
    }
    text
}

fn proof(sentence: &Sentence) -> String {
    let list = |kind: &str, names: &BTreeSet<String>| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        (!names.is_empty()).then(|| format!("{kind} {}", names.join(", ")))
    };
    let not_here = sentence.not_here.as_ref();
    let parts = [
        list("story", &sentence.stories),
        list("test", &sentence.tests),
        not_here.map(|why| format!("*not proven here*: {why}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn the_contract_is_read_and_every_sentence_names_a_proof() {
        let contract = contract().unwrap();
        let wrong = Proofs::default().wrong(&contract);
        let without: Vec<_> = wrong
            .iter()
            .filter(|text| text.contains("names no proof"))
            .collect();
        assert!(without.is_empty(), "{without:?}");
    }

    #[test]
    fn every_test_that_a_sentence_names_is_there() {
        let unknown = unknown_tests(&contract().unwrap(), &crate::check_docs::tests().unwrap());
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn a_sentence_without_its_story_and_a_story_without_its_sentence_are_wrong() {
        let contract: Contract =
            toml::from_str("[a]\nb = { text = \"t\", stories = [\"s\"] }\n").unwrap();
        let mut proofs = Proofs::default();
        assert_eq!(proofs.wrong(&contract), ["a.b by the story s"]);
        assert!(proofs.read("other", "PROVED a.b"));
        assert_eq!(proofs.wrong(&contract), ["a.b by the story s"]);
        assert!(proofs.read("s", "PROVED a.b a.c"));
        assert_eq!(
            proofs.wrong(&contract),
            ["a.c is proven and stands nowhere in the contract"]
        );
    }
}
