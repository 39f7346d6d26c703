//! What a plan says: its steps, in order.

use pki_role::pki::{Activity, Needs, Observation, Plan, PlanRequest, QuestionCode, Service, StepNote, plan};

use crate::support::bench::plans::{TO_CA1, TO_CA2, answers, asks, moved, planned, repair, shown, steps};
use crate::support::bench::small::{bench, clone_of, master, publisher, responder};
use crate::support::bench::{Seat, now};
use crate::support::shared;

#[test]
fn nothing_to_do() {
    steps(&repair([master("ca1", ""), clone_of("ca1", "ca2", "")]), &[]);
    steps(&moved([master("ca1", ""), clone_of("ca1", "ca2", "")], "ca1.example.com"), &[]);
}

#[test]
fn repairs() {
    let task = clone_of("ca1", "ca2", "ca.certStatusUpdateInterval=600\n");
    steps(&repair([task, master("ca1", "")]), &[&format!("ca2: demote-ca {TO_CA1}")]);
    let no_task = master("ca1", "ca.certStatusUpdateInterval=0\n");
    steps(&repair([clone_of("ca1", "ca2", ""), no_task]), &["ca1: promote-ca --keep-settings"]);
    let half = clone_of("ca1", "ca2", "ca.crl.MasterCRL.enableCRLCache=true\n");
    steps(&repair([half, master("ca1", "")]), &[&format!("ca2: demote-ca {TO_CA1}")]);
    // Warnings alone make optional steps.
    let left_over = master("ca1", "master.ca.agent.host=ca2.example.com\n");
    let stale = clone_of("ca9", "ca2", "");
    let redirect = format!("[ca2: redirect-ca {TO_CA1}]");
    steps(&repair([left_over, stale]), &["[ca1: promote-ca --keep-settings]", &redirect]);
}

#[test]
fn a_move() {
    let plan = moved([clone_of("ca1", "ca3", ""), clone_of("ca1", "ca2", ""), master("ca1", "")], "ca2.example.com");
    let wanted = [
        format!("ca1: demote-ca {TO_CA2}"),
        "ca2: status -i pki-tomcat".to_owned(),
        "ca2: promote-ca --from ca1.example.com.export".to_owned(),
        format!("[ca3: redirect-ca {TO_CA2}]"),
    ];
    steps(&plan, &wanted.each_ref().map(String::as_str));
    let export = ["pki-role", "export-ca", "-i", "pki-tomcat"].map(str::to_owned).to_vec();
    let file = "ca1.example.com.export".to_owned();
    let needs = Needs::Output { host: Some("ca1.example.com".to_owned()), argv: export, file };
    assert_eq!(plan.steps[2].needs, Some(needs));
    assert_eq!(plan.steps.last().unwrap().argv, ["pki-role", "check", "0.json", "1.json", "2.json"]);
}

/// A last CRL is asked of a master that is up.
#[test]
fn a_move_that_begins_and_ends_with_a_crl() {
    let agent = |seat: Seat| Seat { has_agent: true, ..seat };
    let mut all = bench([agent(master("ca1", "")), agent(clone_of("ca1", "ca2", ""))]).observations();
    let move_it = |observations: &[Observation]| {
        let new_master = Some("ca2.example.com".to_owned());
        shown(&plan(observations, &PlanRequest { new_master, ..PlanRequest::default() }, now()))
    };
    let steps = move_it(&all);
    assert_eq!(steps[0], "ca1: issue-crl -i pki-tomcat");
    assert_eq!(steps[3], "ca2: promote-ca --issue-crl --from ca1.example.com.export");
    let unit = "pki-tomcatd@pki-tomcat.service".to_owned();
    all[0].service = Some(Service { unit, active: Some(Activity::Failed), enabled: Some(true) });
    assert_eq!(move_it(&all)[0], format!("ca1: demote-ca {TO_CA2}"));
}

