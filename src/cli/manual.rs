//! What is said of each command beyond its options: a description, examples, exit codes. `--help` and the
//! man pages are made of it.
//!
//! A text is paragraphs with an empty line between them. One that begins with `# ` is a heading, one that begins with a
//! blank is commands to type, one that has a tab is a term and its description. What is before the first
//! heading is the description.

use clap::Command;

use super::exit_codes::exit_codes;

/// The text of a command.
pub fn text(command: &str) -> &'static str {
    match command {
        "demote-ca" => include_str!("manual/demote-ca.txt"),
        "promote-ca" => include_str!("manual/promote-ca.txt"),
        "demote-ocsp" => include_str!("manual/demote-ocsp.txt"),
        "promote-ocsp" => include_str!("manual/promote-ocsp.txt"),
        "redirect-ca" => include_str!("manual/redirect-ca.txt"),
        "restore" => include_str!("manual/restore.txt"),
        "redirect-publisher" => include_str!("manual/redirect-publisher.txt"),
        "export-ca" => include_str!("manual/export-ca.txt"),
        "issue-crl" => include_str!("manual/issue-crl.txt"),
        "status" => include_str!("manual/status.txt"),
        "check" => include_str!("manual/check.txt"),
        "plan" => include_str!("manual/plan.txt"),
        "monitor" => include_str!("manual/monitor.txt"),
        "generate" => include_str!("manual/generate.txt"),
        "pki-role" => include_str!("manual/pki-role.txt"),
        _ => "",
    }
}

/// The paragraphs of a text before its first heading.
pub fn description(text: &str) -> &str {
    text.find("# ").map_or(text, |at| &text[..at]).trim_end()
}

/// A section of a text, by its heading.
pub fn section<'a>(text: &'a str, heading: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(&format!("# {heading}\n\n"))?;
    after.split("\n# ").next().map(str::trim_end)
}

/// Adds to a command what its text says.
pub(super) fn document(command: Command) -> Command {
    let name = command.get_name().to_owned();
    if text(&name).is_empty() {
        return command;
    }
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    // The lines of a paragraph are broken again where the terminal ends.
    let paragraphs = description(text(&name)).split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    let long: Vec<String> = std::iter::once(about).chain(paragraphs).collect();
    command.long_about(long.join("\n\n")).after_long_help(after_help(&name))
}

/// What stands below the options in `--help`: examples and exit codes.
pub(super) fn after_help(command: &str) -> String {
    let mut help = String::new();
    // Those of the program are in its own description.
    if let Some(examples) = section(text(command), "EXAMPLES").filter(|_| command != "pki-role") {
        help += "Examples:\n";
        for paragraph in examples.split("\n\n") {
            let indent = if paragraph.starts_with(' ') { "     " } else { "  " };
            let lines: Vec<String> = paragraph.lines().map(|line| format!("{indent}{line}")).collect();
            help += &format!("{}\n\n", lines.join("\n"));
        }
    }
    help += "Exit codes:\n";
    for exit in exit_codes(command) {
        help += &format!("  {:<7}{}\n", exit.code, exit.meaning);
    }
    help + &match command {
        "pki-role" => "\nSee 'pki-role help COMMAND', and pki-role(8).".to_owned(),
        name => format!("\nSee pki-role-{name}(8)."),
    }
}
