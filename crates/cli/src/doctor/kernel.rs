//! What the kernel must have for links, and what makes them better.

use super::{Facts, Finding, Level};

/// A feature, by what probing it is called, its module and its option, and what it is for.
struct Feature {
    probe: &'static str,
    module: &'static str,
    option: &'static str,
    needed: bool,
    what_for: &'static str,
}

const FEATURES: [Feature; 7] = [
    Feature {
        probe: "veth",
        module: "veth",
        option: "CONFIG_VETH",
        needed: true,
        what_for: "links",
    },
    Feature {
        probe: "bridge",
        module: "bridge",
        option: "CONFIG_BRIDGE",
        needed: true,
        what_for: "shared networks",
    },
    Feature {
        probe: "clsact",
        module: "sch_ingress",
        option: "CONFIG_NET_SCH_INGRESS",
        needed: true,
        what_for: "transparent links",
    },
    Feature {
        probe: "u32",
        module: "cls_u32",
        option: "CONFIG_NET_CLS_U32",
        needed: true,
        what_for: "transparent links",
    },
    Feature {
        probe: "mirred",
        module: "act_mirred",
        option: "CONFIG_NET_ACT_MIRRED",
        needed: true,
        what_for: "transparent links",
    },
    Feature {
        probe: "netem",
        module: "sch_netem",
        option: "CONFIG_NET_SCH_NETEM",
        needed: false,
        what_for: "delay, jitter and loss on links",
    },
    Feature {
        probe: "tbf",
        module: "sch_tbf",
        option: "CONFIG_NET_SCH_TBF",
        needed: false,
        what_for: "the rate of links",
    },
];

pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![overlay(facts), features(facts)];
    findings.extend(
        FEATURES
            .iter()
            .filter_map(|feature| missing(facts, feature)),
    );
    findings
}

fn has(facts: &Facts, feature: &Feature) -> Option<bool> {
    facts
        .probes
        .features
        .get(feature.probe)
        .copied()
        .or_else(|| facts.module(feature.module, feature.option))
}

fn features(facts: &Facts) -> Finding {
    let named = |wanted: Option<bool>| -> Vec<&str> {
        FEATURES
            .iter()
            .filter(|feature| has(facts, feature) == wanted)
            .map(|feature| feature.probe)
            .collect()
    };
    let unknown = named(None);
    let release = facts.text("proc/sys/kernel/osrelease").unwrap_or_default();
    let mut says = format!("{}: {}", release.trim(), named(Some(true)).join(", "));
    if !unknown.is_empty() {
        says = format!("{says}; cannot tell: {}", unknown.join(", "));
    }
    Finding::new(Level::Ok, "kernel", says)
}

fn missing(facts: &Facts, feature: &Feature) -> Option<Finding> {
    if has(facts, feature) != Some(false) {
        return None;
    }
    let (level, so) = if feature.needed {
        (Level::Fail, "are impossible")
    } else {
        (Level::Warn, "cannot be set here")
    };
    Some(
        Finding::new(
            level,
            feature.probe,
            format!("this kernel lacks it, so {} {so}", feature.what_for),
        )
        .mend(format!(
            "sudo modprobe {}, or a kernel with {}",
            feature.module, feature.option
        )),
    )
}

fn overlay(facts: &Facts) -> Finding {
    let listed = facts
        .text("proc/filesystems")
        .is_some_and(|text| text.lines().any(|line| line.ends_with("\toverlay")));
    if listed || facts.module("overlay", "CONFIG_OVERLAY_FS") == Some(true) {
        return Finding::new(
            Level::Ok,
            "overlayfs",
            "each node gets an /etc and /var of its own",
        );
    }
    Finding::new(
        Level::Fail,
        "overlayfs",
        "this kernel does not know it, and every node's /etc and /var lie on it",
    )
    .mend("sudo modprobe overlay")
}
