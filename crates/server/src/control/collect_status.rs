//! Takes what the agent reports and tells clients what changed.

use agent_api::Event as Report;
use agent_api::client::ClientEvent;
use api::event::Event;
use model::LabId;
use model::status::LabStatus;
use tokio::sync::broadcast::error::RecvError;

use crate::app::App;
use crate::error::Error;

pub async fn run(app: App) {
    let mut events = app.agent.events();
    if app.host().is_ok() {
        // Connected before this loop listened.
        take(&app, ClientEvent::Connected).await;
        catch_up(&app).await;
    }
    loop {
        // Both arms lose nothing when the other wins: `recv` is cancel-safe.
        let event = tokio::select! {
            event = events.recv() => event,
            () = app.stopping.cancelled() => return,
        };
        match event {
            Ok(event) => take(&app, event).await,
            Err(RecvError::Lagged(_)) => catch_up(&app).await,
            Err(RecvError::Closed) => return,
        }
    }
}

async fn take(app: &App, event: ClientEvent) {
    let outcome = match event {
        ClientEvent::Connected => {
            take_connection(app);
            Ok(())
        }
        ClientEvent::Disconnected { why } => {
            tracing::warn!(why, "the agent is gone; what runs goes on running");
            app.publish(Event::Agent {
                reachable: false,
                why,
            });
            Ok(())
        }
        ClientEvent::Agent(Report::Lab { lab, status }) => take_status(app, lab, status).await,
        ClientEvent::Agent(Report::LabRemoved { lab, generation }) => {
            app.statuses.forget(lab);
            let forgotten = app.store.forget_tombstone(lab, generation).await;
            forgotten.map_err(Error::from)
        }
        ClientEvent::Agent(Report::Notice {
            lab,
            node,
            message,
            request_id,
        }) => {
            let request_id = request_id.map(String::from);
            let notice = Event::Notice {
                node,
                message,
                request_id,
            };
            app.publish_lab(lab, notice).await
        }
    };
    if let Err(error) = outcome {
        tracing::warn!(error = %super::with_cause(&error), "a report of the agent was not taken");
    }
}

fn take_connection(app: &App) {
    match app.host() {
        Ok(host) if host.is_older() => tracing::warn!(
            protocol = host.protocol,
            "the agent is connected; it is older than this server: upgrade it"
        ),
        Ok(_) | Err(_) => tracing::info!("the agent is connected"),
    }
    app.pushed.forget_all();
    app.wake.push_specs.notify_one();
    app.wake.discovery.notify_one();
    app.publish(Event::Agent {
        reachable: true,
        why: String::new(),
    });
}

/// Events were missed: the whole status says what they would have said.
async fn catch_up(app: &App) {
    let Ok(host) = app.agent.status().await else {
        // Not reachable: the next connection begins with every lab's status.
        return;
    };
    for (lab, status) in host.labs {
        take(app, ClientEvent::Agent(Report::Lab { lab, status })).await;
    }
    for (lab, generation) in host.removed {
        take(
            app,
            ClientEvent::Agent(Report::LabRemoved { lab, generation }),
        )
        .await;
    }
}

async fn take_status(app: &App, lab: LabId, status: LabStatus) -> Result<(), Error> {
    for event in app.statuses.set(lab, status) {
        app.publish_lab(lab, event).await?;
    }
    app.wake.jobs.notify_one();
    Ok(())
}
