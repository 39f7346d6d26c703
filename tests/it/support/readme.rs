//! The documentation: README.md and `docs/`, their blocks of code, and the folder in which their reader
//! stands.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Where the reader stands.
const FOLDER: &str = "/home/you/pki-role";
const PROGRAM: &str = env!("CARGO_BIN_EXE_pki-role");

pub fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// Each document, with its path below the project.
pub fn documentation() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = vec![("README.md".to_owned(), readme())];
    for entry in fs::read_dir(root.join("docs")).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("docs/{}", path.file_name().unwrap().to_str().unwrap());
        documents.push((name, fs::read_to_string(path).unwrap()));
    }
    documents.sort();
    assert!(documents.len() > 5, "{documents:?}");
    documents
}

/// The fenced blocks of a language, with where each begins, without their indentation.
pub fn blocks(language: &str) -> Vec<(String, String)> {
    documentation().iter().flat_map(|(name, text)| blocks_of(name, text, language)).collect()
}

fn blocks_of(name: &str, text: &str, language: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, bool, String)> = None;
    for (nth, line) in text.lines().enumerate() {
        let line = if line.trim_start().starts_with("```") { line.trim_start() } else { line };
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((format!("{name}, line {}", nth + 1), info == language, String::new())),
            (Some(_), Some(_)) => {
                let (place, wanted, text) = open.take().unwrap();
                if wanted {
                    blocks.push((place, text));
                }
            }
            (Some((.., text)), None) => *text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block of {name} is not closed");
    blocks
}

/// A folder with a copy of `fixtures/`.
pub fn checkout() -> TempDir {
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
pub fn run(line: &str, folder: &Path) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(folder).stdout(writer.try_clone().unwrap()).stderr(writer);
    shell.env("PATH", format!("{}:{path}", Path::new(PROGRAM).parent().unwrap().display()));
    shell.env_remove("SUDO_USER").env_remove("COLUMNS");
    let mut child = shell.spawn().unwrap();
    // Its ends of the pipe, so that the reading ends when the child does.
    drop(shell);
    let mut printed = Vec::new();
    reader.read_to_end(&mut printed).unwrap();
    child.wait().unwrap();
    let folder = folder.canonicalize().unwrap();
    String::from_utf8(printed).unwrap().replace(&*folder.to_string_lossy(), FOLDER)
}

/// The arguments of a simple command, up to a redirection or the next command.
pub fn arguments(command: &str) -> Vec<String> {
    let words = shlex::split(command).unwrap_or_else(|| panic!("not a command of a shell: {command}"));
    words.into_iter().take_while(|word| !word.starts_with(['>', '|', ';', '&', '<'])).collect()
}
