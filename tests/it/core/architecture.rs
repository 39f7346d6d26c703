//! The layers: each needs only what is below it, no two modules need each other, the core names no
//! effect, and no file is long. Read from the sources; broken on purpose at the end.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::sources::{Source, needs, sources};

/// From below; a module needs its own layer and those before it.
const LAYERS: [&str; 6] = ["cs_cfg", "pki", "host", "convert", "text", "commands"];
/// The command line as data: for `commands` and `main`.
const CLI: &str = "cli";
const CORE: [&str; 2] = ["cs_cfg", "pki"];

/// What the core may name of the standard library.
const PURE: [&str; 14] = [
    "borrow",
    "cmp",
    "collections",
    "convert",
    "fmt",
    "hash",
    "iter",
    "mem",
    "num",
    "ops",
    "slice",
    "str",
    "string",
    "vec",
];
/// Addresses are data.
const ADDRESSES: [&str; 3] = ["IpAddr", "Ipv4Addr", "Ipv6Addr"];
/// Other crates that the core may name.
const PURE_CRATES: [&str; 7] = ["indexmap", "memchr", "schemars", "serde", "strum", "thiserror", "time"];
/// Macros that print, or that read what is around the compiler.
const EFFECT_MACROS: [&str; 8] =
    ["print", "println", "eprint", "eprintln", "dbg", "include_str", "include_bytes", "thread_local"];
/// State that changes behind a shared reference, and clocks, whatever they are called through.
const HIDDEN_STATE: [&str; 12] = [
    "Cell",
    "RefCell",
    "OnceCell",
    "UnsafeCell",
    "Mutex",
    "RwLock",
    "OnceLock",
    "LazyLock",
    "Instant",
    "SystemTime",
    "now_utc",
    "now_local",
];
/// Effects, which belong to `host` alone.
const EFFECTS: [&str; 7] = ["std::fs", "std::env", "std::process", "std::net", "std::thread", "std::os", "std::time"];
const EFFECT_CRATES: [&str; 6] = ["nix", "rustix", "signal_hook", "httparse", "quick_xml", "tempfile"];
/// Where else they are named, and why that is right.
const NAMED_ELSEWHERE: [(&str, &str, &str); 7] = [
    ("main", "std::env::args_os", "the arguments of the program"),
    ("main", "std::process::ExitCode", "its exit code"),
    ("text::console", "std::env", "the terminal, and whether colour is wanted"),
    ("convert::unit_guard", "std::time::Instant", "how long the unit was down"),
    ("text::console", "rustix::termios", "how wide the terminal is"),
    ("", "std::time::Duration", "a length of time is data"),
    ("", "std::os::unix::ffi", "a path's bytes are data"),
];
/// `unwrap_or_default` in the core: where nothing is what is meant.
const DEFAULTS: [(&str, usize, &str); 1] =
    [("src/pki/server_json.rs", 1, "a saved CA without its publishing publishes nothing")];

const LONGEST_FILE: usize = 350;

fn layer(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

fn height(module: &str) -> usize {
    LAYERS.iter().position(|known| *known == layer(module)).unwrap_or(LAYERS.len())
}

fn is_core(source: &Source) -> bool {
    CORE.contains(&layer(&source.module))
}

fn needs_what_is_above(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (module, needed) in needs(sources) {
        for needed in needed {
            let is_allowed = match (layer(module), layer(needed)) {
                ("main" | "commands", CLI) | (CLI, CLI) => true,
                // Codes, subsystems, host names, and what the name of a unit looks like.
                (CLI, "pki") => true,
                (CLI, "host") => needed == "host::services",
                (CLI, _) | (_, CLI) => false,
                _ => height(needed) <= height(module),
            };
            if !is_allowed {
                wrong.push(format!("{module} needs {needed}"));
            }
        }
    }
    wrong
}

/// Each set of modules that need each other.
fn knots(sources: &[Source]) -> Vec<String> {
    let needs = needs(sources);
    let mut reached: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for module in needs.keys() {
        let mut seen = BTreeSet::new();
        let mut open = needs[module].clone();
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(needs.get(next).into_iter().flatten());
            }
        }
        reached.insert(module, seen);
    }
    let knot = |module: &str| -> Vec<&str> {
        let mutual = reached[module].iter().filter(|other| reached[**other].contains(module));
        mutual.copied().collect()
    };
    let knots: BTreeSet<Vec<&str>> = needs.keys().map(|module| knot(module)).filter(|knot| !knot.is_empty()).collect();
    let of = |module: &&str, knot: &[&str]| -> Vec<String> {
        let inside = needs[module].iter().filter(|needed| knot.contains(needed));
        inside.map(|needed| format!("{module} needs {needed}")).collect()
    };
    knots
        .into_iter()
        .map(|knot| knot.iter().flat_map(|module| of(module, &knot)).collect::<Vec<_>>().join(", "))
        .collect()
}

