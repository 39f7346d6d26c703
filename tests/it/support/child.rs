//! A process of its own for what belongs to a whole process (signals, limits, the umask): this test
//! program again, with one test that is ignored otherwise.

use std::path::PathBuf;
use std::process::Command;

/// How the child is told what it works on.
const ARGUMENT: &str = "PKI_ROLE_CHILD";

/// The command that runs such a test, with a path.
pub fn command(test: &str, path: &std::path::Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]).env(ARGUMENT, path);
    command
}

/// The same, started by a shell that does something first.
pub fn command_after(shell: &str, test: &str, path: &std::path::Path) -> Command {
    let child = command(test, path);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{shell}; exec \"$0\" \"$@\"")]).arg(child.get_program()).args(child.get_args());
    command.env(ARGUMENT, path);
    command
}

/// In the child: the path.
pub fn argument() -> PathBuf {
    std::env::var_os(ARGUMENT).expect("only another test runs this one").into()
}
