//! Bearer tokens: expiry, use, and what ends them.

use model::access::Role;
use store::{
    By, NewSession, NewToken, SessionKey, StoreError, TOKENS_MAX, Token, TokenKey, UserId,
};
use uuid::Uuid;

use crate::fresh::{Fresh, NOW};

const DAY: u64 = 86_400_000;
const KEY: TokenKey = TokenKey([7; 32]);
const SESSION: SessionKey = SessionKey([1; 32]);

async fn anna(fresh: &Fresh) -> UserId {
    let user = fresh.user("anna", Role::Member).await.id;
    log_in(fresh, user, "$argon2id$v=19$hash of anna").await;
    user
}

/// A token of anna's, for other stories.
pub async fn token_of(fresh: &Fresh, anna: UserId, name: &str) {
    log_in(fresh, anna, "$argon2id$v=19$hash of anna").await;
    make(fresh, anna, KEY, name).await.unwrap();
}

async fn log_in(fresh: &Fresh, user: UserId, hash: &str) {
    let session = NewSession {
        key: SESSION,
        user,
        password_hash: hash.into(),
        expires_ms: NOW + DAY,
        address: String::new(),
        user_agent: String::new(),
    };
    fresh.store.create_session(session, NOW).await.unwrap();
}

async fn make(fresh: &Fresh, user: UserId, key: TokenKey, name: &str) -> Result<Token, StoreError> {
    let new = NewToken {
        id: Uuid::new_v4(),
        key,
        user,
        by: SESSION,
        name: name.into(),
        expires_ms: NOW + DAY,
    };
    fresh.store.create_token(new, NOW).await
}

async fn lives(fresh: &Fresh, now_ms: u64) -> bool {
    let asked = fresh.store.token_lives(&KEY, now_ms).await.unwrap();
    let given = fresh.store.token(&KEY, now_ms).await.unwrap();
    assert_eq!(asked, given.is_some());
    asked
}

on_every_engine! {
    async fn a_token_names_its_user_until_it_expires(fresh: Fresh) {
        let anna = anna(&fresh).await;
        let made = make(&fresh, anna, KEY, "ci").await.unwrap();
        assert_eq!(made.last_used_ms, None);
        assert!(lives(&fresh, NOW + DAY - 1).await);
        assert!(!lives(&fresh, NOW + DAY).await);
        let (token, user) = fresh.store.token(&KEY, NOW).await.unwrap().unwrap();
        assert_eq!((token.id, user.id), (made.id, anna));
        assert!(fresh.store.token(&TokenKey([8; 32]), NOW).await.unwrap().is_none());
    }

    async fn the_last_use_is_kept_to_the_minute(fresh: Fresh) {
        let anna = anna(&fresh).await;
        make(&fresh, anna, KEY, "ci").await.unwrap();
        for (at, kept) in [(5, 5), (60_004, 5), (60_005, 60_005)] {
            fresh.store.token(&KEY, NOW + at).await.unwrap().unwrap();
            let listed = fresh.store.tokens_of(anna, NOW).await.unwrap();
            assert_eq!(listed[0].last_used_ms, Some(NOW + kept));
        }
    }

    async fn a_name_is_taken_once_for_each_user_and_free_after_the_end(fresh: Fresh) {
        let anna = anna(&fresh).await;
        let made = make(&fresh, anna, KEY, "CI").await.unwrap();
        let taken = make(&fresh, anna, TokenKey([8; 32]), "ci").await.unwrap_err();
        assert!(matches!(taken, StoreError::TokenNameTaken { .. }), "{taken}");
        let bob = fresh.user("bob", Role::Member).await.id;
        assert_eq!(fresh.store.end_token(bob, made.id).await.unwrap(), None);
        assert_eq!(fresh.store.end_token(anna, made.id).await.unwrap().as_deref(), Some("CI"));
        assert!(!lives(&fresh, NOW).await);
        make(&fresh, anna, KEY, "ci").await.unwrap();
    }

    async fn a_user_has_fifty_tokens_and_no_more_until_one_is_over(fresh: Fresh) {
        let anna = anna(&fresh).await;
        let key = |n: u64| TokenKey([u8::try_from(n).unwrap(); 32]);
        for n in 0..TOKENS_MAX {
            make(&fresh, anna, key(n), &format!("t{n}")).await.unwrap();
        }
        let many = make(&fresh, anna, key(99), "one more").await.unwrap_err();
        assert!(matches!(many, StoreError::TooMany { .. }), "{many}");
        assert_eq!(fresh.store.tokens_of(anna, NOW).await.unwrap().len() as u64, TOKENS_MAX);
        assert_eq!(fresh.store.expire_tokens(NOW + DAY).await.unwrap(), TOKENS_MAX);
        make(&fresh, anna, key(99), "one more").await.unwrap();
    }

    async fn another_password_or_role_ends_tokens_and_the_chance_to_make_one(fresh: Fresh) {
        let anna = anna(&fresh).await;
        make(&fresh, anna, KEY, "ci").await.unwrap();
        fresh.store.set_password(By::Machine, anna, "hash 2").await.unwrap();
        assert!(!lives(&fresh, NOW).await);
        let late = make(&fresh, anna, KEY, "ci").await.unwrap_err();
        assert!(matches!(late, StoreError::NoSuchUser), "{late}");
        log_in(&fresh, anna, "hash 2").await;
        make(&fresh, anna, KEY, "ci").await.unwrap();
        fresh.store.set_role(By::Machine, anna, Role::Admin).await.unwrap();
        assert!(!lives(&fresh, NOW).await);
    }
}
