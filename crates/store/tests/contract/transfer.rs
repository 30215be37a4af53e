//! The whole state, out of one engine and into another.

use model::Generation;
use model::access::Role;
use store::{By, Config, Labs, Store, StoreError, TransferError, WishChange};
use tempfile::TempDir;

use crate::fresh::{Bench, Fresh, NOW, add, node, postgres, remove, rename};

/// A lab with a history, of which a node runs and another did.
async fn lived_in(fresh: Fresh) -> Bench {
    let bench = fresh.with_a_lab().await;
    let bob = bench.bob().await;
    let odd = "名前 \"quoted\" \\ \u{1}";
    bench.fresh.user(odd, Role::Member).await;
    for id in 1..=2 {
        bench.must(bench.anna, add(id, &format!("r{id}"))).await;
    }
    bench.must(bob, rename(2, "r2b")).await;
    let store = &bench.fresh.store;
    let nodes: Vec<_> = (1..=120).map(node).collect();
    for change in [WishChange::Start, WishChange::Restart] {
        let changed = store
            .change_wishes(bench.lab, &nodes, change, bob, NOW)
            .await;
        changed.unwrap();
    }
    bench.must(bench.anna, remove(2)).await;
    bench.labs.undo(bench.lab, bench.anna, NOW).await.unwrap();
    store.spec_generation(bench.lab, "a").await.unwrap();
    store.spec_generation(bench.lab, "b").await.unwrap();
    store.controller_id(uuid::Uuid::new_v4()).await.unwrap();
    let gone = bench
        .labs
        .create(crate::fresh::a_lab("Gone"), bob, NOW)
        .await;
    bench.labs.delete(gone.unwrap().lab.id, NOW).await.unwrap();
    bench
}

async fn exported(store: &Store) -> Vec<u8> {
    let mut document = Vec::new();
    let rows = store.export_state(&mut document, NOW).await.unwrap();
    assert!(rows > 120, "{rows}");
    document
}

async fn empty(config: &Config) -> Store {
    Store::migrate(config, NOW).await.unwrap();
    Store::open(config).await.unwrap()
}

async fn import(store: &Store, document: &[u8]) -> Result<u64, TransferError> {
    store.import_state(&mut &document[..]).await
}

fn another(folder: &TempDir) -> Config {
    Config::sqlite(folder.path().join("another.db"))
}

on_every_engine! {
    async fn what_is_exported_is_imported_whole(fresh: Fresh) {
        let bench = Box::pin(lived_in(fresh)).await;
        let document = exported(&bench.fresh.store).await;
        let folder = TempDir::new().unwrap();
        let other = empty(&another(&folder)).await;
        import(&other, &document).await.unwrap();
        assert_eq!(exported(&other).await, document);
        other.close().await;
    }

    async fn a_running_lab_is_taken_over_with_its_generation_and_counters(fresh: Fresh) {
        let bench = Box::pin(lived_in(fresh)).await;
        let (lab, anna) = (bench.lab, bench.anna);
        let wishes = bench.fresh.store.wishes(lab).await.unwrap();
        let tombstones = bench.fresh.store.tombstones().await.unwrap();
        let revision = bench.record().await.lab.revision;
        let document = exported(&bench.fresh.store).await;
        let (labs_folder, folder) = (bench.fresh.labs_folder(), TempDir::new().unwrap());
        drop(bench.labs);
        let other = empty(&another(&folder)).await;
        import(&other, &document).await.unwrap();
        let labs = Labs::open(other.clone(), labs_folder, NOW).await.unwrap();
        assert_eq!(labs.get(lab).await.unwrap().unwrap().lab.revision, revision);
        assert_eq!(other.wishes(lab).await.unwrap(), wishes);
        assert_eq!(other.tombstones().await.unwrap(), tombstones);
        assert_eq!(other.spec_generation(lab, "b").await.unwrap(), Some(Generation(2)));
        assert_eq!(labs.redo(lab, anna, NOW).await.unwrap().words, "remove of node r2b");
        other.close().await;
    }

    async fn state_goes_only_into_an_empty_database_and_whole_or_not_at_all(fresh: Fresh) {
        let folder = TempDir::new().unwrap();
        let source = empty(&another(&folder)).await;
        let user = store::NewUser {
            id: store::UserId(uuid::Uuid::new_v4()),
            username: "zoe".into(),
            password_hash: "hash".into(),
            role: Role::Admin,
        };
        source.create_user(By::Machine, user, NOW).await.unwrap();
        let mut document = Vec::new();
        source.export_state(&mut document, NOW).await.unwrap();
        let text = String::from_utf8(document.clone()).unwrap();
        let cut = text.rfind("{\"end\"").unwrap();
        for (spoilt, expected) in [
            (text[..cut].to_owned(), "cut off"),
            (text.replace("\"end\":1", "\"end\":2"), "line 3"),
            (text.replace("\"admin\"", "\"king\""), "line 2"),
            (text.replace("\"role\"", "\"rank\""), "line 2"),
            (text.replace("\"users\"", "\"people\""), "people"),
            (text.replacen("\"schema\":", "\"schema\":9", 1), "migrate"),
            (text.replacen("\"version\":1", "\"version\":2", 1), "form 2"),
            (format!("{text}\n"), "line 4"),
            ("SQLite format 3".into(), "no state document"),
        ] {
            let refused = import(&fresh.store, spoilt.as_bytes()).await.unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
            assert!(fresh.store.user_named("zoe").await.unwrap().is_none());
        }
        import(&fresh.store, &document).await.unwrap();
        assert!(fresh.store.user_named("zoe").await.unwrap().is_some());
        let again = import(&fresh.store, &document).await.unwrap_err();
        assert!(matches!(again, TransferError::NotEmpty { table: "users" }), "{again}");
        source.close().await;
    }
}

#[tokio::test]
async fn from_sqlite_to_postgres_and_back_nothing_is_lost() {
    let Some(there) = postgres(concat!(
        module_path!(),
        "::from_sqlite_to_postgres_and_back_nothing_is_lost"
    )) else {
        return;
    };
    let bench = Box::pin(lived_in(Fresh::sqlite().await)).await;
    let document = exported(&bench.fresh.store).await;
    let there = empty(&there).await;
    import(&there, &document).await.unwrap();
    let moved = exported(&there).await;
    assert_eq!(moved, document);
    let folder = TempDir::new().unwrap();
    let back = empty(&another(&folder)).await;
    import(&back, &moved).await.unwrap();
    assert_eq!(exported(&back).await, document);
    for store in [there, back] {
        store.close().await;
    }
}

#[tokio::test]
async fn state_is_not_exported_from_an_old_schema() {
    let folder = TempDir::new().unwrap();
    let refused = Store::open(&another(&folder)).await.unwrap_err();
    assert!(matches!(refused, StoreError::OffHead { .. }), "{refused}");
}
