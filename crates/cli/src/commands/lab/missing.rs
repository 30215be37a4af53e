//! Images that a new lab needs and its host does not have, told before anything starts.

use api::client::{Client, ClientError};
use api::image::LabImage;
use model::Lab;

use crate::output::{remark, table};

/// A host without an engine says so when its nodes start.
pub async fn tell(client: &Client, lab: &Lab) -> anyhow::Result<()> {
    let images = match client.lab_images(lab.id).await {
        Ok(images) => images,
        Err(ClientError::Api(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if let Some(words) = words(&images, &lab.name) {
        remark(&words);
    }
    Ok(())
}

fn words(images: &[LabImage], lab: &str) -> Option<String> {
    let missing = images.iter().filter(|image| !image.here);
    let rows: Vec<[String; 3]> = missing
        .map(|image| {
            let nodes = image.nodes.join(", ");
            [image.image.clone(), nodes, image.nearest.join(", ")]
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let table = table(["IMAGE", "NODES", "THIS HOST HAS"], rows);
    Some(format!(
        "{lab} needs images that this host does not have; they are pulled when the nodes start:\n{table}\n\
         bring them before: nova-ve image pull, import or build; or import with --map-image FROM=TO"
    ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn only_what_is_missing_is_told() {
        let images: Vec<LabImage> = serde_json::from_value(serde_json::json!([
            {"image": "frr-ssh:latest", "nodes": ["r1", "r2"], "here": false, "bytes": 0,
             "nearest": ["nova-ve/frr:latest"]},
            {"image": "alpine", "nodes": ["h1"], "here": true, "bytes": 8, "nearest": []},
        ]))
        .unwrap();
        insta::assert_snapshot!(words(&images, "bgp").unwrap(), @r"
        bgp needs images that this host does not have; they are pulled when the nodes start:
        IMAGE           NODES   THIS HOST HAS
        frr-ssh:latest  r1, r2  nova-ve/frr:latest
        bring them before: nova-ve image pull, import or build; or import with --map-image FROM=TO
        ");
        assert_eq!(words(&images[1..], "bgp"), None);
    }
}
