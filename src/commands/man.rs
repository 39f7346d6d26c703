//! The man pages: one of the program, one of each command, one of the codes.

use clap_mangen::roff::{Roff, bold, roman};
use strum::IntoEnumIterator;

use super::option::{commands, description, shown, spelling, synopsis};
use crate::cli::{Cli, exit_codes, manual};
use crate::pki::{QuestionCode, Severity};
use crate::text::codes::{CodeNote, FAILURE_KINDS, finding_notes, question_note, refusal_notes};

/// Every page, with the name of its file.
pub fn pages() -> Vec<(String, Vec<u8>)> {
    let cli = Cli::built();
    let of_commands =
        commands(&cli).map(|command| (format!("pki-role-{}.8", command.get_name()), command_page(command)));
    let others = [("pki-role.8".to_owned(), main_page()), ("pki-role-codes.8".to_owned(), codes_page())];
    others.into_iter().chain(of_commands).collect()
}

/// The page of the program.
pub fn main_page() -> Vec<u8> {
    let cli = Cli::built();
    let mut page = ManPage::new("pki-role", &about(&cli));
    page.heading("SYNOPSIS");
    page.roff.text([bold("pki-role"), roman(" COMMAND [options]")]);
    page.heading("DESCRIPTION");
    let text = cli.get_long_about().map(ToString::to_string).unwrap_or_default();
    // The first paragraph is the page's name.
    page.paragraphs("pki-role", text.split_once("\n\n").map_or("", |(_, text)| text));
    page.heading("COMMANDS");
    for command in commands(&cli) {
        page.term(&format!("pki-role-{}(8)", command.get_name()), &sentence(&about(command)));
    }
    page.options(&cli);
    page.paragraphs("pki-role", manual::text("pki-role"));
    page.end()
}

/// The page of a command.
fn command_page(command: &clap::Command) -> Vec<u8> {
    let name = command.get_name();
    let text = manual::text(name);
    let mut page = ManPage::new(&format!("pki-role-{name}"), &about(command));
    page.heading("SYNOPSIS");
    page.roff.text([bold(format!("pki-role {name}")), roman(synopsis(command))]);
    page.heading("DESCRIPTION");
    let description = manual::description(text);
    page.paragraphs(name, description);
    page.options(command);
    page.heading("EXIT STATUS");
    page.exit_codes(name);
    page.paragraphs(name, text.get(description.len()..).unwrap_or_default());
    page.end()
}

/// The page of the codes.
fn codes_page() -> Vec<u8> {
    let mut page = ManPage::new("pki-role-codes", "Codes of refusals, failures, findings and questions");
    page.heading("DESCRIPTION");
    let acceptable: Vec<&str> = refusal_notes().map(|(code, _)| code.into()).collect();
    page.paragraph(
        "Each refusal, failure, finding and question of pki-role has a code, which stays the same from version to version. \
         Messages end in it, JSON has it in a field of its own.",
    );
    page.heading("REFUSALS");
    page.paragraph(&format!(
        "A refusal guards an edit: nothing was touched, exit code 3. --accept CODE goes on in spite of {}.",
        acceptable.join(", ")
    ));
    for (code, note) in refusal_notes() {
        page.term(code.into(), &noted(note));
    }
    page.heading("FAILURES");
    page.paragraph("What --accept does not take, with the exit codes with which it comes.");
    for kind in FAILURE_KINDS {
        page.term(kind.codes, &format!("Exit code {}: {}.", kind.exit, kind.what));
    }
    for (heading, severity, text) in [
        (
            "PROBLEMS",
            Severity::Problem,
            "What makes check say that the topology is wrong, unless --accept counts it as a warning.",
        ),
        ("WARNINGS", Severity::Warning, "A warning stops nothing."),
    ] {
        page.heading(heading);
        page.paragraph(text);
        for (code, note) in finding_notes(severity) {
            page.term(code.into(), &noted(note));
        }
    }
    page.heading("QUESTIONS");
    page.paragraph("What only the administrator can decide plan asks, with the commands that answer it, exit code 3.");
    for code in QuestionCode::iter() {
        page.term(code.into(), &sentence(question_note(code)));
    }
    page.paragraphs("", "# SEE ALSO\n\npki-role(8), pki-role-check(8), pki-role-plan(8)");
    page.end()
}

fn about(command: &clap::Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default().trim_end_matches('.').to_owned()
}

fn noted(note: CodeNote) -> String {
    match note.remedy {
        "" => sentence(note.what),
        // A command or an option is not at the beginning of a sentence.
        remedy => format!("{} To do: {remedy}.", sentence(note.what)),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// A page in the making.
struct ManPage {
    roff: Roff,
}

impl ManPage {
    fn new(name: &str, about: &str) -> ManPage {
        let mut roff = Roff::new();
        let source = format!("pki-role {}", env!("CARGO_PKG_VERSION"));
        // A date would change from build to build.
        roff.control("TH", [name, "8", " ", source.as_str(), "Dogtag PKI"]);
        // Keys and commands must not be broken.
        roff.control("nh", []);
        roff.control("ad", ["l"]);
        roff.control("SH", ["NAME"]);
        roff.text([roman(format!("{name} - {about}"))]);
        ManPage { roff }
    }

    fn end(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing into a vector cannot fail.
        let _ = self.roff.to_writer(&mut bytes);
        bytes
    }

    fn heading(&mut self, heading: &str) {
        self.roff.control("SH", [heading]);
    }

    fn term(&mut self, term: &str, text: &str) {
        self.roff.control("TP", []);
        self.roff.text([bold(term)]);
        self.roff.text([roman(text)]);
    }

    fn paragraph(&mut self, text: &str) {
        self.roff.control("PP", []);
        self.roff.text([roman(text)]);
    }

    fn exit_codes(&mut self, command: &str) {
        for exit in exit_codes(command) {
            self.term(exit.code, &sentence(exit.meaning));
        }
    }

    /// The options of a command under their headings, those without one first.
    fn options(&mut self, command: &clap::Command) {
        self.heading("OPTIONS");
        let mut headings = vec![None];
        for heading in shown(command).map(clap::Arg::get_help_heading) {
            if !headings.contains(&heading) {
                headings.push(heading);
            }
        }
        for heading in headings {
            if let Some(heading) = heading {
                self.roff.control("SS", [heading]);
            }
            for argument in shown(command).filter(|argument| argument.get_help_heading() == heading) {
                self.term(&spelling(argument), &description(argument));
            }
        }
    }

    /// A text of the manual.
    fn paragraphs(&mut self, command: &str, text: &str) {
        for paragraph in text.split("\n\n").map(|text| text.trim_end().trim_start_matches('\n')) {
            match paragraph.split_once('\t') {
                _ if paragraph.is_empty() => {}
                _ if paragraph.starts_with("# ") => {
                    self.heading(paragraph.trim_start_matches("# "));
                    if paragraph == "# EXIT STATUS" {
                        self.exit_codes(command);
                    }
                }
                Some((term, text)) => self.term(term, &text.replace('\n', " ")),
                None if paragraph.starts_with(' ') => {
                    self.roff.control("PP", []);
                    self.roff.control("nf", []);
                    for line in paragraph.lines() {
                        self.roff.text([roman(line)]);
                    }
                    self.roff.control("fi", []);
                }
                None => self.paragraph(&paragraph.replace('\n', " ")),
            }
        }
    }
}
