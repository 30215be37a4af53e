//! The sample labs that come with the program: `labs/*.json`.

use std::sync::LazyLock;

use api::system;
use model::Lab;
use model::template::Templates;
use rust_embed::RustEmbed;

use crate::labs::thumbnail;

#[derive(RustEmbed)]
#[folder = "../../labs"]
struct Files;

/// A sample: its file's name without `.json`, and the lab.
pub struct Sample {
    pub name: String,
    pub lab: Lab,
}

impl Sample {
    pub fn describe(&self, templates: &Templates) -> system::Sample {
        system::Sample {
            name: self.name.clone(),
            title: self.lab.name.clone(),
            description: self.lab.description.clone(),
            node_count: u32::try_from(self.lab.nodes.len()).unwrap_or(u32::MAX),
            link_count: u32::try_from(self.lab.links.len()).unwrap_or(u32::MAX),
            thumbnail: thumbnail(&self.lab, None, templates),
        }
    }
}

/// By name. A sample that cannot be read is left out and told in the log.
pub fn all() -> &'static [Sample] {
    static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
        let mut samples: Vec<Sample> = Files::iter().filter_map(|file| read(&file)).collect();
        samples.sort_by(|a, b| a.name.cmp(&b.name));
        samples
    });
    &SAMPLES
}

pub fn find(name: &str) -> Option<&'static Sample> {
    all().iter().find(|sample| sample.name == name)
}

fn read(file: &str) -> Option<Sample> {
    let name = file.strip_suffix(".json")?.to_owned();
    let data = Files::get(file)?.data;
    match serde_json::from_slice(&data) {
        Ok(lab) => Some(Sample { name, lab }),
        Err(error) => {
            tracing::error!(file, %error, "a sample lab is not readable");
            None
        }
    }
}
