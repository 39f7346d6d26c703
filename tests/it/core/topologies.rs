//! The judgement of servers side by side: each finding has its occasion, and nothing else is found.

use indexmap::IndexSet;
use pki_role::pki::{
    Activity, Crl, FindingCode, Live, Member, Observation, Origin, Service, Subsystem, SubsystemState, Timestamp,
    Verdict, check,
};

use crate::support::bench::small::{bench, clone_of, master, publisher, responder};
use crate::support::bench::{Seat, now};

fn judged(observations: &[Observation]) -> Verdict {
    check(observations, now(), &IndexSet::new())
}

/// The findings as `code` or `code@number of the server`, the problems marked with `!`.
fn codes(verdict: &Verdict) -> Vec<String> {
    let of = |reported: &pki_role::pki::Reported| {
        let is_problem = verdict.problems().any(|problem| problem == reported);
        let subject = reported.subject.map(|id| format!("@{id}")).unwrap_or_default();
        format!("{}{}{subject}", if is_problem { "!" } else { "" }, reported.finding.code())
    };
    verdict.findings.iter().map(of).collect()
}

#[track_caller]
fn finds(seats: impl Into<Vec<Seat>>, wanted: &[&str]) {
    let verdict = judged(&bench(seats).observations());
    assert_eq!(codes(&verdict), wanted);
    assert_eq!(verdict.is_right(), !wanted.iter().any(|code| code.starts_with('!')));
}

fn two() -> [Seat; 2] {
    [master("ca1", ""), clone_of("ca1", "ca2", "")]
}

#[test]
fn one_generates_and_the_others_redirect_to_it() {
    finds(two(), &[]);
    finds([master("ca1", "")], &[]);
    finds([clone_of("ca1", "ca2", "")], &["!no-ca-master"]);
    finds([clone_of("ca1", "ca2", ""), clone_of("ca2", "ca1", "")], &["!no-ca-master"]);
    finds([master("ca1", ""), master("ca2", "")], &["!several-ca-masters"]);
    // With two masters redirects are still judged.
    let third = |host: &str| clone_of(host, "ca3", "");
    finds([master("ca1", ""), master("ca2", ""), third("ca2")], &["!several-ca-masters"]);
    finds([master("ca1", ""), master("ca2", ""), third("ca9")], &["!several-ca-masters", "stale-redirect@2"]);
    // Updates on with the cache off still generates.
    let no_cache = "ca.crl.MasterCRL.enableCRLCache=false\n";
    finds([master("ca1", ""), master("ca2", no_cache)], &["!several-ca-masters", "!mixed-role@1"]);
}

#[test]
fn the_task_runs_where_crls_are_generated() {
    let off = "ca.certStatusUpdateInterval=0\n";
    let unread = "ca.certStatusUpdateInterval=0 \n";
    let on = "ca.certStatusUpdateInterval=600\n";
    finds([master("ca1", off)], &["!no-status-update-task@0"]);
    finds([master("ca1", unread)], &["!mixed-role@0"]);
    finds([master("ca1", ""), clone_of("ca1", "ca2", on)], &["!several-status-update-tasks@1"]);
    let absent = clone_of("ca1", "ca2", "").with("ca.certStatusUpdateInterval=0\n", "");
    finds([master("ca1", ""), absent], &["!several-status-update-tasks@1"]);
    // All points disabled is a clone, whatever its other switches say.
    let disabled = "ca.crl.MasterCRL.enable=false\n";
    finds([master("ca1", ""), clone_of("ca1", "ca2", disabled)], &[]);
}

