//! Variables of a topology file: `$X ${X} ${X-d} ${X:-d} ${X=d} ${X:=d} ${X+x} ${X:+x}`, and `$$`.
//!
//! They are put in before the file is read as YAML, as containerlab does. Values come from who imports
//! and from nowhere else. What has neither a value nor a default stays as it is written, and is named.

use std::collections::{BTreeMap, BTreeSet};

use model::limits;

use crate::error::FormatError;
use crate::yaml::LineMap;

/// Defaults in one another.
const DEPTH_MAX: u32 = 8;
/// Bytes looked at; a file is looked at once, and every default once more.
const STEPS_MAX: usize = limits::LAB_MAX_BYTES * 4;

/// The text with its variables put in.
#[derive(Debug)]
pub struct Text {
    pub whole: String,
    pub lines: LineMap,
    /// Names that have no value and no default.
    pub unset: BTreeSet<String>,
}

pub fn put_in(source: &str, values: &BTreeMap<String, String>) -> Result<Text, FormatError> {
    let mut work = Work {
        values,
        unset: BTreeSet::new(),
        steps: STEPS_MAX,
    };
    let mut text = String::with_capacity(source.len());
    if !source.contains('$') {
        text.push_str(source);
        return Ok(work.done(text, LineMap::default()));
    }
    let mut lines = Vec::new();
    for (n, line) in source.split_inclusive('\n').enumerate() {
        let number = u32::try_from(n + 1).unwrap_or(u32::MAX);
        let before = text.len();
        work.expand(line, 0, &mut text)
            .map_err(|what| FormatError::Syntax {
                line: n + 1,
                column: 1,
                what,
            })?;
        let breaks = text[before..].matches('\n').count();
        let rest = usize::from(!text.ends_with('\n'));
        lines.extend(std::iter::repeat_n(number, breaks + rest));
    }
    Ok(work.done(text, LineMap(lines)))
}

struct Work<'a> {
    values: &'a BTreeMap<String, String>,
    unset: BTreeSet<String>,
    steps: usize,
}

/// `${name` and what stands before the closing brace.
struct Braced<'s> {
    name: &'s str,
    operator: &'s str,
    word: &'s str,
    len: usize,
}

impl Work<'_> {
    fn done(self, text: String, lines: LineMap) -> Text {
        Text {
            whole: text,
            lines,
            unset: self.unset,
        }
    }

    fn expand(&mut self, source: &str, depth: u32, out: &mut String) -> Result<(), String> {
        let mut rest = source;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let len = self.variable(rest, depth, out)?;
            rest = &rest[len..];
            if out.len() > limits::LAB_MAX_BYTES {
                let most = limits::LAB_MAX_BYTES;
                return Err(format!(
                    "with its variables the file is larger than {most} bytes"
                ));
            }
        }
        out.push_str(rest);
        Ok(())
    }

    /// What begins with `$`; how much of it was taken.
    fn variable(&mut self, rest: &str, depth: u32, out: &mut String) -> Result<usize, String> {
        if rest.starts_with("$$") {
            out.push('$');
            return Ok(2);
        }
        if let Some(inner) = rest.strip_prefix("${") {
            if depth < DEPTH_MAX
                && let Some(braced) = self.braced(inner)?
            {
                self.choose(&braced, &rest[..braced.len], depth, out)?;
                return Ok(braced.len);
            }
        } else {
            let name = name_at(&rest[1..]);
            if !name.is_empty() {
                match self.values.get(name) {
                    Some(value) => out.push_str(value),
                    None => self.leave(name, &rest[..=name.len()], out),
                }
                return Ok(1 + name.len());
            }
        }
        out.push('$');
        Ok(1)
    }

    fn braced<'s>(&mut self, inner: &'s str) -> Result<Option<Braced<'s>>, String> {
        let name = name_at(inner);
        if name.is_empty() {
            return Ok(None);
        }
        let after = &inner[name.len()..];
        let operators = [":-", ":=", ":+", "-", "=", "+"];
        let operator = operators.into_iter().find(|op| after.starts_with(op));
        let operator = operator.unwrap_or_default();
        let Some(len) = self.closing(&after[operator.len()..])? else {
            return Ok(None);
        };
        let word = &after[operator.len()..operator.len() + len];
        if operator.is_empty() && !word.is_empty() {
            return Ok(None);
        }
        Ok(Some(Braced {
            name,
            operator,
            word,
            len: 2 + name.len() + operator.len() + len + 1,
        }))
    }

    /// Where the brace closes, those of variables inside being their own.
    fn closing(&mut self, text: &str) -> Result<Option<usize>, String> {
        let (mut depth, mut before) = (0_u32, b' ');
        for (at, byte) in text.bytes().enumerate() {
            self.steps = self
                .steps
                .checked_sub(1)
                .ok_or("more variables in variables than a person writes")?;
            match byte {
                b'{' if before == b'$' => depth += 1,
                b'}' if depth == 0 => return Ok(Some(at)),
                b'}' => depth -= 1,
                b'\n' => return Ok(None),
                _ => {}
            }
            before = byte;
        }
        Ok(None)
    }

    fn choose(
        &mut self,
        braced: &Braced<'_>,
        written: &str,
        depth: u32,
        out: &mut String,
    ) -> Result<(), String> {
        let value = self.values.get(braced.name);
        let filled = value.filter(|value| !value.is_empty());
        match (braced.operator, value, filled) {
            ("-" | "=" | "", Some(value), _) | (":-" | ":=", _, Some(value)) => out.push_str(value),
            ("+", Some(_), _) | (":+", _, Some(_)) | ("-" | "=" | ":-" | ":=", _, None) => {
                self.expand(braced.word, depth + 1, out)?;
            }
            ("", None, _) => self.leave(braced.name, written, out),
            (_, _, _) => {}
        }
        Ok(())
    }

    fn leave(&mut self, name: &str, written: &str, out: &mut String) {
        self.unset.insert(name.to_owned());
        out.push_str(written);
    }
}

