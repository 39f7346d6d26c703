//! What a plan asks, and the commands that answer it.

use pki_role::pki::{
    Fault, FindingCode, Live, Member, Needs, Observation, PlanRequest, QuestionCode, StepNote, Subsystem,
    SubsystemState, check, plan,
};

use crate::support::bench::plans::{TO_CA1, TO_CA2, answers, asks, moved, planned, repair, shown, steps};
use crate::support::bench::small::{bench, clone_of, master};
use crate::support::bench::{Seat, now};

#[test]
fn who_is_to_be_the_master() {
    let two = [master("ca1", ""), master("ca2", "")];
    let plan = repair(two.clone());
    asks(&plan, &[QuestionCode::WhichMaster]);
    assert_eq!(answers(&plan), ["plan --new-master ca1.example.com", "plan --new-master ca2.example.com"]);
    steps(&moved(two.clone(), "ca2.example.com"), &[&format!("ca1: demote-ca {TO_CA2}")]);
    // A third one takes over from both, with its own settings.
    let third = clone_of("ca1", "ca3", "");
    let plan = moved([two.to_vec(), vec![third]].concat(), "ca3.example.com");
    let to_ca3 = "--new-master ca3.example.com:8443";
    let (one, other) = (format!("ca1: demote-ca {to_ca3}"), format!("ca2: demote-ca {to_ca3}"));
    steps(&plan, &[&one, &other, "ca3: status -i pki-tomcat", "ca3: promote-ca --keep-settings"]);
    // Nobody: each may be.
    let none = [clone_of("ca1", "ca2", ""), clone_of("ca2", "ca1", "")];
    asks(&repair(none.clone()), &[QuestionCode::WhichMaster]);
    steps(&moved(none, "ca1.example.com"), &["ca1: promote-ca --keep-settings"]);
}

#[test]
fn a_master_of_which_no_file_was_given() {
    let plan = repair([clone_of("ca1", "ca2", "")]);
    asks(&plan, &[QuestionCode::MissingMaster]);
    assert_eq!(answers(&plan), ["status --output json", "plan --dead ca1.example.com"]);
    // Not even where a new master is named: the missing one may be generating.
    asks(&moved([clone_of("ca1", "ca2", "")], "ca2.example.com"), &[QuestionCode::MissingMaster]);
    let dead = |new_master: Option<&str>| {
        let dead = vec!["ca1.example.com".to_owned()];
        let new_master = new_master.map(str::to_owned);
        planned(&bench([clone_of("ca1", "ca2", "")]), PlanRequest { dead, new_master, ..PlanRequest::default() })
    };
    asks(&dead(None), &[QuestionCode::WhichMaster]);
    let plan = dead(Some("ca2.example.com"));
    steps(&plan, &["ca2: promote-ca --keep-settings", &format!("later ca1: demote-ca {TO_CA2}")]);
    assert_eq!(plan.steps[1].notes, [StepNote::InstanceAssumed]);
}

#[test]
fn a_dead_master() {
    let request = |seats: Vec<Seat>, dead: &str| {
        let (dead, new_master) = (vec![dead.to_owned()], Some("ca2.example.com".to_owned()));
        planned(&bench(seats), PlanRequest { dead, new_master, ..PlanRequest::default() })
    };
    let later = format!("later ca1: demote-ca {TO_CA2}");
    // Saved status has no settings; a copy of the file has.
    let status = vec![master("ca1", ""), clone_of("ca1", "ca2", "")];
    steps(&request(status, "ca1.example.com"), &["ca2: promote-ca --keep-settings", &later]);
    let backup = || vec![master("ca1", "instanceId=pki-tomcat\n").copied("backup.cfg"), clone_of("ca1", "ca2", "")];
    let plan = request(backup(), "ca1");
    steps(&plan, &["ca2: promote-ca --from backup.cfg", &later]);
    assert_eq!(plan.steps[0].needs, Some(Needs::Path { path: "backup.cfg".to_owned() }));
    // Where the backup does not say its instance, it is not the backup that is to be changed.
    let nameless = vec![master("ca1", "").copied("ca1/CS.cfg.bak"), clone_of("ca1", "ca2", "")];
    let plan = request(nameless, "ca1");
    steps(&plan, &["ca2: promote-ca --from ca1/CS.cfg.bak", &later]);
    assert_eq!(plan.steps[1].notes, [StepNote::InstanceAssumed]);
    // What its command will refuse is said beforehand, and keeps nobody waiting.
    let typo = vec![master("ca1", "ca.crl.MasterCRL.enable=true \n"), clone_of("ca1", "ca2", "")];
    let plan = request(typo, "ca1");
    steps(&plan, &["ca2: promote-ca --keep-settings", &later]);
    assert!(matches!(plan.steps[1].notes[..], [StepNote::ByHandFirst { fault: Fault::Unreadable { .. } }]), "{plan:?}");
    asks(&request(backup(), "ca2.example.com"), &[QuestionCode::NewMasterIsDead]);
    let plan = request(backup(), "elsewhere.example.com");
    asks(&plan, &[QuestionCode::UnknownDeadHost]);
    // A backup that is not whole is no source.
    let truncated = master("ca1", "auths.x=y\n").copied("backup.cfg");
    asks(&request(vec![truncated, clone_of("ca1", "ca2", "")], "ca1"), &[QuestionCode::ByHand]);
}

