//! `image build` and `image recipe`, which ask no server: an image that is made of Debian's packages runs
//! on a real engine.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const IMAGE: &str = "nova-ve-test/image-build:1";
/// Packages are taken however old the mirror is.
const ANY_AGE: [&str; 2] = ["--apt-option", "Acquire::Check-Valid-Until \"false\""];

fn nova_ve(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nova-ve"))
        .args(args)
        .current_dir(folder)
        .env("NOVA_VE_DATA", folder.join("nothing-runs-here"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().unwrap();
    let err = text(&output.stderr);
    assert!(output.status.success(), "{args:?}: {err}");
    text(&output.stdout).trim().to_owned()
}

/// Says the skip where it is not so.
fn has_what_it_needs(test: &str) -> bool {
    let answers = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !answers("mmdebstrap", &["--version"]) {
        eprintln!("SKIP {test}: there is no mmdebstrap here (apt install mmdebstrap)");
        return false;
    }
    if !answers("docker", &["version"]) {
        eprintln!("SKIP {test}: no Docker engine answers; ./x setup test starts one");
        return false;
    }
    true
}

/// A file that only its owner reads, one that is run, one below a folder that Debian has as a link, and a
/// script that needs all of them.
fn tiny() -> TempDir {
    let temp = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let put = |name: &str, mode: u32, text: &str| {
        let path = temp.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    };
    put(
        "recipe.toml",
        0o644,
        &format!(
            "name = \"{IMAGE}\"\nsuite = \"trixie\"\nvariant = \"essential\"\npackages = [\"busybox-static\"]\n\
             entrypoint = [\"/bin/say\"]\ncommand = [\"hello\"]\nworkdir = \"/srv\"\nenv = {{ WHO = \"me\" }}\n"
        ),
    );
    put("files/etc/secret", 0o600, "s\n");
    put(
        "files/bin/say",
        0o755,
        "#!/bin/sh\necho \"$1 $WHO in $PWD\"; cat /etc/made; stat -c '%a %u %n' /etc/secret /bin; ls /bin/busybox\n",
    );
    put(
        "setup.sh",
        0o644,
        "#!/bin/sh\nset -e\ncat /etc/secret >/etc/made\nsaid=$(WHO=setup /bin/say from)\necho \"$said\" >/etc/made\n",
    );
    temp
}

#[test]
fn an_image_of_packages_files_and_a_script_runs_on_docker() {
    if !has_what_it_needs("an_image_of_packages_files_and_a_script_runs_on_docker") {
        return;
    }
    let temp = tiny();
    let args = [&["image", "build", ".", "-o", "tiny.tar"][..], &ANY_AGE].concat();
    let output = nova_ve(temp.path(), &args);
    let err = text(&output.stderr);
    assert!(output.status.success(), "{err}");
    for words in [
        "fetching packages",
        "running setup.sh",
        &format!("{IMAGE}: "),
    ] {
        assert!(err.contains(words), "{words:?} is not in {err}");
    }
    let tar = temp.path().join("tiny.tar");
    let loaded = docker(&["load", "--quiet", "--input", tar.to_str().unwrap()]);
    assert_eq!(loaded, format!("Loaded image: {IMAGE}"));
    let said = docker(&["run", "--rm", "--network", "none", IMAGE]);
    let label = "{{index .Config.Labels \"org.nova-ve.recipe\"}}";
    let digest = docker(&["image", "inspect", "--format", label, IMAGE]);
    docker(&["image", "rm", IMAGE]);
    let found = "600 0 /etc/secret\n777 0 /bin\n/bin/busybox";
    let wanted = format!("hello me in /srv\nfrom setup in /\ns\n{found}\n{found}");
    assert_eq!(said, wanted);
    assert_eq!(digest.len(), 64);
    let again = nova_ve(temp.path(), &args);
    assert_eq!(again.status.code(), Some(73), "{}", text(&again.stderr));
}

#[test]
fn a_package_that_is_not_there_is_told_with_what_apt_said() {
    if !has_what_it_needs("a_package_that_is_not_there_is_told_with_what_apt_said") {
        return;
    }
    let temp = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let recipe =
        "name = \"nova-ve-test/none\"\nsuite = \"trixie\"\npackages = [\"no-such-package-here\"]\n";
    std::fs::write(temp.path().join("recipe.toml"), recipe).unwrap();
    let args = [&["image", "build", "./", "-o", "none.tar"][..], &ANY_AGE].concat();
    let output = nova_ve(temp.path(), &args);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("no-such-package-here"), "{err}");
    let left: Vec<_> = std::fs::read_dir(temp.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no file is left: {left:?}");
}

#[test]
fn what_is_missing_is_told_before_anything_is_done() {
    let temp = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let code = |args: &[&str]| {
        let output = nova_ve(temp.path(), args);
        (output.status.code().unwrap(), text(&output.stderr))
    };
    assert_eq!(code(&["image", "build", "frr"]).0, 69, "no server runs");
    assert_eq!(code(&["image", "build", "none", "-o", "x.tar"]).0, 66);
    std::fs::write(temp.path().join("recipe.toml"), "name = 1\n").unwrap();
    let (status, err) = code(&["image", "build", ".", "-o", "x.tar"]);
    assert_eq!(status, 65);
    assert!(err.contains("recipe.toml:1:8: "), "{err}");
    let output = Command::new(env!("CARGO_BIN_EXE_nova-ve"))
        .args(["image", "build", "frr", "-o", "x.tar"])
        .current_dir(temp.path())
        .env("PATH", temp.path())
        .output()
        .unwrap();
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(71));
    assert!(err.contains("apt install mmdebstrap"), "{err}");
}

#[test]
fn a_recipe_is_written_out_to_be_changed() {
    let temp = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let listed = nova_ve(temp.path(), &["image", "recipe"]);
    insta::assert_snapshot!(text(&listed.stdout));
    let args = ["image", "recipe", "frr", "-o", "mine"];
    assert!(nova_ve(temp.path(), &args).status.success());
    let script = temp.path().join("mine/files/usr/local/sbin/start-frr");
    assert_eq!(
        script.metadata().unwrap().permissions().mode() & 0o777,
        0o755
    );
    assert_eq!(nova_ve(temp.path(), &args).status.code(), Some(73));
    let printed = text(&nova_ve(temp.path(), &["image", "recipe", "frr"]).stdout);
    assert_eq!(
        printed,
        std::fs::read_to_string(temp.path().join("mine/recipe.toml")).unwrap()
    );
}
