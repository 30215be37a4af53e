//! The keys of a `recipe.toml`: read, checked, and each fault told with its line and its cure.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;

mod words;

/// What an image is made of. Each value was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Keys {
    /// As Docker calls the image, with its tag.
    pub name: String,
    pub description: String,
    pub suite: String,
    pub variant: Variant,
    pub packages: Vec<String>,
    pub entrypoint: Vec<String>,
    pub command: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub workdir: String,
    pub labels: BTreeMap<String, String>,
    pub expose: Vec<String>,
}

/// What of Debian is in the image besides the packages and what they need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// What Debian calls essential: a shell, coreutils, dpkg, tar.
    Essential,
    /// The same and apt.
    Apt,
    /// The same and all packages of the priority *required*.
    #[default]
    Minbase,
}

impl Variant {
    pub fn word(self) -> &'static str {
        match self {
            Self::Essential => "essential",
            Self::Apt => "apt",
            Self::Minbase => "minbase",
        }
    }
}

/// As the file has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Spanned<String>,
    #[serde(default)]
    description: String,
    suite: Spanned<String>,
    #[serde(default)]
    variant: Variant,
    packages: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    entrypoint: Vec<String>,
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    env: BTreeMap<Spanned<String>, String>,
    workdir: Option<Spanned<String>>,
    #[serde(default)]
    labels: BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    expose: Vec<Spanned<String>>,
}

/// What is wrong, where, and what would be right.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

/// The keys, or all that is wrong with them, by line.
pub fn read(text: &str) -> Result<Keys, Vec<Fault>> {
    let written: Written = toml::from_str(text).map_err(|error| {
        vec![fault(
            text,
            error.span().unwrap_or_default(),
            with_cure(error.message()),
        )]
    })?;
    let mut faults: Vec<Fault> = written
        .complaints()
        .map(|(span, message)| fault(text, span, message))
        .collect();
    if faults.is_empty() {
        return Ok(written.keys());
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    Err(faults)
}

impl Written {
    fn complaints(&self) -> impl Iterator<Item = (Range<usize>, String)> {
        fn ask<'a>(
            values: impl IntoIterator<Item = &'a Spanned<String>>,
            ask: fn(&str) -> Result<(), String>,
        ) -> Vec<(Range<usize>, String)> {
            let values = values.into_iter();
            values
                .filter_map(|value| Some((value.span(), ask(value.get_ref()).err()?)))
                .collect()
        }
        let none = self.packages.get_ref().is_empty().then(|| {
            let message = "packages is empty; name at least one of Debian's packages";
            (self.packages.span(), message.to_owned())
        });
        ask([&self.name], words::image)
            .into_iter()
            .chain(ask([&self.suite], words::suite))
            .chain(none)
            .chain(ask(self.packages.get_ref(), words::package))
            .chain(ask(self.env.keys(), words::variable))
            .chain(ask(&self.workdir, words::workdir))
            .chain(ask(self.labels.keys(), words::label))
            .chain(ask(&self.expose, words::port))
    }

    fn keys(self) -> Keys {
        fn plain(map: BTreeMap<Spanned<String>, String>) -> BTreeMap<String, String> {
            map.into_iter()
                .map(|(name, value)| (name.into_inner(), value))
                .collect()
        }
        fn each(list: Vec<Spanned<String>>) -> Vec<String> {
            list.into_iter().map(Spanned::into_inner).collect()
        }
        Keys {
            name: words::with_tag(self.name.into_inner()),
            description: self.description,
            suite: self.suite.into_inner(),
            variant: self.variant,
            packages: each(self.packages.into_inner()),
            entrypoint: self.entrypoint,
            command: self.command,
            env: plain(self.env),
            workdir: self.workdir.map(Spanned::into_inner).unwrap_or_default(),
            labels: plain(self.labels),
            expose: self
                .expose
                .into_iter()
                .map(|port| words::with_protocol(port.into_inner()))
                .collect(),
        }
    }
}

/// In the words of who writes the file.
fn with_cure(message: &str) -> String {
    let message = message
        .replace("expected a sequence", "expected a list, as [\"a\", \"b\"]")
        .replace("expected a map", "expected a table, as { A = \"b\" }");
    match message.as_str() {
        "missing field `name`" => message + "; add name = \"mine/router\"",
        "missing field `suite`" => message + "; add suite = \"trixie\"",
        "missing field `packages`" => message + "; add packages = [\"frr\"]",
        of_type if of_type.ends_with("expected a string") => message + "; write it in quotes",
        _ => message,
    }
}

