//! What is wrong with the settings of a `netns` node.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{Found, binds, text};
use crate::lab::{File, NetnsNode, Process, Route};
use crate::limits;
use crate::spec::frr;

pub fn check(at: &str, settings: &NetnsNode, found: &mut Found) {
    if let Some(wrong) = text::wrong_hostname(&settings.hostname, limits::NODE_NAME_MAX_CHARS) {
        let message = format!("the host name {:?} {wrong}", settings.hostname);
        found.add(&format!("{at}/hostname"), "hostname_odd", message);
    }
    check_routing(at, &settings.gateways, &settings.routes, found);
    check_env(&format!("{at}/env"), &settings.env, found);
    check_files(&format!("{at}/files"), &settings.files, found);
    binds::check(&format!("{at}/binds"), &settings.binds, found);
    check_processes(&format!("{at}/processes"), &settings.processes, found);
    found.count(
        &format!("{at}/exec"),
        "commands",
        settings.exec.len(),
        limits::EXEC_MAX,
    );
    for (n, line) in settings.exec.iter().enumerate() {
        check_command(&format!("{at}/exec/{n}"), line, found);
    }
}

pub(super) fn check_routing(at: &str, gateways: &[IpAddr], routes: &[Route], found: &mut Found) {
    let v6 = gateways.iter().filter(|gateway| gateway.is_ipv6()).count();
    if v6 > 1 || gateways.len() - v6 > 1 {
        let message = "two gateways of one address family; keep one, or write routes";
        found.add(&format!("{at}/gateways"), "gateway_twice", message);
    }
    for gateway in gateways {
        if gateway.is_unspecified() || gateway.is_multicast() {
            let message = format!("{gateway} cannot be a gateway");
            found.add(&format!("{at}/gateways"), "gateway_odd", message);
        }
    }
    let max = limits::ROUTES_MAX;
    found.count(&format!("{at}/routes"), "routes", routes.len(), max);
    for (n, route) in routes.iter().enumerate() {
        if route.to.addr().is_ipv4() != route.via.is_ipv4() {
            let message = format!(
                "{} cannot be reached by {}: mixed families",
                route.to, route.via
            );
            found.add(&format!("{at}/routes/{n}"), "route_odd", message);
        }
    }
}

pub(super) fn check_env(at: &str, env: &BTreeMap<String, String>, found: &mut Found) {
    found.count(at, "variables", env.len(), limits::ENV_MAX);
    for (key, value) in env {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let digit = key.bytes().next().is_none_or(|b| b.is_ascii_digit());
        if digit || !key.bytes().all(plain) || key.len() > 255 {
            let message = format!("{key:?} cannot name a variable; use letters, digits and _");
            found.add(at, "env_name_odd", message);
        }
        found.bytes(
            &format!("{at}/{key}"),
            "the value",
            value.len(),
            limits::VALUE_MAX_BYTES,
        );
        check_no_nul(&format!("{at}/{key}"), value, found);
    }
}

pub(super) fn check_files(at: &str, files: &BTreeMap<String, File>, found: &mut Found) {
    found.count(at, "files", files.len(), limits::FILES_MAX);
    let all = files.values().map(|file| file.content.len()).sum();
    found.bytes(at, "all files together", all, limits::NODE_FILES_MAX_BYTES);
    for (path, file) in files {
        if let Some(wrong) = wrong_path(path) {
            found.add(at, "file_path_odd", format!("the path {path:?} {wrong}"));
        }
        let size = file.content.len();
        found.bytes(
            at,
            &format!("the file {path:?}"),
            size,
            limits::FILE_MAX_BYTES,
        );
        let octal = |text: &String| u32::from_str_radix(text, 8).is_ok_and(|mode| mode <= 0o7777);
        if file.mode.as_ref().is_some_and(|text| !octal(text)) {
            let message = format!("the mode of {path:?} must be octal, like \"0644\"");
            found.add(at, "file_mode_odd", message);
        }
    }
    check_nesting(at, files, found);
    check_frr(at, files, found);
}

/// The one file whose words decide what runs: better refused here than when the node starts.
fn check_frr(at: &str, files: &BTreeMap<String, File>, found: &mut Found) {
    let file = files.get(frr::DAEMONS_FILE);
    if let Some(Err(error)) = file.map(|file| frr::plan_services(&file.content)) {
        found.add(
            at,
            "frr_daemons_unreadable",
            format!("{}: {error}", frr::DAEMONS_FILE),
        );
    }
}

pub(super) fn wrong_path(path: &str) -> Option<&'static str> {
    let Some(below) = path.strip_prefix('/') else {
        return Some("must begin with /");
    };
    if path.len() > limits::FILE_PATH_MAX_BYTES {
        return Some("is too long");
    }
    if path.chars().any(char::is_control) {
        return Some("has control characters");
    }
    let plain = |part: &str| !matches!(part, "" | "." | "..");
    (!below.split('/').all(plain)).then_some("must be plain: no empty part, no . and no ..")
}

/// A file cannot also be the folder of another.
fn check_nesting(at: &str, files: &BTreeMap<String, File>, found: &mut Found) {
    for path in files.keys() {
        let mut parents = path.match_indices('/').map(|(end, _)| &path[..end]);
        if let Some(parent) = parents.find(|parent| files.contains_key(*parent)) {
            let message = format!("{parent:?} is a file, and {path:?} needs it to be a folder");
            found.add(at, "file_path_odd", message);
        }
    }
}

fn check_processes(at: &str, processes: &[Process], found: &mut Found) {
    found.count(at, "processes", processes.len(), limits::PROCESSES_MAX);
    let mut names = BTreeSet::new();
    for (n, process) in processes.iter().enumerate() {
        let at = format!("{at}/{n}");
        if process.name.is_empty() {
            found.add(&at, "name_missing", "the process has no name; give it one");
        }
        text::check_word(&at, &process.name, found);
        if !names.insert(&process.name) {
            let message = format!("two processes are named {:?}; rename one", process.name);
            found.add(&at, "process_name_taken", message);
        }
        if process.argv.first().is_none_or(String::is_empty) {
            found.add(
                &at,
                "program_missing",
                "the process has no program; name one in argv",
            );
        }
        found.count(&at, "arguments", process.argv.len(), limits::ARGUMENTS_MAX);
        process
            .argv
            .iter()
            .for_each(|argument| check_command(&at, argument, found));
    }
}

pub(super) fn check_command(at: &str, text: &str, found: &mut Found) {
    found.bytes(at, "the command", text.len(), limits::COMMAND_MAX_BYTES);
    check_no_nul(at, text, found);
}

/// The kernel ends every text that it takes at a zero byte.
pub(super) fn check_no_nul(at: &str, text: &str, found: &mut Found) {
    if text.contains('\0') {
        found.add(
            at,
            "text_odd",
            "a zero byte cannot be handed to a program; take it away",
        );
    }
}
