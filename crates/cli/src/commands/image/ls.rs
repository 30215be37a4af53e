//! `image ls`

use api::image::{Image, Images};

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::{answer, remark, size, table};
use crate::times::moment;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let images = connect(global).await?.images().await?;
    answer(global.format(), &images, |images| {
        let rows = images.items.iter().map(row).collect();
        table(["IMAGE", "SIZE", "MADE", "CONTAINERS", "USED BY"], rows)
    })?;
    if images.items.is_empty() {
        remark("this host has no images; make one: nova-ve image build frr");
    }
    tell_room(&images);
    Ok(Exit::DONE)
}

fn tell_room(images: &Images) {
    let room = images.room;
    if room.disk_bytes > 0 {
        let (free, all) = (size(room.disk_free_bytes), size(room.disk_bytes));
        remark(&format!("{free} of {all} are free on their disk"));
    }
}

fn row(image: &Image) -> [String; 5] {
    let names = match image.names.as_slice() {
        [] => format!("(no name) {}", short(&image.id)),
        names => names.join(", "),
    };
    let labs = image.used_by.iter().map(|used| used.lab_name.clone());
    let others = (image.other_labs > 0).then(|| format!("{} of others", image.other_labs));
    [
        names,
        size(image.bytes),
        moment(image.created_ms),
        image.containers.to_string(),
        labs.chain(others).collect::<Vec<_>>().join(", "),
    ]
}

/// As Docker shows it.
fn short(id: &str) -> String {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    hex.chars().take(12).collect()
}
