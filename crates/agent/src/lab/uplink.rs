//! Interfaces of the host as ports of lab networks, as `agent.toml` allows.
//!
//! Where the wish names one it is looked at in every pass; where it names none, once a wish, to let go
//! of what an older one had joined.

use std::sync::Arc;

use fabric::Error;

use super::{Inner, Wish};

pub(super) async fn ensure(lab: &Arc<Inner>, wish: &Wish) {
    let Some(spec) = wish.spec() else {
        return;
    };
    let generation = Some(wish.generation());
    let seen = lab.board().uplinks_of == generation;
    let mut well = true;
    for (id, network) in &spec.networks {
        let wanted = network.uplink.as_deref();
        if seen && wanted.is_none() {
            continue;
        }
        let joined = lab.host.fabric.ensure_uplink(&lab.names, *id, wanted).await;
        match joined {
            Ok(()) => {}
            // Its bridge comes with the first node that runs.
            Err(Error::Missing { name }) if wanted != Some(name.as_str()) => {}
            Err(error) => {
                well = false;
                lab.problem(format!("network {}: {error}", network.name));
            }
        }
    }
    if well {
        lab.board().uplinks_of = generation;
    }
}
