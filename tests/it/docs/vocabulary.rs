//! One name for one thing, and plain English: words that the program does not use, in its sentences
//! and comments, in the README, in the man page, in the help.

use std::fs;
use std::path::Path;

use crate::support::documents::{commands, manual, printed};
use crate::support::readme::documentation;

/// What is not written anywhere, and what is written in its place. A word with `*` stands for all that
/// begin with it.
const FORBIDDEN: [(&[&str], &str); 10] = [
    (&["the book", "book's", "the books"], "the guide"),
    (&["mend*"], "fix, correct, rewrite"),
    (&["anew"], "again"),
    (&["told", "tells", "tell"], "say, show, report"),
    (&["goes away", "go away", "gone away", "take away", "takes away", "taken away"], "remove"),
    (&["needs hands", "need hands"], "see the remedy"),
    (&["half a role"], "mixed"),
    (&["role has lasted"], "verified"),
    (&["disput*"], "ambiguous"),
    (&["proven", "proves"], "verified"),
];

/// What is not written in sentences for users.
const IN_SENTENCES: [(&[&str], &str); 4] = [
    (
        &[
            "is no file",
            "is no directory",
            "is no regular",
            "is no cs.cfg",
            "is no instance's",
            "is no address",
            "is no number",
            "is no http",
        ],
        "is not a",
    ),
    (&["database maintenance thread"], "status update task"),
    (&["propert*"], "parameter"),
    (&["forbid*"], "refuse"),
];

/// The words of a text, in lower case, each with its line.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    for (nth, line) in text.lines().enumerate() {
        let line = line.to_lowercase();
        let parts = line.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '.' | '-' | '_')));
        let parts = parts.map(|part| part.trim_matches(['.', '\'', '-']).to_owned()).filter(|part| !part.is_empty());
        words.extend(parts.map(|part| (nth + 1, part)));
    }
    words
}

/// Where a phrase is in a text, also across a line's end.
fn places(words: &[(usize, String)], phrase: &str) -> Vec<usize> {
    let wanted: Vec<&str> = phrase.split(' ').collect();
    let fits = |word: &str, wanted: &str| match wanted.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => word == wanted,
    };
    // "There is no file" is English; "it is no file" is not.
    let is_english = |at: usize| phrase.starts_with("is no ") && at > 0 && words[at - 1].1 == "there";
    let is_here = |at: &usize| {
        let window = words.get(*at..at + wanted.len()).unwrap_or_default();
        let mut pairs = window.iter().zip(&wanted);
        !window.is_empty() && pairs.all(|((_, word), wanted)| fits(word, wanted)) && !is_english(*at)
    };
    (0..words.len()).filter(is_here).map(|at| words[at].0).collect()
}

fn complaints(name: &str, text: &str, forbidden: &[(&[&str], &str)], found: &mut Vec<String>) {
    let words = words(text);
    for (phrases, better) in forbidden {
        for phrase in *phrases {
            let lines = places(&words, phrase);
            found.extend(lines.iter().map(|line| format!("{name}, line {line}: `{phrase}`; better: {better}")));
        }
    }
}

/// The texts of a source between quotes, each on the line where it is; what is tested is left out.
fn sentences(source: &str) -> String {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let (mut text, mut inside, mut escaped) = (String::new(), false, false);
    for c in source.chars() {
        match c {
            '\n' => text.push('\n'),
            '"' if !escaped => {
                inside = !inside;
                text.push(' ');
            }
            c if inside => text.push(c),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    text
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn of_the_sources() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    assert!(all.len() > 50);
    let mut found = Vec::new();
    for (name, source) in all {
        complaints(&name, &source, &FORBIDDEN, &mut found);
        // `--property` is an option of systemctl's.
        let sentences = sentences(&source).replace("--property=", "");
        complaints(&name, &sentences, &IN_SENTENCES, &mut found);
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn of_the_documents() {
    let mut found = Vec::new();
    // Tests of properties are called so.
    let mut texts = documentation();
    texts.iter_mut().for_each(|(_, text)| *text = text.replace("property test", "test"));
    texts.extend(manual().into_iter().map(|(name, text)| (format!("the manual of {name}"), text)));
    texts.extend(commands().iter().filter(|command| command.get_name() != "pki-role").map(|command| {
        let name = command.get_name();
        (format!("{name} --help"), printed(&format!("{name} --help")))
    }));
    texts.push(("--help".to_owned(), printed("--help")));
    for (name, text) in texts {
        complaints(&name, &text, &FORBIDDEN, &mut found);
        complaints(&name, &text, &IN_SENTENCES, &mut found);
    }
    assert!(found.is_empty(), "{found:#?}");
}
