//! The texts that describe the program: the README and `docs/`, the man page, the help.

use pki_role::cli::{Cli, manual};

use super::readme::documentation;
use super::test::Test;

/// What a run prints that must succeed in silence.
#[track_caller]
pub fn printed(args: &str) -> String {
    let ran = Test::new().ran(args);
    ran.expect(0, &[]);
    assert_eq!(ran.error, "", "{args}");
    ran.out
}

/// Every man page, with the name of its file.
pub fn pages() -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(printed(&format!("generate man --out {}", folder.path().display())), "");
    let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let page = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    let mut pages: Vec<_> = files.map(page).collect();
    pages.sort();
    pages
}

/// A man page's source, without its fonts and with its hyphens as they are typed.
pub fn plain(page: &str) -> String {
    let fonts = ["\\fB", "\\fI", "\\fR"];
    fonts.iter().fold(page.to_owned(), |text, font| text.replace(font, "")).replace("\\-", "-")
}

/// All that is documented: README.md and `docs/` together, and the man pages, with what they are called.
pub fn documents() -> [(&'static str, String); 2] {
    let texts: Vec<String> = documentation().into_iter().map(|(_, text)| text).collect();
    let man = pages().iter().map(|(_, page)| plain(page)).collect::<Vec<_>>().join("\n");
    [("the documentation", texts.join("\n")), ("the man pages", man)]
}

/// Whether a text has a word as a whole, not as a part of a longer one.
pub fn holds(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

/// The program and each of its commands, but for `help`.
pub fn commands() -> Vec<clap::Command> {
    let program = Cli::built();
    let of_program = program.get_subcommands().filter(|command| command.get_name() != "help").cloned();
    of_program.chain([program.clone()]).collect()
}

/// The texts of the manual that are written by hand, each with its name.
pub fn manual() -> Vec<(String, String)> {
    let text = |command: clap::Command| {
        let name = command.get_name().to_owned();
        let text = manual::text(&name).to_owned();
        (name, text)
    };
    commands().into_iter().map(text).collect()
}
