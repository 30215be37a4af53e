//! `nova-ve-server serve`.

use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::Duration;

use agent_api::reserve::Reserve;
use agent_api::unix::UnixAgent;
use agent_api::{ControllerId, Discovery};
use anyhow::Context;
use model::InstanceId;
use store::{Labs, Store};
use telemetry::{service, variables};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use uuid::Uuid;

use super::autostart::take_note_of_boot;
use crate::app::{App, Ingredients, Settings};
use crate::auth::{Cost, Passwords};
use crate::border::{self, Border};
use crate::clock::Clock;
use crate::config::ServeConfig;
use crate::reload::{self, Reload};
use crate::{control, http, templates};
use agent_api::instance::read_instance;

/// Requests that are still answered when the server stops get this long.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// In the labs folder, where no lab has a name like it.
const RESERVE: &str = ".reserve";

pub async fn run(config: ServeConfig) -> anyhow::Result<ExitCode> {
    let app = prepare(&config).await?;
    let listener = listen(&config).await?;
    tracing::info!(
        listen = %listener.local_addr()?,
        instance = %app.config.instance,
        "nova-ve-server serves"
    );
    tell_of_guacamole(&app);
    for complaint in variables::complaints() {
        tracing::warn!("{complaint}");
    }
    stop_on_signal(app.clone())?;
    let reload = Reload {
        file: config.env_file.clone(),
        status: format!("serves {}", listener.local_addr()?),
    };
    let status = reload.status_line(config.discovery_cadence_seconds);
    reload::on_signal(&app, reload)?;
    service::ready(&status);
    tokio::spawn(stay_alive());
    serve(app, listener).await?;
    tracing::info!("nova-ve-server stops; what runs goes on running");
    Ok(ExitCode::SUCCESS)
}

fn tell_of_guacamole(app: &App) {
    if let Some(guacamole) = &app.config.guacamole {
        tracing::info!(web_app = %guacamole.web_app, "consoles open in Guacamole, too");
    } else {
        tracing::info!("Guacamole is off: GUACAMOLE_DATABASE_URL is not set");
    }
}

async fn listen(config: &ServeConfig) -> anyhow::Result<TcpListener> {
    if config.listen_stdin {
        return inherited().context("standard input is no socket to serve on");
    }
    TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("failed to listen on {}", config.listen))
}

/// The socket that whoever started this program listens on already.
fn inherited() -> std::io::Result<TcpListener> {
    let socket = std::io::stdin().as_fd().try_clone_to_owned()?;
    let listener = std::net::TcpListener::from(socket);
    // Fails on anything but a socket with an address.
    listener.local_addr()?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Serves until `App::stopping` is cancelled, then ends every loop and closes the database.
pub async fn serve(app: App, listener: TcpListener) -> anyhow::Result<()> {
    let mut loops = control::spawn(&app).await?;
    let router = http::router(app.clone());
    let open_files = border::raise_open_files();
    let stopping = app.stopping.clone();
    let (allowed, begun) = (app.config.border, app.begun.clone());
    let serving = async move {
        border::serve(listener, router, allowed, open_files, stopping).await;
        begun.close();
        begun.wait().await;
    };
    let late = async {
        app.stopping.cancelled().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        () = serving => {}
        () = late => tracing::warn!("some requests were not answered to their end"),
    }
    while loops.join_next().await.is_some() {}
    app.store.close().await;
    if let Some(guacamole) = &app.config.guacamole {
        guacamole.guacdb.close().await;
    }
    Ok(())
}

async fn prepare(config: &ServeConfig) -> anyhow::Result<App> {
    let instance = read_instance(&config.instance_id_file()?, &config.instance_override())?;
    let clock = Clock::System;
    let store = Store::open(&config.data.store()?).await?;
    let labs = Labs::open(
        store.clone(),
        config.labs_dir()?,
        Uuid::new_v4(),
        clock.now_ms(),
    )
    .await?;
    let controller = store.controller_id(Uuid::new_v4()).await?;
    let controller = ControllerId(controller.to_string());
    let app = App::new(Ingredients {
        config: settings_of(config, instance)?,
        clock,
        agent: UnixAgent::connect(config.agent_socket()?, controller.clone()),
        store,
        labs,
        controller,
        templates: templates::embedded()?,
        passwords: Passwords::new(Cost::Recommended),
        epoch: Uuid::new_v4().to_string(),
    });
    take_note_of_boot(&app, &config.data.folder()?, config.autostart).await?;
    Ok(app)
}

/// What operations ask for, as it is set.
fn settings_of(config: &ServeConfig, instance: InstanceId) -> anyhow::Result<Settings> {
    let guacamole = config.guacamole.guacamole();
    Ok(Settings {
        instance,
        cookie_secure: config.cookie_secure,
        audit_days: config.audit_days,
        metrics: config.metrics,
        hosts: config.hosts(),
        border: Border::default(),
        discovery: Discovery {
            cadence_s: config.discovery_cadence_seconds,
        },
        reserve: Some(Reserve::at(config.labs_dir()?.join(RESERVE))),
        guacamole: guacamole.context("GUACAMOLE_DATABASE_URL")?,
    })
}

/// Tells that the runtime still turns, as often as whoever started us wants to hear it.
async fn stay_alive() {
    let Some(every) = service::alive_every() else {
        return;
    };
    loop {
        service::alive();
        tokio::time::sleep(every).await;
    }
}

fn stop_on_signal(app: App) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("no signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("no signals")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        service::stopping();
        app.stopping.cancel();
    });
    Ok(())
}