#[test]
fn a_move_of_copies() {
    let plain = |seat: Seat, config: &str| seat.copied(config);
    let seats = [
        plain(master("ca1", "service.securePort=8443\n"), "a.cfg"),
        plain(clone_of("ca1", "ca2", "service.securePort=8443\n"), "b.cfg"),
    ];
    let plan = moved(seats, "ca2.example.com");
    let wanted = [
        format!("ca1: demote-ca --to a.cfg {TO_CA2}"),
        "ca2: status b.cfg".to_owned(),
        "ca2: promote-ca --to b.cfg --from a.cfg".to_owned(),
    ];
    steps(&plan, &wanted.each_ref().map(String::as_str));
    assert_eq!(plan.steps[2].needs, Some(Needs::Path { path: "a.cfg".to_owned() }));
    assert_eq!(plan.steps[0].notes, [StepNote::OnlyACopy { is_edited: true }]);
}

#[test]
fn points_that_differ_are_named() {
    let point = |id: &str| format!("ca.crl.{id}.class=c\nca.crl.{id}.description=d\n");
    let off = |id: &str| format!("ca.crl.{id}.enableCRLCache=false\nca.crl.{id}.enableCRLUpdates=false\n");
    let here = clone_of("ca1", "ca2", &(point("Here") + &off("Here")));
    let third = clone_of("ca1", "ca3", &(point("Third") + &off("Third")));
    let plan = moved([master("ca1", ""), here, third], "ca2.example.com");
    let (removed, missing) = (vec!["Here".to_owned()], vec!["Third".to_owned()]);
    assert_eq!(
        plan.steps[2].notes,
        [StepNote::PointsRemoved { points: removed }, StepNote::PointsMissing { points: missing }]
    );
}

#[test]
fn a_disabled_point_is_enabled_by_its_promotion() {
    let disabled = clone_of("ca2", "ca1", "ca.crl.MasterCRL.enable=false\n");
    let plan = moved([disabled.clone(), clone_of("ca1", "ca2", "")], "ca1.example.com");
    steps(&plan, &["ca1: promote-ca --keep-settings --enable-issuing-point MasterCRL"]);
    let two = disabled.with(
        "description=d\n",
        "description=d\nca.crl.Two.class=c\nca.crl.Two.description=d\nca.crl.Two.enable=false\n",
    );
    asks(&moved([two, clone_of("ca1", "ca2", "")], "ca1.example.com"), &[QuestionCode::ByHand]);
}

#[test]
fn publishing_is_decided_by_the_administrator() {
    let seats = || [master("ca1", &publisher("P", "ocsp1", 8443)), clone_of("ca1", "ca2", "")];
    let request = |with_publishing| {
        let new_master = Some("ca2.example.com".to_owned());
        planned(&bench(seats()), PlanRequest { new_master, with_publishing, ..PlanRequest::default() })
    };
    let plan = request(None);
    asks(&plan, &[QuestionCode::WithPublishing]);
    let answer = |option: &str| format!("plan --new-master ca2.example.com {option}");
    assert_eq!(answers(&plan), [answer("--with-publishing"), answer("--without-publishing")]);
    let promotion = |plan: &Plan| shown(plan)[2].clone();
    let promote = "ca2: promote-ca --from ca1.example.com.export";
    assert_eq!(promotion(&request(Some(true))), format!("{promote} --with-publishing"));
    assert_eq!(promotion(&request(Some(false))), promote);
    // A master that publishes nothing has nothing to copy; what is replaced is named.
    let moved = |first: Seat, second: Seat| {
        let (new_master, with_publishing) = (Some("ca2.example.com".to_owned()), Some(true));
        planned(&bench([first, second]), PlanRequest { new_master, with_publishing, ..PlanRequest::default() })
    };
    let other = || clone_of("ca1", "ca2", &publisher("Q", "ocsp1", 8443));
    assert_eq!(promotion(&moved(master("ca1", ""), other())), promote);
    let plan = moved(master("ca1", &publisher("P", "ocsp1", 8443)), other());
    assert_eq!(plan.steps[2].notes, [StepNote::PublishersReplaced { publishers: vec!["Q".to_owned()] }]);
    // Where nothing is copied, publishing is not either.
    let with_publishing = Some(true);
    let none = [clone_of("ca2", "ca1", &publisher("P", "ocsp1", 8443)), clone_of("ca1", "ca2", "")];
    let new_master = Some("ca2.example.com".to_owned());
    let plan = planned(&bench(none), PlanRequest { new_master, with_publishing, ..PlanRequest::default() });
    asks(&plan, &[QuestionCode::NothingToPublishFrom]);
}

