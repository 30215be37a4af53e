//! The engine's store: listed, brought, removed.

use std::io::Write;
use std::process::{Command, Stdio};

use futures_util::{StreamExt, TryStreamExt, stream};
use runtime::{DriverError, ImageNews, ImageStore};

use super::lab::{FINE_IMAGE, lab};
use super::registry::Registry;

fn docker(args: &[&str]) -> Vec<u8> {
    let run = Command::new("docker").args(args).output().unwrap();
    assert!(run.status.success(), "{args:?}: {run:?}");
    run.stdout
}

#[tokio::test]
async fn an_image_is_listed_saved_removed_and_loaded_again() {
    let Some(lab) = lab("an_image_is_listed_saved_removed_and_loaded_again").await else {
        return;
    };
    let name = format!("nova-ve-test/store:{}", std::process::id());
    docker(&["tag", FINE_IMAGE, &name]);
    let store: &dyn ImageStore = &lab.driver;
    let (images, room) = store.list().await.unwrap();
    let found = images
        .iter()
        .find(|image| image.names.contains(&name))
        .unwrap();
    assert!(found.bytes > 0 && found.created_ms > 0, "{found:?}");
    assert!(room.bytes >= room.free_bytes && room.free_bytes > 0);

    let archive = docker(&["save", &name]);
    let removed = store.remove(&name).await.unwrap();
    assert_eq!(removed.names, std::slice::from_ref(&name));
    assert_eq!(removed.freed_bytes, 0, "it has another name");
    let again = store.remove(&name).await;
    assert!(matches!(again, Err(DriverError::NoSuchImage { .. })));

    let chunks: Vec<_> = archive
        .chunks(32 << 10)
        .map(|chunk| Ok(chunk.to_vec().into()))
        .collect();
    let news = store.load(stream::iter(chunks).boxed()).await.unwrap();
    let news: Vec<ImageNews> = news.try_collect().await.unwrap();
    assert_eq!(news.last(), Some(&ImageNews::Loaded(name.clone())));
    let pruned = store
        .prune(&[name.clone(), "nova-ve-test/none:1".into()])
        .await
        .unwrap();
    assert!(pruned.names.contains(&name), "{pruned:?}");
}

#[tokio::test]
async fn what_is_no_archive_or_has_no_registry_is_told() {
    let Some(lab) = lab("what_is_no_archive_or_has_no_registry_is_told").await else {
        return;
    };
    let store: &dyn ImageStore = &lab.driver;
    let odd = stream::iter([Ok(b"this is no archive".as_slice().into())]);
    let news = store.load(odd.boxed()).await.unwrap();
    let outcome: Result<Vec<ImageNews>, _> = news.try_collect().await;
    assert!(
        !matches!(&outcome, Ok(news) if !news.is_empty()),
        "{outcome:?}"
    );
    let news = store
        .pull("localhost:1/nobody/there:1".into())
        .await
        .unwrap();
    let said: Vec<_> = news.collect().await;
    let why = said.last().unwrap().as_ref().unwrap_err().to_string();
    assert!(why.contains("localhost:1"), "{why}");
}

#[tokio::test]
async fn a_pull_tells_how_far_it_is() {
    let Some(lab) = lab("a_pull_tells_how_far_it_is").await else {
        return;
    };
    let Some(registry) = Registry::start("a_pull_tells_how_far_it_is").await else {
        return;
    };
    let at = |port| format!("127.0.0.1:{port}/nova-ve-test/pulled:1");
    let pushed = at(registry.port);
    import_noise(&pushed);
    docker(&["push", "--quiet", &pushed]);
    docker(&["rmi", &pushed]);
    let name = at(registry.slow_port().await);

    let store: &dyn ImageStore = &lab.driver;
    let news = store.pull(name.clone()).await.unwrap();
    let mut news: Vec<ImageNews> = news.try_collect().await.unwrap();
    assert_eq!(news.pop(), Some(ImageNews::Loaded(name.clone())));
    let said: Vec<String> = news
        .into_iter()
        .map(|news| match news {
            ImageNews::Doing(what) => what,
            ImageNews::Loaded(name) => panic!("{name} twice"),
        })
        .collect();
    assert_eq!(said[0], format!("pulling {name}"));
    let percents: Vec<u8> = said[1..]
        .iter()
        .map(|what| what.strip_prefix("pulling ").unwrap())
        .map(|what| what.strip_suffix(" %").unwrap().parse().unwrap())
        .collect();
    assert!(
        percents.is_sorted() && percents.last() > Some(&50),
        "{said:?}"
    );
    store.remove(&name).await.unwrap();

    let other = format!("{name}0");
    let said: Vec<_> = store.pull(other.clone()).await.unwrap().collect().await;
    let why = said.last().unwrap().as_ref().unwrap_err().to_string();
    assert!(why.contains(&other), "{why}");
}

/// An image whose layer cannot be made smaller.
fn import_noise(name: &str) {
    let noise = std::fs::File::open("/dev/urandom").unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(NOISE_BYTES);
    archive
        .append_data(
            &mut header,
            "noise",
            std::io::Read::take(noise, NOISE_BYTES),
        )
        .unwrap();
    let mut import = Command::new("docker")
        .args(["import", "-", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = import.stdin.take().unwrap();
    stdin.write_all(&archive.into_inner().unwrap()).unwrap();
    drop(stdin);
    assert!(import.wait().unwrap().success());
}

const NOISE_BYTES: u64 = 8 << 20;
