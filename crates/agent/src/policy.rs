//! Whether a lab may have what it asks of the host. Pure; the answer is `agent.toml`'s alone.

use std::path::{Component, Path, PathBuf};

use model::LabId;
use model::reach::{Answer, Ask, Asker, Reach, asks};
use model::spec::LabSpec;

use crate::config::Allow;

/// Everything that the lab asks for and may not have, as sentences. Empty: it may run.
pub fn refusals(spec: &LabSpec, allow: &Allow) -> Vec<String> {
    let refused = |(who, ask): (Asker, Ask)| {
        let why = refusal(spec.lab, &ask, allow)?;
        Some(format!("{who}: {why}"))
    };
    asks(spec).into_iter().filter_map(refused).collect()
}

fn refusal(lab: LabId, ask: &Ask, allow: &Allow) -> Option<String> {
    let what = &ask.what;
    let key = match ask.reach.answer() {
        Answer::Asked { key } => key,
        Answer::Never { instead } => {
            return Some(format!("{ask} is allowed to nobody; {instead}"));
        }
    };
    let allowed = match ask.reach {
        Reach::Bind => is_below(Path::new(what), &allow.bind_roots),
        // A path is equal to one with another spelling; here only the spelling counts.
        Reach::Device => allow
            .devices
            .iter()
            .any(|path| path.as_os_str() == what.as_str()),
        Reach::Capability => allow.capabilities.contains(what),
        Reach::SecurityOption => allow.security_options.contains(what),
        Reach::Privileged => allow.privileged_labs.contains(&lab),
        Reach::HostInterface => allow.host_interfaces.contains(what),
        Reach::HostNamespace
        | Reach::OtherContainer
        | Reach::HostLink
        | Reach::OutsideFile
        | Reach::RemoteFile
        | Reach::HostCommand => false,
    };
    (!allowed).then(|| {
        format!("this host does not allow {ask}; its administrator can, by {key} in agent.toml")
    })
}

/// A path with `..` in it is below nothing.
fn is_below<'a>(path: &Path, roots: impl IntoIterator<Item = &'a PathBuf>) -> bool {
    let plain = path
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    plain && path.is_absolute() && roots.into_iter().any(|root| path.starts_with(root))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;

    const LAB: LabId = LabId(Uuid::from_u128(1));

    fn everything() -> Allow {
        Allow {
            bind_roots: BTreeSet::from(["/srv/labs".into()]),
            devices: BTreeSet::from(["/dev/kvm".into()]),
            capabilities: BTreeSet::from(["SYS_ADMIN".into()]),
            security_options: BTreeSet::from(["seccomp=unconfined".into()]),
            host_interfaces: BTreeSet::from(["eth1".into()]),
            privileged_labs: BTreeSet::from([LAB]),
        }
    }

    fn all_asks() -> Vec<Ask> {
        let what = |reach| match reach {
            Reach::Bind => "/srv/labs/a",
            Reach::Device => "/dev/kvm",
            Reach::Capability => "SYS_ADMIN",
            Reach::SecurityOption => "seccomp=unconfined",
            Reach::HostInterface => "eth1",
            _ => "",
        };
        let asked = Reach::ALL
            .into_iter()
            .filter(|reach| matches!(reach.answer(), Answer::Asked { .. }));
        asked.map(|reach| Ask::new(reach, what(reach))).collect()
    }

    #[test]
    fn what_is_named_is_allowed_and_everything_else_refused() {
        for ask in all_asks() {
            assert_eq!(refusal(LAB, &ask, &everything()), None, "{ask:?}");
            let why = refusal(LAB, &ask, &Allow::default()).unwrap_or_default();
            assert!(why.contains("in agent.toml"), "{ask:?}: {why}");
        }
    }

    #[test]
    fn a_bind_root_is_not_left_by_dots_or_by_a_longer_name() {
        for path in ["/srv/labs/../../etc", "/srv/labsx", "srv/labs", "/etc"] {
            assert!(
                refusal(LAB, &Ask::new(Reach::Bind, path), &everything()).is_some(),
                "{path}"
            );
        }
    }

    #[test]
    fn one_privileged_lab_does_not_open_another() {
        let other = LabId(Uuid::from_u128(2));
        assert!(refusal(other, &Ask::new(Reach::Privileged, ""), &everything()).is_some());
    }
}
