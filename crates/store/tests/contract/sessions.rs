//! Sessions: idle, absolute end, log-out, and what ends them all.

use model::access::Role;
use store::{By, NewSession, NewUser, SESSIONS_MAX, SessionKey, StoreError, UserId};
use uuid::Uuid;

use crate::fresh::{Fresh, NOW};

const IDLE: u64 = 10_000_000;
const KEY: SessionKey = SessionKey([7; 32]);

async fn log_in(fresh: &Fresh, key: SessionKey) -> UserId {
    log_in_at(fresh, key, NOW).await
}

async fn log_in_at(fresh: &Fresh, key: SessionKey, now_ms: u64) -> UserId {
    let user = match fresh.store.user_named("anna").await.unwrap() {
        Some(anna) => anna,
        None => fresh.user("anna", Role::Member).await,
    };
    let session = NewSession {
        key,
        user: user.id,
        password_hash: "$argon2id$v=19$hash of anna".into(),
        expires_ms: NOW + 50_000_000,
        address: "192.0.2.7".into(),
        user_agent: "a browser".into(),
    };
    fresh.store.create_session(session, now_ms).await.unwrap();
    user.id
}

async fn lives(fresh: &Fresh, now_ms: u64) -> bool {
    fresh
        .store
        .session(&KEY, now_ms, IDLE)
        .await
        .unwrap()
        .is_some()
}