#[test]
fn redirects() {
    let to = |host: &str, port: &str| {
        let more = format!("master.ca.agent.host={host}\nmaster.ca.agent.port={port}\n");
        [master("ca1", "proxy.securePort=443\n"), clone_of("ca1", "ca2", &more)]
    };
    for (host, port, wanted) in [
        ("ca1.example.com", "8443", None),
        ("CA1.example.com.", "8443", None),
        ("ca1.example.com", "443", None),
        ("ca1.example.com", "8080", Some("stale-redirect@1")),
        ("ca1.example.com", "-1", Some("stale-redirect@1")),
        ("ca1.example.com", "None", Some("stale-redirect@1")),
        ("ca3.example.com", "8443", Some("stale-redirect@1")),
        ("localhost", "8443", Some("stale-redirect@1")),
        ("ca1", "8443", Some("imprecise-redirect@1")),
        ("10.0.0.1", "8443", Some("imprecise-redirect@1")),
        ("ca1", "9443", Some("stale-redirect@1")),
        ("", "8443", Some("incomplete-redirect@1")),
        ("ca1.example.com", "", Some("incomplete-redirect@1")),
        ("", "", Some("no-redirect@1")),
    ] {
        let verdict = judged(&bench(to(host, port)).observations());
        assert_eq!(codes(&verdict), wanted.into_iter().collect::<Vec<_>>(), "{host} {port}");
    }
    // A port that may be stale, or none, contradicts nothing.
    for port in ["https.port=8443\n", ""] {
        let first = master("ca1", port).copied("a.cfg");
        finds([first, clone_of("ca1", "ca2", "master.ca.agent.port=9443\n")], &[]);
    }
    finds([master("ca1", "master.ca.agent.host=ca2.example.com\n")], &["left-over-redirect@0"]);
}

#[test]
fn points_and_publishing_side_by_side() {
    let point = "ca.crl.Extra.class=c\nca.crl.Extra.description=d\n";
    let clone = clone_of("ca1", "ca2", &publisher("P", "ocsp1", 8443));
    finds([master("ca1", point), clone], &["issuing-point-only-on-master@1", "publishing-only-on-clone@1"]);
}

#[test]
fn servers_of_different_topologies() {
    let sub = |host: &str| master(host, "").with("o=ca", "o=sub");
    finds([master("ca1", ""), sub("ca2")], &[]);
    // Blanks and case do not separate; an unknown name does not either.
    let spelled = clone_of("ca1", "ca2", "").with("o=ca", "O = ca");
    finds([master("ca1", ""), spelled], &[]);
    let unknown = clone_of("ca1", "ca2", "").with("internaldb.basedn=o=ca\n", "");
    finds([master("ca1", ""), unknown.clone()], &[]);
    let unsure = ["uncertain-topology@2"];
    finds([master("ca1", ""), sub("ca3"), unknown.clone()], &unsure);
    // The order of the files decides nothing: what is known comes first.
    let verdict = judged(&bench([unknown, sub("ca3"), master("ca1", "")]).observations());
    assert_eq!(codes(&verdict), ["uncertain-topology@0"]);
    assert_eq!(verdict.groups.iter().map(|group| group.servers.clone()).collect::<Vec<_>>(), [vec![0, 2], vec![1]]);
}

#[test]
fn one_server_seen_twice() {
    let copy = || clone_of("ca2", "ca1", "").copied("old.cfg");
    let is_same = ["same-server-twice@0"];
    finds([copy(), clone_of("ca2", "ca1", ""), master("ca2", "")], &is_same);
    // Saved status without a time may be older than a copy of the file.
    let contradictory = ["same-server-twice@0", "!contradictory-files@1"];
    finds([master("ca1", "").copied("old.cfg"), clone_of("ca2", "ca1", ""), master("ca2", "")], &contradictory);
    // Another port or another instance is another server.
    let other = master("ca1", "service.securePort=9443\n").copied("other.cfg");
    finds([master("ca1", ""), other], &["!several-ca-masters"]);
    let mut instance = master("ca1", "");
    instance.surroundings.instance = Some("other".to_owned());
    finds([master("ca1", ""), instance], &["!several-ca-masters"]);
    // A file that does not say its host is known by its path, on this host alone.
    let nameless = |config: &str| master("ca1", "").with("machineName=ca1.example.com\n", "").copied(config);
    finds([nameless("a.cfg"), nameless("a.cfg")], &["same-server-twice@1"]);
    finds([nameless("a.cfg"), nameless("b.cfg")], &["!several-ca-masters"]);
    let collected = || master("ca1", "").with("machineName=ca1.example.com\n", "");
    finds([collected(), collected()], &["!several-ca-masters"]);
}

