//! Labs and their edits.

use model::edit::Edit;
use model::status::LabStatus;
use model::{LabId, LinkId, Revision};
use reqwest::Method;

use super::request::if_match;
use super::{Client, ClientError, part};
use crate::drift::{DriftList, RepairBegun, RepairDrift};
use crate::lab::{
    CreateLab, EditPage, Edited, ImportLab, LabDetail, LabPage, LabSummary, PostEdit,
};
use crate::page::Paging;
use crate::reading::{LabFileRead, ReadLabFile};

impl Client {
    /// Every lab, page by page.
    pub async fn labs(&self) -> Result<Vec<LabSummary>, ClientError> {
        let mut labs = Vec::new();
        let mut paging = Paging::default();
        loop {
            let request = self.request(Method::GET, "/labs").query(&paging);
            let page: LabPage = self.read(request).await?;
            labs.extend(page.items);
            paging.cursor = page.next_cursor;
            if paging.cursor.is_none() {
                return Ok(labs);
            }
        }
    }

    pub async fn lab(&self, lab: LabId) -> Result<LabDetail, ClientError> {
        self.get(&format!("/labs/{lab}")).await
    }

    pub async fn create_lab(&self, body: &CreateLab) -> Result<LabDetail, ClientError> {
        self.post_json("/labs", body).await
    }

    pub async fn import_lab(&self, body: &ImportLab) -> Result<LabDetail, ClientError> {
        self.post_json("/labs/import", body).await
    }

    /// Reads a file of another tool; nothing is kept.
    pub async fn read_lab_file(&self, file: &ReadLabFile) -> Result<LabFileRead, ClientError> {
        self.post_json("/labs/read", file).await
    }

    /// Makes a lab from a sample.
    pub async fn open_sample(&self, name: &str) -> Result<LabDetail, ClientError> {
        self.post(&format!("/samples/{}", part(name))).await
    }

    /// The lab's file.
    pub async fn export_lab(&self, lab: LabId) -> Result<String, ClientError> {
        let request = self.request(Method::GET, &format!("/labs/{lab}/export"));
        let response = self.send(request).await?;
        response
            .text()
            .await
            .map_err(|error| self.broken_off(error))
    }

    pub async fn delete_lab(&self, lab: LabId) -> Result<(), ClientError> {
        let request = self.request(Method::DELETE, &format!("/labs/{lab}"));
        self.send(request).await?;
        Ok(())
    }

    /// Writes a broken or missing file again.
    pub async fn restore_lab(&self, lab: LabId) -> Result<LabDetail, ClientError> {
        self.post(&format!("/labs/{lab}/restore")).await
    }

    pub async fn lab_status(&self, lab: LabId) -> Result<LabStatus, ClientError> {
        self.get(&format!("/labs/{lab}/status")).await
    }

    pub async fn drift(&self, lab: LabId) -> Result<DriftList, ClientError> {
        self.get(&format!("/labs/{lab}/drift")).await
    }

    pub async fn repair_drift(
        &self,
        lab: LabId,
        which: &RepairDrift,
    ) -> Result<RepairBegun, ClientError> {
        self.post_json(&format!("/labs/{lab}/drift/repair"), which)
            .await
    }

    /// Applies an edit to the revision that the caller has seen.
    pub async fn edit(
        &self,
        lab: LabId,
        revision: Revision,
        edit: Edit,
    ) -> Result<Edited, ClientError> {
        let request = self.request(Method::POST, &format!("/labs/{lab}/edits"));
        let request = if_match(request, revision).json(&PostEdit { edit });
        self.read(request).await
    }

    pub async fn undo(&self, lab: LabId) -> Result<Edited, ClientError> {
        self.post(&format!("/labs/{lab}/undo")).await
    }

    pub async fn redo(&self, lab: LabId) -> Result<Edited, ClientError> {
        self.post(&format!("/labs/{lab}/redo")).await
    }

    pub async fn edits(&self, lab: LabId, paging: &Paging) -> Result<EditPage, ClientError> {
        let request = self.request(Method::GET, &format!("/labs/{lab}/edits"));
        self.read(request.query(paging)).await
    }

    pub async fn cut_link(&self, lab: LabId, link: LinkId) -> Result<Edited, ClientError> {
        self.post(&format!("/labs/{lab}/links/{link}/cut")).await
    }

    pub async fn heal_link(&self, lab: LabId, link: LinkId) -> Result<Edited, ClientError> {
        self.post(&format!("/labs/{lab}/links/{link}/heal")).await
    }
}
