//! The man page and the shell completions, made of the command line's own description.

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::{Cli, Generated};
use crate::report::Console;

/// The sections of the man page that the command line cannot tell: heading and paragraphs. A
/// paragraph that begins with a blank is a command to type, one that has a tab is a term and its
/// description.
const SECTIONS: &str = include_str!("man.txt");

/// Prints a man page or a completion script.
pub fn run(what: Generated, console: &Console) -> u8 {
    let mut bytes = Vec::new();
    match what {
        Generated::Man => man(&mut bytes),
        Generated::Bash => completion(Shell::Bash, &mut bytes),
        Generated::Zsh => completion(Shell::Zsh, &mut bytes),
        Generated::Fish => completion(Shell::Fish, &mut bytes),
    }
    console.raw(&bytes);
    0
}

fn completion(shell: Shell, out: &mut Vec<u8>) {
    clap_complete::generate(shell, &mut Cli::command(), "pki-role", out);
}

/// Writing into a vector cannot fail.
fn man(out: &mut Vec<u8>) {
    let command = Cli::command();
    let page = clap_mangen::Man::new(command.clone())
        .section("8")
        .manual("System Administration")
        .date("")
        .source(format!("pki-role {}", env!("CARGO_PKG_VERSION")));
    let _ = page.render_title(out);
    let _ = page.render_name_section(out);
    let mut roff = Roff::new();
    // Keys and commands must not be broken.
    roff.control("nh", []);
    roff.control("ad", ["l"]);
    roff.control("SH", ["SYNOPSIS"]);
    for command in command.get_subcommands() {
        roff.control("TP", []);
        roff.text([bold("pki-role "), bold(command.get_name()), roman(synopsis(command))]);
        roff.text([roman("")]);
    }
    roff.control("SH", ["DESCRIPTION"]);
    paragraphs(&mut roff, &command.get_long_about().map(ToString::to_string).unwrap_or_default());
    roff.control("SH", ["COMMANDS"]);
    for command in command.get_subcommands() {
        roff.control("SS", [command.get_name()]);
        roff.text([roman(command.get_about().map(ToString::to_string).unwrap_or_default() + ".")]);
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help") {
            roff.control("TP", []);
            roff.text([bold(spelling(arg))]);
            roff.text([roman(description(arg))]);
        }
    }
    roff.control("SS", ["all commands"]);
    for arg in command.get_arguments().filter(|arg| arg.is_global_set()) {
        roff.control("TP", []);
        roff.text([bold(spelling(arg))]);
        roff.text([roman(description(arg))]);
    }
    paragraphs(&mut roff, SECTIONS);
    let _ = roff.to_writer(out);
}

/// Text in paragraphs, as the sections have it.
fn paragraphs(roff: &mut Roff, text: &str) {
    for paragraph in text.split("\n\n").map(str::trim_end).filter(|paragraph| !paragraph.is_empty()) {
        match paragraph.split_once('\t') {
            _ if paragraph.starts_with("# ") => drop(roff.control("SH", [paragraph.trim_start_matches("# ")])),
            Some((term, text)) => {
                roff.control("TP", []);
                roff.text([bold(term)]);
                roff.text([roman(text.replace('\n', " "))]);
            }
            None if paragraph.starts_with(' ') => {
                roff.control("PP", []);
                roff.control("nf", []);
                for line in paragraph.lines() {
                    roff.text([roman(line)]);
                }
                roff.control("fi", []);
            }
            None => {
                roff.control("PP", []);
                roff.text([roman(paragraph.replace('\n', " "))]);
            }
        }
    }
}

/// What a command cannot do without.
fn synopsis(command: &clap::Command) -> String {
    let target =
        if command.get_arguments().any(|arg| arg.get_long() == Some("to")) { " --to FILE|--instance NAME" } else { "" };
    let needed = command.get_arguments().filter(|arg| arg.is_required_set()).map(spelling);
    let needed: Vec<String> = needed.collect();
    let needed = if needed.is_empty() { String::new() } else { format!(" {}", needed.join(" ")) };
    format!("{target}{needed} [options]")
}

/// `-q, --quiet` or `--to FILE, --config FILE`.
fn spelling(arg: &clap::Arg) -> String {
    let values: Vec<String> = arg.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect();
    let values = if arg.get_action().takes_values() { values.join(" ") } else { String::new() };
    let Some(long) = arg.get_long() else {
        let more = if matches!(arg.get_action(), clap::ArgAction::Append) { "..." } else { "" };
        return if arg.is_required_set() { format!("{values}{more}") } else { format!("[{values}{more}]") };
    };
    let short = arg.get_short().map(|short| format!("-{short}"));
    let aliases =
        arg.get_visible_aliases().unwrap_or_default().into_iter().chain([long]).map(|name| format!("--{name}"));
    let mut names: Vec<String> = short.into_iter().chain(aliases).collect();
    names.sort_by_key(|name| name.trim_start_matches('-') != long && name.len() > 2);
    names.iter().map(|name| format!("{name} {values}").trim_end().to_owned()).collect::<Vec<_>>().join(", ")
}

fn description(arg: &clap::Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let default: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let possible: Vec<String> = match arg.get_action().takes_values() {
        true => arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect(),
        false => Vec::new(),
    };
    let help = if possible.is_empty() { help } else { format!("{help}. One of: {}", possible.join(", ")) };
    match default.as_slice() {
        [default] if arg.get_action().takes_values() => format!("{help}. Default: {default}."),
        _ => format!("{help}."),
    }
}
