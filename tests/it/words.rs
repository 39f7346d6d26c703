//! The words around the program: whatever it can be told, and whatever it can say, is explained in
//! the README and in the man page; both, and the help texts, can be read where they are read.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use clap::{CommandFactory, Parser};
use pki_role::cli::Cli;
use pki_role::role::Warning;
use pki_role::topology::{COMPARISONS, PROBLEMS};
use serde_json::Value;

use crate::readme::{readme, words};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pki-role"));
    command.args(args).current_dir(FIXTURES).env_remove("NO_COLOR").output().unwrap()
}

fn printed(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The man page's source, without its fonts and with its hyphens as they are typed.
fn man() -> String {
    let fonts = ["\\fB", "\\fI", "\\fR"];
    fonts.iter().fold(printed(&["generate", "man"]), |text, font| text.replace(font, "")).replace("\\-", "-")
}

/// Both texts, with what each is called.
fn texts() -> [(&'static str, String); 2] {
    [("README.md", readme()), ("the man page", man())]
}

/// Whether `text` holds `word` as a whole, not as a part of a longer one.
fn holds(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

#[track_caller]
fn both_hold<'w>(what: &str, words: impl IntoIterator<Item = &'w str>) {
    let words: Vec<&str> = words.into_iter().collect();
    assert!(!words.is_empty());
    for (name, text) in texts() {
        let missing: Vec<_> = words.iter().filter(|word| !holds(&text, word)).collect();
        assert!(missing.is_empty(), "{what} that {name} does not tell: {missing:?}");
    }
}

/// Every command and all below it.
fn commands() -> Vec<clap::Command> {
    let mut all = vec![Cli::command()];
    let mut nth = 0;
    while let Some(command) = all.get(nth).cloned() {
        all.extend(command.get_subcommands().cloned());
        nth += 1;
    }
    all
}

#[test]
fn every_command_and_flag_is_told() {
    let mut names = BTreeSet::new();
    for command in commands() {
        names.insert(command.get_name().to_owned());
        for arg in command.get_arguments() {
            names.extend(arg.get_long_and_visible_aliases().unwrap_or_default().iter().map(|name| format!("--{name}")));
            names.extend(arg.get_short().map(|short| format!("-{short}")));
            names.extend(arg.get_possible_values().iter().map(|value| value.get_name().to_owned()));
        }
    }
    assert!(names.contains("--config") && names.contains("-q") && names.contains("fish"), "{names:?}");
    both_hold("flags", names.iter().map(String::as_str).filter(|name| !matches!(*name, "true" | "false")));
}

#[test]
fn every_exit_code_is_told() {
    let [(_, readme), (_, man)] = texts();
    for code in ["0", "1", "2", "3", "4", "5", "128+n"] {
        assert!(readme.contains(&format!("\n| {code} | ")), "exit code {code} in the README");
        assert!(man.contains(&format!("\n.TP\n{code}\n")), "exit code {code} in the man page");
    }
}

#[test]
fn every_code_of_a_warning_or_a_problem_is_told() {
    both_hold("codes", Warning::CODES.into_iter().chain(PROBLEMS).chain(COMPARISONS));
}

/// Each field of each JSON object, as far as the fixtures bring it forth.
#[test]
fn every_field_of_the_json_is_told() {
    let change = ["--to", "ca-clone.CS.cfg", "--dry-run", "--output", "json"];
    let outputs = [
        run(&[&["promote-ca", "--from", "ca-master.CS.cfg"], &change[..]].concat()),
        run(&[&["demote-ocsp"], &change[..]].concat()),
        run(&["status", "--output", "json", "ca-clone.CS.cfg", "ugly/not-utf8.CS.cfg", "README.md"]),
        run(&["check", "--output", "json", "ca-clone.CS.cfg"]),
        run(&["check", "--output", "json", "README.md"]),
    ];
    let mut fields = BTreeSet::new();
    for output in outputs {
        collect_fields(&serde_json::from_slice(&output.stdout).unwrap(), &mut fields);
    }
    let readme = readme();
    let is_told = |field: &String| readme.contains(&format!("`{field}`")) || readme.contains(&format!("`{field}[]`"));
    let missing: Vec<_> = fields.iter().filter(|field| !is_told(field)).collect();
    assert!(fields.len() > 50 && missing.is_empty(), "fields that the README does not tell: {missing:?} of {fields:?}");
}

fn collect_fields(value: &Value, fields: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            fields.extend(object.keys().cloned());
            object.values().for_each(|value| collect_fields(value, fields));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_fields(value, fields)),
        _ => {}
    }
}

