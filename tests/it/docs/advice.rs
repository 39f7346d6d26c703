//! The law of advice: every command that a message prints is one that the program takes, and every
//! option that a sentence names is an option of the command that it is about.

use std::path::PathBuf;

use clap::Parser;
use pki_role::cli::Cli;
use pki_role::convert::{Cause, Ending, Failure, FileSeen, Obstacle, Seen, UnitSeen};
use pki_role::host::roots::{NotFoundError, NotFoundErrorCode};
use pki_role::host::services::Active;
use pki_role::pki::{File, Refusal, Subsystem};
use pki_role::text::{Advice, Invocation, advice, explain, explain_failure};
use strum::IntoEnumIterator;

use crate::support::commands::{is_command, sentences_hold};
use crate::support::samples;
use crate::support::test::{Ran, Test, fixture, small};

/// Each command, as it may have been typed.
const TYPED: [&str; 24] = [
    "demote-ca -i pki-tomcat --new-master ca2.example.com:8443 --with-ipa-proxy",
    "promote-ca -i pki-tomcat --keep-settings --with-ipa-proxy --rollback",
    "demote-ca --to CS.cfg --new-master ca2.example.com:8443",
    "demote-ca -i pki-tomcat --new-master ca2.example.com:8443 --no-service",
    "redirect-ca --to CS.cfg --service pki-x.service --new-master ca2.example.com:8443",
    "promote-ca --to CS.cfg --from 'my former.cfg'",
    "promote-ca -i pki-tomcat --keep-settings --dry-run --accept swapped",
    "promote-ca --config CS.cfg --from - --service pki-x.service --rollback",
    "demote-ocsp -i pki-tomcat --root /mnt --systemctl /bin/systemctl",
    "promote-ocsp --to CS.cfg --refresh-in-sec 15000 -v",
    "restore --to CS.cfg --from backup --service pki-x.service",
    "restore -i pki-tomcat --from backup",
    "restore -i pki-tomcat --subsystem ca --from backup --no-service --allow-running",
    "redirect-publisher -i pki-tomcat --old-responder a:1 --new-responder b:2 --output json",
    "promote-ca -i pki-tomcat --keep-settings --issue-crl --agent-cert=agent.pem --cacert 'the ca.pem'",
    "issue-crl -i pki-tomcat --agent-cert agent.pem --agent-key 'agent key.pem'",
    "issue-crl --to CS.cfg --root /mnt --systemctl /bin/systemctl",
    "monitor --expect ca=master -i pki-tomcat",
    "export-ca -i pki-tomcat",
    "export-ca --to CS.cfg",
    "status",
    "status CS.cfg -i pki-tomcat",
    "check ca1.json ca2.json",
    "check --output json -",
];

fn typed(line: &str) -> Vec<String> {
    shlex::split(line).unwrap()
}

fn invocation(line: &str) -> Invocation {
    let typed = typed(line);
    let value = |option: &str| typed.iter().position(|word| word == option).map(|at| typed[at + 1].clone());
    Invocation {
        command: line.split(' ').next().unwrap().to_owned().leak(),
        config: PathBuf::from("/var/lib/pki/my CA/CS.cfg"),
        named_instance: value("-i"),
        instance: value("-i"),
        subsystem: Some(if line.contains("ocsp") { Subsystem::Ocsp } else { Subsystem::Ca }),
        root: value("--root").map(PathBuf::from),
        systemctl: value("--systemctl").map(PathBuf::from),
        named_unit: value("--service"),
        unit: Some("pki-tomcatd@pki-tomcat.service".to_owned()),
        debug_log: Some("/var/log/pki/pki-tomcat/ca/debug*".to_owned()),
        address: Some(("ca1.example.com".to_owned(), 8443)),
        typed,
    }
}

