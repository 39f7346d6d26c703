//! Servers in JSON: what was saved reads back as what it was, and whatever else comes in does no harm.

use pki_role::cs_cfg::CsCfg;
use pki_role::pki::{
    Activity, Crl, Interrupted, IpaProxy, Live, LiveQuestion, Member, NoAnswer, Observation, RuleState, Server,
    Service, Subsystem, SubsystemState, Surroundings, Timestamp, Unanswered, of_server,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use crate::support::conversions::server;
use crate::support::files::fixture;
use crate::support::ugly::servers::{ca, former, ocsp};

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

/// An observation with everything that a host may add.
fn observation(server: Server) -> Observation {
    let crl = |number, next_update: Option<i64>| Crl {
        issuing_point: "MasterCRL".to_owned(),
        number,
        this_update: moment(1_000_000),
        next_update: next_update.map(moment),
        entries: 3,
        sha256: "00".repeat(32),
    };
    let member = Member {
        subsystem: Subsystem::Ocsp,
        host: "ocsp.example.com".to_owned(),
        port: 8443,
        agent_port: None,
        clone: Some(true),
    };
    Observation {
        has_agent: true,
        links: 2,
        service: Some(Service {
            unit: "pki-tomcatd@pki-tomcat.service".to_owned(),
            active: Some(Activity::Active),
            enabled: Some(false),
        }),
        interrupted: Some(Interrupted { command: "demote-ca".to_owned(), unit: "u.service".to_owned() }),
        backups: vec!["CS.cfg.pki-role.20260131T210000Z".to_owned()],
        ipa_proxy: Some(IpaProxy {
            file: "/etc/httpd/conf.d/ipa-pki-proxy.conf".to_owned(),
            rule: RuleState::InForce,
            host: Some("ca1.example.com".to_owned()),
        }),
        live: Some(Live {
            observed_at: moment(1_000_500),
            answer: SubsystemState::Running,
            version: Some("11.3.1".to_owned()),
            caches: [("MasterCRL".to_owned(), false)].into_iter().collect(),
            crls: vec![crl(Some(u64::MAX), Some(1_000_600)), crl(None, None)],
            members: vec![member],
            notes: vec![Unanswered::new(LiveQuestion::Crl, Some("MasterCRL"), NoAnswer::NoCrl)],
        }),
        ..Observation::of_file("CS.cfg".to_owned(), server)
    }
}

/// Reads an observation, and asks everything of it that can be asked.
fn exercise(text: &str) -> Option<Observation> {
    let observation: Observation = serde_json::from_str(text).ok()?;
    let server = &observation.server;
    let _ = (server.role(), server.subsystem(), of_server(server), server.settings().len());
    for seconds in [i64::from(i32::MIN), 0, 1_000_550, 253_402_300_799] {
        let _ = observation.findings(moment(seconds));
    }
    if let Some(ca) = server.ca() {
        let _ = (ca.generates(), ca.runs_task(), ca.listens(), ca.redirect(), ca.is_explicitly(true));
        let _ = ca.issuing_points.iter().map(|point| (ca.generates_at(point), point.lacks())).collect::<Vec<_>>();
    }
    let _ = server.ocsp().map(|ocsp| (ocsp.interval_read().cloned(), ocsp.store.parameter_id().to_owned()));
    Some(observation)
}

fn round_trip(server: &Server) -> Result<(), TestCaseError> {
    let text = serde_json::to_string(server).unwrap();
    let read: Server = serde_json::from_str(&text).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
    prop_assert_eq!(&read, server);
    prop_assert_eq!(serde_json::to_string(&read).unwrap(), text);
    let observation = observation(server.clone());
    let text = serde_json::to_string(&observation).unwrap();
    let read = exercise(&text);
    prop_assert!(read.is_some(), "{}", text);
    let origin = observation.origin;
    prop_assert_eq!(read.map(|read| Observation { origin, ..read }), Some(observation));
    Ok(())
}

/// A change of some JSON: the value that is `at`-th of all is replaced, removed, or put there twice.
#[derive(Clone, Debug)]
enum Mutation {
    Replace(Index, Value),
    Remove(Index),
    Rename(Index, String),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let values = vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(65536),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(""),
        json!("x"),
        json!("ca.crl.M.enableCRLCache"),
        json!("ocsp.store.a.b.refreshInSec"),
        json!("\u{0}\u{202e}\u{feff}"),
        json!("9999-12-31T23:59:59Z"),
        json!("-0001-01-01T00:00:00Z"),
        json!("2026-02-30T25:61:61+99:99"),
        json!([]),
        json!({}),
        json!([[[]]]),
        json!({"kind": "refreshed", "id": "\n"}),
        json!({"key": "ca.crl..enable", "value": "false ", "line": 0}),
        json!([{"key": "ca.certStatusUpdateInterval", "value": null, "line": null}]),
        json!([{"id": "", "has_class": true, "has_description": false}]),
    ];
    let names = ["subsystem", "parameters", "store", "live", "key", "", "\u{0}"];
    prop_oneof![
        4 => (any::<Index>(), select(values)).prop_map(|(at, value)| Mutation::Replace(at, value)),
        2 => any::<Index>().prop_map(Mutation::Remove),
        1 => (any::<Index>(), select(names.to_vec())).prop_map(|(at, name)| Mutation::Rename(at, name.to_owned())),
    ]
}

