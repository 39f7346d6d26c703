//! How options and commands are written in the man pages and in the reference.

use clap::{Arg, ArgAction, Command};

/// The commands of the program, but for `help`.
pub fn commands(cli: &Command) -> impl Iterator<Item = &Command> {
    cli.get_subcommands().filter(|command| command.get_name() != "help")
}

/// The arguments of a command that its help shows.
pub fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| !argument.is_hide_set())
}

/// What a command cannot do without, behind its name; alternatives are in braces.
pub fn synopsis(command: &Command) -> String {
    let mut needed: Vec<String> = Vec::new();
    let mut seen = Vec::new();
    for group in command.get_groups().filter(|group| group.is_required_set()) {
        let members: Vec<_> = group.get_args().collect();
        let spelled = members.iter().filter_map(|id| command.get_arguments().find(|argument| argument.get_id() == *id));
        let spelled: Vec<String> = spelled.map(short_spelling).collect();
        needed.push(if spelled.len() > 1 { format!("{{{}}}", spelled.join("|")) } else { spelled.concat() });
        seen.extend(members);
    }
    let single = command.get_arguments().filter(|argument| argument.is_required_set());
    needed.extend(single.filter(|argument| !seen.contains(&argument.get_id())).map(short_spelling));
    let files = command.get_positionals().filter(|argument| !argument.is_required_set()).map(spelling);
    needed.extend(files);
    needed.iter().map(|text| format!(" {text}")).collect::<String>() + " [options]"
}

/// `--to FILE`.
fn short_spelling(argument: &Arg) -> String {
    match argument.get_long() {
        Some(long) => format!("--{long} {}", values(argument)).trim_end().to_owned(),
        None => spelling(argument),
    }
}

fn values(argument: &Arg) -> String {
    let names: Vec<String> = argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect();
    if argument.get_action().takes_values() { names.join(" ") } else { String::new() }
}

/// `-q, --quiet` or `--to FILE, --config FILE`.
pub fn spelling(argument: &Arg) -> String {
    let values = values(argument);
    let Some(long) = argument.get_long() else {
        let more = if matches!(argument.get_action(), ArgAction::Append) { "..." } else { "" };
        return if argument.is_required_set() { format!("{values}{more}") } else { format!("[{values}{more}]") };
    };
    let short = argument.get_short().map(|short| format!("-{short}"));
    let aliases = argument.get_visible_aliases().unwrap_or_default();
    let aliases = aliases.into_iter().chain([long]).map(|name| format!("--{name}"));
    let mut names: Vec<String> = short.into_iter().chain(aliases).collect();
    names.sort_by_key(|name| name.trim_start_matches('-') != long && name.len() > 2);
    names.iter().map(|name| format!("{name} {values}").trim_end().to_owned()).collect::<Vec<_>>().join(", ")
}

/// Its help, the values that it takes, and its default.
pub fn description(argument: &Arg) -> String {
    let help = match argument.get_id().as_str() {
        "help" => "Print help; -h is the short one".to_owned(),
        _ => argument.get_help().map(ToString::to_string).unwrap_or_default(),
    };
    let default: Vec<String> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let possible: Vec<String> = match argument.get_action().takes_values() {
        true => argument
            .get_possible_values()
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| value.get_name().to_owned())
            .collect(),
        false => Vec::new(),
    };
    let help = if possible.is_empty() { help } else { format!("{help}. One of: {}", possible.join(", ")) };
    match default.as_slice() {
        [default] if argument.get_action().takes_values() => format!("{help}. Default: {default}."),
        _ => format!("{help}."),
    }
}
