//! `image pull NAME`: from its registry, with progress.

use std::pin::pin;

use api::image::PullProgress;
use futures_util::TryStreamExt;

use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::output::{Live, print};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// As quay.io/frrouting/frr:10.2.1
    name: String,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let mut news = pin!(client.pull_image(&args.name).await?);
    let live = Live::begin();
    while let Some(said) = news.try_next().await? {
        match said {
            PullProgress::Doing { what } => live.tell(&what),
            PullProgress::Loaded { name } => {
                live.end();
                print(&format!("{name} is here"));
                return Ok(Exit::DONE);
            }
            PullProgress::Failed { why } => return Err(failed(&why).into()),
        }
    }
    Err(failed("the server ended before it was here").into())
}

fn failed(why: &str) -> Failure {
    Failure::new(Exit::FAILED, why).hint(
        "without a registry: nova-ve image build, or docker save elsewhere and nova-ve image import here",
    )
}
