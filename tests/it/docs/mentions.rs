//! Whatever can be typed, and whatever can come out, is described in the README and in the man pages;
//! both, and the help, can be read where they are read.

use std::collections::{BTreeMap, BTreeSet};

use clap::{CommandFactory, Parser};
use pki_role::cli::Cli;
use serde_json::Value;

use crate::support::documents::{commands, documents, holds, manual, pages, plain, printed};
use crate::support::needs;
use crate::support::readme::{arguments, readme};
use crate::support::test::{Test, small};

#[test]
fn every_command_and_option_is_described() {
    let mut names = BTreeSet::new();
    for command in commands() {
        names.insert(command.get_name().to_owned());
        for arg in command.get_arguments() {
            names.extend(arg.get_long_and_visible_aliases().unwrap_or_default().iter().map(|name| format!("--{name}")));
            names.extend(arg.get_short().map(|short| format!("-{short}")));
            let values = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
            names.extend(values.map(|value| value.get_name().to_owned()));
        }
    }
    assert!(names.contains("--config") && names.contains("-q") && names.contains("fish"), "{names:?}");
    for (name, text) in documents() {
        let missing: Vec<_> =
            names.iter().filter(|word| !matches!(&***word, "true" | "false") && !holds(&text, word)).collect();
        assert!(missing.is_empty(), "not described in {name}: {missing:?}");
    }
}

/// The help of each command shows its options, and its man page shows them too.
#[test]
fn each_command_shows_its_options() {
    let pages: BTreeMap<_, _> = pages().into_iter().collect();
    for command in commands().into_iter().filter(|command| command.get_name() != "pki-role") {
        let name = command.get_name();
        let help = printed(&format!("{name} --help"));
        let section = plain(&pages[&format!("pki-role-{name}.8")]);
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let long = arg.get_long_and_visible_aliases().unwrap_or_default();
            for option in
                long.iter().map(|long| format!("--{long}")).chain(arg.get_short().map(|short| format!("-{short}")))
            {
                assert!(holds(&help, &option), "{name} --help does not show {option}");
                assert!(holds(&section, &option), "the man page of {name} does not show {option}");
            }
        }
        assert_eq!(holds(&help, "--root"), name != "generate", "{help}");
        let (about, short) = (command.get_about().unwrap().to_string(), printed(&format!("{name} -h")));
        assert!(help.starts_with(&about) && short.starts_with(&about), "{help}");
        assert!(short.lines().count() <= 45, "{name} -h is long:\n{short}");
        assert!(help.contains("\nExamples:\n") && help.contains("\nExit codes:\n  0 "), "{help}");
    }
}

#[test]
fn every_exit_code_is_described() {
    let [(_, text), (_, man)] = documents();
    for code in ["0", "1", "2", "3", "4", "5", "128+n"] {
        assert!(text.contains(&format!("\n| {code} | ")), "exit code {code} in the documentation");
        assert!(man.contains(&format!("\n.TP\n{code}\n")), "exit code {code} in the man pages");
    }
}

/// Each field of each JSON object, as far as files bring it forth.
#[test]
fn every_field_of_the_json_is_described() {
    let test =
        Test::new().fixture("ca-master").fixture("ca-clone").fixture("ugly/not-utf8").fixture("ocsp-dogtag-clone");
    let test = test.file("README.md", readme()).file("etc/pki/x/ca/CS.cfg", small("ca-clone"));
    let outputs = [
        test.ran("promote-ca --from ca-master.CS.cfg --to ca-clone.CS.cfg --dry-run --output json"),
        test.ran("demote-ocsp --to ca-clone.CS.cfg --dry-run --output json"),
        test.ran("demote-ca --root . -i x --service u.service --systemctl /bin/false --new-master a:1 --output json"),
        test.ran("status --output json ca-clone.CS.cfg not-utf8.CS.cfg ocsp-dogtag-clone.CS.cfg README.md"),
        test.ran("status --output json --root . --systemctl /bin/true"),
        test.ran("check --output json ca-clone.CS.cfg"),
        test.ran("check --output json README.md"),
    ];
    let mut fields = BTreeSet::new();
    for ran in outputs {
        collect(&ran.json(), &mut fields);
    }
    let [(_, text), _] = documents();
    let is_described = |field: &&String| text.contains(&format!("`{field}`")) || text.contains(&format!("`{field}[]`"));
    let missing: Vec<_> = fields.iter().filter(|field| !is_described(field)).collect();
    assert!(fields.len() > 50 && missing.is_empty(), "fields that are not described: {missing:?} of {fields:?}");
}

fn collect(value: &Value, fields: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            fields.extend(object.keys().cloned());
            object.values().for_each(|value| collect(value, fields));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, fields)),
        _ => {}
    }
}

