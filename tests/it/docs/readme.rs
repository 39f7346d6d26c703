//! The examples of README.md and `docs/`: what a reader is shown to type works, and prints what is shown.
//!
//! Each `console` block runs in a folder of its own that holds a copy of `fixtures/`, each line that
//! begins with `$ ` through a shell. Of the `sh` blocks the shell must accept each, the command line
//! each call of the program, and the quick start is run.

use std::process::Command;

use clap::Parser;
use pki_role::cli::Cli;

use crate::support::readme::{arguments, blocks, checkout, documentation, readme, run};
use crate::support::test::without_stamps;

#[test]
fn examples_print_what_is_shown() {
    let blocks = blocks("console");
    assert!(!blocks.is_empty());
    for (place, block) in blocks {
        let folder = checkout();
        let mut printed = String::new();
        for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            printed += &format!("$ {command}\n{}", run(command, folder.path()));
        }
        let (wanted, got) = (without_stamps(&block), without_stamps(&printed));
        assert!(wanted == got, "{place}: it shows\n{wanted}\n-- but what is printed is\n{printed}");
    }
}

#[test]
fn commands_to_type_are_commands() {
    let mut calls = 0;
    for (place, block) in blocks("sh") {
        let checked = Command::new("bash").args(["-n", "-c", &block]).output().unwrap();
        assert!(checked.status.success(), "{place}: {}", String::from_utf8_lossy(&checked.stderr));
        let block = block.replace("\\\n", " ");
        for line in block.lines().map(str::trim).filter(|line| line.starts_with("pki-role ")) {
            calls += 1;
            let command = arguments(line);
            Cli::try_parse_from(&command).unwrap_or_else(|error| panic!("{place}: {command:?}: {error}"));
        }
    }
    assert!(calls > 50, "only {calls} calls found");
}

/// The quick start, with the program that was built in place of `cargo run`.
#[test]
fn the_quick_start_touches_nothing() {
    let blocks = blocks("sh");
    let starts: Vec<_> =
        blocks.iter().flat_map(|(_, block)| block.lines()).filter(|line| line.starts_with("cargo run ")).collect();
    let [start] = starts.as_slice() else { panic!("there must be one quick start: {starts:?}") };
    let arguments = start.split_once(" -- ").unwrap().1;
    let folder = checkout();
    let printed = run(&format!("pki-role {arguments} && echo fine"), folder.path());
    assert!(
        printed.contains("\n+ca.crl.MasterCRL.enableCRLUpdates=true\n") && printed.ends_with("\nfine\n"),
        "{printed}"
    );
    let difference = format!("diff -r fixtures '{}/fixtures'", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(run(&difference, folder.path()), "", "the quick start touched something");
}

/// `.ci/run` runs the command that a reader is shown.
#[test]
fn the_test_command_can_be_found() {
    let text = readme();
    let (_, below) = text.split_once("<!-- test-command -->\n```sh\n").unwrap();
    let (block, _) = below.split_once("```").unwrap();
    assert_eq!(block, "cargo test --locked\n");
}

/// What the README shows as a picture is what `check` draws of the fixtures.
#[test]
fn the_picture_is_drawn_by_check() {
    let [(_, picture)] = blocks("mermaid").try_into().unwrap();
    let files = ["ca-master", "ca-clone", "ocsp-dogtag-master", "ocsp-dogtag-clone"];
    let files: Vec<String> = files.iter().map(|name| format!("fixtures/{name}.CS.cfg")).collect();
    let folder = checkout();
    assert_eq!(run(&format!("pki-role check --output mermaid {}", files.join(" ")), folder.path()), picture);
}

/// A link leads to a file of the project and, where it names one, to a heading in it.
#[test]
fn links_lead_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for (name, text) in documentation() {
        let file = root.join(&name);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("https://") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            assert!(path.exists(), "{name}: {target}");
            if !anchor.is_empty() {
                let text = std::fs::read_to_string(&path).unwrap();
                let anchors: Vec<String> = text.lines().filter(|line| line.starts_with('#')).map(anchor_of).collect();
                assert!(anchors.iter().any(|known| known == anchor), "{name}: {target}: {anchors:?}");
            }
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

/// The anchor of a heading, as GitHub makes it.
fn anchor_of(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// One page of the README is enough; the rest has pages of its own.
#[test]
fn the_readme_is_short() {
    assert!(readme().lines().count() <= 250);
}
