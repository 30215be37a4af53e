//! Users, and the schema they live in.

use model::access::Role;
use store::{Config, NewUser, Schema, Store, StoreError, UserId};
use uuid::Uuid;

use crate::fresh::{Fresh, NOW};

fn new_user(username: &str) -> NewUser {
    NewUser {
        id: UserId(Uuid::new_v4()),
        username: username.into(),
        password_hash: "hash".into(),
        role: Role::Member,
    }
}

on_every_engine! {
    async fn a_user_is_found_by_id_and_by_name_in_any_case(fresh: Fresh) {
        let anna = fresh.user("Anna", Role::Admin).await;
        assert_eq!(fresh.store.user(anna.id).await.unwrap().as_ref(), Some(&anna));
        assert_eq!(fresh.store.user_named("aNNA").await.unwrap().as_ref(), Some(&anna));
        let credentials = fresh.store.credentials("anna").await.unwrap().unwrap();
        assert_eq!(credentials.password_hash, "hash of Anna");
        assert_eq!(fresh.store.user_named("bob").await.unwrap(), None);
    }

    async fn a_name_in_another_case_is_taken(fresh: Fresh) {
        fresh.user("Anna", Role::Admin).await;
        let error = fresh.store.create_user(new_user("aNNa"), NOW).await.unwrap_err();
        assert!(matches!(error, StoreError::UsernameTaken { .. }), "{error}");
        fresh.store.create_user(new_user("bob"), NOW).await.unwrap();
        assert_eq!(fresh.store.users().await.unwrap().len(), 2);
    }

    async fn who_is_nobody_gets_no_password(fresh: Fresh) {
        let error = fresh.store.set_password(UserId(Uuid::new_v4()), "x").await.unwrap_err();
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
    }

    async fn the_schema_is_at_head_and_migrating_again_changes_nothing(fresh: Fresh) {
        fresh.user("anna", Role::Admin).await;
        let schema = Store::migrate_check(&fresh.config).await.unwrap();
        assert!(schema.is_head(), "{schema:?}");
        assert_eq!(Store::migrate(&fresh.config, NOW).await.unwrap(), schema);
        assert_eq!(fresh.store.users().await.unwrap().len(), 1);
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