/// Lines and columns count from one, columns in letters.
fn fault(text: &str, span: Range<usize>, message: String) -> Fault {
    let before = text.get(..span.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Fault {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "name = \"a/b\"\nsuite = \"trixie\"\npackages = [\"frr\"]\n";

    fn wrong(text: &str) -> String {
        let faults = read(text).expect_err("it is wrong");
        let line = |Fault {
                        line,
                        column,
                        message,
                    }: Fault| format!("{line}:{column}: {message}");
        faults.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_least_recipe_is_one_of_three_keys() {
        let keys = read(LEAST).expect("it is right");
        assert_eq!(
            (keys.name.as_str(), keys.variant),
            ("a/b:latest", Variant::Minbase)
        );
        let more = format!(
            "{LEAST}variant = \"essential\"\nworkdir = \"/srv/a\"\nexpose = [\"22\", \"161/udp\"]\n\
             [env]\nA_B = \"c=d\"\n[labels]\n\"org.example.a\" = \"b\"\n"
        );
        let keys = read(&more).expect("it is right");
        assert_eq!(keys.expose, ["22/tcp", "161/udp"]);
        assert_eq!(keys.env["A_B"], "c=d");
    }

    #[test]
    fn a_key_that_is_unknown_missing_or_of_another_type_is_told_with_its_line() {
        insta::assert_snapshot!(wrong(&format!("{LEAST}package = []\n")), @r#"4:1: unknown field `package`, expected one of `name`, `description`, `suite`, `variant`, `packages`, `entrypoint`, `command`, `env`, `workdir`, `labels`, `expose`"#);
        insta::assert_snapshot!(wrong("suite = \"trixie\"\npackages = [\"frr\"]\n"), @r#"1:1: missing field `name`; add name = "mine/router""#);
        insta::assert_snapshot!(wrong(&format!("{LEAST}command = \"sleep 1\"\n")), @r#"4:11: invalid type: string "sleep 1", expected a list, as ["a", "b"]"#);
        insta::assert_snapshot!(wrong(&format!("{LEAST}variant = \"all\"\n")), @r#"4:11: unknown variant `all`, expected one of `essential`, `apt`, `minbase`"#);
        insta::assert_snapshot!(wrong(&format!("{LEAST}name = \"twice\"\n")), @r#"4:1: duplicate key"#);
        insta::assert_snapshot!(wrong(&format!("{LEAST}[env]\nA = 1\n")), @"5:5: invalid type: integer `1`, expected a string; write it in quotes");
        insta::assert_snapshot!(wrong("name = \"a\nsuite"), @r#"2:6: key with no value, expected `=`"#);
    }

    #[test]
    fn every_value_that_is_wrong_is_told_with_its_cure() {
        insta::assert_snapshot!(wrong("name = \"A/b\"\nsuite = \"-x\"\npackages = []\n"), @r#"
        1:8: name: Docker takes no image "A/b"; write it as "mine/router" or "mine/router:1", in small letters
        2:9: suite: "-x" is no suite of Debian's; write it as "trixie"
        3:12: packages is empty; name at least one of Debian's packages
        "#);
        let text = "name = \"a:b:c\"\nsuite = \"../trixie\"\npackages = [\n  \"frr=10.3-1\", \"/tmp/a.deb\",\n  \
                    \"../a.deb\", \"a b\", \"?essential\",\n]\nworkdir = \"srv\"\nexpose = [\"0\", \"22/ip\"]\n\
                    [env]\n\"A=B\" = \"\"\n[labels]\n\"\" = \"\"\n";
        insta::assert_snapshot!(wrong(text), @r#"
        1:8: name: Docker takes no image "a:b:c"; write it as "mine/router" or "mine/router:1", in small letters
        2:9: suite: "../trixie" is no suite of Debian's; write it as "trixie"
        4:17: packages: "/tmp/a.deb" is a path; name a package of Debian's, and put a file of your own into files/ and install it in setup.sh
        5:3: packages: "../a.deb" is a path; name a package of Debian's, and put a file of your own into files/ and install it in setup.sh
        5:15: packages: "a b" is no package's name; write one a string, as "frr" or "frr=10.3-1"
        5:22: packages: "?essential" is no package's name; write one a string, as "frr" or "frr=10.3-1"
        7:11: workdir: "srv" must be a path from the image's root, without ".."; write it as "/srv"
        8:11: expose: "0" is no port; write it as "22" or "161/udp"
        8:16: expose: "22/ip" is no port; write it as "22" or "161/udp"
        10:1: env: "A=B" is no variable's name; write NAME = "value"
        12:1: labels: "" cannot be set; write "org.example.name" = "value"
        "#);
        insta::assert_snapshot!(wrong(&format!("{LEAST}workdir = \"/srv/../etc\"\n")), @r#"4:11: workdir: "/srv/../etc" must be a path from the image's root, without ".."; write it as "/srv""#);
    }
}
