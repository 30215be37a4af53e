//! Images of the host: who sees them, who brings and removes them, what a lab lacks.

use api::client::{Client, ClientError};
use api::image::{PruneImages, PullProgress, RemoveImage};
use api::job::JobAct;
use api::lab::{LabDetail, Selection};
use futures_util::{StreamExt, TryStreamExt, stream};
use model::NodeKind;
use model::edit::Edit;
use model::lab::PullPolicy;

use crate::app::{TestApp, add_node, lab_of, node};

const FRR: &str = "nova-ve/frr:latest";

/// A lab with one container of this image.
async fn lab_with(client: &Client, image: &str, pull: PullPolicy) -> LabDetail {
    let lab = lab_of(client, &[]).await.lab;
    let mut edit = add_node(1, "container", "c1");
    let Edit::AddNode { node, .. } = &mut edit else {
        panic!("a node is added")
    };
    let NodeKind::Docker(settings) = &mut node.kind else {
        panic!("a container")
    };
    (settings.image, settings.pull) = (image.into(), pull);
    client.edit(lab.id, lab.revision, edit).await.unwrap();
    client.lab(lab.id).await.unwrap()
}

#[track_caller]
fn refused<T>(outcome: Result<T, ClientError>, code: &str) -> String {
    match outcome.err().expect("it is refused") {
        ClientError::Api(problem) => {
            assert_eq!(problem.code, code, "{problem:?}");
            format!("{} {:?}", problem.title, problem.problems)
        }
        other => panic!("{other}"),
    }
}

async fn names(client: &Client) -> Vec<String> {
    let images = client.images().await.unwrap();
    images
        .items
        .into_iter()
        .flat_map(|image| image.names)
        .collect()
}

async fn pull(client: &Client, name: &str) -> Vec<PullProgress> {
    let news = client.pull_image(name).await.unwrap();
    news.try_collect().await.unwrap()
}

#[tokio::test]
async fn an_image_shows_the_labs_that_name_it_and_counts_those_of_others() {
    let test = TestApp::start().await;
    let (ada, bob) = (test.log_in("ada").await, test.log_in("bob").await);
    let lab = lab_with(&ada, "nova-ve/frr", PullPolicy::Missing).await.lab;
    let of = async |client: &Client| {
        let mut images = client.images().await.unwrap().items.into_iter();
        images.find(|image| image.names == [FRR]).unwrap()
    };
    let seen = of(&ada).await;
    assert_eq!(seen.used_by[0].lab, lab.id);
    assert_eq!(seen.used_by[0].nodes, ["c1"]);
    assert_eq!(seen.other_labs, 0);
    let seen = of(&bob).await;
    assert_eq!((seen.used_by.len(), seen.other_labs), (0, 1));
    assert!(ada.images().await.unwrap().room.disk_free_bytes > 0);
    test.end().await;
}

#[tokio::test]
async fn a_pull_says_how_far_it_is_and_why_it_fails() {
    let test = TestApp::start().await;
    let admin = test.log_in("admin").await;
    let said = pull(&admin, "alpine").await;
    assert_eq!(said.len(), 4, "{said:?}");
    let name = "alpine:latest".to_owned();
    assert_eq!(said.last(), Some(&PullProgress::Loaded { name }));
    assert!(names(&admin).await.contains(&"alpine:latest".to_owned()));
    let said = pull(&admin, "missing-one").await;
    assert!(
        matches!(said.last(), Some(PullProgress::Failed { why }) if why.contains("missing-one"))
    );
    for odd in ["", "../../containers/x", "a b", "-x"] {
        refused(admin.pull_image(odd).await, "image_odd");
    }
    let ada = test.log_in("ada").await;
    refused(ada.pull_image("alpine").await, "forbidden");
    test.end().await;
}

#[tokio::test]
async fn an_archive_brings_its_images() {
    let test = TestApp::start().await;
    let admin = test.log_in("admin").await;
    let chunks = (0..100).map(|_| Ok(vec![7; 10_000].into()));
    let loaded = admin
        .load_images(stream::iter(chunks).boxed())
        .await
        .unwrap();
    assert_eq!(loaded.names, ["loaded:latest"]);
    assert!(names(&admin).await.contains(&loaded.names[0]));
    test.end().await;
}

#[tokio::test]
async fn what_a_lab_names_is_not_removed_by_mistake() {
    let test = TestApp::start().await;
    let (ada, admin) = (test.log_in("ada").await, test.log_in("admin").await);
    lab_with(&ada, "nova-ve/frr", PullPolicy::Missing).await;
    let mut which = RemoveImage {
        name: "nova-ve/frr".into(),
        anyway: false,
    };
    let why = refused(admin.remove_image(&which).await, "image_used");
    assert!(why.contains("lab of 0 hosts"), "{why}");
    let all = PruneImages {
        all: true,
        dry_run: true,
    };
    let would = admin.prune_images(&all).await.unwrap();
    assert_eq!(would.removed, ["nova-ve/host:latest"]);
    assert_eq!(names(&admin).await.len(), 2);
    let all = PruneImages {
        dry_run: false,
        ..all
    };
    assert_eq!(admin.prune_images(&all).await.unwrap(), would);
    assert_eq!(names(&admin).await, [FRR]);
    which.anyway = true;
    admin.remove_image(&which).await.unwrap();
    refused(
        admin
            .remove_image(&RemoveImage {
                name: "gone".into(),
                anyway: true,
            })
            .await,
        "no_such_image",
    );
    assert!(names(&admin).await.is_empty());
    test.end().await;
}

#[tokio::test]
async fn a_missing_image_is_told_before_anything_starts() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_with(&ada, "frr-ssh:latest", PullPolicy::Never)
        .await
        .lab;
    let images = ada.lab_images(lab.id).await.unwrap();
    assert_eq!((images.len(), images[0].here), (1, false));
    assert_eq!(images[0].nearest, [FRR]);
    assert_eq!(images[0].nodes, ["c1"]);
    let why = refused(
        ada.act(lab.id, JobAct::Start, &Selection::default()).await,
        "invalid_lab",
    );
    assert!(
        why.contains("nova-ve/frr:latest") && why.contains("nova-ve image"),
        "{why}"
    );
    let detail = ada.lab(lab.id).await.unwrap();
    let nothing_runs = detail
        .status
        .nodes
        .get(&node(1))
        .is_none_or(|it| it.start == 0);
    assert!(nothing_runs, "{:?}", detail.status);
    test.end().await;
}
