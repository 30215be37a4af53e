//! Edits: revisions, conflicts, undo and redo by two users.

use api::lab::{CreatedNode, Edited};
use api::page::Paging;
use model::edit::Edit;
use model::{LinkState, Revision};
use serde_json::json;

use crate::app::{TestApp, add_host, lab_of, link, node};

fn rename(name: &str) -> Edit {
    Edit::SetLab {
        name: Some(name.into()),
        description: None,
    }
}

#[tokio::test]
async fn an_edit_needs_the_revision_it_was_made_for() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab;
    let path = format!("/api/v1/labs/{}/edits", lab.id);
    let body = json!({ "edit": rename("x") });
    let answer = test
        .raw(&ada, "POST", &path)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 428);
    let edited = ada
        .edit(lab.id, lab.revision, rename("first"))
        .await
        .unwrap();
    let error = ada
        .edit(lab.id, lab.revision, rename("second"))
        .await
        .unwrap_err();
    let api::client::ClientError::Api(problem) = error else {
        panic!("not refused: {error}")
    };
    assert_eq!(
        (problem.status, problem.code.as_str()),
        (412, "revision_conflict")
    );
    assert_eq!(problem.revision, Some(edited.revision.0));
    assert_eq!(ada.lab(lab.id).await.unwrap().lab.name, "first");
    test.end().await;
}

#[tokio::test]
async fn two_edits_at_once_are_one_edit_and_one_conflict() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab;
    let (one, other) = tokio::join!(
        ada.edit(lab.id, lab.revision, rename("one")),
        ada.edit(lab.id, lab.revision, rename("other")),
    );
    assert_eq!(
        [one.is_ok(), other.is_ok()]
            .iter()
            .filter(|ok| **ok)
            .count(),
        1
    );
    assert_eq!(
        ada.lab(lab.id).await.unwrap().lab.revision,
        lab.revision.next()
    );
    test.end().await;
}

#[tokio::test]
async fn everybody_takes_back_only_what_they_did() {
    let test = TestApp::start().await;
    let (ada, admin) = (test.log_in("ada").await, test.log_in("admin").await);
    let lab = lab_of(&ada, &["h1"]).await.lab;
    let edited = ada
        .edit(lab.id, lab.revision, add_host(2, "h2"))
        .await
        .unwrap();
    admin
        .edit(lab.id, edited.revision, add_host(3, "h3"))
        .await
        .unwrap();
    ada.undo(lab.id).await.unwrap();
    let nodes = async || {
        let lab = ada.lab(lab.id).await.unwrap().lab;
        lab.nodes.into_keys().map(u64::from).collect::<Vec<_>>()
    };
    assert_eq!(nodes().await, [1, 3]);
    ada.redo(lab.id).await.unwrap();
    assert_eq!(nodes().await, [1, 2, 3]);
    admin.undo(lab.id).await.unwrap();
    assert_eq!(nodes().await, [1, 2]);
    let error = admin.undo(lab.id).await.unwrap_err();
    assert_eq!(error.code(), Some("nothing_to_do"));
    test.end().await;
}

#[tokio::test]
async fn an_undo_that_no_longer_fits_says_whose_edit_stands_in_the_way() {
    let test = TestApp::start().await;
    let (ada, admin) = (test.log_in("ada").await, test.log_in("admin").await);
    let lab = lab_of(&ada, &["h1"]).await.lab;
    let edited = ada
        .edit(lab.id, lab.revision, add_host(2, "h2"))
        .await
        .unwrap();
    let remove = Edit::RemoveNode { id: node(2) };
    admin.edit(lab.id, edited.revision, remove).await.unwrap();
    let error = ada.undo(lab.id).await.unwrap_err();
    assert_eq!(error.code(), Some("edit_in_the_way"));
    assert!(error.to_string().contains("admin"), "{error}");
    test.end().await;
}

#[tokio::test]
async fn the_history_names_who_did_what() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab;
    ada.edit(lab.id, lab.revision, add_host(2, "h2"))
        .await
        .unwrap();
    let page = ada.edits(lab.id, &Paging::default()).await.unwrap();
    let newest = &page.items[0];
    assert_eq!(newest.author.as_deref(), Some("ada"));
    assert!(newest.words.contains("h2"), "{}", newest.words);
    let words = ada.lab(lab.id).await.unwrap().undo.unwrap();
    assert!(words.contains("h2"), "{words}");
    test.end().await;
}

#[tokio::test]
async fn things_are_made_replaced_and_removed_by_the_short_ways() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab;
    let send = async |method: &str, path: &str, body: serde_json::Value| {
        let path = format!("/api/v1/labs/{}/{path}", lab.id);
        let request = test
            .raw(&ada, method, &path)
            .header("if-match", "*")
            .json(&body);
        let answer = request.send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
        answer
    };
    let answer = send("POST", "nodes", json!({ "template": "frr" })).await;
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    let made: CreatedNode = answer.json().await.unwrap();
    assert_eq!(made.id, node(2));
    let got = test.raw(&ada, "GET", &place).send().await.unwrap();
    let got: api::lab::NodeItem = got.json().await.unwrap();
    assert_eq!(got.node.name, "frr1");
    send("POST", "networks", json!({ "name": "lan" })).await;
    let end = |node: u64| json!({ "interface": { "node": node, "interface": 0 } });
    send(
        "POST",
        "links",
        json!({ "a": end(1), "b": { "network": 1 } }),
    )
    .await;
    send(
        "PUT",
        "links/1",
        json!({ "a": end(2), "b": { "network": 1 } }),
    )
    .await;
    let mut frr = serde_json::to_value(&got.node).unwrap();
    frr["name"] = json!("core");
    send("PUT", "nodes/2", frr).await;
    send("DELETE", "nodes/1", json!({})).await;
    let after = ada.lab(lab.id).await.unwrap().lab;
    assert_eq!(after.nodes[&node(2)].name, "core");
    assert_eq!(after.links.into_keys().collect::<Vec<_>>(), [link(1)]);
    test.end().await;
}

#[tokio::test]
async fn cutting_a_link_needs_no_revision_and_twice_is_once() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab;
    let first: Edited = ada.cut_link(lab.id, link(1)).await.unwrap();
    let second = ada.cut_link(lab.id, link(1)).await.unwrap();
    assert_eq!(
        (first.revision, second.revision),
        (Revision(lab.revision.0 + 1), first.revision)
    );
    ada.heal_link(lab.id, link(1)).await.unwrap();
    let healed = ada.lab(lab.id).await.unwrap().lab;
    assert_eq!(healed.links[&link(1)].state, LinkState::Up);
    let error = ada.cut_link(lab.id, link(7)).await.unwrap_err();
    assert_eq!(error.code(), Some("not_found"));
    test.end().await;
}
