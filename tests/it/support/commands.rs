//! Commands and options that sentences name.

use clap::{CommandFactory, Parser};
use pki_role::cli::Cli;

use super::readme::arguments;

/// A line to type: of this program, or of one that every host has.
#[track_caller]
pub fn is_command(line: &str, said: &str) {
    let words = shlex::split(&line.replace("$'", "'")).unwrap_or_else(|| panic!("{said}: {line}"));
    let words = if words[0] == "sudo" { &words[1..] } else { &words[..] };
    let known = [
        "cat",
        "chattr",
        "install",
        "journalctl",
        "ls",
        "openssl",
        "pk12util",
        "pki-server",
        "sync",
        "systemctl",
        "tail",
    ];
    match &*words[0] {
        "pki-role" => {
            let command = arguments(line.trim_start_matches("sudo "));
            Cli::try_parse_from(&command).unwrap_or_else(|error| panic!("{said}:\n  {line}\n{error}"));
        }
        program => assert!(known.contains(&program), "{said}: {line}"),
    }
}

/// The commands within a sentence, up to where the sentence goes on.
fn commands_in(sentence: &str) -> Vec<&str> {
    let starts = sentence.match_indices("pki-role ").filter(|(at, _)| !sentence[..*at].ends_with(['/', '.']));
    let command = |(at, _): (usize, &str)| sentence[at..].split([';', '>', ',', ')', '\n']).next().unwrap().trim();
    let is_call =
        |line: &&str| Cli::command().get_subcommands().any(|known| line.split(' ').nth(1) == Some(known.get_name()));
    starts.map(command).filter(is_call).collect()
}

/// The long options that a sentence names outside of commands.
fn options_in(sentence: &str) -> Vec<String> {
    let mut rest = sentence.to_owned();
    for command in commands_in(sentence) {
        rest = rest.replace(command, "");
    }
    let words = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).map(str::to_owned);
    words.filter(|word| word.starts_with("--") && word.len() > 2).collect()
}

fn has_option(command: &str, option: &str) -> bool {
    let cli = Cli::built();
    let arguments = cli.find_subcommand(command).unwrap().get_arguments();
    arguments
        .flat_map(|argument| argument.get_long_and_visible_aliases().unwrap_or_default())
        .any(|name| option == format!("--{name}"))
}

/// The commands that a sentence is about, by their names or by verbs; else the one that was typed.
fn subjects<'c>(sentence: &str, typed: Option<&'c str>) -> Vec<&'c str> {
    let all = [
        "demote-ca",
        "demote-ocsp",
        "export-ca",
        "promote-ca",
        "promote-ocsp",
        "redirect-ca",
        "redirect-publisher",
        "restore",
    ];
    let is_named = |command: &&&str| {
        let verb = command.split('-').next().unwrap();
        sentence.contains(**command) || sentence.split(' ').any(|word| word == verb)
    };
    let mut named: Vec<&str> = all.iter().filter(is_named).copied().collect();
    named.extend(typed);
    if named.is_empty() { all.to_vec() } else { named }
}

#[track_caller]
pub fn sentences_hold(sentences: &[&str], typed: Option<&str>) {
    for sentence in sentences {
        commands_in(sentence).into_iter().for_each(|command| is_command(command, sentence));
        let subjects = subjects(sentence, typed);
        for option in options_in(sentence) {
            assert!(
                subjects.iter().any(|command| has_option(command, &option)),
                "{option} of {subjects:?}: {sentence}"
            );
        }
    }
}