/// Where nothing is copied nobody is asked: of two masters, and of a dead one of which there is only a
/// saved status.
#[test]
fn publishing_that_stays_behind_is_named() {
    let noted = |seats: [Seat; 2], dead: &[&str], with_publishing| {
        let new_master = Some("ca2.example.com".to_owned());
        let dead = dead.iter().map(ToString::to_string).collect();
        let request = PlanRequest { new_master, dead, with_publishing, ..PlanRequest::default() };
        let plan = planned(&bench(seats), request);
        assert!(plan.questions.is_empty(), "{plan:?}");
        let note = StepNote::PublishingStaysBehind {
            host: Some("ca1.example.com".to_owned()),
            publishers: vec!["P".to_owned()],
        };
        let has_it = |text: &String| plan.steps.iter().any(|step| &step.argv[1] == text && step.notes.contains(&note));
        ["demote-ca", "promote-ca"].map(str::to_owned).into_iter().filter(has_it).collect::<Vec<_>>()
    };
    let first = || master("ca1", &publisher("P", "ocsp1", 8443));
    assert_eq!(noted([first(), master("ca2", "")], &[], None), ["demote-ca"]);
    assert_eq!(noted([first(), master("ca2", "")], &[], Some(true)), ["demote-ca"]);
    assert_eq!(noted([first(), master("ca2", "")], &[], Some(false)), [""; 0]);
    assert_eq!(noted([first(), master("ca2", &publisher("P", "ocsp1", 8443))], &[], None), [""; 0]);
    assert_eq!(noted([first(), clone_of("ca1", "ca2", "")], &["ca1.example.com"], None), ["promote-ca"]);
    assert_eq!(noted([first(), master("ca2", "")], &["ca1.example.com"], None), ["demote-ca"]);
}

#[test]
fn responders_move_with_their_publishers() {
    let seats = || {
        let publisher = publisher("P", "ocsp1", 8443);
        [
            master("ca1", &publisher),
            clone_of("ca1", "ca2", &publisher),
            responder("ocsp1", None, ""),
            responder("ocsp2", Some(21600), ""),
        ]
    };
    let request = |new_master: &str| {
        let new_master = Some(new_master.to_owned());
        planned(&bench(seats()), PlanRequest { new_master, ocsp: true, ..PlanRequest::default() })
    };
    let follow = "redirect-publisher --old-responder ocsp1.example.com:8443 --new-responder ocsp2.example.com:8443";
    steps(
        &request("ocsp2.example.com"),
        &[
            "ocsp1: demote-ocsp -i pki-tomcat",
            "ocsp2: promote-ocsp -i pki-tomcat",
            &format!("ca1: {follow}"),
            &format!("[ca2: {follow}]"),
        ],
    );
    // With an agent at hand the responder does not wait hours for its first CRL.
    let agent = seats().map(|seat| Seat { has_agent: true, ..seat });
    let new_master = Some("ocsp2.example.com".to_owned());
    let plan = planned(&bench(agent), PlanRequest { new_master, ocsp: true, ..PlanRequest::default() });
    assert_eq!(shown(&plan)[2..4], [format!("ca1: {follow}"), "ca1: issue-crl -i pki-tomcat".to_owned()]);
    steps(&request("ocsp1.example.com"), &[]);
    asks(&request("ca1.example.com"), &[QuestionCode::UnknownNewMaster]);
    let ldap = responder("ocsp3", None, "").with("storeId=defStore", "storeId=ldapStore");
    let new_master = Some("ocsp3.example.com".to_owned());
    let plan = planned(&bench([ldap]), PlanRequest { new_master, ocsp: true, ..PlanRequest::default() });
    asks(&plan, &[QuestionCode::NoRefreshInterval]);
    // A publisher that names a responder without a file.
    let gone = [master("ca1", &publisher("P", "gone", 8443)), responder("ocsp1", None, "")];
    let plan = repair(gone.clone());
    asks(&plan, &[QuestionCode::MissingResponder]);
    assert_eq!(answers(&plan)[1], "plan --dead gone.example.com");
    // A move does not make a master of a CA whose own publisher names a responder without a file; one that
    // is wrong today does not stop it.
    let future =
        [master("ca2", ""), clone_of("ca2", "ca1", &publisher("P", "gone", 8443)), responder("ocsp1", None, "")];
    asks(&moved(future.clone(), "ca1.example.com"), &[QuestionCode::MissingResponder]);
    let [first, second, ocsp] = future;
    let (new_master, dead) = (Some("ca1.example.com".to_owned()), vec!["gone.example.com".to_owned()]);
    let plan = planned(&bench([first, second, ocsp]), PlanRequest { new_master, dead, ..PlanRequest::default() });
    assert_eq!(shown(&plan)[3], FOLLOW_GONE);
    let both = [&gone[..], &[clone_of("ca1", "ca2", "")]].concat();
    let (new_master, with_publishing) = (Some("ca2.example.com".to_owned()), Some(false));
    let plan = planned(&bench(both), PlanRequest { new_master, with_publishing, ..PlanRequest::default() });
    assert!(plan.questions.is_empty(), "{:?}", plan.questions);
    // A host whose CA lives is not dead.
    let plan = repair([master("ca1", &publisher("P", "ca1", 10443)), responder("ocsp1", None, "")]);
    asks(&plan, &[QuestionCode::MissingResponder]);
    let [_, redirect] = &answers(&plan)[..] else { panic!("{plan:?}") };
    let to = "--old-responder ca1.example.com:10443 --new-responder ocsp1.example.com:8443";
    assert!(redirect.starts_with("redirect-publisher ") && redirect.ends_with(to), "{redirect}");
    let dead = vec!["gone.example.com".to_owned()];
    let plan = planned(&bench(gone), PlanRequest { dead, ..PlanRequest::default() });
    steps(&plan, &[FOLLOW_GONE, "later gone: demote-ocsp -i pki-tomcat"]);
}

