//! What `nova-ve-agent node-supervisor` is, for the tests of this crate, which know no agent.

fn main() -> std::process::ExitCode {
    runtime::netns::supervisor::main()
}
