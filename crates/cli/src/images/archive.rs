//! An image as `docker save` writes one, with a single layer: what every version of `docker load` takes.
//!
//! ```text
//! <config's digest>.json   <layer's digest>/layer.tar   manifest.json
//! ```

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};
use tar::{Builder, Header};

use super::debian::Layer;
use super::keys::Keys;
use super::{RECIPE_LABEL, hex};
use crate::failure::{Exit, Failure};

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The image's own description, as Docker reads it.
#[derive(Serialize)]
pub struct Image {
    architecture: &'static str,
    os: &'static str,
    created: String,
    config: Running,
    rootfs: RootFs,
    history: [History; 1],
    #[serde(skip)]
    layer: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Running {
    env: Vec<String>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    working_dir: String,
    labels: BTreeMap<String, String>,
    exposed_ports: BTreeMap<String, serde_json::Value>,
}

#[derive(Serialize)]
struct RootFs {
    r#type: &'static str,
    diff_ids: [String; 1],
}

#[derive(Serialize)]
struct History {
    created: String,
    created_by: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest<'a> {
    config: &'a str,
    repo_tags: [&'a str; 1],
    layers: [&'a str; 1],
}

pub fn describe(keys: &Keys, recipe: &str, layer: &Layer) -> Image {
    let created = jiff::Timestamp::now().to_string();
    let mut env = keys.env.clone();
    env.entry("PATH".into()).or_insert_with(|| PATH.into());
    let mut labels = keys.labels.clone();
    labels.insert(RECIPE_LABEL.into(), recipe.to_owned());
    let some = |words: &Vec<String>| (!words.is_empty()).then(|| words.clone());
    Image {
        architecture: architecture(std::env::consts::ARCH),
        os: "linux",
        config: Running {
            env: env
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
            entrypoint: some(&keys.entrypoint),
            cmd: some(&keys.command),
            working_dir: keys.workdir.clone(),
            labels,
            exposed_ports: keys
                .expose
                .iter()
                .map(|port| (port.clone(), serde_json::json!({})))
                .collect(),
        },
        rootfs: RootFs {
            r#type: "layers",
            diff_ids: [format!("sha256:{}", layer.digest)],
        },
        history: [History {
            created: created.clone(),
            created_by: format!("nova-ve image build ({} of {})", keys.name, keys.suite),
        }],
        created,
        layer: layer.digest.clone(),
    }
}

/// Go's word, which Docker uses, for Rust's.
fn architecture(rust: &'static str) -> &'static str {
    match rust {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

/// Writes the archive and gives the image's id.
pub fn write(
    name: &str,
    image: &Image,
    layer: impl Read,
    layer_bytes: u64,
    sink: impl Write,
) -> Result<String, Failure> {
    let failed =
        |error: io::Error| Failure::new(Exit::IO, format!("failed to write the image: {error}"));
    let text = json(image)?;
    let digest = hex(Sha256::digest(&text));
    let config_name = format!("{digest}.json");
    let layer_name = format!("{}/layer.tar", image.layer);
    let manifest = json(&[Manifest {
        config: &config_name,
        repo_tags: [name],
        layers: [&layer_name],
    }])?;
    let mut archive = Builder::new(sink);
    let mut put = |name: &str, size: u64, bytes: &mut dyn Read| {
        archive.append_data(&mut header(size), name, bytes)
    };
    put(&config_name, text.len() as u64, &mut text.as_slice()).map_err(failed)?;
    put(&layer_name, layer_bytes, &mut layer.take(layer_bytes)).map_err(failed)?;
    put(
        "manifest.json",
        manifest.len() as u64,
        &mut manifest.as_slice(),
    )
    .map_err(failed)?;
    let mut sink = archive.into_inner().map_err(failed)?;
    sink.flush().map_err(failed)?;
    Ok(format!("sha256:{digest}"))
}

fn header(size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value)
        .map_err(|error| Failure::new(Exit::SOFTWARE, format!("failed to write JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use std::io::Seek;

    use serde_json::{Value, json};

    use super::*;
    use crate::images::Digesting;
    use crate::images::keys;

    const RECIPE: &str = "\
name = \"nova-ve/tiny\"
suite = \"trixie\"
packages = [\"busybox-static\"]
entrypoint = [\"/bin/busybox\"]
command = [\"id\"]
env = { A = \"b\" }
workdir = \"/srv\"
labels = { x = \"y\" }
expose = [\"22\"]
";

    fn layer() -> Layer {
        let file = tempfile::tempfile().expect("a temporary file");
        let mut archive = Builder::new(Digesting::new(file));
        archive
            .append_data(&mut header(5), "etc/hostname", "tiny\n".as_bytes())
            .expect("it is written");
        let (mut file, digest, size_bytes) = archive.into_inner().expect("it ends").end();
        file.rewind().expect("it is a file");
        Layer {
            file,
            digest,
            size_bytes,
        }
    }

    #[test]
    fn the_archive_has_config_layer_and_manifest_that_name_each_other() {
        let keys = keys::read(RECIPE).expect("it is right");
        let layer = layer();
        let layer_digest = layer.digest.clone();
        let image = describe(&keys, "abc", &layer);
        let mut written = Vec::new();
        let id = write(
            &keys.name,
            &image,
            layer.file,
            layer.size_bytes,
            &mut written,
        )
        .expect("it is written");
        let mut members = Vec::new();
        for entry in tar::Archive::new(written.as_slice())
            .entries()
            .expect("a tar")
        {
            let mut entry = entry.expect("it is whole");
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("it is whole");
            members.push((entry.path().expect("a name").display().to_string(), bytes));
        }
        let [(config_name, config), (layer_name, layer), (last, manifest)] = &members[..] else {
            panic!("{} members", members.len());
        };
        assert_eq!(id, format!("sha256:{}", hex(Sha256::digest(config))));
        assert_eq!(*config_name, format!("{}.json", &id["sha256:".len()..]));
        assert_eq!(hex(Sha256::digest(layer)), layer_digest);
        assert_eq!(*layer_name, format!("{layer_digest}/layer.tar"));
        let manifest: Value = serde_json::from_slice(manifest).expect("JSON");
        let wanted = json!([{"Config": config_name, "RepoTags": ["nova-ve/tiny:latest"], "Layers": [layer_name]}]);
        assert_eq!((last.as_str(), manifest), ("manifest.json", wanted));
        let config: Value = serde_json::from_slice(config).expect("JSON");
        assert_eq!(
            config["rootfs"]["diff_ids"],
            json!([format!("sha256:{layer_digest}")])
        );
        let wanted = json!({
            "Env": ["A=b", format!("PATH={PATH}")],
            "Entrypoint": ["/bin/busybox"],
            "Cmd": ["id"],
            "WorkingDir": "/srv",
            "Labels": {"x": "y", "org.nova-ve.recipe": "abc"},
            "ExposedPorts": {"22/tcp": {}},
        });
        assert_eq!(config["config"], wanted);
    }
}
