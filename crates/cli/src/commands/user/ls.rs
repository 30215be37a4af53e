//! `user ls`

use api::user::UserDetail;

use super::role_name;
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::{answer, table};
use crate::times::moment;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let users = connect(global).await?.users().await?;
    answer(global.format(), &users, |users| {
        table(
            ["NAME", "ROLE", "LABS", "SINCE"],
            users.iter().map(row).collect(),
        )
    })?;
    Ok(Exit::DONE)
}

fn row(detail: &UserDetail) -> [String; 4] {
    [
        detail.user.username.clone(),
        role_name(detail.user.role).into(),
        detail.lab_count.to_string(),
        moment(detail.created_ms),
    ]
}
