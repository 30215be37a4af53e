//! What a store must do on every engine, through its public door only.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

/// Writes each story once and makes a test of it for every engine.
macro_rules! on_every_engine {
    ($(async fn $name:ident($fresh:ident: Fresh) $story:block)*) => {
        $(mod $name {
            use super::*;

            async fn story($fresh: Fresh) $story

            #[tokio::test]
            async fn sqlite() {
                story(Fresh::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(fresh) = Fresh::postgres(concat!(module_path!(), "::postgres")).await {
                    story(fresh).await;
                }
            }
        })*
    };
}

mod acts;
mod allowances;
mod audit;
mod away;
mod edits;
mod files;
mod fresh;
mod guacdb;
mod input;
mod jobs;
mod killed;
mod labs;
mod sessions;
mod shares;
mod specs;
mod tokens;
mod transfer;
mod two_servers;
mod undo;
mod upgrade;
mod users;
mod wishes;
