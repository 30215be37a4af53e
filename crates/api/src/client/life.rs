//! Starting and stopping, and the jobs that do it.

use model::{LabId, NodeId};
use reqwest::Method;
use uuid::Uuid;

use super::{Client, ClientError};
use crate::job::{Job, JobAct, JobPage, WaitForJob};
use crate::lab::Selection;
use crate::page::Paging;

impl Client {
    /// Starts, stops, restarts or wipes the selected nodes; all of the lab without a selection.
    pub async fn act(
        &self,
        lab: LabId,
        act: JobAct,
        selection: &Selection,
    ) -> Result<Job, ClientError> {
        self.post_json(&format!("/labs/{lab}/{act}"), selection)
            .await
    }

    pub async fn act_on_node(
        &self,
        lab: LabId,
        node: NodeId,
        act: JobAct,
    ) -> Result<Job, ClientError> {
        self.post(&format!("/labs/{lab}/nodes/{node}/{act}")).await
    }

    /// The job when it has ended, or as it stands after `wait_s` (60 at most).
    pub async fn job(&self, job: Uuid, wait_s: u64) -> Result<Job, ClientError> {
        let query = WaitForJob {
            wait_s: Some(wait_s),
        };
        let request = self.request(Method::GET, &format!("/jobs/{job}"));
        self.read(request.query(&query)).await
    }

    pub async fn jobs(&self, paging: &Paging) -> Result<JobPage, ClientError> {
        self.read(self.request(Method::GET, "/jobs").query(paging))
            .await
    }

    pub async fn cancel_job(&self, job: Uuid) -> Result<Job, ClientError> {
        self.read(self.request(Method::DELETE, &format!("/jobs/{job}")))
            .await
    }
}
