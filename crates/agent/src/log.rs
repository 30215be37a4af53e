//! Where logs go: standard error, which systemd or `nova-ve up` keeps.

use tracing_subscriber::EnvFilter;

/// `NOVA_VE_LOG` says what is told: `info` if it is not set, else as `agent=debug,fabric=trace`.
pub fn to_stderr() {
    let filter = EnvFilter::try_from_env("NOVA_VE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
}
