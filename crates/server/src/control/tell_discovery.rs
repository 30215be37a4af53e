//! Tells the agent how often to walk everything for drift: after each connection, and when it changed.

use std::time::Duration;

use agent_api::AgentError;

use crate::app::App;
use crate::error::Error;

/// Should a change or a connection ever be missed.
const TICK: Duration = Duration::from_mins(1);

pub async fn run(app: App) {
    let wake = &app.wake.discovery;
    super::repeat(&app, "telling the agent its cadence", wake, TICK, || {
        pass(&app)
    })
    .await;
}

async fn pass(app: &App) -> Result<(), Error> {
    if app.host().is_err() {
        return Ok(());
    }
    let discovery = *app.discovery.borrow();
    match app.agent.set_discovery(discovery).await {
        Ok(()) => Ok(()),
        // It walks by a cadence of its own, or not at all; nothing more can be done from here.
        Err(AgentError::Failed { code, message }) if code == "agent_too_old" => {
            tracing::debug!(message, "the agent takes no cadence");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