on_every_engine! {
    async fn a_session_names_its_user(fresh: Fresh) {
        let anna = log_in(&fresh, KEY).await;
        let session = fresh.store.session(&KEY, NOW, IDLE).await.unwrap().unwrap();
        assert_eq!((session.user.id, session.user.username.as_str()), (anna, "anna"));
        assert_eq!(fresh.store.session(&SessionKey([8; 32]), NOW, IDLE).await.unwrap(), None);
    }

    async fn asking_whether_a_session_lives_is_no_use_of_it(fresh: Fresh) {
        log_in(&fresh, KEY).await;
        let asked = async |now_ms| fresh.store.session_lives(&KEY, now_ms, IDLE).await.unwrap();
        assert!(asked(NOW + IDLE - 1).await);
        assert!(!asked(NOW + IDLE).await);
    }

    async fn an_administrator_who_was_demoted_changes_nobody(fresh: Fresh) {
        let anna = log_in(&fresh, KEY).await;
        let bob = fresh.user("bob", Role::Admin).await;
        let (by, store) = (By::Admin(KEY), &fresh.store);
        let cleo = || NewUser {
            id: UserId(Uuid::new_v4()),
            username: "cleo".into(),
            password_hash: "hash".into(),
            role: Role::Member,
        };
        let gone = |outcome| matches!(outcome, Err(StoreError::AskerGone));
        assert!(gone(store.set_role(by, bob.id, Role::Member).await), "a member");
        store.set_role(By::Machine, anna, Role::Admin).await.unwrap();
        log_in(&fresh, KEY).await;
        let made = store.create_user(by, cleo(), NOW).await.unwrap();
        store.set_role(by, made.id, Role::Admin).await.unwrap();
        store.set_password(by, made.id, "other").await.unwrap();
        store.remove_user(by, made.id, bob.id, NOW).await.unwrap();
        store.set_role(By::Machine, anna, Role::Member).await.unwrap();
        assert!(gone(store.create_user(by, cleo(), NOW).await.map(drop)));
        assert!(gone(store.set_role(by, bob.id, Role::Member).await));
        assert!(gone(store.set_password(by, bob.id, "other").await));
        assert!(gone(store.remove_user(by, bob.id, anna, NOW).await));
        let kept = store.credentials("bob").await.unwrap().unwrap();
        assert_eq!((kept.password_hash.as_str(), kept.user), ("$argon2id$v=19$hash of bob", bob));
    }

    async fn ones_own_password_does_not_replace_one_that_was_set_meanwhile(fresh: Fresh) {
        let anna = log_in(&fresh, KEY).await;
        let own = async |old, new| fresh.store.set_own_password(KEY, anna, old, new).await;
        let hash = async || fresh.store.credentials("anna").await.unwrap().unwrap().password_hash;
        assert!(matches!(own("another", "mine").await, Err(StoreError::AskerGone)));
        fresh.store.set_password(By::Machine, anna, "reset").await.unwrap();
        // Even with the right hash the session is gone.
        for old in ["$argon2id$v=19$hash of anna", "reset"] {
            assert!(matches!(own(old, "mine").await, Err(StoreError::AskerGone)));
        }
        assert_eq!(hash().await, "reset");
        fresh.store.set_password(By::Machine, anna, "$argon2id$v=19$hash of anna").await.unwrap();
        log_in(&fresh, KEY).await;
        own("$argon2id$v=19$hash of anna", "mine").await.unwrap();
        assert_eq!(hash().await, "mine");
    }

    async fn an_idle_session_ends_and_a_used_one_goes_on(fresh: Fresh) {
        log_in(&fresh, KEY).await;
        assert!(lives(&fresh, NOW + IDLE - 1).await);
        assert!(lives(&fresh, NOW + 2 * IDLE - 2).await);
        assert!(!lives(&fresh, NOW + 3 * IDLE).await);
    }

    async fn a_used_session_ends_at_its_absolute_end(fresh: Fresh) {
        log_in(&fresh, KEY).await;
        for step in 1..=5 {
            assert!(lives(&fresh, NOW + step * (IDLE - 1)).await);
        }
        assert!(!lives(&fresh, NOW + 50_000_000).await);
    }

    async fn a_log_out_ends_this_session_only(fresh: Fresh) {
        log_in(&fresh, KEY).await;
        log_in(&fresh, SessionKey([8; 32])).await;
        assert!(fresh.store.end_session(&SessionKey([8; 32])).await.unwrap());
        assert!(!fresh.store.end_session(&SessionKey([8; 32])).await.unwrap());
        assert!(lives(&fresh, NOW).await);
    }

    async fn a_new_password_or_role_ends_every_session(fresh: Fresh) {
        let anna = log_in(&fresh, KEY).await;
        fresh.store.set_password(By::Machine, anna, "$argon2id$v=19$hash of anna").await.unwrap();
        assert!(!lives(&fresh, NOW).await);
        log_in(&fresh, KEY).await;
        fresh.store.set_role(By::Machine, anna, Role::Admin).await.unwrap();
        assert!(!lives(&fresh, NOW).await);
        assert_eq!(fresh.store.user(anna).await.unwrap().unwrap().role, Role::Admin);
    }

    async fn ended_sessions_are_cleared_away(fresh: Fresh) {
        log_in(&fresh, KEY).await;
        log_in(&fresh, SessionKey([8; 32])).await;
        assert!(lives(&fresh, NOW + 100_000).await);
        assert_eq!(fresh.store.expire_sessions(NOW, IDLE).await.unwrap(), 0);
        assert_eq!(fresh.store.expire_sessions(NOW + IDLE, IDLE).await.unwrap(), 1);
        assert_eq!(fresh.store.expire_sessions(NOW + 50_000_000, IDLE * 10).await.unwrap(), 1);
    }

    async fn all_sessions_of_one_user_end_together(fresh: Fresh) {
        let anna = log_in(&fresh, KEY).await;
        log_in(&fresh, SessionKey([8; 32])).await;
        assert_eq!(fresh.store.end_sessions_of(anna).await.unwrap(), 2);
    }

    async fn sessions_are_listed_for_their_user_alone_and_ended_one_by_one(fresh: Fresh) {
        let anna = log_in(&fresh, KEY).await;
        log_in(&fresh, SessionKey([8; 32])).await;
        let bob = fresh.user("bob", Role::Member).await.id;
        let listed = fresh.store.sessions_of(anna, NOW, IDLE).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!((&*listed[0].address, &*listed[0].user_agent), ("192.0.2.7", "a browser"));
        assert!(fresh.store.sessions_of(bob, NOW, IDLE).await.unwrap().is_empty());
        assert!(!fresh.store.end_listed_session(bob, KEY.id()).await.unwrap());
        assert!(fresh.store.end_listed_session(anna, KEY.id()).await.unwrap());
        assert!(!lives(&fresh, NOW).await);
        assert_eq!(fresh.store.sessions_of(anna, NOW, IDLE).await.unwrap().len(), 1);
        assert!(fresh.store.sessions_of(anna, NOW + IDLE, IDLE).await.unwrap().is_empty());
    }

    async fn a_log_in_that_a_new_password_overtook_begins_no_session(fresh: Fresh) {
        let anna = log_in(&fresh, KEY).await;
        fresh.store.set_password(By::Machine, anna, "new hash").await.unwrap();
        let late = NewSession {
            key: KEY,
            user: anna,
            password_hash: "$argon2id$v=19$hash of anna".into(),
            expires_ms: NOW + 1,
            address: String::new(),
            user_agent: String::new(),
        };
        let error = fresh.store.create_session(late.clone(), NOW).await.unwrap_err();
        assert!(matches!(error, StoreError::NoSuchUser), "{error}");
        let right = NewSession { password_hash: "new hash".into(), ..late };
        fresh.store.create_session(right, NOW).await.unwrap();
    }

    async fn the_session_used_longest_ago_ends_beyond_a_hundred(fresh: Fresh) {
        let key = |n: u64| SessionKey(std::array::from_fn(|i| u8::from(i == 0) * u8::try_from(n).unwrap()));
        for n in 0..SESSIONS_MAX {
            log_in(&fresh, key(n)).await;
        }
        let anna = fresh.store.user_named("anna").await.unwrap().unwrap().id;
        let count = async || fresh.store.sessions_of(anna, NOW, IDLE).await.unwrap().len();
        assert_eq!(count().await as u64, SESSIONS_MAX);
        for n in 1..SESSIONS_MAX {
            assert!(fresh.store.session(&key(n), NOW + 60_000, IDLE).await.unwrap().is_some());
        }
        log_in_at(&fresh, key(SESSIONS_MAX), NOW + 60_000).await;
        assert_eq!(count().await as u64, SESSIONS_MAX);
        assert!(!fresh.store.session_lives(&key(0), NOW, IDLE).await.unwrap());
    }
}
