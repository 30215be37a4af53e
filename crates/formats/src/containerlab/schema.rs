//! Every key that a topology file can have, as containerlab's own types have them, and those it once had.
//!
//! The file is held against this before anything is made of it: an unknown key is a loss at its line, a
//! value of the wrong shape a fault. After that a reader may trust the shapes.

mod check;

pub use check::check;

/// What a value can be. Nothing (`key:` alone) is fine everywhere and means that the key is not given.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Whatever its owner likes.
    Free,
    /// A text, a number, a boolean.
    Word,
    List(&'static Shape),
    /// Keys that somebody chose.
    Map(&'static Shape),
    /// Keys of containerlab.
    Object(&'static [(&'static str, Shape)]),
    /// The one or the other.
    Either(&'static [Shape]),
}

use Shape::{Either, Free, List, Map, Object, Word};

const WORDS: Shape = List(&Word);
const TEXTS: Shape = Map(&Word);

pub const FILE: Shape = Object(&[
    ("name", Word),
    ("prefix", Word),
    ("debug", Word),
    ("mgmt", MGMT),
    ("settings", SETTINGS),
    ("topology", TOPOLOGY),
]);

const MGMT: Shape = Object(&[
    ("network", Word),
    ("bridge", Word),
    ("ipv4-subnet", Word),
    ("ipv6-subnet", Word),
    ("ipv4-gw", Word),
    ("ipv6-gw", Word),
    ("ipv4-range", Word),
    ("ipv6-range", Word),
    ("mtu", Word),
    ("external-access", Word),
    ("skip-when-unused", Word),
    ("driver-opts", TEXTS),
]);

const SETTINGS: Shape = Object(&[(
    "certificate-authority",
    Object(&[
        ("cert", Word),
        ("key", Word),
        ("key-size", Word),
        ("validity-duration", Word),
    ]),
)]);

const TOPOLOGY: Shape = Object(&[
    ("defaults", NODE),
    ("kinds", Map(&NODE)),
    ("groups", Map(&NODE)),
    ("nodes", Map(&NODE)),
    ("links", List(&LINK)),
]);

/// The keys of a definition: of a node, a kind, a group, the defaults.
pub const NODE_KEYS: &[(&str, Shape)] = &[
    ("kind", Word),
    ("group", Word),
    ("type", Word),
    ("image", Word),
    ("image-pull-policy", Word),
    ("license", Word),
    ("startup-config", Word),
    ("startup-delay", Word),
    ("enforce-startup-config", Word),
    ("suppress-startup-config", Word),
    ("auto-remove", Word),
    ("restart-policy", Word),
    ("entrypoint", Word),
    ("cmd", Word),
    ("user", Word),
    ("hostname", Word),
    ("exec", WORDS),
    ("binds", WORDS),
    ("volumes", WORDS),
    ("tmpfs", TEXTS),
    ("env", TEXTS),
    ("env-files", WORDS),
    ("labels", TEXTS),
    ("sysctls", TEXTS),
    ("ports", WORDS),
    ("publish", WORDS),
    ("network-mode", Word),
    ("pid-mode", Word),
    ("cgroupns-mode", Word),
    ("cgroup-parent", Word),
    ("runtime", Word),
    ("privileged", Word),
    ("devices", WORDS),
    ("cap-add", WORDS),
    ("security-opts", WORDS),
    ("cpu", Word),
    ("cpu-set", Word),
    ("memory", Word),
    ("shm-size", Word),
    ("mgmt-ipv4", Word),
    ("mgmt-ipv6", Word),
    ("aliases", WORDS),
    ("position", Word),
    ("link-apply-mode", Word),
    ("stages", Map(&STAGE)),
    (
        "dns",
        Object(&[("servers", WORDS), ("search", WORDS), ("options", WORDS)]),
    ),
    (
        "healthcheck",
        Object(&[
            ("test", WORDS),
            ("interval", Word),
            ("timeout", Word),
            ("retries", Word),
            ("start-period", Word),
        ]),
    ),
    (
        "certificate",
        Object(&[
            ("issue", Word),
            ("key-size", Word),
            ("validity-duration", Word),
            ("sans", WORDS),
        ]),
    ),
    ("config", Object(&[("vars", Free)])),
    (
        "credentials",
        Object(&[
            ("username", Word),
            ("password", Word),
            ("identity-file", Word),
        ]),
    ),
    ("username", Word),
    ("password", Word),
    ("extras", EXTRAS),
    ("components", List(&COMPONENT)),
];

pub const NODE: Shape = Object(NODE_KEYS);

const STAGE: Shape = Object(&[
    (
        "wait-for",
        List(&Object(&[("node", Word), ("stage", Word)])),
    ),
    (
        "exec",
        Either(&[
            List(&Object(&[
                ("command", Word),
                ("target", Word),
                ("phase", Word),
            ])),
            // Of older versions.
            Object(&[("on-enter", WORDS), ("on-exit", WORDS)]),
        ]),
    ),
]);

const EXTRAS: Shape = Object(&[
    ("srl-agents", WORDS),
    ("ceos-copy-to-flash", WORDS),
    ("mysocket-proxy", Word),
    (
        "k8s_kind",
        Object(&[("deploy", Object(&[("kubeconfig", Word), ("wait", Word)]))]),
    ),
]);

const MDA: Shape = Object(&[("slot", Word), ("type", Word)]);

const COMPONENT: Shape = Object(&[
    ("slot", Word),
    ("type", Word),
    ("env", TEXTS),
    ("sfm", Word),
    ("mda", List(&MDA)),
    (
        "xiom",
        List(&Object(&[
            ("slot", Word),
            ("type", Word),
            ("mda", List(&MDA)),
        ])),
    ),
]);

const ENDPOINT: Shape = Object(&[
    ("node", Word),
    ("interface", Word),
    ("mac", Word),
    ("ipv4", Word),
    ("ipv6", Word),
    ("vars", Map(&Free)),
]);

const LINK: Shape = Object(&[
    ("type", Word),
    ("endpoints", List(&Either(&[Word, ENDPOINT]))),
    ("endpoint", ENDPOINT),
    ("host-interface", Word),
    ("mode", Word),
    ("remote", Word),
    ("vni", Word),
    ("dst-port", Word),
    ("src-port", Word),
    ("udp-port", Word),
    ("parent-interface", Word),
    ("mtu", Word),
    ("ipv4", WORDS),
    ("ipv6", WORDS),
    ("vars", Map(&Free)),
    ("labels", TEXTS),
]);

/// Whether links of some type have this key.
pub fn is_link_key(key: &str) -> bool {
    match LINK {
        Object(keys) => keys.iter().any(|(known, _)| *known == key),
        Free | Word | List(_) | Map(_) | Either(_) => false,
    }
}
