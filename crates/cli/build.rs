//! Packs the recipes of `images/` into the program, each an archive, with the modes of their files.

use std::env;
use std::fmt::Write;
use std::fs::{self, File, Metadata};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[path = "src/images/pack.rs"]
mod pack;

const RECIPES: &str = "../../images";

fn main() {
    println!("cargo::rerun-if-changed={RECIPES}");
    println!("cargo::rerun-if-changed=src/images/pack.rs");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let out = Path::new(&out);
    let mut names: Vec<String> = fs::read_dir(RECIPES)
        .expect("images/ is part of the tree")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| Path::new(RECIPES).join(name).join("recipe.toml").is_file())
        .collect();
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        let archive = format!("{name}.tar");
        let file = File::create(out.join(&archive)).expect("OUT_DIR can be written");
        pack::pack(&Path::new(RECIPES).join(&name), mode_of_git, file)
            .unwrap_or_else(|error| panic!("the recipe {name} cannot be packed: {error}"));
        // Beside the list.
        writeln!(list, "({name:?}, include_bytes!({archive:?})),").expect("a String takes it");
    }
    list.push(']');
    fs::write(out.join("recipes.rs"), list).expect("OUT_DIR can be written");
}

/// Whether it may be run is all that git keeps of a mode.
fn mode_of_git(found: &Metadata) -> u32 {
    if found.is_dir() || found.permissions().mode() & 0o100 != 0 {
        0o755
    } else {
        0o644
    }
}