/// The name that a text begins with.
fn name_at(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let name = &text[..end];
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return "";
    }
    name
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

    use super::*;

    fn values() -> BTreeMap<String, String> {
        [("X", "x"), ("EMPTY", ""), ("LINES", "a\nb")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    fn expanded(source: &str) -> String {
        put_in(source, &values()).unwrap().whole
    }

    #[test]
    fn every_form_is_known() {
        for (source, wanted) in [
            ("a $X b", "a x b"),
            ("${X}y", "xy"),
            ("${N-d} ${N:-d} ${N=d} ${N:=d:e}", "d d d d:e"),
            ("${EMPTY-d}|${EMPTY:-d}|${EMPTY=d}|${EMPTY:=d}", "|d||d"),
            ("${X-d} ${X:-d}", "x x"),
            (
                "${X+y} ${X:+y} ${N+y}|${N:+y}|${EMPTY+y}|${EMPTY:+y}",
                "y y ||y|",
            ),
            ("$$X $${X} $$", "$X ${X} $"),
            ("${N:-${M:-$X}}", "x"),
            (
                "awk '{print $1}' ${x.y} ${X $ ${}",
                "awk '{print $1}' ${x.y} ${X $ ${}",
            ),
        ] {
            assert_eq!(expanded(source), wanted, "{source}");
        }
    }

    #[test]
    fn what_has_no_value_stays_and_is_named() {
        let text = put_in("a: $HOME ${NOPE} $HOME\n", &values()).unwrap();
        assert_eq!(text.whole, "a: $HOME ${NOPE} $HOME\n");
        assert_eq!(text.unset, ["HOME".to_owned(), "NOPE".to_owned()].into());
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let text = put_in("1\n$LINES\n3\n$X", &values()).unwrap();
        assert_eq!(text.whole, "1\na\nb\n3\nx");
        assert_eq!(text.lines, LineMap(vec![1, 2, 2, 3, 4]));
    }

    #[test]
    fn a_bomb_of_variables_is_refused() {
        let big = [("B".to_owned(), "b".repeat(1 << 20))].into();
        let error = put_in(&"$B".repeat(100), &big).unwrap_err();
        assert!(error.to_string().contains("larger"), "{error}");
        let error = put_in(&"${a:-".repeat(1 << 20), &values()).unwrap_err();
        assert!(error.to_string().contains("more variables"), "{error}");
    }
}
