//! Compiles the gate, which lies in every container: a static program that needs nothing of the image.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=gate/main.rs");
    let variable = |name| env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"));
    let program = Path::new(&variable("OUT_DIR")).join("gate");
    let mut rustc = Command::new(variable("RUSTC"));
    rustc
        .args(["gate/main.rs", "--crate-name", "gate", "--edition", "2024"])
        .args(["--target", &variable("TARGET")])
        .args([
            "-C",
            "opt-level=s",
            "-C",
            "panic=abort",
            "-C",
            "strip=symbols",
        ])
        .args([
            "-C",
            "target-feature=+crt-static",
            "-C",
            "relocation-model=static",
        ])
        .arg("-o")
        .arg(&program);
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.args(["-C", &format!("linker={linker}")]);
    }
    let status = rustc.status().expect("rustc runs, it compiles us");
    assert!(
        status.success(),
        "the gate does not link statically; it needs the static libc of the target (libc6-dev)"
    );
}
