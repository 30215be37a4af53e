//! Images under other names: which is used instead of which.

use model::image::tag_of;
use model::{Lab, NodeKind};

/// Which image is used instead of another. The first rule that fits decides; one that names an image
/// exactly goes before one with a `*`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageMap {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    from: String,
    to: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageMapError {
    #[error("{0:?} is not FROM=TO, like frr-ssh:latest=nova-ve/frr")]
    Odd(String),
    #[error("line {line}: {0}", .source)]
    Line {
        line: usize,
        source: Box<ImageMapError>,
    },
}

impl ImageMap {
    pub const NONE: Self = Self { rules: Vec::new() };

    /// Adds a rule `FROM=TO`, as `--map-image` takes it. `FROM` without a tag means every tag; `*` in it
    /// stands for any letters.
    pub fn add(&mut self, rule: &str) -> Result<(), ImageMapError> {
        let odd = || ImageMapError::Odd(rule.trim().to_owned());
        let (from, to) = rule.split_once('=').ok_or_else(odd)?;
        let (from, to) = (from.trim().to_owned(), to.trim().to_owned());
        let plain = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
        if !plain(&from) || !plain(&to) || to.contains(['*', '=']) {
            return Err(odd());
        }
        self.rules.push(Rule { from, to });
        Ok(())
    }

    /// The rules of another map after those that are here.
    pub fn append(&mut self, other: Self) {
        self.rules.extend(other.rules);
    }

    /// A file with a rule a line; `#` begins a remark.
    pub fn parse(text: &str) -> Result<Self, ImageMapError> {
        let mut map = Self::NONE;
        for (n, line) in text.lines().enumerate() {
            let rule = line.split('#').next().unwrap_or_default().trim();
            if rule.is_empty() {
                continue;
            }
            map.add(rule).map_err(|source| ImageMapError::Line {
                line: n + 1,
                source: Box::new(source),
            })?;
        }
        Ok(map)
    }

    /// Puts the images of a lab's containers in the place of others.
    pub fn apply(&self, lab: &mut Lab) {
        for node in lab.nodes.values_mut() {
            match &mut node.kind {
                NodeKind::Docker(settings) => {
                    if let Some(image) = self.map(&settings.image) {
                        image.clone_into(&mut settings.image);
                    }
                }
                NodeKind::Netns(_) | NodeKind::Other(_) => {}
            }
        }
    }

    /// What is used instead of this image, if it is another.
    pub fn map(&self, image: &str) -> Option<&str> {
        let exact = self.rules.iter().find(|rule| is_exactly(&rule.from, image));
        let fitting = || {
            let mut patterns = self.rules.iter().filter(|rule| rule.from.contains('*'));
            patterns.find(|rule| fits(&rule.from, image))
        };
        exact.or_else(fitting).map(|rule| rule.to.as_str())
    }
}

fn is_exactly(from: &str, image: &str) -> bool {
    from == image || (tag_of(from).is_none() && name_of(image) == from)
}

fn name_of(image: &str) -> &str {
    match tag_of(image) {
        Some(tag) => &image[..image.len() - tag.len() - 1],
        None => image,
    }
}

/// `*` is any letters. Without looking back more than to the last star, so no pattern takes long.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(letter) if *letter == text[t] => {
                p += 1;
                t += 1;
            }
            Some(_) | None => {
                let Some((after, from)) = star else {
                    return false;
                };
                star = Some((after, from + 1));
                (p, t) = (after, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

    use super::*;

    #[test]
    fn the_exact_rule_goes_before_the_pattern() {
        let map = ImageMap::parse(
            "# ours\n*frr* = nova-ve/frr\nfrr-ssh:1 = old/frr:1   # kept\nalpine=nova-ve/host\n",
        )
        .unwrap();
        for (image, to) in [
            ("frr-ssh:1", Some("old/frr:1")),
            ("frr-ssh:2", Some("nova-ve/frr")),
            ("quay.io/frrouting/frr:10", Some("nova-ve/frr")),
            ("alpine", Some("nova-ve/host")),
            ("alpine:3.20", Some("nova-ve/host")),
            ("my/alpine", None),
            ("", None),
        ] {
            assert_eq!(map.map(image), to, "{image}");
        }
    }

    #[test]
    fn the_rules_of_another_map_come_after() {
        let mut map = ImageMap::NONE;
        map.add("frr=mine").unwrap();
        map.append(ImageMap::parse("frr=theirs\nalpine=theirs").unwrap());
        assert_eq!(
            [map.map("frr"), map.map("alpine")],
            [Some("mine"), Some("theirs")]
        );
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_told_with_its_line() {
        let error = ImageMap::parse("a=b\n\nc\n").unwrap_err().to_string();
        assert_eq!(
            error,
            "line 3: \"c\" is not FROM=TO, like frr-ssh:latest=nova-ve/frr"
        );
        for odd in ["=b", "a=", "a b=c", "a=b*", "a=b=c"] {
            assert!(ImageMap::NONE.clone().add(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn stars_stand_for_any_letters_and_take_no_time() {
        assert!(fits("a*c*", "abcd") && fits("*", "") && fits("a*", "a"));
        assert!(!fits("a*d", "abc") && !fits("", "a"));
        assert!(!fits(&"*a".repeat(200), &"a".repeat(199)));
    }

    #[test]
    fn a_port_of_a_registry_is_no_tag() {
        assert_eq!(name_of("quay.io:5000/a/b"), "quay.io:5000/a/b");
        assert_eq!(name_of("quay.io:5000/a/b:1"), "quay.io:5000/a/b");
    }
}
