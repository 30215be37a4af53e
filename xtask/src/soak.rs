//! `cargo xtask soak`: builds what it needs and lets `tests/system` live with it, as the user who calls.

use crate::sh::{build_all, call, ours};

#[derive(clap::Args)]
pub struct Options {
    /// How long, two fifths of it calm, one with `kill -9`, two calm again
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Draws everybody's choices; printed when it is drawn here
    #[arg(long)]
    seed: Option<u64>,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    crate::web::build()?;
    build_all()?;
    let minutes = options.minutes.to_string();
    let seed = options.seed.map(|seed| seed.to_string());
    let mut args = vec!["--minutes", &minutes];
    if let Some(seed) = &seed {
        args.extend(["--seed", seed]);
    }
    call(&ours("soak").to_string_lossy(), &args)
}