#[test]
fn names_of_the_new_master() {
    let mut second = master("ca1", "").with("=600", "=0").with("=true", "=false");
    second.surroundings.instance = Some("other".to_owned());
    second.surroundings.secure_port = Some(9443);
    let seats = || [master("ca1", ""), second.clone(), clone_of("ca1", "ca2", "")];
    for (name, wanted) in [
        ("ca1.example.com", Err(QuestionCode::AmbiguousNewMaster)),
        ("ca1.example.com:8443", Ok("")),
        ("other@ca1.example.com", Ok("--new-master ca1.example.com:9443")),
        ("ca2", Ok(TO_CA2)),
        ("CA2.example.com", Ok(TO_CA2)),
        ("ca7.example.com", Err(QuestionCode::UnknownNewMaster)),
        ("none@ca1.example.com", Err(QuestionCode::UnknownNewMaster)),
        ("ca2.example.com:1", Err(QuestionCode::UnknownNewMaster)),
        ("", Err(QuestionCode::UnknownNewMaster)),
    ] {
        let plan = moved(seats(), name);
        match wanted {
            Ok("") => steps(&plan, &[&format!("[ca1: redirect-ca -i other {TO_CA1}]")]),
            Ok(address) => assert_eq!(shown(&plan)[0], format!("ca1: demote-ca {address}"), "{name}"),
            Err(code) => asks(&plan, &[code]),
        }
    }
    let plan = moved(seats(), "ca1.example.com");
    assert_eq!(answers(&plan)[0], "plan --new-master pki-tomcat@ca1.example.com --without-publishing");
}

#[test]
fn addresses_that_are_not_known() {
    let unknown = |more: &str| [master("ca1", "").copied("a.cfg"), clone_of("ca1", "ca2", more).copied("b.cfg")];
    let plan = moved(unknown(""), "ca2.example.com");
    asks(&plan, &[QuestionCode::UnknownAddress]);
    assert_eq!(answers(&plan)[1], "plan --new-master ca2.example.com:8443 --without-publishing");
    let given = moved(unknown(""), "ca2.example.com:9443");
    assert_eq!(shown(&given)[0], "ca1: demote-ca --to a.cfg --new-master ca2.example.com:9443");
    let stale = moved(unknown("https.port=8443\n"), "ca2.example.com");
    assert!(stale.steps[0].notes.contains(&StepNote::PortMayBeStale { port: 8443 }));
    let same = [master("ca1", "instanceId=a\n"), clone_of("ca1", "ca1", "instanceId=b\n")];
    let same = same.map(|seat| seat.copied("x.cfg"));
    asks(&moved(same, "b@ca1.example.com"), &[QuestionCode::UnknownAddress]);
    let local = [master("ca1", ""), clone_of("ca1", "ca2", "").with("ca2.example.com", "localhost")];
    asks(&moved(local, "localhost"), &[QuestionCode::UnknownAddress]);
}

#[test]
fn what_is_corrected_by_hand() {
    let broken = |more: &str| repair([master("ca1", ""), clone_of("ca1", "ca2", more)]);
    for more in [
        "ca.crl.MasterCRL.enable=true \n",
        "auths.x=y\n",
        "no delimiter\n",
        "auths.x=y\nusrgrp.x=y\nca.crl.New.enable=false\n",
    ] {
        let plan = broken(more);
        asks(&plan, &vec![QuestionCode::ByHand; plan.questions.len()]);
        assert_eq!(plan.questions[0].subject, Some(1), "{more}");
    }
    // What only keeps a command from being carried out is asked about where a command is needed.
    let stale = "master.ca.agent.port=1\nca.crl=x\n";
    steps(&broken(stale), &[]);
    let task = format!("{stale}ca.certStatusUpdateInterval=600\n");
    asks(&broken(&task), &[QuestionCode::ByHand]);
}

#[test]
fn an_uncertain_topology_is_asked_about() {
    let sub = master("ca3", "").with("o=ca", "o=sub");
    let unknown = clone_of("ca1", "ca2", "").with("internaldb.basedn=o=ca\n", "");
    asks(&repair([master("ca1", ""), sub, unknown]), &[QuestionCode::WhichTopology]);
}

