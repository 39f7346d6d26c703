//! Sources of Rust, read as far as it takes to see which module needs which: without comments, texts and
//! inline tests, as words and signs, with every path that they name in full.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A source file.
pub struct Source {
    /// Its path below the project's folder.
    pub path: String,
    /// Its module: `pki::ca`; nothing for `lib.rs`.
    pub module: String,
    /// How many lines it has.
    pub lines: usize,
    /// Its words and signs.
    pub tokens: Vec<String>,
    /// Each path that it names, from the crate's or another crate's root on; `Self` paths are left out.
    pub paths: Vec<NamedPath>,
}

/// A path that a source names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPath {
    /// Its segments; `crate` stands for this crate's root.
    pub segments: Vec<String>,
    /// The name under which it is made public, where it is.
    pub exported: Option<String>,
}

/// Every source below a folder of the project, by path.
pub fn sources(folder: &str) -> Vec<Source> {
    fn collect(path: &Path, all: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.is_dir() {
                true => collect(&entry, all),
                false => all.push(entry),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    collect(&root.join(folder), &mut all);
    all.retain(|path| path.extension().is_some_and(|end| end == "rs"));
    all.sort();
    let path = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    all.iter().map(|file| Source::of(&path(file), folder, &fs::read_to_string(file).unwrap())).collect()
}

impl Source {
    /// Reads a source; `folder` is where the crate's root is.
    pub fn of(path: &str, folder: &str, text: &str) -> Source {
        let inner = path.strip_prefix(folder).unwrap().trim_start_matches('/').trim_end_matches(".rs");
        let module = inner.replace('/', "::");
        let module = module.strip_suffix("::mod").unwrap_or(&module);
        let module = if module == "lib" { "" } else { module };
        let tokens = without_tests(tokens(text));
        let parents: Vec<String> = ["crate"]
            .into_iter()
            .chain(module.split("::").filter(|part| !part.is_empty()))
            .map(str::to_owned)
            .collect();
        let named = named(&tokens);
        let children = tokens.windows(3).filter(|three| three[0] == "mod" && three[2] == ";").map(|three| &*three[1]);
        let names = Names { parents, children: children.collect(), is_library: folder == "src" };
        let in_full = named.into_iter().map(|named| NamedPath { segments: names.in_full(named.segments), ..named });
        let paths = in_full.collect();
        Source { path: path.to_owned(), module: module.to_owned(), lines: text.lines().count(), tokens, paths }
    }

    /// The names of the types that it defines.
    pub fn types(&self) -> Vec<&str> {
        let is_definition = |word: &str| matches!(word, "struct" | "enum" | "trait" | "union");
        let pairs = self.tokens.windows(2).filter(|pair| is_definition(&pair[0]) && is_word(&pair[1]));
        pairs.map(|pair| &*pair[1]).collect()
    }

    /// The macros that it calls.
    pub fn macros(&self) -> Vec<&str> {
        let calls = self.tokens.windows(2).filter(|pair| is_word(&pair[0]) && pair[1] == "!");
        calls.map(|pair| &*pair[0]).collect()
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words and signs; of comments, texts and characters nothing.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '"' => text_length(rest),
            'r' | 'b' if is_raw_text(rest) => raw_text_length(rest),
            'b' if rest.starts_with("b\"") => 1 + text_length(&rest[1..]),
            '\'' => character_length(rest),
            _ if first.is_alphanumeric() || first == '_' => {
                let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                tokens.push(rest[..length].to_owned());
                length
            }
            _ if rest.starts_with("::") => {
                tokens.push("::".to_owned());
                2
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                tokens.push(first.to_string());
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

fn text_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_raw_text(text: &str) -> bool {
    let text = text.trim_start_matches('b');
    text.starts_with('r') && text[1..].trim_start_matches('#').starts_with('"')
}

fn raw_text_length(text: &str) -> usize {
    let begin = text.find('"').unwrap();
    let end = format!("\"{}", "#".repeat(text[..begin].matches('#').count()));
    text[begin + 1..].find(&end).map_or(text.len(), |at| begin + 1 + at + end.len())
}

/// A character, or only the sign of a lifetime.
fn character_length(text: &str) -> usize {
    let mut inner = text[1..].chars();
    match (inner.next(), inner.next()) {
        (Some('\\'), Some(_)) => 3 + text[3..].find('\'').map_or(0, |at| at + 1),
        (Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 1,
    }
}

/// Without the modules behind `#[cfg(test)]`.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    let attribute = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let mut kept: Vec<String> = Vec::new();
    let mut depth = None;
    for (at, token) in tokens.iter().enumerate() {
        if depth.is_none() && tokens[at..].iter().zip(attribute).filter(|(one, other)| one == other).count() == 8 {
            depth = Some(0);
        }
        match (&mut depth, &**token) {
            (Some(depth), "{") => *depth += 1,
            (Some(depth), "}") => *depth -= 1,
            (Some(_), _) => {}
            (None, _) => kept.push(token.clone()),
        }
        if depth == Some(0) && token == "}" {
            depth = None;
        }
    }
    kept
}

/// Every path: those of `use`, each of a group by itself, and the others as they stand.
fn named(tokens: &[String]) -> Vec<NamedPath> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        // Not what a method or a visibility is of.
        let is_visibility = at > 1 && tokens[at - 1] == "in" && tokens[at - 2] == "(";
        let is_part = at > 0 && (tokens[at - 1] == "." || tokens[at - 1] == "::" && at > 1 && is_word(&tokens[at - 2]));
        let begins = !is_part && !is_visibility;
        if tokens[at] == "use" {
            let is_public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
            at = used(tokens, at + 1, &[], is_public, &mut all);
        } else if begins && is_word(&tokens[at]) && tokens.get(at + 1).is_some_and(|next| next == "::") {
            let mut segments = vec![tokens[at].clone()];
            while tokens.get(at + 1).is_some_and(|next| next == "::") && tokens.get(at + 2).is_some_and(|n| is_word(n))
            {
                segments.push(tokens[at + 2].clone());
                at += 2;
            }
            all.push(NamedPath { segments, exported: None });
            at += 1;
        } else {
            at += 1;
        }
    }
    all
}

/// One tree of a `use`; gives where it ends.
fn used(tokens: &[String], mut at: usize, before: &[String], is_public: bool, all: &mut Vec<NamedPath>) -> usize {
    let mut segments = before.to_vec();
    while let Some(token) = tokens.get(at) {
        match &**token {
            "::" => at += 1,
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = used(tokens, at, &segments, is_public, all);
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                return at + 1;
            }
            "," | ";" | "}" => break,
            "as" => {
                let exported = is_public.then(|| tokens[at + 1].clone());
                all.push(NamedPath { segments, exported });
                return at + 2;
            }
            "self" if !segments.is_empty() => at += 1,
            word => {
                segments.push(word.to_owned());
                at += 1;
            }
        }
    }
    let exported = segments.last().cloned().filter(|_| is_public);
    all.push(NamedPath { segments, exported });
    at
}

/// How a module's paths are read.
struct Names<'s> {
    /// What leads to the module, itself too.
    parents: Vec<String>,
    /// The modules that it declares.
    children: Vec<&'s str>,
    /// It is one of the library's or of the program's, which names the library `pki_role`.
    is_library: bool,
}

impl Names<'_> {
    /// A path from the crate's root on.
    fn in_full(&self, segments: Vec<String>) -> Vec<String> {
        let up = segments.iter().take_while(|segment| *segment == "super").count();
        let below = |up: usize, skipped: usize| -> Vec<String> {
            let parents = &self.parents[..self.parents.len() - up];
            parents.iter().chain(&segments[skipped..]).cloned().collect()
        };
        match &*segments[0] {
            "super" => below(up, up),
            "self" => below(0, 1),
            child if self.children.contains(&child) => below(0, 0),
            "pki_role" if self.is_library => ["crate".to_owned()].into_iter().chain(segments[1..].to_vec()).collect(),
            _ => segments,
        }
    }
}

