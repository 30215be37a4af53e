//! `NOVA_VE_AUTOSTART=off`: after a reboot of the host, what ran stays stopped.
//!
//! Which boot it is the kernel says; the last one seen is kept in the data folder.

use std::path::Path;

use anyhow::Context;
use store::{Page, WishChange};

use crate::app::App;
use crate::config::Autostart;

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Remembers this boot, and with `Autostart::Off` switches every wish off when it is another one than
/// the server ran in last. A change of the setting alone is no reboot.
pub async fn take_note_of_boot(app: &App, data: &Path, autostart: Autostart) -> anyhow::Result<()> {
    let kept = data.join("boot_id");
    let now = std::fs::read_to_string(BOOT_ID).context("the kernel names no boot")?;
    let before = std::fs::read_to_string(&kept).ok();
    let rebooted = before.is_some_and(|before| before.trim() != now.trim());
    if rebooted && autostart == Autostart::Off {
        let labs = switch_off(app).await?;
        if labs > 0 {
            // Told once a run of the server: a second reboot cannot come before its end.
            let _ = app.notice.set(words(labs));
        }
    }
    std::fs::write(&kept, now).with_context(|| format!("failed to write {}", kept.display()))
}

fn words(labs: usize) -> String {
    let stay = match labs {
        1 => "1 lab that ran stays stopped".to_owned(),
        many => format!("{many} labs that ran stay stopped"),
    };
    format!("the host was rebooted and NOVA_VE_AUTOSTART is off: {stay}")
}

/// How many labs had something on.
async fn switch_off(app: &App) -> anyhow::Result<usize> {
    let mut page = Page::default();
    let mut stopped = 0;
    loop {
        let labs = app.labs.list(None, &page).await?;
        for record in labs.items {
            let wishes = app.store.wishes(record.lab.id).await?.into_iter();
            let on: Vec<_> = wishes
                .filter(|(_, wish)| wish.on)
                .map(|(id, _)| id)
                .collect();
            if on.is_empty() {
                continue;
            }
            let (by, now_ms) = (record.owner.id, app.clock.now_ms());
            app.store
                .change_wishes(record.lab.id, &on, WishChange::Stop, by, now_ms)
                .await?;
            stopped += 1;
            tracing::warn!(
                lab.id = %record.lab.id, nodes = on.len(),
                "the host was rebooted and NOVA_VE_AUTOSTART is off: the lab stays stopped"
            );
        }
        page.after = labs.next;
        if page.after.is_none() {
            return Ok(stopped);
        }
    }
}
