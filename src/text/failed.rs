//! The report of a failure.

use super::json::{ErrorJson, FailureJson};
use super::{Console, Explained, Invocation, SCHEMA_VERSION, explain_failure};
use crate::convert::Failure;

/// Reports a failure of a command that changes nothing, and gives its exit code.
pub fn failed(failure: &Failure, invocation: &Invocation, console: &Console) -> u8 {
    if console.manner().json {
        let error = FailureJson::of(failure, invocation);
        console.json(&ErrorJson { schema_version: SCHEMA_VERSION, error });
    } else {
        let explained = explain_failure(failure, invocation);
        console.error(&format!("pki-role: {}\n{}", explained.what, state_and_next(&explained)));
    }
    failure.ending.exit_code()
}

/// The last two parts of a failure, the commands at the end.
pub fn state_and_next(explained: &Explained) -> String {
    let mut text = format!("  state: {}\n", explained.state);
    match (explained.fix.is_empty(), explained.commands.as_slice()) {
        (true, [only]) => text += &format!("  next:  {only}\n"),
        (_, commands) => {
            text += &format!("  next:  {}\n", if explained.fix.is_empty() { "type" } else { &explained.fix });
            commands.iter().for_each(|command| text += &format!("    {command}\n"));
        }
    }
    text
}
