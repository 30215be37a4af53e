//! Which words the values of a recipe may be. Each check gives what is wrong, and the cure.

/// Docker's longest name, without its tag.
const LONGEST_NAME: usize = 255;
const LONGEST_TAG: usize = 128;

pub fn image(name: &str) -> Result<(), String> {
    let (path, tag) = name.split_once(':').unwrap_or((name, "latest"));
    let part = |part: &str| {
        let ends = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        part.starts_with(ends)
            && part.ends_with(ends)
            && part
                .chars()
                .all(|letter| ends(letter) || "._-".contains(letter))
    };
    let tag_is_fine = (1..=LONGEST_TAG).contains(&tag.len())
        && !tag.starts_with(['.', '-'])
        && tag
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter));
    if path.len() <= LONGEST_NAME && path.split('/').all(part) && tag_is_fine {
        return Ok(());
    }
    Err(format!(
        "name: Docker takes no image {name:?}; write it as \"mine/router\" or \"mine/router:1\", in small letters"
    ))
}

pub fn with_tag(name: String) -> String {
    if name.contains(':') {
        name
    } else {
        format!("{name}:latest")
    }
}

pub fn suite(suite: &str) -> Result<(), String> {
    let fine = suite.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && suite
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || ".-".contains(letter));
    fine.then_some(())
        .ok_or_else(|| format!("suite: {suite:?} is no suite of Debian's; write it as \"trixie\""))
}

/// A name, and what apt lets follow it: `:arch`, `=version`, `/suite`.
pub fn package(package: &str) -> Result<(), String> {
    if package.starts_with(['/', '.']) || package.split('/').any(|part| part == "..") {
        return Err(format!(
            "packages: {package:?} is a path; name a package of Debian's, and put a file of your own into files/ \
             and install it in setup.sh"
        ));
    }
    let name_ends = package.find([':', '=', '/']).unwrap_or(package.len());
    let (name, rest) = package.split_at(name_ends);
    let fine = name.len() >= 2
        && name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        && name.chars().all(|letter| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "+-.".contains(letter)
        })
        && !name.ends_with('-')
        && rest
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || ":=/+-.~".contains(letter));
    fine.then_some(()).ok_or_else(|| {
        format!("packages: {package:?} is no package's name; write one a string, as \"frr\" or \"frr=10.3-1\"")
    })
}

pub fn variable(name: &str) -> Result<(), String> {
    let fine = !name.is_empty() && !name.contains(['=', '\0']);
    fine.then_some(())
        .ok_or_else(|| format!("env: {name:?} is no variable's name; write NAME = \"value\""))
}

pub fn workdir(path: &str) -> Result<(), String> {
    let fine = path.starts_with('/') && path.split('/').all(|part| part != "..");
    fine.then_some(()).ok_or_else(|| {
        format!("workdir: {path:?} must be a path from the image's root, without \"..\"; write it as \"/srv\"")
    })
}

pub fn label(name: &str) -> Result<(), String> {
    let fine = !name.is_empty() && !name.starts_with(super::super::OUR_LABELS);
    fine.then_some(()).ok_or_else(|| {
        format!("labels: {name:?} cannot be set; write \"org.example.name\" = \"value\"")
    })
}

/// `22`, `22/tcp`, `161/udp`.
pub fn port(port: &str) -> Result<(), String> {
    let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
    let fine = number.parse::<u16>().is_ok_and(|number| number > 0)
        && ["tcp", "udp", "sctp"].contains(&protocol);
    fine.then_some(())
        .ok_or_else(|| format!("expose: {port:?} is no port; write it as \"22\" or \"161/udp\""))
}

pub fn with_protocol(port: String) -> String {
    if port.contains('/') {
        port
    } else {
        format!("{port}/tcp")
    }
}
