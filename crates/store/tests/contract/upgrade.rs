//! What the first release kept is opened by every later program: `tests/fixtures/upgrade`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use model::access::{Right, Role};
use model::{LabId, LinkState};
use store::{AuditFilter, Config, Labs, Page, Store};
use tempfile::TempDir;
use uuid::Uuid;

use crate::fresh::{Fresh, NOW, link};

const TRIANGLE: LabId = LabId(Uuid::from_u128(0x6f1e_0c52_6a5b_4d0e_9d0a_3b1f_5a7c_0001));
const SWITCHING: LabId = LabId(Uuid::from_u128(0x6f1e_0c52_6a5b_4d0e_9d0a_3b1f_5a7c_0002));

fn frozen() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/upgrade")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[tokio::test]
async fn the_first_releases_sqlite_is_brought_to_head_and_read() {
    let data = TempDir::new().unwrap();
    copy(&frozen().join("data"), data.path());
    let config = Config::sqlite(data.path().join("nova-ve.db"));
    Store::migrate(&config, NOW).await.unwrap();
    let store = Store::open(&config).await.unwrap();
    let labs = Labs::open(store.clone(), data.path().join("labs"), Uuid::new_v4(), NOW).await;
    is_all_there(&store, &labs.unwrap()).await;
    let ci = store.user_named("admin").await.unwrap().unwrap().id;
    let tokens = store.tokens_of(ci, NOW).await.unwrap();
    assert_eq!(tokens.len(), 1, "tokens go on: {tokens:?}");
    assert_eq!(tokens[0].name, "ci");
}

#[tokio::test]
async fn the_first_releases_postgresql_is_brought_to_head_and_read() {
    let test = "the_first_releases_postgresql_is_brought_to_head_and_read";
    let server = match test_postgres::shared() {
        Ok(server) => server,
        Err(why) => {
            eprintln!("SKIP {test}: {why}");
            return;
        }
    };
    let address = server.database().unwrap();
    let loaded = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"])
        .arg(format!("--dbname={address}"))
        .arg(format!(
            "--file={}",
            frozen().join("postgres.sql").display()
        ))
        .output()
        .unwrap();
    assert!(loaded.status.success(), "{loaded:?}");
    let data = TempDir::new().unwrap();
    copy(&frozen().join("data/labs"), data.path());
    let config = Config::from_url(&address).unwrap();
    Store::migrate(&config, NOW).await.unwrap();
    let store = Store::open(&config).await.unwrap();
    let labs = Labs::open(store.clone(), data.path().into(), Uuid::new_v4(), NOW).await;
    is_all_there(&store, &labs.unwrap()).await;
}

on_every_engine! {
    async fn the_first_releases_exported_state_is_imported(fresh: Fresh) {
        copy(&frozen().join("data/labs"), &fresh.labs_folder());
        let state = fs::read(frozen().join("state.jsonl")).unwrap();
        fresh.store.import_state(&mut state.as_slice()).await.unwrap();
        let labs = fresh.labs().await;
        is_all_there(&fresh.store, &labs).await;
    }
}

async fn is_all_there(store: &Store, labs: &Labs) {
    let page = Page::default();
    let users = store.users(&page).await.unwrap().items;
    let users: Vec<_> = users
        .iter()
        .map(|row| (&*row.user.username, row.user.role, row.lab_count))
        .collect();
    assert_eq!(
        users,
        [("admin", Role::Admin, 2), ("maria", Role::Member, 0)]
    );
    let maria = store.credentials("maria").await.unwrap().unwrap();
    assert!(maria.password_hash.starts_with("$argon2id$"));
    let right = store.share(TRIANGLE, maria.user.id).await.unwrap();
    assert_eq!(right, Some(Right::Edit));

    let all = labs.list(None, &page).await.unwrap().items;
    let all: Vec<_> = all
        .iter()
        .map(|record| (record.lab.id, &*record.lab.name, record.lab.nodes.len()))
        .collect();
    assert_eq!(
        all,
        [
            (TRIANGLE, "OSPF triangle", 5),
            (SWITCHING, "Switching and a router", 5)
        ]
    );
    let on = store.run_wishes(TRIANGLE).await.unwrap();
    assert_eq!(on.values().filter(|wish| wish.on).count(), 5);
    let on = store.run_wishes(SWITCHING).await.unwrap();
    assert_eq!(on.values().filter(|wish| wish.on).count(), 0);
    let told = store.audit_log(&AuditFilter::default(), &page).await;
    let told = told.unwrap().items;
    assert!(told.iter().any(|row| row.action == "delete_lab"));

    // A history goes on: the last edit can be taken back.
    let admin = store.user_named("admin").await.unwrap().unwrap().id;
    let state = async || labs.get(TRIANGLE).await.unwrap().unwrap().lab.links[&link(3)].state;
    assert_eq!(state().await, LinkState::Cut);
    labs.undo(TRIANGLE, admin, NOW).await.unwrap();
    assert_eq!(state().await, LinkState::Up);
}
