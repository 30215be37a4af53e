//! A real `kill -9` of a process that edits as fast as it can.
//!
//! The test starts its own binary as that process, kills it at another moment each round, opens the
//! folder again, and compares file, index and history.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use model::{Lab, LabId};
use store::{Config, Labs, Store};

use crate::fresh::{Fresh, NOW, add, rename};

const FOLDER: &str = "NOVA_VE_TEST_KILLED_FOLDER";
const LAB: &str = "NOVA_VE_TEST_KILLED_LAB";

#[tokio::test]
async fn a_killed_server_leaves_file_index_and_history_as_one() {
    if let Ok(data) = std::env::var(FOLDER) {
        return edit_without_end(data.into()).await;
    }
    let mut bench = Fresh::sqlite().await.with_a_lab().await;
    bench.must(bench.anna, add(1, "start")).await;
    let data = bench.fresh.labs_folder().parent().unwrap().to_owned();
    for round in 0..8_u64 {
        let (lab, before) = (bench.lab, bench.record().await.lab.revision);
        drop(bench.labs);
        bench.fresh.store.close().await;
        edit_until_killed(data.clone(), lab, Duration::from_millis(5 + 7 * round)).await;
        bench.fresh.store = Store::open(&bench.fresh.config).await.unwrap();
        bench.labs = bench.fresh.labs().await;
        let record = bench.record().await;
        assert!(
            record.lab.revision > before,
            "it edited before it was killed"
        );
        let in_file: Lab = serde_json::from_str(&bench.file_text()).unwrap();
        assert_eq!(in_file, *record.lab);
        let page = bench
            .labs
            .edits(lab, &store::Page::default())
            .await
            .unwrap();
        assert_eq!(page.items[0].revision, record.lab.revision);
        let undone = bench.labs.undo(lab, bench.anna, NOW).await.unwrap();
        assert_eq!(undone.revision, record.lab.revision.next());
    }
}

async fn edit_until_killed(data: PathBuf, lab: LabId, life: Duration) {
    let mut editor = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "killed::a_killed_server_leaves_file_index_and_history_as_one",
            "--nocapture",
        ])
        .env(FOLDER, &data)
        .env(LAB, lab.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(editor.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("first edit done")));
    tokio::time::sleep(life).await;
    editor.kill().unwrap();
    editor.wait().unwrap();
}

/// What the process does that is killed.
async fn edit_without_end(data: PathBuf) {
    let store = Store::open(&Config::sqlite(data.join("nova-ve.db")))
        .await
        .unwrap();
    let anna = store.user_named("anna").await.unwrap().unwrap().id;
    let lab: LabId = std::env::var(LAB).unwrap().parse().unwrap();
    let labs = Labs::open(store, data.join("labs"), uuid::Uuid::new_v4(), NOW)
        .await
        .unwrap();
    for step in 0_u64.. {
        labs.apply_edit(lab, None, anna, rename(1, &format!("n{step}")), NOW)
            .await
            .unwrap();
        if step == 0 {
            println!("first edit done");
        }
    }
}
