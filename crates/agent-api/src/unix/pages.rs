//! A wish for many labs, in as many requests as its size needs. Labs are judged alone and absence is
//! never a deletion, so nothing is lost between two of them.

use std::collections::BTreeMap;
use std::io::Write;

use model::LabId;

use crate::codec::CONTROL_LIMIT_BYTES;
use crate::spec::{ApplyOutcome, HostSpec, LabEntry};

/// What one request carries, unless a single lab is larger: so none holds up the pings for long.
const PAGE_BYTES: usize = 4 << 20;
/// A lab's wish can be this large; what is around it in its frame needs far less than the rest.
pub const LAB_LIMIT_BYTES: usize = CONTROL_LIMIT_BYTES - (1 << 20);

/// The requests, and the answer for labs that no request can carry.
pub(super) struct Pages {
    pub requests: Vec<HostSpec>,
    pub refused: BTreeMap<LabId, ApplyOutcome>,
}

pub(super) fn split(spec: HostSpec) -> Pages {
    split_at(spec, PAGE_BYTES, LAB_LIMIT_BYTES)
}

fn split_at(spec: HostSpec, page_bytes: usize, lab_limit_bytes: usize) -> Pages {
    let HostSpec {
        controller,
        host,
        labs,
        mut causes,
    } = spec;
    let mut pages = Pages {
        requests: Vec::new(),
        refused: BTreeMap::new(),
    };
    let mut free_bytes = 0;
    for (lab, entry) in labs {
        let length_bytes = length_bytes(&entry);
        if length_bytes > lab_limit_bytes {
            pages
                .refused
                .insert(lab, too_large(length_bytes, lab_limit_bytes));
            continue;
        }
        if length_bytes > free_bytes || pages.requests.is_empty() {
            pages.requests.push(HostSpec {
                controller: controller.clone(),
                host,
                labs: BTreeMap::new(),
                causes: BTreeMap::new(),
            });
            free_bytes = page_bytes;
        }
        free_bytes = free_bytes.saturating_sub(length_bytes);
        let page = pages.requests.last_mut().expect("one was just made");
        page.causes
            .extend(causes.remove(&lab).map(|cause| (lab, cause)));
        page.labs.insert(lab, entry);
    }
    pages
}

fn too_large(length_bytes: usize, limit_bytes: usize) -> ApplyOutcome {
    let problem = format!(
        "the lab takes {length_bytes} bytes on its way to the host, {limit_bytes} at most can be \
         sent; take large files out of its nodes"
    );
    ApplyOutcome::Invalid {
        problems: vec![problem],
    }
}

/// As JSON, without making it.
fn length_bytes(entry: &LabEntry) -> usize {
    struct Count(usize);
    impl Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // What cannot be written as JSON is refused when it is sent.
    let _ = serde_json::to_writer(&mut count, entry);
    count.0
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use model::spec::{HiddenBridge, LabSpec};
    use model::{Generation, HostId};

    use super::*;
    use crate::spec::ControllerId;

    fn lab(n: u128) -> LabId {
        LabId(uuid::Uuid::from_u128(n))
    }

    /// Labs whose names are this long.
    fn wish(names: &[usize]) -> HostSpec {
        let entry = |(n, length): (usize, &usize)| {
            let lab = lab(n as u128);
            let spec = LabSpec {
                lab,
                name: "x".repeat(*length),
                hidden_bridge: HiddenBridge::Always,
                nodes: BTreeMap::new(),
                networks: BTreeMap::new(),
                links: BTreeMap::new(),
            };
            let generation = Generation(1);
            (lab, LabEntry::Present { generation, spec })
        };
        HostSpec {
            controller: ControllerId("c".into()),
            host: HostId(uuid::Uuid::nil()),
            labs: names.iter().enumerate().map(entry).collect(),
            causes: BTreeMap::new(),
        }
    }

    #[test]
    fn every_lab_is_in_exactly_one_request_and_none_is_too_large() {
        let whole = wish(&[100, 3000, 100, 2000, 2000, 1, 4000]);
        let pages = split_at(whole.clone(), 4000, 10_000);
        assert!(pages.refused.is_empty());
        assert!(pages.requests.len() > 2, "{}", pages.requests.len());
        let mut labs = BTreeMap::new();
        for page in pages.requests {
            assert!(page.labs.len() == 1 || serde_json::to_vec(&page).unwrap().len() < 5000);
            labs.extend(page.labs);
        }
        assert_eq!(labs, whole.labs);
    }

    #[test]
    fn a_lab_that_no_request_can_carry_is_refused_alone() {
        let pages = split_at(wish(&[10, 9000, 10]), 4000, 5000);
        assert_eq!(pages.requests.len(), 1);
        assert_eq!(pages.requests[0].labs.len(), 2);
        let ApplyOutcome::Invalid { problems } = &pages.refused[&lab(1)] else {
            panic!("{:?}", pages.refused);
        };
        assert!(
            problems[0].contains("5000 at most can be sent"),
            "{problems:?}"
        );
    }

    #[test]
    fn a_wish_for_nothing_is_no_request() {
        assert!(split(wish(&[])).requests.is_empty());
    }
}
