//! The templates that come with the program.

use model::template::{TemplateError, Templates};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../templates"]
struct Files;

/// All of them; a template that cannot be used is a fault of the build.
pub fn embedded() -> Result<Templates, TemplateError> {
    let files: Vec<_> = Files::iter()
        .filter(|name| name.ends_with(".json"))
        .filter_map(|name| Some((name.to_string(), text_of(&name)?)))
        .collect();
    let pairs = files.iter();
    Templates::parse(pairs.map(|(name, text)| (name.as_str(), text.as_str())))
}

fn text_of(name: &str) -> Option<String> {
    let file = Files::get(name)?;
    Some(String::from_utf8_lossy(&file.data).into_owned())
}