fn effects_in_the_core(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| is_core(source)) {
        let mut refuse = |what: &str| wrong.push(format!("{}: {what}", source.path));
        for path in &source.paths {
            let [first, rest @ ..] = &path.segments[..] else { continue };
            let second = rest.first().map_or("", |second| second);
            let is_pure = match &**first {
                "std" | "core" | "alloc" => {
                    let is_address = second == "net" && rest.get(1).is_some_and(|third| ADDRESSES.contains(&&**third));
                    PURE.contains(&second) || is_address
                }
                other => !is_crate(other) || PURE_CRATES.contains(&other),
            };
            if !is_pure {
                refuse(&path.segments.join("::"));
            }
        }
        source.macros().into_iter().filter(|called| EFFECT_MACROS.contains(called)).for_each(&mut refuse);
        source.tokens.iter().filter(|word| HIDDEN_STATE.contains(&&***word)).for_each(|word| refuse(word));
    }
    wrong
}

/// The crates that this one depends on, as they are named in sources.
fn is_crate(name: &str) -> bool {
    let manifest = include_str!("../../../Cargo.toml");
    let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
    let (dependencies, _) = dependencies.split_once("\n[dev-dependencies]").unwrap();
    let names = dependencies.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    names.map(|(name, _)| name.replace('-', "_")).any(|known| known == name)
}

fn effects_outside_host(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| layer(&source.module) != "host") {
        for path in &source.paths {
            let name = path.segments.join("::");
            let is_effect = EFFECTS.iter().any(|effect| name == *effect || name.starts_with(&format!("{effect}::")));
            let is_address = ADDRESSES.contains(&path.segments.last().map_or("", |last| last));
            let is_known = NAMED_ELSEWHERE
                .iter()
                .any(|(module, known, _)| (module.is_empty() || *module == source.module) && name.starts_with(known));
            let is_effect = is_effect || EFFECT_CRATES.contains(&&*path.segments[0]);
            if is_effect && !is_address && !is_known {
                wrong.push(format!("{}: {name}", source.path));
            }
        }
    }
    wrong
}

fn defaults_in_the_core(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| is_core(source)) {
        let count = source.tokens.iter().filter(|word| *word == "unwrap_or_default").count();
        let known = DEFAULTS.iter().find(|(path, ..)| *path == source.path).map_or(0, |(_, count, _)| *count);
        if count != known {
            wrong.push(format!("{}: unwrap_or_default {count} times, {known} are known", source.path));
        }
    }
    wrong
}

/// One name, one type: but for those that only one module knows.
fn names_of_two_types(sources: &[Source]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for source in sources {
        source.types().into_iter().for_each(|name| places.entry(name).or_default().push(&source.path));
    }
    let twice = places.into_iter().filter(|(_, places)| places.len() > 1);
    twice.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect()
}

fn long_files(sources: &[Source]) -> Vec<String> {
    let long = sources.iter().filter(|source| source.lines > LONGEST_FILE);
    long.map(|source| format!("{}: {} lines", source.path, source.lines)).collect()
}

#[track_caller]
fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_module_needs_only_what_is_below() {
    none(needs_what_is_above(&sources("src")));
}

#[test]
fn no_two_modules_need_each_other() {
    none(knots(&sources("src")));
}

#[test]
fn the_core_has_no_effect() {
    none(effects_in_the_core(&sources("src")));
}

#[test]
fn effects_belong_to_host() {
    none(effects_outside_host(&sources("src")));
}

#[test]
fn nothing_in_the_core_becomes_silently_empty() {
    none(defaults_in_the_core(&sources("src")));
}

#[test]
fn a_type_has_its_name_for_itself() {
    none(names_of_two_types(&sources("src")));
}

#[test]
fn no_file_is_long() {
    none(long_files(&sources("src")));
    none(long_files(&sources("tests/it")));
}

#[test]
fn no_test_uses_another() {
    let tests = sources("tests/it");
    let mut wrong = Vec::new();
    for (module, needed) in needs(&tests) {
        let is_own = |needed: &&str| *needed == "support" || needed.starts_with("support::") || needed.is_empty();
        let others = needed.into_iter().filter(|needed| !is_own(needed) && module != "main");
        wrong.extend(others.map(|needed| format!("{module} uses {needed}")));
    }
    none(wrong);
}

