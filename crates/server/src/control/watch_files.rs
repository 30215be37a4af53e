//! Looks whether lab files were changed by hand.

use std::time::Duration;

use api::event::Event;
use api::lab::FileState;
use model::LabId;
use store::LabChange;
use tokio::sync::Notify;

use crate::app::App;
use crate::error::Error;

const TICK: Duration = Duration::from_secs(2);

pub async fn run(app: App) {
    let never = Notify::new();
    super::repeat(&app, "looking at the labs folder", &never, TICK, || {
        pass(&app)
    })
    .await;
}

async fn pass(app: &App) -> Result<(), Error> {
    let changes = app.labs.rescan(app.clock.now_ms()).await?;
    let any = !changes.is_empty();
    for change in changes {
        tracing::info!(?change, "a lab file was changed by hand");
        let (lab, event) = describe(app, change).await?;
        app.publish_lab(lab, event).await?;
    }
    if any {
        app.wake.push_specs.notify_one();
    }
    Ok(())
}

async fn describe(app: &App, change: LabChange) -> Result<(LabId, Event), Error> {
    Ok(match change {
        LabChange::Appeared(lab) => {
            let record = app.labs.get(lab).await?;
            let name = record
                .map(|record| record.lab.name.clone())
                .unwrap_or_default();
            (lab, Event::LabCreated { name })
        }
        LabChange::Changed { lab, revision } => (lab, Event::LabReplaced { revision }),
        LabChange::Broken { lab, why } => {
            let file = FileState::Broken { why };
            (lab, Event::LabFile { file })
        }
        LabChange::Missing(lab) => {
            let file = FileState::Missing;
            (lab, Event::LabFile { file })
        }
        LabChange::Mended(lab) => {
            let file = FileState::Ok;
            (lab, Event::LabFile { file })
        }
    })
}
