//! What makes room works on a full disk too.

use std::future::Future;

use crate::app::App;
use crate::error::Error;

impl App {
    /// Does it; once more, with the room that was kept for this, where the disk is full.
    pub(super) async fn with_reserve<T, F: Future<Output = Result<T, Error>>>(
        &self,
        act: impl Fn() -> F,
    ) -> Result<T, Error> {
        match act().await {
            Err(Error::DiskFull(_)) if self.give_up_reserve().await => act().await,
            outcome => outcome,
        }
    }

    async fn give_up_reserve(&self) -> bool {
        let Some(reserve) = self.config.reserve.clone() else {
            return false;
        };
        let given = tokio::task::spawn_blocking(move || reserve.give_up());
        given.await.unwrap_or(false)
    }

    /// Takes the room again when there is some.
    pub async fn keep_reserve(&self) {
        let Some(reserve) = self.config.reserve.clone() else {
            return;
        };
        if let Err(error) = tokio::task::spawn_blocking(move || reserve.keep()).await {
            tracing::warn!(%error, "room for a full disk is not kept");
        }
    }
}
