//! The reference of the documentation: a text with tables that are made of the command line and of the
//! codes.

use clap::{Arg, Command, CommandFactory};
use strum::IntoEnumIterator;

use super::option::{commands, description, shown, spelling, synopsis};
use crate::cli::{Cli, exit_codes, manual};
use crate::pki::{QuestionCode, Severity};
use crate::text::codes::{CodeNote, FAILURE_KINDS, finding_notes, question_note, refusal_notes};

/// What stands around the tables.
const TEXT: &str = include_str!("reference.md");

/// One of the commands whose options are those of every change, but for its own.
const CHANGE: &str = "redirect-ca";
/// What is its own.
const OWN: &str = "new_master";

/// docs/reference.md.
pub fn reference() -> String {
    let cli = Cli::built();
    let findings = |severity| notes(finding_notes(severity).map(|(code, note)| (code.into(), note)));
    let acceptable: Vec<&str> = refusal_notes().map(|(code, _)| code.into()).collect();
    let parts: [(&str, String); 12] = [
        (
            "commands",
            table(
                ["command", "what it does"],
                commands(&cli).map(|command| [link(command.get_name()), about(command)]),
            ),
        ),
        ("command-sections", commands(&cli).map(|command| section(command, &cli)).collect::<Vec<_>>().join("\n\n")),
        ("change-options", options(change_options(&cli))),
        ("options", options(shown(&cli))),
        ("exit-codes", exits("")),
        ("command-exit-codes", exits_of_commands(&cli)),
        (
            "failures",
            table(
                ["codes", "exit code", "what"],
                FAILURE_KINDS.iter().map(|kind| {
                    let codes: Vec<_> = kind.codes.split(", ").map(in_code).collect();
                    [codes.join(", "), kind.exit.to_owned(), text(kind.what)]
                }),
            ),
        ),
        (
            "questions",
            table(
                ["code", "what is asked"],
                QuestionCode::iter().map(|code| [in_code(code.into()), text(question_note(code))]),
            ),
        ),
        ("acceptable", acceptable.join(", ")),
        ("refusals", notes(refusal_notes().map(|(code, note)| (code.into(), note)))),
        ("warnings", findings(Severity::Warning)),
        ("problems", findings(Severity::Problem)),
    ];
    parts.iter().fold(TEXT.to_owned(), |page, (name, part)| page.replace(&format!("{{{{{name}}}}}"), part))
}

/// What some codes mean.
fn notes(notes: impl Iterator<Item = (&'static str, CodeNote)>) -> String {
    let row = |(code, note): (&str, CodeNote)| [in_code(code), text(note.what), text(note.remedy)];
    table(["code", "what it means", "what to do"], notes.map(row))
}

/// What is said of one command, and its own options.
fn section(command: &Command, cli: &Command) -> String {
    let name = command.get_name();
    let description = manual::description(manual::text(name));
    let paragraphs: Vec<_> = description.split("\n\n").map(|paragraph| text(&paragraph.replace('\n', " "))).collect();
    let is_of_change = |argument: &&Arg| change_options(cli).any(|other| other.get_id() == argument.get_id());
    let changes = exit_codes(name) == exit_codes(CHANGE);
    let own = shown(command).filter(|argument| argument.get_id() != "help" && !(changes && is_of_change(argument)));
    let more = match changes {
        true => {
            "It also has the [options of every command that changes a file](#options-of-every-command-that-changes-a-file)."
        }
        false => "",
    };
    let own = options(own);
    let parts = [format!("### {name}"), format!("`pki-role {name}{}`", synopsis(command)), paragraphs.join("\n\n")];
    let parts = parts.into_iter().chain([own, more.to_owned()]).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n\n")
}

/// The options of every command that changes a file.
fn change_options(cli: &Command) -> impl Iterator<Item = &Arg> {
    let command = cli.find_subcommand(CHANGE);
    command.into_iter().flat_map(shown).filter(|argument| argument.get_id() != OWN && argument.get_id() != "help")
}

fn options<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let rows: Vec<_> = arguments
        .map(|argument| {
            let names: Vec<_> = spelling(argument).split(", ").map(in_code).collect();
            [names.join(", "), text(description(argument).trim_end_matches('.'))]
        })
        .collect();
    if rows.is_empty() { String::new() } else { table(["option", "what it does"], rows.into_iter()) }
}

fn exits(command: &str) -> String {
    table(["code", "meaning"], exit_codes(command).iter().map(|exit| [exit.code.to_owned(), text(exit.meaning)]))
}

fn exits_of_commands(cli: &Command) -> String {
    let others = commands(cli).map(Command::get_name).filter(|name| exit_codes(name) != exit_codes(CHANGE));
    let rows = others.flat_map(|name| {
        exit_codes(name).iter().map(move |exit| [in_code(name), exit.code.to_owned(), text(exit.meaning)])
    });
    table(["command", "code", "meaning"], rows)
}

fn about(command: &Command) -> String {
    text(&command.get_about().map(ToString::to_string).unwrap_or_default())
}

fn link(name: &str) -> String {
    format!("[`{name}`](#{name})")
}

fn table<const COLUMNS: usize>(head: [&str; COLUMNS], rows: impl Iterator<Item = [String; COLUMNS]>) -> String {
    let rule = ["---"; COLUMNS].join("|");
    let rows = rows.map(|row| format!("| {} |", row.map(|cell| cell.replace('|', "\\|")).join(" | ")));
    let head = [format!("| {} |", head.join(" | ")), format!("|{rule}|")];
    head.into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

fn in_code(text: &str) -> String {
    format!("`{text}`")
}

/// A sentence in Markdown: what can be typed, and what would be taken for a mark, is set as code.
fn text(sentence: &str) -> String {
    let mark = |word: &str| {
        let bare = word.trim_matches(['.', ',', ';', ':', '(', ')', '[', ']', '"', '?']);
        // A dot at a name's end that stands for all below it.
        let bare = if word.starts_with("CS.cfg.pki-role.") { word } else { bare };
        let is_command = bare.contains('-') && Cli::command().find_subcommand(bare).is_some();
        let is_code = bare.starts_with("--") || bare.contains(['*', '_', '=', '<', '/', '@']) || is_command;
        if is_code && !bare.is_empty() { word.replacen(bare, &in_code(bare), 1) } else { word.to_owned() }
    };
    if sentence.contains('`') {
        return sentence.to_owned();
    }
    // What follows each other is one piece of code.
    sentence.split(' ').map(mark).collect::<Vec<_>>().join(" ").replace("` `", " ")
}