const FOLLOW_GONE: &str =
    "ca1: redirect-publisher --old-responder gone.example.com:8443 --new-responder ocsp1.example.com:8443";

/// Where the real cases are at hand: what is to be typed for each.
#[test]
fn cases_from_the_field() {
    let of = |names: &[&str]| -> Option<Plan> {
        let seats = names.iter().map(|name| {
            let text = String::from_utf8(shared::file("cases", name)?).unwrap();
            Some(Seat::copy(&format!("{name}.cfg"), &text))
        });
        Some(repair(seats.collect::<Option<Vec<Seat>>>()?))
    };
    let Some(exmaster) = of(&["mini-exmaster", "mini-master"]) else { return };
    let demote = "primary: demote-ca --to mini-exmaster.cfg --new-master secondary.example.com:8443";
    steps(&exmaster, &[demote]);
    let no_task = of(&["no-task-1-clone", "no-task-2-generator-interval0"]).unwrap();
    steps(&no_task, &["secondary: promote-ca -i pki-clone --keep-settings"]);
    steps(&of(&["root-ca-master", "sub-ca-master"]).unwrap(), &[]);
    steps(&of(&["freeipa-fresh-master", "freeipa-fresh-clone-port443"]).unwrap(), &[]);
    let crlgen = of(&["freeipa-after-crlgen-disable", "freeipa-after-crlgen-enable"]).unwrap();
    let redirect = "[primary: redirect-ca -i pki-master --new-master secondary.example.com:9443]";
    steps(&crlgen, &["[secondary: promote-ca -i pki-clone --keep-settings]", redirect]);
    steps(&of(&["ocsp-ldapstore-1", "ocsp-ldapstore-2"]).unwrap(), &[]);
    asks(&of(&["clone-point-disabled"]).unwrap(), &[QuestionCode::MissingMaster]);
    asks(&of(&["point-enable-typo"]).unwrap(), &[QuestionCode::ByHand, QuestionCode::MissingMaster]);
    asks(&of(&["truncated-live"]).unwrap(), &[QuestionCode::ByHand]);
}
