//! What of its host a lab reaches for.

use model::LabId;
use model::reach::Ask;
use reqwest::Method;

use super::{Client, ClientError};
use crate::ask::{Allow, AskRow, Asks};

impl Client {
    pub async fn asks(&self, lab: LabId) -> Result<Vec<AskRow>, ClientError> {
        let asks: Asks = self.get(&format!("/labs/{lab}/asks")).await?;
        Ok(asks.items)
    }

    /// Allows these and nothing else. For administrators.
    pub async fn allow(&self, lab: LabId, items: Vec<Ask>) -> Result<Vec<AskRow>, ClientError> {
        let request = self.request(Method::PUT, &format!("/labs/{lab}/asks"));
        let asks: Asks = self.read(request.json(&Allow { items })).await?;
        Ok(asks.items)
    }
}
