//! The completions, used: a line is typed up to TAB, and what the shell offers is compared.

use std::path::Path;
use std::process::Command;

use clap::CommandFactory;
use pki_role::cli::Cli;

use crate::support::needs;
use crate::support::test::Test;

/// The script of a shell, in a file.
fn script(shell: &str) -> (Test, String) {
    let test = Test::new();
    let ran = test.ran(&format!("generate {shell}"));
    ran.expect(0, &[]);
    let test = test.file("script", ran.out);
    let path = test.path("script").display().to_string();
    (test, path)
}

/// What a program prints, line by line, sorted.
fn printed(program: &str, args: &[&str]) -> Vec<String> {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // fish adds what each is.
    let mut lines: Vec<String> = text
        .lines()
        .filter_map(|line| line.split('\t').next())
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines.dedup();
    lines
}

fn helper(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support").join(name);
    path.display().to_string()
}

/// The long options of a command, `--root` and `--help` among them.
fn options(command: &str) -> Vec<String> {
    let cli = Cli::built();
    let command = cli.find_subcommand(command).unwrap();
    let arguments = command.get_arguments().filter(|argument| !argument.is_hide_set());
    let names = arguments.flat_map(|argument| argument.get_long_and_visible_aliases().unwrap_or_default());
    let mut names: Vec<String> = names.map(|name| format!("--{name}")).collect();
    names.sort();
    names
}

fn commands() -> Vec<String> {
    Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// Lines that every shell completes alike: what was typed, and what is offered.
const LINES: [(&str, &[&str]); 6] = [
    ("pki-role prom", &["promote-ca", "promote-ocsp"]),
    ("pki-role promote-ca --fr", &["--from"]),
    ("pki-role demote-ca --new-", &["--new-master"]),
    ("pki-role --root / redirect-publisher --old", &["--old-responder"]),
    ("pki-role restore --subsystem ", &["ca", "ocsp"]),
    ("pki-role check --output ", &["json", "mermaid", "text"]),
];

/// A host below a folder, with instances in all layouts, and with what is none.
fn instances(test: Test) -> Test {
    test.file("host/var/lib/pki/pki-tomcat/ca/x", "")
        .file("host/etc/pki/pki-tomcat/ca/CS.cfg", "")
        .file("host/etc/pki/pki-ocsp/ocsp/CS.cfg", "")
        .file("host/etc/pki/tls/openssl.cnf", "")
        .file("host/etc/pki-ca/CS.cfg", "")
}

/// What is typed up to the name of an instance below that folder, and what is offered.
const INSTANCES: [(&str, &[&str]); 4] = [
    ("pki-role status --root HOST -i ", &["pki-ca", "pki-ocsp", "pki-tomcat"]),
    ("pki-role promote-ca --root HOST/ --instance pki-t", &["pki-tomcat"]),
    ("pki-role monitor --root HOST --instance pki-o", &["pki-ocsp"]),
    ("pki-role export-ca --root HOST -i nothing", &[]),
];

#[test]
fn bash() {
    if !needs::tool("bash") {
        return;
    }
    let (test, script) = script("bash");
    let complete = |line: &str| {
        let helper = helper("complete.bash");
        let words = line.split(' ');
        printed("bash", &[helper.as_str(), &script].into_iter().chain(words).collect::<Vec<_>>())
    };
    for (line, wanted) in LINES {
        assert_eq!(complete(line), wanted, "{line}");
    }
    for command in commands() {
        assert_eq!(complete(&format!("pki-role {command} --")), options(&command), "{command}");
    }
    let offered = complete("pki-role ");
    assert!(commands().iter().all(|command| offered.contains(command)), "{offered:?}");
    let test = instances(test);
    let host = test.path("host").display().to_string();
    for (line, wanted) in INSTANCES {
        assert_eq!(complete(&line.replace("HOST", &host)), wanted, "{line}");
    }
    // Bash takes the sign for a word of its own.
    assert_eq!(complete(&format!("pki-role --root = {host} status -i pki-o")), ["pki-ocsp"]);
    // By its path, as root types it.
    assert_eq!(complete("/usr/sbin/pki-role prom"), ["promote-ca", "promote-ocsp"]);
}

#[test]
fn zsh() {
    if !needs::tool("zsh") {
        return;
    }
    let (test, script) = script("zsh");
    for (line, wanted) in LINES {
        assert_eq!(printed("zsh", &["-f", &helper("complete.zsh"), &script, line]), wanted, "{line}");
    }
    let test = instances(test);
    let host = test.path("host").display().to_string();
    for (line, wanted) in INSTANCES {
        let typed = line.replace("HOST", &host);
        assert_eq!(printed("zsh", &["-f", &helper("complete.zsh"), &script, &typed]), wanted, "{line}");
    }
}

#[test]
fn fish() {
    if !needs::tool("fish") {
        return;
    }
    let (test, script) = script("fish");
    for (line, wanted) in LINES {
        let typed = format!("source '{script}'; complete -C '{line}'");
        assert_eq!(printed("fish", &["--no-config", "-c", &typed]), wanted, "{line}");
    }
    let test = instances(test);
    let host = test.path("host").display().to_string();
    for (line, wanted) in INSTANCES {
        let typed = format!("source '{script}'; complete -C '{}'", line.replace("HOST", &host));
        assert_eq!(printed("fish", &["--no-config", "-c", &typed]), wanted, "{line}");
    }
}
