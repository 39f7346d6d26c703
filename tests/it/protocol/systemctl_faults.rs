//! A systemctl of which call number n goes wrong: each verb, each way to go wrong, each command. What is
//! reported must be so, and the same command again must reach the goal.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::fake_systemctl::UNIT;
use crate::support::host::Host;
use crate::support::schema::assert_valid;
use crate::support::test::Ran;

/// How a call goes wrong.
const FAULTS: [(&str, &str); 5] = [
    ("fails", "echo no such luck >&2; exit 1"),
    ("fails after its work", "echo \"$after\" >\"$dir/state-$unit\"; echo no such luck >&2; exit 1"),
    ("does and prints nothing", "exit 0"),
    ("hangs", "sleep 1000"),
    ("ends by a signal", "kill -9 $$"),
];
const VERBS: [&str; 4] = ["is-active", "show", "stop", "start"];

/// A command on its host.
#[derive(Clone, Copy, Debug)]
enum Command {
    Demote,
    DemoteStopped,
    Promote,
    PromoteStopped,
    PromoteWithRollback,
    Restore,
}

const COMMANDS: [Command; 6] = [
    Command::Demote,
    Command::DemoteStopped,
    Command::Promote,
    Command::PromoteStopped,
    Command::PromoteWithRollback,
    Command::Restore,
];

impl Command {
    fn host(self) -> Host {
        match self {
            Command::Demote => Host::answering("ca", "ca-master", true),
            Command::DemoteStopped => Host::answering("ca", "ca-master", false),
            Command::Promote | Command::PromoteWithRollback => Host::answering("ca", "ca-clone", true),
            Command::PromoteStopped => Host::answering("ca", "ca-clone", false),
            Command::Restore => Host::answering("ca", "ca-clone", true),
        }
    }

    fn was_active(self) -> bool {
        !matches!(self, Command::DemoteStopped | Command::PromoteStopped)
    }

    fn runs_afterwards(self) -> bool {
        !matches!(self, Command::DemoteStopped)
    }

    fn run(self, host: &Host) -> Ran {
        let json = ["--output", "json", "--timeout", "1"];
        match self {
            Command::Demote | Command::DemoteStopped => host.demote(&json),
            Command::Promote | Command::PromoteStopped => host.promote(&json),
            Command::PromoteWithRollback => host.promote(&[&json[..], &["--rollback"]].concat()),
            Command::Restore => {
                let backup = host.path("backup.cfg");
                let text = String::from_utf8(host.before.clone()).unwrap();
                fs::write(&backup, text.replace("enableCRLUpdates=false", "enableCRLUpdates=true")).unwrap();
                let from = backup.to_str().unwrap();
                let restore = ["restore", "-i", "pki-tomcat", "--subsystem", "ca", "--accept", "ends-mixed", "--from"];
                host.run(&[&restore[..], &[from], &json].concat())
            }
        }
    }
}

/// Whether what was reported is so; a reason where it is not.
fn lie(command: Command, host: &Host, ran: &Ran) -> Option<String> {
    let report: Value = match serde_json::from_str(&ran.out) {
        Ok(report) => report,
        Err(error) => return Some(format!("no JSON: {error}: {ran:?}")),
    };
    assert_valid(&report);
    let state = report["error"]["state"].as_str().unwrap_or_default();
    let as_before = host.is_untouched() && host.is_up() == command.was_active();
    let says = |phrase: &str| state.contains(phrase);
    let in_doubt = says("could not be asked") || says("on the way back");
    let has_no_backup = host.backups().is_empty();
    let lies = [
        (ran.code == Some(0) && (host.is_untouched() || host.is_up() != command.runs_afterwards()), "done"),
        (ran.code == Some(3) && !(as_before && host.systemctl.changes().is_empty()), "nothing was touched"),
        (ran.code == Some(4) && !as_before, "everything is as it was"),
        (ran.code == Some(5) && as_before && !in_doubt, "something is changed or down"),
        (!matches!(ran.code, Some(0 | 3 | 4 | 5)), "the exit code"),
        (says("CS.cfg is as it was") && !host.is_untouched(), "the old bytes"),
        (says("is converted") && host.is_untouched(), "the new bytes"),
        (says(&format!("{UNIT} is active")) && !host.is_up(), "active"),
        (says(&format!("{UNIT} runs")) && !host.is_up(), "runs"),
        (says("is down") && host.is_up(), "down"),
        (report["backup"].is_string() == has_no_backup, "the backup"),
        (host.names().iter().any(|name| name.contains(".tmp")), "a temporary file"),
        (host.has_note() && host.is_up() && !says("could not be asked"), "a note of a unit that runs"),
        (!host.has_note() && !host.is_up() && command.was_active(), "no note of a unit that ran"),
        (ran.code != Some(0) && report["error"]["commands"].as_array().is_none_or(Vec::is_empty), "nothing to type"),
    ];
    lies.into_iter().find_map(|(is_so, lie)| is_so.then(|| format!("{lie}: {:?} {state}", ran.code)))
}

