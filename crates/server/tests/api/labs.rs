//! Labs that come, are listed, and go.

use api::lab::{CreateLab, ImportLab};
use api::page::Paging;
use api::user::RemoveUser;
use model::{Lab, LabId};
use uuid::Uuid;

use crate::app::{TestApp, lab_of};

#[tokio::test]
async fn a_lab_survives_export_and_import() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let made = lab_of(&ada, &["h1", "h2"]).await.lab;
    let exported = ada.export_lab(made.id).await.unwrap();
    let import = ImportLab {
        lab: serde_json::from_str(&exported).unwrap(),
        name: Some("copy".into()),
    };
    let copy = ada.import_lab(&import).await.unwrap().lab;
    assert_ne!(copy.id, made.id, "the id was taken");
    assert_eq!((copy.name.as_str(), copy.revision.0), ("copy", 1));
    assert_eq!((&copy.nodes, &copy.links), (&made.nodes, &made.links));
    ada.delete_lab(made.id).await.unwrap();
    let again = ada.import_lab(&import).await.unwrap().lab;
    assert_eq!(again.id, made.id, "the id is free again");
    test.end().await;
}

#[tokio::test]
async fn samples_become_labs_of_ones_own() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    for sample in ada.samples().await.unwrap() {
        let lab = ada.open_sample(&sample.name).await.unwrap();
        assert_eq!((lab.owner.as_str(), &lab.lab.name), ("ada", &sample.title));
        assert_eq!(lab.lab.nodes.len(), sample.node_count as usize);
    }
    assert!(ada.labs().await.unwrap().len() >= 3);
    let error = ada.open_sample("no such/sample").await.unwrap_err();
    assert_eq!(error.code(), Some("not_found"));
    test.end().await;
}

#[tokio::test]
async fn pages_lead_through_all_labs_by_name() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    for name in ["c", "a", "b"] {
        let body = CreateLab {
            name: name.into(),
            description: String::new(),
        };
        ada.create_lab(&body).await.unwrap();
    }
    let names: Vec<_> = ada
        .labs()
        .await
        .unwrap()
        .into_iter()
        .map(|lab| lab.name)
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    let first = Paging {
        limit: Some(2),
        cursor: None,
    };
    let first = test.raw(&ada, "GET", "/api/v1/labs").query(&first);
    let first: api::lab::LabPage = first.send().await.unwrap().json().await.unwrap();
    let next = Paging {
        limit: Some(2),
        cursor: first.next_cursor,
    };
    let next = test.raw(&ada, "GET", "/api/v1/labs").query(&next);
    let next: api::lab::LabPage = next.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (first.items.len(), next.items.len(), next.next_cursor),
        (2, 1, None)
    );
    test.end().await;
}

#[tokio::test]
async fn a_removed_lab_is_gone_and_its_file_lies_in_the_trash() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    assert!(test.lab_file(lab).exists());
    ada.delete_lab(lab).await.unwrap();
    assert!(!test.lab_file(lab).exists());
    let error = ada.lab(lab).await.unwrap_err();
    assert_eq!(error.code(), Some("not_found"));
    let trash = test.folder.path().join("labs/.trash");
    assert_eq!(std::fs::read_dir(trash).unwrap().count(), 1);
    test.end().await;
}

#[tokio::test]
async fn a_lab_whose_kernel_names_are_taken_gets_another_id() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let hash = |id: LabId| model::names::lab_hash_of("test-instance", &id.to_string());
    let first = lab_of(&ada, &[]).await.lab;
    let mut twins = (0..).map(|n| LabId(uuid::Uuid::from_u128(n)));
    let twin = twins.find(|id| hash(*id) == hash(first.id)).unwrap();
    let import = ImportLab {
        lab: model::Lab::new(twin, "twin"),
        name: None,
    };
    let made = ada.import_lab(&import).await.unwrap().lab.id;
    assert_ne!(hash(made), hash(first.id));
    test.end().await;
}

#[tokio::test]
async fn a_member_has_five_hundred_labs_and_no_more_until_one_is_gone() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let owner = test.app.store.user_named("ada").await.unwrap().unwrap().id;
    for number in 1..store::LABS_MAX {
        let lab = Lab::new(LabId(Uuid::new_v4()), format!("lab {number}"));
        test.app.labs.create(lab, owner, 0).await.unwrap();
    }
    let body = CreateLab {
        name: "one more".into(),
        description: String::new(),
    };
    let last = ada.create_lab(&body).await.unwrap().lab.id;
    let refused = ada.create_lab(&body).await.unwrap_err();
    assert_eq!(refused.code(), Some("too_many_labs"));
    assert!(refused.to_string().contains("500 labs"), "{refused}");
    assert_eq!(ada.labs().await.unwrap().len(), 500);
    // Others, and administrators, have their own count.
    test.log_in("bob").await.create_lab(&body).await.unwrap();
    let admin = test.log_in("admin").await;
    let query = RemoveUser {
        labs_to: Some("admin".into()),
    };
    ada.delete_lab(last).await.unwrap();
    let again = ada.create_lab(&body).await.unwrap().lab.id;
    assert_eq!(ada.lab(again).await.unwrap().lab.name, "one more");
    admin.delete_user("ada", &query).await.unwrap();
    admin.create_lab(&body).await.unwrap();
    assert_eq!(admin.user("admin").await.unwrap().lab_count, 501);
    test.end().await;
}