/// Which module of this crate each path of a source leads to, through what other modules make public.
pub fn needs(sources: &[Source]) -> BTreeMap<&str, Vec<&str>> {
    let modules: Vec<&str> = sources.iter().map(|source| &*source.module).collect();
    let mut needs = BTreeMap::new();
    for source in sources {
        let is_own_child = |module: &&str| module.starts_with(&format!("{}::", source.module));
        let of = |path: &NamedPath| {
            let module = leads_to(&path.segments, sources, &modules, 0)?;
            (path.exported.is_none() || !is_own_child(&module)).then_some(module)
        };
        let mut needed: Vec<&str> =
            source.paths.iter().filter_map(of).filter(|module| *module != source.module).collect();
        needed.sort_unstable();
        needed.dedup();
        needs.insert(&*source.module, needed);
    }
    needs
}

fn leads_to<'s>(segments: &[String], sources: &'s [Source], modules: &[&'s str], depth: usize) -> Option<&'s str> {
    let path = segments.strip_prefix(&["crate".to_owned()])?;
    let (module, rest) = (0..=path.len()).rev().find_map(|length| {
        let name = path[..length].join("::");
        modules.iter().find(|module| **module == name).map(|module| (*module, &path[length..]))
    })?;
    let source = sources.iter().find(|source| source.module == module)?;
    let exported = rest.first().and_then(|name| source.paths.iter().find(|path| path.exported.as_ref() == Some(name)));
    match exported {
        Some(path) if depth < 8 => leads_to(&path.segments, sources, modules, depth + 1).or(Some(module)),
        _ => Some(module),
    }
}
