//! What the agent says of its environment, on a folder where it can do nothing else.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::process::Command;

#[test]
fn a_misspelt_variable_is_told_and_those_of_the_server_are_known() {
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_nova-ve-agent"))
        .args(["serve", "--data"])
        .arg(data.path())
        .env("NOVA_VE_LOG_FROMAT", "json")
        .env("NOVA_VE_AUDIT_DAYS", "30")
        .env("NOVA_VE_TLS_HOST", "lab.example")
        .env_remove("NOVA_VE_LOG")
        .env_remove("NOVA_VE_LOG_FILE")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let meant = "the variable NOVA_VE_LOG_FROMAT is not known and does nothing; did you mean NOVA_VE_LOG_FORMAT?";
    assert!(said.contains(meant), "{said}");
    assert!(said.contains("there is no instance id"), "{said}");
    assert!(
        !said.contains("AUDIT_DAYS") && !said.contains("TLS_HOST"),
        "{said}"
    );
}