#[test]
fn servers_at_one_address() {
    let mut second = clone_of("ca1", "ca1", "ca.certStatusUpdateInterval=600\n");
    second.surroundings.instance = Some("other".to_owned());
    asks(&repair([master("ca1", ""), second]), &[QuestionCode::SameAddress]);
}

#[test]
fn a_new_master_without_issuing_points() {
    let none = clone_of("ca2", "ca1", "");
    let lines = none.text.lines().filter(|line| !line.starts_with("ca.crl."));
    let none = Seat { text: lines.map(|line| format!("{line}\n")).collect(), ..none.clone() };
    asks(&moved([none.clone(), clone_of("ca1", "ca2", "")], "ca1.example.com"), &[QuestionCode::NoIssuingPoints]);
    // Where another CA generates, its points are copied.
    let plan = moved([none, master("ca2", "")], "ca1.example.com");
    assert_eq!(shown(&plan)[2], "ca1: promote-ca --from ca2.example.com.export");
}

/// Which of two files of one server is the newer one is not guessed.
#[test]
fn files_that_contradict_each_other() {
    let (later, then) = (clone_of("ca2", "ca1", "").copied("now.cfg"), master("ca1", "").copied("then.cfg"));
    let other = clone_of("ca1", "ca2", "");
    for seats in [[later.clone(), then.clone(), other.clone()], [then, later, other]] {
        let verdict = check(&bench(seats.clone()).observations(), now(), &Default::default());
        let codes: Vec<FindingCode> = verdict.problems().map(|reported| reported.finding.code()).collect();
        assert!(codes.contains(&FindingCode::ContradictoryFiles), "{codes:?}");
        let plan = repair(seats);
        assert!(plan.steps.is_empty());
        assert!(plan.questions.iter().any(|each| each.matter.code() == QuestionCode::ContradictoryFiles), "{plan:?}");
    }
}

#[test]
fn a_server_that_runs_with_another_role() {
    let observe = |clone_runs: bool, master_runs: bool| {
        let seats = [master("ca1", ""), clone_of("ca1", "ca2", ""), clone_of("ca1", "ca3", "")];
        let mut all = bench(seats).observations();
        for (nth, cache) in [(0, master_runs), (1, clone_runs)] {
            all[nth].live = Some(running(cache));
        }
        all
    };
    let to = |new_master: Option<&str>, observations: &[Observation]| {
        let new_master = new_master.map(str::to_owned);
        plan(observations, &PlanRequest { new_master, ..PlanRequest::default() }, now())
    };
    steps(&to(None, &observe(false, true)), &[]);
    asks(&to(None, &observe(true, true)), &[QuestionCode::ByHand]);
    // A promotion restarts the master.
    assert_eq!(shown(&to(None, &observe(false, false))), ["ca1: promote-ca --keep-settings"]);
    // Two files of masters, one of which does not run as one: the other is demoted before it is restarted.
    let mut two = bench([master("ca1", ""), master("ca2", "")]).observations();
    (two[0].live, two[1].live) = (Some(running(true)), Some(running(false)));
    let typed = shown(&to(Some("ca2.example.com"), &two));
    assert!(typed[0].starts_with("ca1: demote-ca") && typed[1] == "ca2: promote-ca --keep-settings", "{typed:?}");
    // A clone that generates is in the way of a third one; a master that does not is demoted all the same.
    asks(&to(Some("ca3.example.com"), &observe(true, true)), &[QuestionCode::ByHand]);
    assert!(to(Some("ca3.example.com"), &observe(false, false)).questions.is_empty());
    assert!(to(Some("ca2.example.com"), &observe(true, true)).questions.is_empty());
}

#[test]
fn a_dead_host_that_the_security_domain_alone_names() {
    let mut all = bench([clone_of("ca2", "ca1", ""), clone_of("ca1", "ca2", "")]).observations();
    let host = "root.example.com".to_owned();
    let members = vec![Member { subsystem: Subsystem::Ca, host, port: 8443, agent_port: None, clone: None }];
    all[0].live = Some(Live { members, ..running(false) });
    let request = |dead: Vec<String>| {
        let new_master = Some("ca1.example.com".to_owned());
        plan(&all, &PlanRequest { new_master, dead, ..PlanRequest::default() }, now())
    };
    asks(&request(Vec::new()), &[QuestionCode::MissingMaster]);
    // It may be another CA: nothing is to be typed on it.
    let plan = request(vec!["root.example.com".to_owned()]);
    assert_eq!(shown(&plan), ["ca1: promote-ca --keep-settings"]);
}

fn running(cache: bool) -> Live {
    Live {
        observed_at: now(),
        answer: SubsystemState::Running,
        version: None,
        caches: [("MasterCRL".to_owned(), cache)].into_iter().collect(),
        crls: Vec::new(),
        members: Vec::new(),
        notes: Vec::new(),
    }
}
