//! Arguments that make no command: exit code 2, a message on standard error, nothing on standard
//! output, nothing touched.

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::contains;

use crate::support::test::Test;

fn run(args: &str) -> Assert {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pki-role"));
    command.current_dir(folder.path()).args(args.split_whitespace()).assert()
}

#[test]
fn what_makes_no_command() {
    for (args, phrase) in [
        ("", "Usage: pki-role"),
        ("convert", "unrecognized subcommand"),
        ("demote-ca --to CS.cfg", "--new-master <HOST:PORT>"),
        ("demote-ca --new-master a.b:1", "--to <FILE>"),
        ("demote-ca --new-master a.b:1 --to CS.cfg --instance x", "cannot be used with"),
        ("demote-ca --new-master a.b:1 --to CS.cfg -i x", "cannot be used with"),
        ("demote-ca --new-master a.b:1 --to CS.cfg --subsystem ca", "unexpected argument '--subsystem'"),
        ("promote-ca --to CS.cfg", "--from <FILE>"),
        ("promote-ca --to CS.cfg --from o --keep-settings", "cannot be used with"),
        ("promote-ca --to CS.cfg --keep-settings --with-publishing", "cannot be used with"),
        ("promote-ca --to CS.cfg --from o --cert-status-update-interval 0", "invalid value '0'"),
        ("promote-ca --to CS.cfg --from o --cert-status-update-interval 2147483648", "invalid value '2147483648'"),
        ("promote-ca --to CS.cfg --from o --dry-run --check", "cannot be used with"),
        ("promote-ca --to CS.cfg --from o --accept nonsense", "it must be one of: other-ca, new-master-is-this-ca,"),
        ("promote-ca --to CS.cfg --from o --accept wrong-subsystem", "it must be one of"),
        ("promote-ca --to CS.cfg --from o --accept running", "it must be one of"),
        ("promote-ca --to CS.cfg --from o -q -v", "cannot be used with"),
        ("demote-ocsp --to CS.cfg --no-backup --backup-dir .", "cannot be used with"),
        ("demote-ocsp --to CS.cfg --no-service --service x", "cannot be used with"),
        ("demote-ocsp --to CS.cfg --service --no-service", "a value is required"),
        ("demote-ocsp --to CS.cfg --service=-x", "not the name of a unit"),
        ("demote-ocsp --to CS.cfg --allow-running", "--no-service"),
        ("demote-ocsp --to CS.cfg --timeout 0", "invalid value '0'"),
        ("promote-ocsp --to CS.cfg --refresh-in-sec 1h", "invalid value '1h'"),
        ("demote-ca --new-master a:1 --to CS.cfg --output xml", "invalid value 'xml'"),
        ("restore --to CS.cfg --from b --list", "cannot be used with"),
        ("restore --to CS.cfg --from b --subsystem ca", "cannot be used with"),
        ("redirect-publisher --to CS.cfg --old-responder a:1", "--new-responder <HOST:PORT>"),
        ("export-ca", "--to <FILE>"),
        ("check", "<FILE>..."),
        ("check x --accept nonsense", "not the code of a finding"),
        ("generate pdf", "invalid value 'pdf'"),
    ] {
        run(args).code(2).stdout(predicate::str::is_empty()).stderr(contains(phrase));
    }
}

#[test]
fn nothing_is_touched() {
    let test = Test::new().fixture("ca-master");
    let before = test.state();
    for args in ["demote-ca --to ca-master.CS.cfg", "promote-ca --to ca-master.CS.cfg", "restore --to ca-master.CS.cfg"]
    {
        assert_eq!(test.ran(args).code, Some(2), "{args}");
        assert_eq!(test.state(), before, "{args}");
    }
}

