//! Arguments that make no command: exit code 2, a word on standard error, nothing on standard output.

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::contains;

fn run(args: &str) -> Assert {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pki-role"));
    command.current_dir(folder.path()).args(args.split_whitespace()).assert()
}

#[test]
fn what_makes_no_command() {
    for (args, words) in [
        ("", "Usage: pki-role"),
        ("convert", "unrecognized subcommand"),
        ("demote-ca --to CS.cfg", "--new-master <HOST:PORT>"),
        ("demote-ca --new-master a.b:1", "--to <FILE>"),
        ("demote-ca --new-master a.b:1 --to CS.cfg --instance x", "cannot be used with"),
        ("demote-ca --new-master a.b:1 --to CS.cfg --subsystem ca", "cannot be used with"),
        ("promote-ca --to CS.cfg", "--from <OLD.cfg>"),
        ("promote-ca --to CS.cfg --from o --cert-status-update-interval 0", "invalid value '0'"),
        ("promote-ca --to CS.cfg --from o --dry-run --check", "cannot be used with"),
        ("demote-ocsp --to CS.cfg --no-backup --backup-dir .", "cannot be used with"),
        ("demote-ocsp --to CS.cfg --no-service --service x", "cannot be used with"),
        ("demote-ocsp --to CS.cfg --allow-running", "--no-service"),
        ("demote-ocsp --to CS.cfg --timeout 0", "invalid value '0'"),
        ("restore --to CS.cfg", "--from <BACKUP>"),
        ("check", "<FILE>..."),
        ("generate pdf", "invalid value 'pdf'"),
    ] {
        run(args).code(2).stdout(predicate::str::is_empty()).stderr(contains(words));
    }
}

#[test]
fn help_and_version_are_data() {
    let about = contains("Converts Dogtag PKI").and(contains("Exit codes: 0 done or already so"));
    run("--help").success().stdout(about).stderr(predicate::str::is_empty());
    run("--version").success().stdout(format!("pki-role {}\n", env!("CARGO_PKG_VERSION")));
}