/// Whether a cause can be met by a command.
fn can_be_met(cause: &Cause, line: &str) -> bool {
    let command = line.split(' ').next().unwrap();
    let changes = !["export-ca", "issue-crl", "monitor", "status", "check"].contains(&command);
    let issues = line.contains("issue-crl");
    let of_ca = changes && !command.ends_with("-ocsp");
    let reads_from = line.contains("--from");
    match cause {
        Cause::Refusal(refusal) => match refusal {
            Refusal::NotACsCfg { file: File::From }
            | Refusal::WrongSubsystem { file: File::From, .. }
            | Refusal::UnknownSubsystem { file: File::From }
            | Refusal::OtherSubsystem { file: File::From, .. }
            | Refusal::UnwritableValue { file: File::From, .. }
            | Refusal::BranchReference { file: File::From, .. }
            | Refusal::Incomplete { file: File::From, .. }
            | Refusal::IssuingPointWithoutClass { file: File::From, .. } => reads_from,
            Refusal::NotACsCfg { .. } | Refusal::UnknownSubsystem { .. } | Refusal::OtherSubsystem { .. } => true,
            Refusal::WrongSubsystem { .. } => changes || ["export-ca", "issue-crl"].contains(&command),
            Refusal::Incomplete { .. } => changes || command == "export-ca",
            Refusal::NothingToCopy { file: File::From } => command == "promote-ca" && reads_from,
            Refusal::NothingToCopy { .. } => command == "promote-ca" && !reads_from,
            Refusal::RefreshInterval { .. } => command.ends_with("-ocsp"),
            Refusal::NotAClone { .. } => command == "redirect-ca",
            Refusal::NoSuchPublisher { .. } => command == "redirect-publisher",
            Refusal::OtherCa { .. } | Refusal::Swapped { .. } | Refusal::ReplicationBehind { .. } => {
                command == "promote-ca" && reads_from
            }
            Refusal::NoSuchIssuingPoint { .. } | Refusal::NothingWouldGenerate { .. } => command == "promote-ca",
            Refusal::NewMasterIsThisCa { .. } => line.contains("--new-master"),
            Refusal::OtherServer { .. } | Refusal::EndsMixed { .. } => command == "restore",
            Refusal::IssuingPointWithoutClass { .. } => of_ca,
            _ => changes,
        },
        Cause::Obstacle(obstacle) => match obstacle {
            Obstacle::SameFile => reads_from,
            Obstacle::WhichSubsystem { .. } => {
                command == "restore" && !line.contains("--subsystem") && line.contains("-i ")
            }
            Obstacle::NoBackupNamed { .. } => false,
            Obstacle::NotLive | Obstacle::NotRunning { .. } | Obstacle::GeneratesNothing { .. } => {
                command == "issue-crl"
            }
            Obstacle::NoAgentPort { .. } => issues,
            Obstacle::NoIpaProxy => line.contains("--with-ipa-proxy"),
            Obstacle::NoInstanceHere { .. } => line == "status",
            Obstacle::NoStatus { .. } => command == "check",
            Obstacle::WhichSystemctl | Obstacle::OtherService { .. } => line.contains("--service "),
            Obstacle::WhichUnit { .. } => changes && line.contains("-i ") && !line.contains("--service "),
            Obstacle::Running { .. } | Obstacle::ServiceUnknown { leaves: true, .. } => {
                line.contains("--no-service") && !line.contains("--allow-running")
            }
            Obstacle::ServiceUnknown { .. } => changes && !line.contains("--no-service"),
            Obstacle::RollbackWithoutAnswer { .. } => line.contains("--rollback"),
            _ => changes,
        },
        Cause::Service(_) => changes,
        Cause::NotFound(NotFoundError::LinkLeavesInstance { .. } | NotFoundError::SharedByInstances { .. }) => true,
        Cause::NotFound(_) => line.contains("-i "),
        Cause::Agent(_) => issues && !line.contains("--agent-cert"),
        Cause::Crls(_) => issues,
        Cause::IpaProxy(_) => line.contains("--with-ipa-proxy"),
        Cause::Store(_) => true,
    }
}