/// Feeds a program; nothing where it is not installed, which the test then says.
fn through(program: &str, args: &[&str], input: &str) -> Option<Output> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.env("MANWIDTH", "80").env("LC_ALL", "C.UTF-8").spawn() {
        Ok(child) => child,
        Err(_) => {
            println!("SKIPPED: there is no {program} here");
            return None;
        }
    };
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = feeder.join().unwrap();
    Some(output)
}

#[test]
fn the_man_page_is_formatted_without_a_complaint_and_fits_80_columns() {
    let Some(output) = through("man", &["--warnings", "-l", "-"], &printed(&["generate", "man"])) else { return };
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for section in [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "COMMANDS",
        "EXIT STATUS",
        "FILES",
        "EXAMPLES",
        "WARNINGS",
        "PROBLEMS",
        "CAVEATS",
        "SEE ALSO",
    ] {
        assert!(text.lines().any(|line| line == section), "no section {section} in\n{text}");
    }
    let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "wider than 80 columns: {wide:#?}");
}

/// The man page's examples are command lines that the program takes.
#[test]
fn the_examples_of_the_man_page_are_commands() {
    let source = include_str!("../../src/command/man.txt");
    let calls: Vec<_> = source
        .lines()
        .filter_map(|line| line.strip_prefix(' '))
        .map(words)
        .filter(|words| words.first().is_some_and(|first| first == "pki-role"))
        .collect();
    assert!(calls.len() > 10, "{calls:?}");
    for call in calls {
        Cli::try_parse_from(&call).unwrap_or_else(|error| panic!("{call:?}: {error}"));
    }
}

#[test]
fn the_completions_are_scripts() {
    for (shell, completes) in [("bash", "complete -F "), ("zsh", "#compdef pki-role"), ("fish", "complete -c pki-role")]
    {
        let script = printed(&["generate", shell]);
        for part in [completes, "promote-ca", "with-publishing"] {
            assert!(script.contains(part), "{shell}: no {part} in\n{script}");
        }
        let Some(output) = through(shell, &["-n"], &script) else { continue };
        assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The line of the usage is as long as clap makes it.
#[test]
fn help_fits_100_columns() {
    let names: Vec<_> = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for option in ["-h", "--help"] {
        let mut texts = vec![printed(&[option])];
        texts.extend(names.iter().map(|name| printed(&[name, option])));
        for line in texts.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with("Usage: ")) {
            assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
        }
    }
}

fn fixtures(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.retain(|path| path.to_string_lossy().ends_with(".CS.cfg"));
    files.extend(folders.iter().flat_map(|folder| fixtures(folder)));
    files
}

/// The table of keys; other lines hold messages and paths, which are as long as they are.
#[test]
fn the_tables_of_status_fit_80_columns() {
    let files = fixtures(Path::new(FIXTURES));
    assert!(files.len() > 20);
    for file in files {
        let told = printed(&["status", file.to_str().unwrap()]);
        let rows = told.lines().filter(|line| line.starts_with("    ") || line.starts_with("  ! "));
        for row in rows.take_while(|row| !row.contains("pki-role ")) {
            assert!(row.chars().count() <= 80, "{}: {} columns: {row}", file.display(), row.chars().count());
        }
    }
}
