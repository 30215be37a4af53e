//! Users, and the schema they live in.

use model::access::{Right, Role};
use store::{By, Config, NewUser, Page, Schema, Store, StoreError, UserId};
use uuid::Uuid;

use crate::fresh::{Fresh, NOW, a_lab, add};

fn new_user(username: &str) -> NewUser {
    NewUser {
        id: UserId(Uuid::new_v4()),
        username: username.into(),
        password_hash: "hash".into(),
        role: Role::Member,
    }
}

async fn everybody(fresh: &Fresh) -> Vec<String> {
    let users = fresh.store.users(&Page::default()).await.unwrap().items;
    users.into_iter().map(|row| row.user.username).collect()
}

on_every_engine! {
    async fn users_are_listed_by_name_in_pages_with_their_labs(fresh: Fresh) {
        for name in ["cleo", "Anna", "bob"] {
            fresh.user(name, Role::Member).await;
        }
        let anna = fresh.store.user_named("anna").await.unwrap().unwrap().id;
        let labs = fresh.labs().await;
        labs.create(a_lab("one"), anna, NOW).await.unwrap();
        let first = fresh.store.users(&Page { after: None, limit: 2 }).await.unwrap();
        let seen = first.items.iter().map(|row| (&*row.user.username, row.lab_count));
        assert_eq!(seen.collect::<Vec<_>>(), [("Anna", 1), ("bob", 0)]);
        let rest = fresh.store.users(&Page { after: first.next, limit: 2 }).await.unwrap();
        assert_eq!((rest.items[0].user.username.as_str(), rest.next), ("cleo", None));
        assert_eq!(fresh.store.user_row("ANNA").await.unwrap().unwrap().lab_count, 1);
    }

    async fn a_removed_user_leaves_labs_and_history_behind_and_the_name_free(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let bob = bench.bob().await;
        bench.must(bob, add(1, "h1")).await;
        let store = &bench.fresh.store;
        store.set_share(bench.lab, bob, Right::Edit, NOW).await.unwrap();
        let labs = &bench.labs;
        let of_bob = labs.create(a_lab("of bob"), bob, NOW).await.unwrap().lab.id;
        store.set_share(of_bob, bench.anna, Right::View, NOW).await.unwrap();
        assert_eq!(store.labs_owned_by(bob).await.unwrap(), [of_bob]);
        store.remove_user(By::Machine, bob, bench.anna, NOW).await.unwrap();

        assert_eq!(everybody(&bench.fresh).await, ["anna"]);
        assert!(store.user(bob).await.unwrap().is_none());
        assert!(store.credentials("bob").await.unwrap().is_none());
        assert_eq!(labs.get(of_bob).await.unwrap().unwrap().owner.id, bench.anna);
        let access = store.lab_access(bench.lab).await.unwrap().unwrap();
        assert!(access.shares.is_empty());
        assert!(store.lab_access(of_bob).await.unwrap().unwrap().shares.is_empty());
        let history = labs.edits(bench.lab, &Page::default()).await.unwrap().items;
        assert_eq!(history[0].author.as_deref(), Some("bob"));
        let again = bench.fresh.user("bob", Role::Member).await;
        assert_ne!(again.id, bob);
        let gone = store.remove_user(By::Machine, bob, bench.anna, NOW).await.unwrap_err();
        assert!(matches!(gone, StoreError::NoSuchUser), "{gone}");
    }

    async fn the_last_administrator_is_neither_removed_nor_demoted(fresh: Fresh) {
        let anna = fresh.user("anna", Role::Admin).await.id;
        let bob = fresh.user("bob", Role::Member).await.id;
        assert!(fresh.store.is_last_admin(anna).await.unwrap());
        for refused in [
            fresh.store.set_role(By::Machine, anna, Role::Member).await,
            fresh.store.remove_user(By::Machine, anna, bob, NOW).await,
        ] {
            assert!(matches!(refused, Err(StoreError::LastAdministrator)), "{refused:?}");
        }
        fresh.store.set_role(By::Machine, bob, Role::Admin).await.unwrap();
        assert!(!fresh.store.is_last_admin(anna).await.unwrap());
        fresh.store.remove_user(By::Machine, anna, bob, NOW).await.unwrap();
        assert!(fresh.store.is_last_admin(bob).await.unwrap());
    }

    async fn of_two_administrators_who_demote_each_other_at_once_one_stays(fresh: Fresh) {
        let anna = fresh.user("anna", Role::Admin).await.id;
        let bob = fresh.user("bob", Role::Admin).await.id;
        for round in 0..10 {
            let (one, other) = tokio::join!(
                fresh.store.set_role(By::Machine, anna, Role::Member),
                fresh.store.set_role(By::Machine, bob, Role::Member),
            );
            let refused = [&one, &other].into_iter().filter(|outcome| outcome.is_err());
            assert_eq!(refused.count(), 1, "round {round}: {one:?}, {other:?}");
            for id in [anna, bob] {
                fresh.store.set_role(By::Machine, id, Role::Admin).await.unwrap();
            }
        }
    }

    async fn a_user_is_found_by_id_and_by_name_in_any_case(fresh: Fresh) {
        let anna = fresh.user("Anna", Role::Admin).await;
        assert_eq!(fresh.store.user(anna.id).await.unwrap().as_ref(), Some(&anna));
        assert_eq!(fresh.store.user_named("aNNA").await.unwrap().as_ref(), Some(&anna));
        let credentials = fresh.store.credentials("anna").await.unwrap().unwrap();
        assert_eq!(credentials.password_hash, "$argon2id$v=19$hash of Anna");
        assert_eq!(fresh.store.user_named("bob").await.unwrap(), None);
    }

    async fn a_name_in_another_case_is_taken(fresh: Fresh) {
        fresh.user("Anna", Role::Admin).await;
        let error = fresh.store.create_user(By::Machine, new_user("aNNa"), NOW).await.unwrap_err();
        assert!(matches!(error, StoreError::UsernameTaken { .. }), "{error}");
        fresh.store.create_user(By::Machine, new_user("bob"), NOW).await.unwrap();
        assert_eq!(everybody(&fresh).await.len(), 2);
    }

    async fn who_is_nobody_gets_no_password(fresh: Fresh) {
        let error = fresh.store.set_password(By::Machine, UserId(Uuid::new_v4()), "x").await.unwrap_err();
        assert!(matches!(error, StoreError::NoSuchUser), "{error}");
    }

    async fn odd_names_are_kept_as_they_are(fresh: Fresh) {
        for name in ["'; DROP TABLE users; --", "Zoë \"quote\" \\", "名前", "$1"] {
            fresh.user(name, Role::Member).await;
            assert_eq!(fresh.store.user_named(name).await.unwrap().unwrap().username, name);
        }
    }

    async fn the_database_answers(fresh: Fresh) {
        fresh.store.ping().await.unwrap();
        fresh.store.ping_writer().await.unwrap();
    }

    async fn the_schema_is_at_head_and_migrating_again_changes_nothing(fresh: Fresh) {
        fresh.user("anna", Role::Admin).await;
        let schema = Store::migrate_check(&fresh.config).await.unwrap();
        assert!(schema.is_head(), "{schema:?}");
        assert_eq!(Store::migrate(&fresh.config, NOW).await.unwrap(), schema);
        assert_eq!(everybody(&fresh).await.len(), 1);
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_refused_with_the_command_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nova-ve.db");
    let config = Config::sqlite(&path);
    let Schema { current, head } = Store::migrate_check(&config).await.unwrap();
    assert_eq!((current, head > 0), (0, true));
    let error = Store::open(&config).await.unwrap_err();
    assert!(
        error.to_string().contains("nova-ve-server migrate"),
        "{error}"
    );
    assert!(!path.exists());
    Store::migrate(&config, NOW).await.unwrap();
    Store::open(&config).await.unwrap();
}

#[tokio::test]
async fn the_database_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let fresh = Fresh::sqlite().await;
    fresh.user("anna", Role::Admin).await;
    let folder = fresh.labs_folder().parent().unwrap().to_owned();
    for name in crate::fresh::names_in(&folder) {
        let mode = std::fs::metadata(folder.join(&name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nova-ve.db");
    std::fs::write(
        &path,
        "my shopping list, which is longer than a page header".repeat(40),
    )
    .unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(Store::open(&Config::sqlite(&path)).await.is_err());
    assert!(Store::migrate(&Config::sqlite(&path), NOW).await.is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn two_who_migrate_at_once_both_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::sqlite(folder.path().join("nova-ve.db"));
    let (one, other) = tokio::join!(Store::migrate(&config, NOW), Store::migrate(&config, NOW));
    assert_eq!(one.unwrap(), other.unwrap());
}
