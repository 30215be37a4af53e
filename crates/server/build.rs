//! Builds again when what is embedded changes: the web client, the templates, the sample labs.

use std::fs;
use std::path::Path;

fn main() {
    // A build without the client embeds nothing; the folder must be there to be watched.
    let client = Path::new("../../web/dist");
    if let Err(error) = fs::create_dir_all(client) {
        println!("cargo::warning=no folder {}: {error}", client.display());
    }
    for folder in ["../../web/dist", "../../templates", "../../labs"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