/// One of two options is needed, twice.
#[test]
fn what_a_promotion_needs() {
    let synopsis = "pki-role promote-ca {--to FILE|--instance NAME} {--from FILE|--keep-settings} [options]\n";
    let promotion = pages().into_iter().find(|(name, _)| name == "pki-role-promote-ca.8").unwrap().1;
    assert!(plain(&promotion).contains(synopsis), "{promotion}");
    let usage =
        "\nUsage: pki-role promote-ca [OPTIONS] <--to <FILE>|--instance <NAME>> <--from <FILE>|--keep-settings>\n";
    for help in ["promote-ca -h", "promote-ca --help"] {
        assert!(printed(help).contains(usage), "{help}");
    }
}

#[test]
fn the_man_pages_are_formatted_without_a_complaint_and_fit_80_columns() {
    if !needs::tool("man") {
        return;
    }
    let of_a_command = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"];
    let of_all = [&of_a_command[..], &["COMMANDS", "FILES", "ENVIRONMENT", "CAVEATS"]].concat();
    let of_codes = ["NAME", "DESCRIPTION", "REFUSALS", "FAILURES", "PROBLEMS", "WARNINGS", "QUESTIONS", "SEE ALSO"];
    let pages = pages();
    assert_eq!(pages.len(), Cli::command().get_subcommands().count() + 2);
    for (name, page) in &pages {
        let test = Test::new().file("page", page);
        let mut man = std::process::Command::new("man");
        man.args(["--warnings", "-l"]).arg(test.path("page")).env("MANWIDTH", "80").env("LC_ALL", "C.UTF-8");
        let output = man.output().unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaints.is_empty(), "{name}: {complaints}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let sections = match name.as_str() {
            "pki-role.8" => &of_all[..],
            "pki-role-codes.8" => &of_codes,
            _ => &of_a_command,
        };
        for section in sections {
            assert!(text.lines().any(|line| line == *section), "no section {section} in {name}\n{text}");
        }
        let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{name} is wider than 80 columns: {wide:#?}");
        // What it refers to.
        for other in text.split_whitespace().filter_map(|word| word.split_once("(8)")).map(|(other, _)| other) {
            let is_there = other == "pki-server" || pages.iter().any(|(name, _)| *name == format!("{other}.8"));
            assert!(is_there, "{name} refers to {other}(8)");
        }
    }
    assert_eq!(printed("generate man"), pages.iter().find(|(name, _)| name == "pki-role.8").unwrap().1);
}

#[test]
fn the_man_pages_that_cannot_be_written() {
    let test = Test::new().file("page", "");
    test.ran("generate man --out page").expect(4, &["pki-role: page/pki-role.8 cannot be written: Not a directory"]);
    test.ran("generate bash --out .").expect(2, &["'--out <DIR>' is for 'man' alone"]);
}

/// The examples of the man pages and of the help are command lines that the program takes.
#[test]
fn the_examples_of_the_man_pages_are_commands() {
    let mut count = 0;
    for (name, text) in manual() {
        let text = text.replace("\\\n", " ");
        let lines = text.lines().filter(|line| line.starts_with(' ')).map(str::trim_start);
        let calls: Vec<_> = lines.filter(|line| line.starts_with("pki-role ")).map(arguments).collect();
        count += calls.len();
        for call in &calls {
            Cli::try_parse_from(call).unwrap_or_else(|error| panic!("{call:?}: {error}"));
        }
        let own = calls.iter().filter(|call| call[1] == name).count();
        assert!(own > 0 || name == "pki-role", "{name} has no example of its own");
    }
    assert!(count > 40, "only {count} examples");
}

/// The line of the usage is as long as clap makes it.
#[test]
fn help_fits_100_columns() {
    for option in ["-h", "--help"] {
        let of_commands = commands().into_iter().filter(|command| command.get_name() != "pki-role");
        let mut texts: Vec<String> =
            of_commands.map(|command| printed(&format!("{} {option}", command.get_name()))).collect();
        texts.push(printed(option));
        for line in texts.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with("Usage: ")) {
            assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
        }
    }
}

/// The table of parameters; other lines have messages and paths, which are as long as they are.
#[test]
fn the_tables_of_status_fit_the_columns() {
    let test = Test::new().fixture("ca-clone").fixture("ocsp-master").fixture("ugly/half-role");
    for columns in ["72", "80"] {
        let mut command = test.command();
        command
            .args(["status", "-v", "ca-clone.CS.cfg", "ocsp-master.CS.cfg", "half-role.CS.cfg"])
            .env("COLUMNS", columns);
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("    ") && !line.starts_with("    fix:"));
        for row in rows {
            assert!(row.chars().count() <= columns.parse().unwrap(), "{} columns: {row}", row.chars().count());
        }
    }
}
