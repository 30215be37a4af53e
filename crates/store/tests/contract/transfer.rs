//! The whole state, out of one engine and into another.

use model::Generation;
use model::access::Role;
use serde_json::{Value, json};
use store::{AuditEntry, By, Config, Labs, Store, StoreError, TransferError, WishChange};
use tempfile::TempDir;

use crate::fresh::{Bench, Fresh, NOW, add, node, postgres, remove, rename};

/// A lab with a history, of which a node runs and another did.
async fn lived_in(fresh: Fresh) -> Bench {
    let bench = fresh.with_a_lab().await;
    let bob = bench.bob().await;
    bench.fresh.user("名前", Role::Member).await;
    told(&bench, "名前 \"quoted\" \\ \u{1}").await;
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

/// Words of an earlier program in the audit log, which took them as they came.
async fn told(bench: &Bench, odd: &str) {
    let entry = AuditEntry {
        id: uuid::Uuid::new_v4(),
        at_ms: NOW,
        user: Some(bench.anna),
        username: odd.into(),
        action: "create_user".into(),
        subject: odd.into(),
        is_refused: false,
        detail: odd.into(),
        address: "127.0.0.1".into(),
        request_id: odd.into(),
    };
    bench.fresh.store.audit(entry).await.unwrap();
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
        let labs = Labs::open(other.clone(), labs_folder, uuid::Uuid::new_v4(), NOW).await.unwrap();
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
            password_hash: "$argon2id$v=19$hash".into(),
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

/// One line of a document, changed.
fn with(document: &[u8], table: &str, place: usize, change: impl FnOnce(&mut Value)) -> String {
    let text = std::str::from_utf8(document).unwrap();
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let rows = lines.iter_mut().filter(|line| line["row"][0] == table);
    change(&mut rows.into_iter().nth(place).unwrap()["row"][1]);
    lines.iter().map(|line| line.to_string() + "\n").collect()
}

/// What no server of ours writes: table, row, column, value, and a word of what is said of it.
fn odd_cells() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let nobody = "00000000-0000-4000-8000-000000000000";
    vec![
        ("settings", "key", json!("motd"), "no setting"),
        ("settings", "value", json!("me"), "is no id"),
        ("users", "id", json!("ANNA"), "is no id"),
        ("users", "username", json!("an na"), "no name of a user"),
        (
            "users",
            "username",
            json!("an\u{202e}na"),
            "no name of a user",
        ),
        ("users", "username_key", json!("Anna"), "small letters"),
        ("users", "role", json!("king"), "none of admin, member"),
        ("users", "role", json!(1), "is no text"),
        (
            "users",
            "password_hash",
            json!("secret"),
            "no argon2id hash",
        ),
        ("users", "created_ms", json!(i64::MAX), "too high"),
        (
            "users",
            "removed_ms",
            json!(1),
            "a removed user has a way in",
        ),
        (
            "tokens",
            "user_id",
            json!(nobody),
            "no user of this document",
        ),
        ("tokens", "key", json!("abc"), "no SHA-256"),
        ("tokens", "name", json!("a\nb"), "no name of a token"),
        ("tokens", "expires_ms", json!(1), "is before created_ms"),
        ("labs", "id", json!("lab-1"), "is no id"),
        (
            "labs",
            "owner_id",
            json!(nobody),
            "no user of this document",
        ),
        ("labs", "name", json!("Other"), "not the name in contents"),
        ("labs", "state", json!("lost"), "none of writing"),
        ("labs", "revision", json!(0), "begins at 1"),
        ("labs", "contents", json!("{}"), "missing field"),
        ("shares", "granted", json!("own"), "none of view"),
        (
            "shares",
            "user_id",
            json!(nobody),
            "no user of this document",
        ),
        ("shares", "lab_id", json!(nobody), "no lab of this document"),
        ("edits", "lab_id", json!(nobody), "no lab of this document"),
        (
            "edits",
            "author_id",
            json!(nobody),
            "no user of this document",
        ),
        ("edits", "author_id", json!(null), "is nobody"),
        ("edits", "kind", json!("wish"), "none of edit"),
        ("edits", "edit", json!("{\"edit\":\"explode\"}"), "explode"),
        ("edits", "of_revision", json!(7), "does not fit the kind"),
        ("run_wishes", "node", json!(10_000), "9999"),
        ("run_wishes", "is_on", json!(2), "neither 0 nor 1"),
        ("run_wishes", "changed_by", json!("bob"), "is no id"),
        ("specs", "state", json!("removing"), "the lab is there"),
        ("specs", "lab_id", json!(nobody), "no lab of this document"),
        ("specs", "generation", json!(0), "begins at 1"),
        ("audit", "action", json!("Made!"), "is no word"),
        ("audit", "outcome", json!("perhaps"), "none of done"),
        (
            "audit",
            "user_id",
            json!(nobody),
            "no user of this document",
        ),
    ]
}

/// The lab of all these tests with a token and a share, so that every table has a row.
async fn with_every_table(fresh: Fresh) -> Bench {
    let bench = Box::pin(lived_in(fresh)).await;
    let store = &bench.fresh.store;
    let bob = store.user_named("bob").await.unwrap().unwrap().id;
    let right = model::access::Right::View;
    store.set_share(bench.lab, bob, right, NOW).await.unwrap();
    crate::tokens::token_of(&bench.fresh, bench.anna, "ci").await;
    bench
}

on_every_engine! {
    async fn what_no_server_writes_is_refused_with_its_place_and_nothing_is_imported(fresh: Fresh) {
        let folder = TempDir::new().unwrap();
        let source = Box::pin(with_every_table(Fresh::sqlite().await)).await;
        let document = exported(&source.fresh.store).await;
        let lab = source.lab.to_string();
        let place = |table: &str| {
            let text = std::str::from_utf8(&document).unwrap();
            let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            let of_table: Vec<Value> = rows.filter(|line| line["row"][0] == table).collect();
            of_table.iter().position(|line| match table {
                "users" => line["row"][1]["username"] == "anna",
                "specs" => line["row"][1]["lab_id"] == *lab,
                _ => true,
            }).unwrap()
        };
        for (table, column, value, expected) in odd_cells() {
            let odd = with(&document, table, place(table), |row| row[column] = value.clone());
            let refused = import(&fresh.store, odd.as_bytes()).await.unwrap_err();
            let at = format!("{table}/{column}");
            let TransferError::Wrong(problems) = refused else {
                panic!("{at} = {value}: {refused}")
            };
            let found = problems.listed.iter().find(|one| one.at == at || one.why.contains(expected));
            let found = found.unwrap_or_else(|| panic!("{at} = {value}: {problems}"));
            assert!(found.why.contains(expected) && found.at.starts_with(table) && found.line > 1, "{at} = {value}: {problems}");
            assert!(fresh.store.user_named("anna").await.unwrap().is_none());
        }
        import(&fresh.store, &document).await.unwrap();
        assert_eq!(exported(&fresh.store).await, document);
        source.fresh.store.close().await;
        drop(folder);
    }

    async fn every_problem_of_a_document_is_named_at_once(fresh: Fresh) {
        let source = Box::pin(with_every_table(Fresh::sqlite().await)).await;
        let mut document = exported(&source.fresh.store).await;
        for (table, column, value) in [
            ("users", "role", json!("king")),
            ("shares", "granted", json!("all")),
            ("audit", "outcome", json!("perhaps")),
        ] {
            let rows = source.fresh.store.users(&store::Page::default()).await.unwrap().items.len();
            for place in 0..if table == "users" { rows } else { 1 } {
                document = with(&document, table, place, |row| row[column] = value.clone()).into_bytes();
            }
        }
        let refused = import(&fresh.store, &document).await.unwrap_err().to_string();
        for expected in ["users/role", "shares/granted", "audit/outcome", "users: there is no administrator"] {
            assert!(refused.contains(expected), "{expected}: {refused}");
        }
        // A long list is cut, and says how long it is.
        let many = String::from_utf8(document).unwrap().replace("\"start_count\"", "\"count\"");
        let refused = import(&fresh.store, many.as_bytes()).await.unwrap_err().to_string();
        assert!(refused.lines().count() < 60 && refused.contains(" more"), "{refused}");
        source.fresh.store.close().await;
    }

    async fn a_line_that_is_too_long_or_no_text_is_refused_and_the_next_one_read(fresh: Fresh) {
        let source = Box::pin(with_every_table(Fresh::sqlite().await)).await;
        let document = String::from_utf8(exported(&source.fresh.store).await).unwrap();
        let (head, rest) = document.split_once('\n').unwrap();
        let blank = " ".repeat((64 << 20) - head.len());
        let row = rest.replacen("\"member\"", "\"king\"", 1);
        let long = format!("{head}\n{blank}{head}\n{row}");
        let refused = import(&fresh.store, long.as_bytes()).await.unwrap_err().to_string();
        assert!(refused.contains("line 2:") && !refused.contains("longer"), "{refused}");
        let long = format!("{head}\n {blank}{head}\n{row}");
        let refused = import(&fresh.store, long.as_bytes()).await.unwrap_err().to_string();
        assert!(refused.contains("line 2: is longer than 64 MiB"), "{refused}");
        assert!(refused.contains("users/role"), "{refused}");
        let mut bytes = document.clone().into_bytes();
        bytes[head.len() + 1] = 0xff;
        let refused = import(&fresh.store, &bytes).await.unwrap_err().to_string();
        assert!(refused.contains("line 2: is no UTF-8"), "{refused}");
        import(&fresh.store, document.as_bytes()).await.unwrap();
        source.fresh.store.close().await;
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
