//! One person: makes a lab, works with it, leaves nothing.

use std::time::{Duration, Instant};

use api::client::{Client, ClientError};
use api::lab::ImportLab;
use fastrand::Rng;
use model::LabId;

use super::act;
use super::calls::Tally;

const ACTS: usize = 40;
/// A lab must be gone after this long, also when the programs died meanwhile.
const LEAVE_LIMIT: Duration = Duration::from_secs(90);

pub(super) async fn work(client: Client, number: u64, mut dice: Rng) -> Tally {
    let mut tally = Tally::default();
    let Some(lab) = make_lab(&client, number, &mut dice, &mut tally).await else {
        return tally;
    };
    act::start_all(&client, lab, &mut tally).await;
    for _ in 0..ACTS {
        act::any(&client, lab, &mut dice, &mut tally).await;
    }
    leave(&client, lab, &mut tally).await;
    tally
}

async fn make_lab(
    client: &Client,
    number: u64,
    dice: &mut Rng,
    tally: &mut Tally,
) -> Option<LabId> {
    let file = if dice.u8(0..3) == 0 {
        "ospf-triangle.json"
    } else {
        "shared-network.json"
    };
    let text = std::fs::read_to_string(crate::labs().join(file)).expect("our samples are there");
    let lab = serde_json::from_str(&text).expect("our samples are labs");
    let name = Some(format!("soak {number}-{}", dice.u32(..)));
    let made = client.import_lab(&ImportLab { lab, name }).await;
    Some(tally.count("import", made)?.lab.id)
}

/// Deletes the lab as a person would: again and again until it is gone.
async fn leave(client: &Client, lab: LabId, tally: &mut Tally) {
    let begun = Instant::now();
    loop {
        let deleted = client.delete_lab(lab).await;
        if is_gone(&deleted) {
            return tally.done("delete");
        }
        if begun.elapsed() > LEAVE_LIMIT {
            let why = deleted.err().map(|error| error.to_string());
            return tally.lose("delete", &why.unwrap_or_default());
        }
        // A storm, or nodes that run: a person stops them and tries again.
        act::stop_all(client, lab, tally).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

fn is_gone(deleted: &Result<(), ClientError>) -> bool {
    match deleted {
        Ok(()) => true,
        Err(ClientError::Api(error)) => error.status == 404,
        Err(
            ClientError::Unreachable { .. }
            | ClientError::BrokenOff { .. }
            | ClientError::Protocol(_),
        ) => false,
    }
}
