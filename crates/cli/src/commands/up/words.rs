//! What `up` and `down` say. Pure.

use api::system::Health;

use crate::embedded::{DataFolder, UpRecord};

pub const HOW_TO_STOP: &str = "Ctrl-C stops server and agent; running nodes go on.";

pub fn up(url: &str, folder: &DataFolder, new_password: Option<&str>) -> String {
    let file = folder.file("admin-password");
    let password = match new_password {
        Some(password) => format!("{password}   (shown this once, kept in {})", file.display()),
        None if file.exists() => format!("in {}", file.display()),
        None => "the one you have set".into(),
    };
    format!(
        "nova-ve is up\n  address   {url}\n  user      admin\n  password  {password}\n  data      {}",
        folder.path().display()
    )
}

pub fn degraded(health: &Health) -> String {
    format!(
        "warning: it is {}: database {}, agent {}",
        health.status, health.database, health.agent
    )
}

pub fn already(record: &UpRecord, folder: &DataFolder) -> String {
    format!(
        "nova-ve is already up\n  address   {}\n  data      {}\n  process   {}",
        record.url,
        folder.path().display(),
        record.keeper.pid
    )
}

/// What a stop leaves.
pub fn stopped(running: Option<u32>) -> String {
    match running {
        Some(0) => "Stopped. No node is running.".into(),
        Some(1) => format!("Stopped. 1 node goes on running. {ITS_END}"),
        Some(count) => format!("Stopped. {count} nodes go on running. {ITS_END}"),
        None => format!("Stopped. Nodes that were running go on running. {ITS_END}"),
    }
}

const ITS_END: &str = "`nova-ve up` finds them again, `nova-ve down --nodes` ends them.";

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::path::Path;

    use super::*;

    #[test]
    fn a_new_password_is_shown_and_an_old_one_is_not() {
        let folder = DataFolder::find(Some(Path::new("/no/such/data"))).unwrap();
        insta::assert_snapshot!(up("http://127.0.0.1:8000", &folder, Some("abcd-efgh")), @r"
        nova-ve is up
          address   http://127.0.0.1:8000
          user      admin
          password  abcd-efgh   (shown this once, kept in /no/such/data/admin-password)
          data      /no/such/data
        ");
        assert!(up("u", &folder, None).contains("the one you have set"));
    }

    #[test]
    fn what_goes_on_is_said() {
        insta::assert_snapshot!(stopped(Some(5)), @"Stopped. 5 nodes go on running. `nova-ve up` finds them again, `nova-ve down --nodes` ends them.");
        assert_eq!(stopped(Some(0)), "Stopped. No node is running.");
    }
}