/// Every value in some JSON, by the names and places that lead there.
fn paths(value: &Value, here: &str, all: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let path = format!("{here}/{}", name.replace('~', "~0").replace('/', "~1"));
        all.push(path.clone());
        paths(value, &path, all);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(list) => list.iter().enumerate().for_each(|(at, value)| below(&at.to_string(), value)),
        _ => {}
    }
}

fn mutate(value: &mut Value, mutation: &Mutation) {
    let mut all = Vec::new();
    paths(value, "", &mut all);
    let (Mutation::Replace(at, _) | Mutation::Remove(at) | Mutation::Rename(at, _)) = mutation;
    let Some(path) = (!all.is_empty()).then(|| at.get(&all).clone()) else { return };
    let (parent, name) = path.rsplit_once('/').unwrap();
    let in_parent = |parent: &mut Map<String, Value>| parent.remove(&name.replace("~1", "/").replace("~0", "~"));
    match (mutation, value.pointer_mut(parent)) {
        (Mutation::Replace(_, new), _) => *value.pointer_mut(&path).unwrap() = new.clone(),
        (Mutation::Remove(_), Some(Value::Object(map))) => drop(in_parent(map)),
        (Mutation::Rename(_, to), Some(Value::Object(map))) => {
            let moved = in_parent(map).unwrap();
            map.insert(to.clone(), moved);
        }
        (_, Some(Value::Array(list))) => drop(list.remove(name.parse().unwrap())),
        _ => {}
    }
}

proptest! {
    #[test]
    fn a_ca_reads_back(file in prop_oneof![ca(), former()]) {
        if let Ok(server) = Server::with_uncopyable(&CsCfg::parse(&file), &Surroundings::default()) {
            round_trip(&server)?;
        }
    }

    #[test]
    fn an_ocsp_responder_reads_back(file in ocsp()) {
        if let Ok(server) = Server::with_uncopyable(&CsCfg::parse(&file), &Surroundings::default()) {
            round_trip(&server)?;
        }
    }

    /// Either it is refused, or it is an observation like any other.
    #[test]
    fn mutated_json_does_no_harm(
        name in select(&["ca-master", "ca-clone", "ocsp-master", "ocsp-dogtag-clone", "kra"][..]),
        mutations in vec(mutation(), 1..4),
    ) {
        let mut value = serde_json::to_value(observation(server(fixture(name)))).unwrap();
        mutations.iter().for_each(|mutation| mutate(&mut value, mutation));
        if let Some(read) = exercise(&value.to_string()) {
            let again = exercise(&serde_json::to_string(&read).unwrap());
            prop_assert_eq!(again, Some(read));
        }
    }

    #[test]
    fn other_text_does_no_harm(bytes in vec(any::<u8>(), 0..80), cut in any::<Index>()) {
        let _ = exercise(&String::from_utf8_lossy(&bytes));
        let whole = serde_json::to_string(&observation(server("cs.type=CA\nca.crl.M.class=C\n"))).unwrap();
        let _ = exercise(whole.get(..cut.index(whole.len())).unwrap_or_default());
    }
}

#[test]
fn fixtures_read_back() {
    for name in [
        "ca-master",
        "ca-clone",
        "ocsp-master",
        "ocsp-clone",
        "ocsp-dogtag-master",
        "ocsp-dogtag-clone",
        "kra",
        "tks",
        "ugly/half-role",
        "ugly/not-utf8",
        "ugly/smuggle",
        "ugly/colon-separators",
    ] {
        round_trip(&server(fixture(name))).unwrap();
    }
}

/// What is derived is derived again: a saved status cannot contradict itself.
#[test]
fn derived_values_are_not_believed() {
    let mut value = serde_json::to_value(server("cs.type=CA\nca.crl.M.class=C\nca.crl.M.description=D\n")).unwrap();
    assert_eq!(
        (value["role"].as_str(), value["issuing_points"][0]["generates"].as_bool()),
        (Some("master"), Some(true))
    );
    value["role"] = json!("clone");
    value["issuing_points"][0]["generates"] = json!(false);
    for parameter in value["parameters"].as_array_mut().unwrap() {
        parameter["effective"] = json!("false");
        parameter["says"] = json!("clone");
    }
    let read: Server = serde_json::from_value(value).unwrap();
    assert_eq!(read, server("cs.type=CA\nca.crl.M.class=C\nca.crl.M.description=D\n"));
}

/// Its parameters would be nobody's.
#[test]
fn a_name_with_a_dot_is_refused() {
    let mut value = serde_json::to_value(server("cs.type=CA\nca.crl.M.class=C\n")).unwrap();
    assert!(serde_json::from_value::<Server>(value.clone()).is_ok());
    value["issuing_points"][0]["id"] = json!("M.x");
    assert!(serde_json::from_value::<Server>(value).is_err());
}

/// Depth is bounded by the parser, so that no stack overflows.
#[test]
fn deep_json_is_refused() {
    for deep in ["[".repeat(200_000), "{\"live\":".repeat(200_000)] {
        assert!(exercise(&deep).is_none());
    }
}