#[test]
fn the_better_observation_stays() {
    let observe = |seat: Seat, origin: Origin, at: Option<&str>| {
        let mut observation = seat.observe();
        observation.origin = origin;
        observation.live = at.map(|at| live(at, Vec::new()));
        observation
    };
    let (old, new) = (Some("2026-03-01T10:00:00Z"), Some("2026-03-01T11:00:00Z"));
    let all = [
        observe(clone_of("ca2", "ca1", ""), Origin::Copy, None),
        observe(master("ca1", ""), Origin::Collected, old),
        observe(clone_of("ca2", "ca1", ""), Origin::Collected, new),
        observe(master("ca2", ""), Origin::Collected, None),
    ];
    let verdict = judged(&all);
    assert_eq!(codes(&verdict), ["same-server-twice@0", "same-server-twice@1"]);
    assert_eq!(verdict.groups[0].servers, [2, 3]);
    let here = observe(master("ca1", ""), Origin::Live, None);
    let verdict = judged(&[&all[..], &[here]].concat());
    assert_eq!(verdict.groups[0].servers, [3, 4]);
}

#[test]
fn responders_and_publishers() {
    let both = || [responder("ocsp1", None, ""), responder("ocsp2", Some(21600), "")];
    finds(both(), &[]);
    finds([responder("ocsp1", Some(14400), "")], &["!no-ocsp-master"]);
    finds([responder("ocsp1", None, ""), responder("ocsp2", None, "")], &["!several-ocsp-masters"]);
    let ldap = || responder("ocsp3", None, "").with("ocsp.storeId=defStore", "ocsp.storeId=ldapStore");
    finds([responder("ocsp1", Some(14400), ""), ldap()], &["unknown-role@1"]);
    let names = |host: &str, port: u16| master("ca1", &publisher("P", host, port));
    let with = |ca: Seat| [both().to_vec(), vec![ca]].concat();
    finds(with(names("ocsp1", 8443)), &[]);
    finds(with(names("ocsp2", 8443)), &["!publisher-names-clone@2"]);
    finds(with(names("gone", 8443)), &["!publisher-names-clone@2"]);
    finds(with(names("ocsp1", 9443)), &["!publisher-names-clone@2"]);
    // One that reaches the master may have others beside it.
    let two = [publisher("P", "ocsp1", 8443), publisher("Q", "gone", 8443)].concat();
    finds(with(master("ca1", &two)), &[]);
    // A clone publishes no CRL.
    let mut clones = with(master("ca1", &publisher("P", "ocsp1", 8443)));
    clones.push(clone_of("ca1", "ca2", &publisher("P", "ocsp2", 8443)));
    finds(clones, &["publisher-names-clone@3"]);
    // Without a responder's file nothing is known.
    finds([names("gone", 8443)], &[]);
    finds([names("ocsp1", 8443), ldap(), responder("ocsp1", Some(14400), "")], &["unknown-role@1"]);
}

fn live(observed_at: &str, crls: Vec<Crl>) -> Live {
    Live {
        observed_at: observed_at.parse().unwrap(),
        answer: SubsystemState::Running,
        version: None,
        caches: Default::default(),
        crls,
        members: Vec::new(),
        notes: Vec::new(),
    }
}

fn crl(number: u64, this_update: &str, sha256: &str) -> Crl {
    let this_update: Timestamp = this_update.parse().unwrap();
    Crl {
        issuing_point: "MasterCRL".to_owned(),
        number: Some(number),
        this_update,
        next_update: Some("2026-03-02T12:00:00Z".parse().unwrap()),
        entries: 0,
        sha256: sha256.to_owned(),
    }
}