/// A question does no work.
fn is_possible(verb: &str, fault: (&str, &str)) -> bool {
    ["stop", "start"].contains(&verb) || fault.0 != "fails after its work"
}

/// Each call of a verb in turn goes wrong, until a run makes fewer of them.
fn every_call(command: Command, verb: &str, (name, shell): (&str, &str), wrong: &mut BTreeMap<String, String>) {
    for nth in 1.. {
        let host = command.host();
        let after = if verb == "start" { "active" } else { "inactive" };
        let is_nth = format!("[ \"$(grep -c \"^{verb} \" \"$dir/log\")\" = {nth} ]");
        host.on(verb, &format!("after={after}; if {is_nth}; then : >\"$dir/hit\"; {shell}; fi"));
        let ran = command.run(&host);
        let about = format!("{command:?}, {verb} {nth} {name}");
        if let Some(lie) = lie(command, &host, &ran) {
            wrong.insert(about.clone(), lie);
        }
        if !host.systemctl.has("hit") {
            assert!(ran.code == Some(0), "{about}: {ran:?}");
            return;
        }
        // The same command again, and nothing goes wrong.
        host.on(verb, "");
        let again = command.run(&host);
        let reached = again.code == Some(0) && !host.is_untouched() && host.is_up() == command.runs_afterwards();
        if !reached || host.has_note() {
            let what = format!("not reached by the same command again: up {}, {again:?}", host.is_up());
            wrong.insert(format!("{about}, then again"), what);
        }
    }
}

#[track_caller]
fn assert_right(wrong: &BTreeMap<String, String>) {
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_sample() {
    let mut wrong = BTreeMap::new();
    for (command, verb, fault) in [
        (Command::Demote, "stop", 1),
        (Command::Demote, "stop", 2),
        (Command::Demote, "start", 0),
        (Command::Promote, "start", 2),
        (Command::PromoteStopped, "is-active", 2),
        (Command::PromoteWithRollback, "start", 0),
    ] {
        every_call(command, verb, FAULTS[fault], &mut wrong);
    }
    assert_right(&wrong);
}

#[test]
#[ignore = "long: run by .ci/run"]
fn every_verb_and_every_fault() {
    let mut wrong = BTreeMap::new();
    for command in COMMANDS {
        for verb in VERBS {
            for fault in FAULTS.into_iter().filter(|fault| is_possible(verb, *fault)) {
                every_call(command, verb, fault, &mut wrong);
            }
        }
    }
    assert_right(&wrong);
}

/// Several calls go wrong, each in its way: whatever comes of it is reported as it is, and the same
/// command, typed again until nothing goes wrong any more, reaches the goal.
#[test]
#[ignore = "long: run by .ci/run"]
fn any_combination() {
    let mut wrong = BTreeMap::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    for _ in 0..300 {
        let command = COMMANDS[random(COMMANDS.len())];
        let host = command.host();
        let mut about = format!("{command:?}");
        for verb in VERBS {
            let after = if verb == "start" { "active" } else { "inactive" };
            let mut script = format!("after={after}; nth=$(grep -c \"^{verb} \" \"$dir/log\")\n");
            for _ in 0..random(3) {
                let (nth, fault) = (random(4) + 1, FAULTS[random(FAULTS.len())]);
                if is_possible(verb, fault) {
                    script += &format!("if [ $nth = {nth} ]; then {}; fi\n", fault.1);
                    about += &format!(", {verb} {nth} {}", fault.0);
                }
            }
            host.on(verb, &script);
        }
        for run in 0..3 {
            let was_active = host.is_up();
            let ran = command.run(&host);
            // The first run alone began with everything as it was.
            let lie = if run == 0 { lie(command, &host, &ran) } else { None };
            if let Some(lie) = lie {
                wrong.insert(format!("{about}, run {run}, up {was_active}"), lie);
            }
        }
        VERBS.iter().for_each(|verb| host.on(verb, ""));
        let again = command.run(&host);
        if again.code != Some(0) || host.is_untouched() || host.is_up() != command.runs_afterwards() || host.has_note()
        {
            wrong.insert(about, format!("not reached: up {}, {again:?}", host.is_up()));
        }
    }
    assert_right(&wrong);
}
