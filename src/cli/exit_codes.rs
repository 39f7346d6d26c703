//! What the exit codes mean, of all commands together and of each one.

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitCode {
    /// The code, as it is written.
    pub code: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn exit(code: &'static str, meaning: &'static str) -> ExitCode {
    ExitCode { code, meaning }
}

const USAGE: ExitCode = exit("2", "the command line is wrong; nothing was touched");
const UNWRITABLE: ExitCode = exit("4", "standard output cannot be written");

/// Of all commands; `monitor` alone has others.
pub const ALL: [ExitCode; 7] = [
    exit("0", "done, or already so"),
    exit("1", "--check: something would change; check: there are problems"),
    USAGE,
    exit("3", "refused; plan: it asks. Nothing was touched"),
    exit("4", "failed, and everything is as it was"),
    exit("5", "failed, and something is changed or down; see the message"),
    exit("128+n", "ended by signal n, after tidying up"),
];

const CHANGE: [ExitCode; 7] = [
    exit("0", "done, or already so; --dry-run: it can be done"),
    exit("1", "--check: something would change; nothing was touched"),
    USAGE,
    exit("3", "refused; nothing was touched"),
    exit("4", "failed, and everything is as it was"),
    exit("5", "failed, and something is changed or down; see the message"),
    exit("128+n", "ended by signal n: nothing was changed, or all was"),
];

const EXPORT: [ExitCode; 4] =
    [exit("0", "printed"), USAGE, exit("3", "not the CS.cfg of a CA, truncated, or unreadable"), UNWRITABLE];

const ISSUE: [ExitCode; 6] = [
    exit("0", "a CRL was issued at each issuing point"),
    USAGE,
    exit("3", "this CA generates no CRLs, or there is no certificate"),
    exit("4", "no CRL was issued"),
    exit("5", "CRLs were issued at some issuing points only"),
    exit("128+n", "ended by signal n"),
];

const STATUS: [ExitCode; 4] = [
    exit("0", "every file could be looked at"),
    USAGE,
    exit("3", "a file could not be looked at; the others are shown"),
    UNWRITABLE,
];

const CHECK: [ExitCode; 5] = [
    exit("0", "the topology is right; there may be warnings"),
    exit("1", "the topology has problems"),
    USAGE,
    exit("3", "a file is neither a CS.cfg nor a saved status"),
    UNWRITABLE,
];

const PLAN: [ExitCode; 4] = [
    exit("0", "the steps were printed, or there is nothing to do"),
    USAGE,
    exit("3", "something has to be decided first, or a file is unreadable"),
    UNWRITABLE,
];

const MONITOR: [ExitCode; 4] = [
    exit("0", "OK"),
    exit("1", "warning"),
    exit("2", "critical"),
    exit("3", "unknown; also where the command line is wrong"),
];

const GENERATE: [ExitCode; 3] = [exit("0", "printed"), USAGE, exit("4", "it cannot be written")];

/// The exit codes of a command, or of all together.
pub fn exit_codes(command: &str) -> &'static [ExitCode] {
    match command {
        "demote-ca" | "promote-ca" | "demote-ocsp" | "promote-ocsp" | "redirect-ca" | "restore"
        | "redirect-publisher" => &CHANGE,
        "export-ca" => &EXPORT,
        "issue-crl" => &ISSUE,
        "status" => &STATUS,
        "check" => &CHECK,
        "plan" => &PLAN,
        "monitor" => &MONITOR,
        "generate" => &GENERATE,
        _ => &ALL,
    }
}
