//! Images for Guacamole's compose file, made of Debian's packages: no container registry is reached from
//! a build machine. Two of them hold the real programs, the web application's holds a stand-in.

use std::fs;
use std::path::{Path, PathBuf};

use super::machine::{Cache, Machine, run};
use crate::sh::root;

struct Image {
    /// `NOVA_VE_…_IMAGE` of the provisioner.
    variable: &'static str,
    name: &'static str,
    suite: &'static str,
    /// A line of apt's sources, else Debian's usual ones for the suite.
    source: Option<&'static str>,
    packages: &'static str,
    /// Files of `tests/contract/guacamole`, and the folder they lie in.
    files: &'static [(&'static str, &'static str)],
    /// Lines as in a Dockerfile.
    changes: &'static [&'static str],
}

const IMAGES: [Image; 3] = [
    Image {
        variable: "NOVA_VE_GUACDB_IMAGE",
        name: "guacdb",
        suite: "forky",
        source: None,
        packages: "postgresql,tzdata",
        files: &[("database.sh", "usr/local/bin/")],
        changes: &[r#"ENTRYPOINT ["/usr/local/bin/database.sh"]"#],
    },
    // Debian 11 is the last that has the package; its archive of security updates is not kept whole any more.
    Image {
        variable: "NOVA_VE_GUACD_IMAGE",
        name: "guacd",
        suite: "bullseye",
        source: Some("deb http://deb.debian.org/debian bullseye main"),
        packages: "guacd,libguac-client-vnc0,libguac-client-telnet0,libguac-client-ssh0,netcat-openbsd",
        files: &[],
        changes: &[
            r#"CMD ["/usr/sbin/guacd","-b","0.0.0.0","-L","info","-f"]"#,
            "USER daemon",
        ],
    },
    Image {
        variable: "NOVA_VE_GUACAMOLE_IMAGE",
        name: "guacamole-stand-in",
        suite: "forky",
        source: None,
        packages: "python3-psycopg2,bash",
        files: &[
            ("stand_in.py", "usr/local/bin/"),
            ("initdb.sh", "opt/guacamole/bin/"),
        ],
        changes: &[r#"CMD ["/usr/local/bin/stand_in.py"]"#, "USER 65534"],
    },
];

/// Makes what is missing of them, while a machine is busy otherwise. What fails here fails again in
/// `import`, and is told there.
pub fn prepare(cache: &Cache) {
    for image in &IMAGES {
        let _ = image.packages(cache);
    }
}

/// Gives them to the machine's Docker.
pub fn import(cache: &Cache, machine: &Machine) -> anyhow::Result<()> {
    for image in &IMAGES {
        let archive = image.archive(cache)?;
        let inside = format!("/var/tmp/{}.tar", image.name);
        machine.lay(&inside, &archive)?;
        let changes: Vec<String> = image
            .changes
            .iter()
            .map(|line| format!("--change '{line}'"))
            .collect();
        machine.sh(&format!(
            "docker import {} {inside} {}:test >/dev/null && rm {inside}",
            changes.join(" "),
            image.name
        ))?;
        fs::remove_file(&archive)?;
    }
    Ok(())
}

/// As the provisioner is told: `NAME=image …`.
pub fn variables() -> String {
    let told = IMAGES
        .iter()
        .map(|image| format!("{}={}:test", image.variable, image.name));
    told.collect::<Vec<_>>().join(" ")
}

impl Image {
    fn packages(&self, cache: &Cache) -> anyhow::Result<PathBuf> {
        let name = format!("image-{}", self.name);
        cache.debian(&name, self.suite, self.source, self.packages)
    }

    /// The packages are kept between runs, our files are added to a copy.
    fn archive(&self, cache: &Cache) -> anyhow::Result<PathBuf> {
        let kept = self.packages(cache)?;
        let copy = cache.path().join(format!("{}.tar", self.name));
        fs::copy(&kept, &copy)?;
        for (file, folder) in self.files {
            add(
                &copy,
                &root().join("tests/contract/guacamole").join(file),
                folder,
            )?;
        }
        Ok(copy)
    }
}

fn add(archive: &Path, file: &Path, folder: &str) -> anyhow::Result<()> {
    run("tar", |tar| {
        tar.arg("--append").arg("--file").arg(archive);
        tar.args(["--owner=0", "--group=0", "--mode=755", "--absolute-names"]);
        tar.arg(format!("--transform=s|.*/|./{folder}|")).arg(file)
    })
}
