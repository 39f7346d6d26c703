//! The README's examples: what a reader is told to type works, and prints what the README shows.
//!
//! Each `console` block runs in a folder of its own that holds a copy of `fixtures/`, each line that
//! begins with `$ ` through a shell. Of the `sh` blocks the shell must accept each, the command line
//! each call of the program, and the quick start is run.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use clap::Parser;
use pki_role::cli::Cli;
use tempfile::TempDir;

/// Where the README's reader stands.
const FOLDER: &str = "/home/you/pki-role";
const PROGRAM: &str = env!("CARGO_BIN_EXE_pki-role");

pub fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The fenced blocks of a language, with the line that each begins at, without their indentation.
fn blocks(language: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, bool, String)> = None;
    for (nth, line) in readme().lines().enumerate() {
        let line = if line.trim_start().starts_with("```") { line.trim_start() } else { line };
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((nth + 1, info == language, String::new())),
            (Some(_), Some(_)) => {
                let (nth, wanted, text) = open.take().unwrap();
                if wanted {
                    blocks.push((nth, text));
                }
            }
            (Some((.., text)), None) => *text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block of the README is not closed");
    blocks
}

/// A folder with a copy of `fixtures/`.
fn checkout() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &folder.path().join("fixtures"));
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What the line prints, standard output and standard error as a terminal shows them.
fn run(line: &str, folder: &Path) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(folder).stdout(writer.try_clone().unwrap()).stderr(writer);
    shell.env("PATH", format!("{}:{path}", Path::new(PROGRAM).parent().unwrap().display())).env_remove("SUDO_USER");
    let mut child = shell.spawn().unwrap();
    // Its ends of the pipe, so that the reading ends when the child does.
    drop(shell);
    let mut printed = Vec::new();
    reader.read_to_end(&mut printed).unwrap();
    child.wait().unwrap();
    let folder = folder.canonicalize().unwrap();
    String::from_utf8(printed).unwrap().replace(&*folder.to_string_lossy(), FOLDER)
}

/// Backups with the time in their names left out, and the number of a second one in that second.
fn without_stamps(text: &str) -> String {
    let mut parts = text.split(".pki-role.20");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = &part["260131T210000Z".len()..];
        format!("{text}.pki-role.[STAMP]{}", rest.strip_prefix("-2").unwrap_or(rest))
    })
}

#[test]
fn examples_print_what_is_shown() {
    let blocks = blocks("console");
    assert!(!blocks.is_empty());
    for (nth, block) in blocks {
        let folder = checkout();
        let mut printed = String::new();
        for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            printed += &format!("$ {command}\n{}", run(command, folder.path()));
        }
        let (wanted, got) = (without_stamps(&block), without_stamps(&printed));
        assert!(wanted == got, "README.md, line {nth}: it shows\n{wanted}\n-- but what is printed is\n{printed}");
    }
}

/// The words of a simple command, up to a redirection or a comment.
pub fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '>' | '|' | ';' | '#') => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn commands_to_type_are_commands() {
    let mut calls = 0;
    for (nth, block) in blocks("sh") {
        let checked = Command::new("bash").args(["-n", "-c", &block]).output().unwrap();
        assert!(checked.status.success(), "README.md, line {nth}: {}", String::from_utf8_lossy(&checked.stderr));
        for command in block
            .replace("\\\n", " ")
            .lines()
            .map(words)
            .filter(|words| words.first().is_some_and(|first| first == "pki-role"))
        {
            calls += 1;
            Cli::try_parse_from(&command).unwrap_or_else(|error| panic!("README.md, line {nth}: {command:?}: {error}"));
        }
    }
    assert!(calls > 10, "only {calls} calls found");
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

/// `.ci/run` runs the command that a reader is told to type.
#[test]
fn the_test_command_can_be_found() {
    let text = readme();
    let (_, below) = text.split_once("<!-- test-command -->\n```sh\n").unwrap();
    assert_eq!(below.lines().next(), Some("cargo test --locked"));
    assert_eq!(text.lines().filter(|line| line.starts_with("cargo test")).count(), 1);
}
