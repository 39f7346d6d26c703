//! A command line that is wrong: what may have been meant.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use crate::cli::Cli;
use crate::text::{Console, Manner, not_monitored};

/// Words that are typed in place of a command, and the commands that may be meant.
const COMMANDS: [(&[&str], &[&str]); 11] = [
    (&["promote", "master", "activate", "enable", "failover", "takeover"], &["promote-ca", "promote-ocsp"]),
    (&["demote", "clone", "deactivate", "disable", "retire"], &["demote-ca", "demote-ocsp"]),
    (&["switch", "move", "swap", "transfer", "migrate", "convert", "steps", "repair", "fix"], &["plan"]),
    (&["rollback", "undo", "revert", "back", "backup", "backups", "recover", "reset"], &["restore"]),
    (&["redirect", "follow"], &["redirect-ca", "redirect-publisher"]),
    (&["publish", "publisher", "publishing"], &["redirect-publisher"]),
    (&["export", "dump", "save"], &["export-ca"]),
    (&["issue", "crl", "crls", "updatecrl", "generatecrl"], &["issue-crl"]),
    (&["list", "ls", "show", "role", "roles", "info", "get", "inspect", "instances"], &["status"]),
    (&["verify", "validate", "judge", "audit", "topology"], &["check"]),
    (&["man", "completion", "completions", "schema", "bash", "zsh", "fish"], &["generate"]),
];

/// Words that are typed in place of an option, the option that may be meant, and how it is typed.
const OPTIONS: [(&[&str], &str, &str); 6] = [
    (&["json", "format", "yaml"], "output", "--output json"),
    (&["force", "yes", "ignore", "assume-yes"], "accept", "--accept CODE"),
    (&["noop", "no-op", "simulate", "what-if", "preview", "n"], "dry-run", "--dry-run"),
    (&["file", "cfg", "config-file", "target", "path"], "to", "--to FILE"),
    (&["master", "new-ca", "host", "port"], "new-master", "--new-master HOST:PORT"),
    (&["source", "old-master", "former-master", "backup", "export", "input"], "from", "--from FILE"),
];

/// Reports a command line that is wrong, and gives the exit code: 2, but what a monitoring system knows
/// as unknown where it is meant for one. Help and version go to standard output.
pub fn usage(mut error: clap::Error, typed: &[String]) -> u8 {
    suggest(&mut error, typed);
    if error.use_stderr() && command_of(typed) == Some("monitor") {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let code = not_monitored(first, &Console::new(Manner::default()));
        let _ = error.print();
        return code;
    }
    let _ = error.print();
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// What stands where the command should be.
fn command_of(typed: &[String]) -> Option<&str> {
    let mut typed = typed.iter();
    while let Some(argument) = typed.next() {
        match argument.as_str() {
            "--root" => drop(typed.next()),
            option if option.starts_with('-') => {}
            command => return Some(command),
        }
    }
    None
}

/// Puts what may have been meant in place of what clap thinks.
fn suggest(error: &mut clap::Error, typed: &[String]) {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand);
            let mut similar = match error.get(ContextKind::SuggestedSubcommand) {
                Some(ContextValue::Strings(similar)) => similar.clone(),
                _ => Vec::new(),
            };
            // Clap has the most similar one last.
            similar.reverse();
            similar.truncate(2);
            error.remove(ContextKind::SuggestedSubcommand);
            match meant(&word) {
                Meant::Commands(commands) => similar = commands,
                Meant::Other(tip) => {
                    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
                    return;
                }
                Meant::Unknown => {}
            }
            if !similar.is_empty() {
                error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(similar));
            }
        }
        ErrorKind::UnknownArgument => {
            let option = text(ContextKind::InvalidArg);
            if let Some(tip) = command_of(typed).and_then(|command| tip_for_option(&option, command)) {
                error.remove(ContextKind::SuggestedArg);
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
            }
        }
        _ => {}
    }
}

/// What a word in the place of a command may mean.
enum Meant {
    Commands(Vec<String>),
    Other(String),
    Unknown,
}

fn meant(word: &str) -> Meant {
    let plain = |word: &str| word.to_lowercase().replace(['-', '_', ' '], "");
    let same = |command: &&Command| plain(command.get_name()) == plain(word);
    if let Some(command) = Cli::command().get_subcommands().find(same) {
        return Meant::Commands(vec![command.get_name().to_owned()]);
    }
    if word.contains(['/', '.']) {
        return Meant::Other("a command comes first, e.g. 'pki-role status FILE'".to_owned());
    }
    if plain(word) == "version" {
        return Meant::Other("the version is shown by 'pki-role --version'".to_owned());
    }
    match COMMANDS.iter().find(|(words, _)| words.contains(&&*plain(word))) {
        Some((_, commands)) => Meant::Commands(commands.iter().map(|&command| command.to_owned()).collect()),
        None => Meant::Unknown,
    }
}

/// What an unknown option of a command may mean.
fn tip_for_option(option: &str, command: &str) -> Option<String> {
    let cli = Cli::built();
    let has = |command: &Command, name: &str| {
        let names = command.get_arguments().filter_map(clap::Arg::get_long_and_visible_aliases);
        names.flatten().any(|long| long == name)
    };
    let this = cli.find_subcommand(command)?;
    let name = option.trim_start_matches('-').split('=').next()?.to_lowercase().replace('_', "-");
    if name == "version" {
        return Some("the version is shown by 'pki-role --version'".to_owned());
    }
    if has(this, &name) {
        return Some(format!("it is written '--{name}'"));
    }
    if let Some((.., typed)) = OPTIONS.iter().find(|(words, needed, _)| words.contains(&&*name) && has(this, needed)) {
        return Some(format!("'{command}' has '{typed}'"));
    }
    let others: Vec<_> = cli.get_subcommands().filter(|other| has(other, &name)).map(Command::get_name).collect();
    match others.as_slice() {
        [] => None,
        [one] => Some(format!("'--{name}' is an option of '{one}'")),
        several if several.len() > 5 => Some(format!("'--{name}' is an option of other commands")),
        several => Some(format!("'--{name}' is an option of '{}'", several.join("', '"))),
    }
}
