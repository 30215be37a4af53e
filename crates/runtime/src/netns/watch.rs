//! One listener for each living supervisor: what it tells becomes the driver's events.

use super::driver::Driver;
use super::protocol::{Control, Request};
use super::{acts, client};
use crate::driver::{DriverEvent, NodeRef};

/// Listen to this node, if nobody does yet; until its supervisor ends.
pub fn watch(driver: &Driver, node: NodeRef) {
    if driver.busy().watched.insert(node) {
        let driver = driver.clone();
        tokio::spawn(async move {
            let supervisor = acts::living(&driver.folder(node));
            listen(&driver, node).await;
            driver.busy().watched.remove(&node);
            driver.kept().forget(node);
            // Its socket closes a moment before it is gone; whoever hears of its end shall find none.
            if let Some(supervisor) = supervisor {
                acts::wait_until_gone(supervisor).await;
            }
            driver.kept().forget(node);
            tell(&driver, DriverEvent::Ended(node));
        });
    }
}

async fn listen(driver: &Driver, node: NodeRef) {
    let Ok(mut connection) = client::open(&driver.folder(node), Request::Watch).await else {
        return;
    };
    while let Ok(control) = client::next_control(&mut connection).await {
        match control {
            Control::Status(status) => {
                driver.kept().hear(node, *status);
                tell(driver, DriverEvent::Changed(node));
            }
            Control::Notice { message } => tell(driver, DriverEvent::Notice { node, message }),
            Control::Hello(_)
            | Control::Resize(_)
            | Control::EndOfInput
            | Control::Replay { .. }
            | Control::Exit { .. }
            | Control::Failed { .. }
            | Control::Done => {}
        }
    }
}

pub(super) fn tell(driver: &Driver, event: DriverEvent) {
    // Nobody listens to the driver: then nobody is to be told.
    let _ = driver.events.send(event);
}