fn causes() -> Vec<Cause> {
    let path = || PathBuf::from("/etc/pki/x/ca/CS.cfg");
    let name = || "x".to_owned();
    let not_found = NotFoundErrorCode::iter().map(|code| match code {
        NotFoundErrorCode::InvalidInstanceName => NotFoundError::InvalidInstanceName { name: name() },
        NotFoundErrorCode::NoInstance => NotFoundError::NoInstance { instance: name(), tried: vec![path()] },
        NotFoundErrorCode::NoSubsystem => {
            NotFoundError::NoSubsystem { instance: name(), subsystem: Subsystem::Ca, tried: vec![path()] }
        }
        NotFoundErrorCode::PermissionDenied => NotFoundError::PermissionDenied { path: path() },
        NotFoundErrorCode::NotAFile => NotFoundError::NotAFile { path: path() },
        NotFoundErrorCode::LinkLeavesInstance => {
            NotFoundError::LinkLeavesInstance { given: path(), resolved: path(), instance: name() }
        }
        NotFoundErrorCode::SharedByInstances => {
            NotFoundError::SharedByInstances { path: path(), instances: vec![name()] }
        }
    });
    let mut causes: Vec<Cause> = samples::refusals().into_iter().map(Cause::from).collect();
    causes.extend(samples::obstacles().into_iter().map(Cause::from));
    causes.extend(samples::stores().into_iter().map(Cause::from));
    causes.extend(samples::services().into_iter().map(Cause::from));
    causes.extend(samples::ipa_proxies().into_iter().map(Cause::from));
    causes.extend(samples::agents().into_iter().map(Cause::from));
    causes.extend(samples::issues().into_iter().map(Cause::Crls));
    causes.extend(not_found.map(Cause::from));
    causes
}

#[test]
fn of_refusals_and_failures() {
    for line in TYPED {
        let invocation = invocation(line);
        Cli::try_parse_from(std::iter::once("pki-role".to_owned()).chain(typed(line))).unwrap();
        for cause in causes().iter().filter(|cause| can_be_met(cause, line)) {
            let Advice { what, fix, commands } = advice(cause, &invocation);
            assert!(!what.is_empty() && what != cause.code(), "{} has no sentence", cause.code());
            let said = format!("{line}: {} [{}]", what, cause.code());
            commands.iter().for_each(|command| is_command(command, &said));
            // What to type after an error of a service depends on the state it leaves.
            let depends = matches!(cause, Cause::Service(_) | Cause::Obstacle(Obstacle::CameDown { .. }));
            assert!(depends || !fix.is_empty() || !commands.is_empty(), "{said}: no advice");
            sentences_hold(&[&what, &fix], Some(invocation.command));
        }
    }
}

/// Each state in which a failure can leave things.
#[test]
fn of_the_ways_out() {
    let files = [FileSeen::AsItWas, FileSeen::Converted, FileSeen::PutBack, FileSeen::Other, FileSeen::Unreadable];
    let states = [None, Some(Active::Active), Some(Active::Failed), Some(Active::Restarting)];
    for line in
        TYPED.into_iter().filter(|line| can_be_met(&Cause::Obstacle(Obstacle::Signals { why: String::new() }), line))
    {
        let invocation = invocation(line);
        for (file, state) in files.into_iter().flat_map(|file| states.map(|state| (file, state))) {
            for (answers, backup, is_managed) in
                [(Some(false), true, true), (Some(true), false, true), (None, true, false)]
            {
                for ending in [Ending::Restored, Ending::Changed] {
                    let name = "pki-tomcatd@pki-tomcat.service".to_owned();
                    let unit = is_managed.then_some(UnitSeen {
                        name,
                        was_active: true,
                        answered_before: Some(true),
                        state,
                        answers,
                    });
                    let backup = backup.then(|| PathBuf::from("/var/lib/pki/my CA/CS.cfg.pki-role.20260131T210000Z"));
                    let cause = match is_managed {
                        true => Cause::from(samples::services().remove(3)),
                        false => Cause::from(samples::stores().remove(7)),
                    };
                    let failure = Failure {
                        ending,
                        seen: Seen { file, unit, rule: None, backup },
                        on_the_way_back: vec![samples::services().remove(1).into()],
                        ..Failure::refused(cause)
                    };
                    let explained = explain_failure(&failure, &invocation);
                    let said = format!("{line}: {} {:?}", explained.state, failure.seen);
                    explained.commands.iter().for_each(|command| is_command(command, &said));
                    assert!(!explained.state.is_empty() && !explained.commands.is_empty(), "{said}");
                    sentences_hold(&[&explained.fix], Some(invocation.command));
                }
            }
        }
    }
}

