//! The operator's story of what a server asked for: every wish with what became of it and whose
//! requests it came from, and every stream that was opened.

use std::collections::BTreeMap;

use model::{Generation, LabId};

use crate::client::AgentError;
use crate::image::ImageTransfer;
use crate::request_id::RequestId;
use crate::spec::{ApplyOutcome, HostSpec};
use crate::stream::Opening;

/// What is to be told of a wish, before it is given away.
pub(super) struct Wishes(BTreeMap<LabId, (Generation, String)>);

impl Wishes {
    pub fn of(spec: &HostSpec) -> Self {
        let wishes = spec.labs.iter().map(|(lab, entry)| {
            let causes = spec.causes.get(lab).map_or(&[][..], Vec::as_slice);
            (*lab, (entry.generation(), words(causes)))
        });
        Self(wishes.collect())
    }

    pub fn tell(&self, outcomes: &BTreeMap<LabId, ApplyOutcome>) {
        for (lab, outcome) in outcomes {
            if let Some((generation, requests)) = self.0.get(lab) {
                tell_wish(*lab, *generation, outcome, requests);
            }
        }
    }
}

fn tell_wish(lab: LabId, generation: Generation, outcome: &ApplyOutcome, requests: &str) {
    let generation = generation.0;
    match outcome {
        ApplyOutcome::Accepted => {
            tracing::info!(lab.id = %lab, generation, request.id = requests, "lab.wish taken");
        }
        ApplyOutcome::Unchanged => {
            tracing::debug!(lab.id = %lab, generation, request.id = requests, "lab.wish known");
        }
        ApplyOutcome::StaleGeneration { .. }
        | ApplyOutcome::Conflict { .. }
        | ApplyOutcome::Invalid { .. }
        | ApplyOutcome::Forbidden { .. }
        | ApplyOutcome::HashTaken { .. } => tracing::warn!(
            lab.id = %lab,
            generation,
            request.id = requests,
            why = ?outcome,
            "lab.wish refused"
        ),
    }
}

/// Which stream of which node, never what goes over it: a command may hold a password.
pub(super) fn tell_opening(opening: &Opening, opened: Result<(), &AgentError>) {
    let (lab, node) = opening.node().unzip();
    let lab = lab.map(tracing::field::display);
    let node = node.map(tracing::field::display);
    let stream = match opening {
        Opening::Console { .. } => "console",
        Opening::Exec { .. } => "exec",
        Opening::Logs { .. } => "logs",
        Opening::GetFile { .. } => "get_file",
        Opening::PutFile { .. } => "put_file",
        Opening::Port { .. } => "port",
        Opening::Image(ImageTransfer::Pull { .. }) => "image pull",
        Opening::Image(ImageTransfer::Load) => "image load",
    };
    let request = RequestId::current();
    let request = request.as_ref().map(RequestId::as_str);
    match opened {
        Ok(()) => {
            tracing::debug!(
                lab.id = lab,
                node.id = node,
                stream,
                request.id = request,
                "stream.open"
            );
        }
        Err(error) => tracing::info!(
            lab.id = lab,
            node.id = node,
            stream,
            request.id = request,
            %error,
            "stream.open refused"
        ),
    }
}

/// One or several, with commas.
fn words(causes: &[RequestId]) -> String {
    let words: Vec<&str> = causes.iter().map(RequestId::as_str).collect();
    words.join(",")
}
