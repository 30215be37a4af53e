//! Sessions: idle, absolute end, log-out, and what ends them all.

use model::access::Role;
use store::{NewSession, SessionKey, UserId};

use crate::fresh::{Fresh, NOW};

const IDLE: u64 = 10_000_000;
const KEY: SessionKey = SessionKey([7; 32]);

async fn log_in(fresh: &Fresh, key: SessionKey) -> UserId {
    let user = match fresh.store.user_named("anna").await.unwrap() {
        Some(anna) => anna,
        None => fresh.user("anna", Role::Member).await,
    };
    let session = NewSession {
        key,
        user: user.id,
        expires_ms: NOW + 50_000_000,
    };
    fresh.store.create_session(session, NOW).await.unwrap();
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
        fresh.store.set_password(anna, "new").await.unwrap();
        assert!(!lives(&fresh, NOW).await);
        log_in(&fresh, KEY).await;
        fresh.store.set_role(anna, Role::Admin).await.unwrap();
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
}