fn seen(seat: Seat, live: Live) -> Observation {
    Observation { live: Some(live), ..seat.observe() }
}

#[test]
fn crls_side_by_side() {
    let ten = "2026-03-01T10:00:00Z";
    let eleven = "2026-03-01T11:00:00Z";
    let judge = |master_has: Crl, clone_has: Crl, asked: &str| {
        let [first, second] = two();
        codes(&judged(&[seen(first, live(eleven, vec![master_has])), seen(second, live(asked, vec![clone_has]))]))
    };
    assert!(judge(crl(7, ten, "aa"), crl(7, ten, "AA"), eleven).is_empty());
    assert_eq!(judge(crl(7, ten, "aa"), crl(7, ten, "bb"), eleven), ["!crl-conflict@0"]);
    assert!(judge(crl(7, ten, "aa"), crl(7, ten, ""), eleven).is_empty());
    assert_eq!(judge(crl(7, ten, "aa"), crl(6, ten, "bb"), eleven), ["crl-behind@1"]);
    // Asked before the master issued it, and one that is ahead.
    assert!(judge(crl(7, eleven, "aa"), crl(6, ten, "bb"), ten).is_empty());
    assert!(judge(crl(7, ten, "aa"), crl(8, ten, "bb"), eleven).is_empty());
    let expired = Crl { next_update: Some(ten.parse().unwrap()), ..crl(7, ten, "aa") };
    assert_eq!(judge(expired, crl(7, ten, "aa"), eleven), ["!crl-expired@0"]);
}

#[test]
fn members_of_the_security_domain() {
    let member = |subsystem, host: &str| Member {
        subsystem,
        host: format!("{host}.example.com"),
        port: 8443,
        agent_port: None,
        clone: None,
    };
    let knowing =
        |seat: Seat, members: Vec<Member>| seen(seat, Live { members, ..live("2026-03-01T11:00:00Z", Vec::new()) });
    let [first, second] = two();
    let both = vec![member(Subsystem::Ca, "ca1"), member(Subsystem::Ca, "ca2"), member(Subsystem::Kra, "kra")];
    let all = |members: Vec<Member>| codes(&judged(&[knowing(first.clone(), members), second.observe()]));
    assert!(all(both.clone()).is_empty());
    assert_eq!(all([both.clone(), vec![member(Subsystem::Ca, "ca3")]].concat()), ["member-missing@0"]);
    assert_eq!(all([both.clone(), vec![member(Subsystem::Ocsp, "ocsp1")]].concat()), ["member-missing@0"]);
    assert_eq!(all(vec![member(Subsystem::Ca, "ca1")]), ["member-unknown@1"]);
    // Where nobody generates, the missing one may.
    let lonely = [knowing(second, both)];
    assert_eq!(codes(&judged(&lonely)), ["!no-ca-master", "!member-missing@0"]);
}

#[test]
fn the_service_of_a_server() {
    let mut down = master("ca1", "").observe();
    let unit = "pki-tomcatd@pki-tomcat.service".to_owned();
    down.service = Some(Service { unit, active: Some(Activity::Failed), enabled: Some(false) });
    assert_eq!(codes(&judged(&[down])), ["!service-down@0", "!service-not-enabled@0"]);
}

#[test]
fn what_is_accepted_is_a_warning() {
    let servers = bench([master("ca1", ""), master("ca2", "")]).observations();
    let accept = IndexSet::from([FindingCode::SeveralCaMasters]);
    let verdict = check(&servers, now(), &accept);
    assert!(verdict.is_right());
    assert_eq!(verdict.warnings().count(), 1);
}

#[test]
fn nothing_to_check() {
    finds([Seat::copy("kra.cfg", "cs.type=KRA\nkra.x=y\n")], &["nothing-to-check"]);
    finds([], &["nothing-to-check"]);
}