/// Sources as they are, but for some that are added or that take another's place.
fn broken(made_up: &[(&str, &str)]) -> Vec<Source> {
    let mut all = sources("src");
    all.retain(|source| made_up.iter().all(|(path, _)| *path != source.path));
    all.extend(made_up.iter().map(|(path, text)| Source::of(path, "src", text)));
    all
}

#[test]
fn what_is_broken_on_purpose_is_seen() {
    for (what, path, text) in [
        ("cs_cfg::odd needs pki::ca", "src/cs_cfg/odd.rs", "use crate::pki::ca::Ca;"),
        ("cs_cfg::odd needs pki::role", "src/cs_cfg/odd.rs", "use crate::pki::{Role, Says as S};"),
        ("cs_cfg::odd needs host::clock", "src/cs_cfg/odd.rs", "fn f() { let x = crate::host::clock::now(); }"),
        ("pki::odd needs text::list", "src/pki/odd.rs", "fn f() { super::super::text::list::list(&[]) }"),
        ("host::odd needs convert", "src/host/odd.rs", "use crate::{convert, pki};"),
        ("convert::odd needs text", "src/convert/odd.rs", "use crate::text::{self};"),
        ("text::odd needs cli", "src/text/odd.rs", "use crate::cli::Cli;"),
        ("cli needs convert::job", "src/cli.rs", "use crate::convert::Job;"),
    ] {
        let wrong = needs_what_is_above(&broken(&[(path, text)]));
        assert!(wrong.contains(&what.to_owned()), "{text}: {wrong:?}");
    }
    let knot = [
        ("src/pki/a.rs", "use super::b::B;"),
        ("src/pki/b.rs", "mod x; use super::c::C;"),
        ("src/pki/c.rs", "use crate::pki::a;"),
    ];
    assert_eq!(knots(&broken(&knot)), ["pki::a needs pki::b, pki::b needs pki::c, pki::c needs pki::a"]);
    let own =
        [("src/pki/d/mod.rs", "mod e; pub use e::E; struct D;"), ("src/pki/d/e.rs", "use super::D; pub struct E;")];
    assert_eq!(knots(&broken(&own)), [] as [&str; 0]);
    let back = [("src/pki/d/mod.rs", "mod e; use e::E; struct D;"), ("src/pki/d/e.rs", "use super::D; pub struct E;")];
    assert_eq!(knots(&broken(&back)), ["pki::d needs pki::d::e, pki::d::e needs pki::d"]);
}

#[test]
fn effects_put_into_the_core_are_seen() {
    for text in [
        "fn f() { std::fs::copy(a, b); }",
        "use std::{fmt, fs::OpenOptions};",
        "use std::env::vars as v;",
        "use std::time::Instant;",
        "fn f() { ::std::thread::sleep(d) }",
        "use core::cell::RefCell;",
        "use std::net::TcpStream;",
        "use std::net;",
        "use std::io::Read;",
        "use std::path::Path;",
        "use rustix::fs;",
        "fn f() { println!(\"\") }",
        "static X: std::sync::Mutex<u8> = y;",
        "fn f() { time::OffsetDateTime::now_utc(); }",
    ] {
        assert!(!effects_in_the_core(&broken(&[("src/pki/odd.rs", text)])).is_empty(), "{text}");
    }
    for text in [
        "use std::net::{IpAddr, Ipv4Addr};",
        "use std::fmt;",
        "// std::fs::read",
        "const X: &str = \"std::fs println!\";",
        "#[cfg(test)] mod tests { use std::fs; fn f() { println!() } } fn g<'a>(x: &'a str) -> char { '\"' }",
    ] {
        none(effects_in_the_core(&broken(&[("src/pki/odd.rs", text)])));
    }
    for text in
        ["use std::fs;", "fn f() { std::process::exit(1) }", "use rustix::fs::chmod;", "use std::time::SystemTime;"]
    {
        assert_eq!(effects_outside_host(&broken(&[("src/text/odd.rs", text)])).len(), 1, "{text}");
    }
    assert_eq!(defaults_in_the_core(&broken(&[("src/pki/odd.rs", "fn f() { x.unwrap_or_default() }")])).len(), 1);
    assert_eq!(names_of_two_types(&broken(&[("src/pki/odd.rs", "struct CsCfg;")])).len(), 1);
}
