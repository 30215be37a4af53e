//! Who else may do what in a lab, and who did what.

use model::LabId;
use model::access::Right;
use reqwest::Method;

use super::{Client, ClientError, part};
use crate::audit::{AuditPage, AuditQuery};
use crate::share::{SetShare, Share, Shares};

impl Client {
    pub async fn shares(&self, lab: LabId) -> Result<Vec<Share>, ClientError> {
        let shares: Shares = self.get(&format!("/labs/{lab}/shares")).await?;
        Ok(shares.items)
    }

    /// Gives the user this right, instead of another that was given before.
    pub async fn share_lab(
        &self,
        lab: LabId,
        user: &str,
        right: Right,
    ) -> Result<Share, ClientError> {
        let request = self.request(Method::PUT, &format!("/labs/{lab}/shares/{}", part(user)));
        self.read(request.json(&SetShare { right })).await
    }

    /// Takes the right away; one's own is left.
    pub async fn unshare_lab(&self, lab: LabId, user: &str) -> Result<(), ClientError> {
        let path = format!("/labs/{lab}/shares/{}", part(user));
        self.send(self.request(Method::DELETE, &path)).await?;
        Ok(())
    }

    /// For administrators.
    pub async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, ClientError> {
        self.read(self.request(Method::GET, "/audit").query(query))
            .await
    }
}