#[test]
fn of_findings() {
    for finding in samples::findings() {
        let explanation = explain(&finding, &[]);
        assert!(!explanation.what.is_empty() && explanation.what != finding.code().to_string(), "{}", finding.code());
        sentences_hold(&[&explanation.what, &explanation.why, &explanation.fix], None);
    }
}

/// What a conversion prints to be typed next, on a plain file and on a live one.
#[test]
fn of_the_next_steps() {
    let conversions = [
        ("ca", small("ca-master"), "demote-ca --new-master ca9.example.com:8443"),
        ("ca", small("ca-clone"), "promote-ca --keep-settings"),
        ("ca", small("ca-clone"), "redirect-ca --new-master ca9.example.com:8443"),
        ("ocsp", String::from_utf8(fixture("ocsp-dogtag-master")).unwrap(), "demote-ocsp"),
        ("ocsp", String::from_utf8(fixture("ocsp-dogtag-clone")).unwrap(), "promote-ocsp"),
    ];
    let mut commands = 0;
    for (subsystem, file, command) in conversions {
        let live = format!("etc/pki/x/{subsystem}/CS.cfg");
        for target in ["-i x --root .", "--to 'my CA.cfg'"] {
            let test = Test::new().file(&live, &file).file("my CA.cfg", &file);
            let words = shlex::split(&format!("{command} {target}")).unwrap();
            let output = test.command().args(words).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            let error = String::from_utf8(output.stderr).unwrap();
            for line in error.lines().filter(|line| line.starts_with("  pki-role ")) {
                commands += 1;
                is_command(line.trim_start(), command);
            }
        }
    }
    assert!(commands > 8, "{commands}");
}

/// The steps of a repair, and what answers a question.
#[test]
fn of_verdicts_and_plans() {
    let test = Test::new().file("m 1.cfg", small("ca-master")).file("c.cfg", small("ca-clone"));
    let test = test.file("x.cfg", small("ca-clone").replace("machineName=secondary", "machineName=tertiary"));
    let test = test.file("y.cfg", small("ca-master").replace("machineName=primary", "machineName=tertiary"));
    let mut commands = 0;
    for args in [
        "check 'm 1.cfg' c.cfg",
        "check 'm 1.cfg' y.cfg",
        "check c.cfg x.cfg",
        "plan c.cfg x.cfg",
        "plan 'm 1.cfg' c.cfg x.cfg --new-master secondary.example.com",
        "plan 'm 1.cfg' c.cfg x.cfg --new-master secondary.example.com --with-publishing",
        "plan 'm 1.cfg' c.cfg --dead primary.example.com --new-master secondary.example.com",
    ] {
        let ran = test.command().args(typed(args)).args(["--output", "json"]).output().unwrap();
        let report = Ran::of(&ran).json();
        let steps = report["steps"].as_array().unwrap().iter().map(|step| step["command"].as_str().unwrap());
        let questions = report["questions"].as_array().unwrap().iter();
        let answers =
            questions.flat_map(|question| question["commands"].as_array().unwrap()).map(|line| line.as_str().unwrap());
        for line in steps.chain(answers) {
            commands += 1;
            is_command(line, args);
        }
    }
    assert!(commands > 8, "{commands}");
}