#[test]
fn addresses() {
    let shape = "it must be HOST:PORT, e.g. ca2.example.com:8443 or [2001:db8::2]:8443";
    let host = "the host must be a host name, an IPv4 address, or an IPv6 address in brackets";
    let port = "the port must be a number from 1 to 65535";
    for (address, why) in [
        ("", shape),
        ("ca2.example.com", shape),
        (":8443", shape),
        ("ca2.example.com:", port),
        ("ca2.example.com:0", port),
        ("ca2.example.com:65536", port),
        ("ca2.example.com:-1", port),
        ("ca2.example.com:8443x", port),
        ("https://ca2.example.com:8443", host),
        ("ca2.example.com/:8443", host),
        ("ca2_example:8443", host),
        ("2001:db8::2:8443", host),
        ("[2001:db8::g]:8443", host),
        ("10.0.0.256:8443", host),
        ("ca2.example.com\u{a0}:8443", host),
    ] {
        let message = format!(
            "error: invalid value '{address}' for '--new-master <HOST:PORT>': {why}\n\nFor more information, try '--help'.\n"
        );
        let test = Test::new().fixture("ca-master").args("demote-ca --to ca-master.CS.cfg --new-master").arg(address);
        test.stderr(&message).status(2).run_untouched();
    }
}

#[test]
fn help_and_version_are_data() {
    let about = contains("Convert Dogtag PKI").and(contains("Exit codes:\n  0      done, or already so\n"));
    run("--help").success().stdout(about).stderr(predicate::str::is_empty());
    let about = contains("Convert Dogtag PKI").and(contains("Exit codes").not());
    run("-h").success().stdout(about).stderr(predicate::str::is_empty());
    run("help restore").success().stdout(contains("\nExit codes:\n"));
    run("--version").success().stdout(format!("pki-role {}\n", env!("CARGO_PKG_VERSION")));
}

/// What may have been meant is suggested, the most likely first.
#[test]
fn near_misses() {
    let one = |command: &str| format!("tip: a similar subcommand exists: '{command}'\n");
    let some = |commands: &str| format!("tip: some similar subcommands exist: '{}'\n", commands.replace(' ', "', '"));
    let tip = |text: &str| format!("tip: {text}\n");
    for (args, wanted) in [
        ("promote_ca", one("promote-ca")),
        ("promoteca", one("promote-ca")),
        ("PROMOTE-CA --to x", one("promote-ca")),
        ("promot-ca", some("promote-ca promote-ocsp")),
        ("demote", some("demote-ca demote-ocsp")),
        ("promote", some("promote-ca promote-ocsp")),
        ("redirect", some("redirect-ca redirect-publisher")),
        ("switch", one("plan")),
        ("rollback", one("restore")),
        ("undo", one("restore")),
        ("show", one("status")),
        ("staus", one("status")),
        ("help promote", some("promote-ca promote-ocsp")),
        ("--root / undo", one("restore")),
        ("/etc/pki/pki-tomcat/ca/CS.cfg", tip("a command comes first, e.g. 'pki-role status FILE'")),
        ("version", tip("the version is shown by 'pki-role --version'")),
        ("status --version", tip("the version is shown by 'pki-role --version'")),
        ("promote-ca --form x", tip("a similar argument exists: '--from'")),
        ("promote-ca --dryrun", tip("a similar argument exists: '--dry-run'")),
        ("promote-ca --keep_settings", tip("it is written '--keep-settings'")),
        ("promote-ca --old-master x", tip("'promote-ca' has '--from FILE'")),
        ("status --json", tip("'status' has '--output json'")),
        ("check --force x", tip("'check' has '--accept CODE'")),
        ("demote-ca -n", tip("'demote-ca' has '--dry-run'")),
        ("demote-ca --subsystem ca", tip("'--subsystem' is an option of 'restore'")),
        ("promote-ca --new-master x", tip("'--new-master' is an option of 'demote-ca', 'redirect-ca', 'plan'")),
    ] {
        let wanted = contains(format!("\n  {wanted}"));
        run(args).code(2).stdout(predicate::str::is_empty()).stderr(wanted);
    }
    run("nonsense").code(2).stderr(contains("tip:").not());
}

/// An option is there only where it means something.
#[test]
fn the_root_of_nothing() {
    run("generate man --root /mnt").code(2).stderr(contains("unexpected argument '--root'"));
    run("--root /mnt generate man").code(2).stderr(contains("'--root <DIR>' cannot be used with 'generate'"));
    run("--root . status --root /nowhere").code(3).stderr(contains("/nowhere/etc/pki"));
    run("--root /nowhere status").code(3).stderr(contains("/nowhere/etc/pki"));
}
