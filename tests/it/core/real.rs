//! The conversions on the CS.cfg files of real servers, where they are: see `support::shared`.

use pki_role::cs_cfg::CsCfg;
use pki_role::pki::{Completeness, Conversion, FindingCode, Role, Subsystem, of_server};

use crate::support::conversions::{
    codes, demote_ca, end, live, prepared, promote_ca, refused, restore, role_of, server,
};
use crate::support::files::differences;
use crate::support::guide::{self, Steps};
use crate::support::readers::{Map, java, python};
use crate::support::shared;

fn real(folder: &str) -> Vec<(String, Vec<u8>)> {
    shared::files(folder).unwrap_or_default()
}

fn all() -> Vec<(String, Vec<u8>)> {
    [real("real"), real("real-11")].concat()
}

fn of(subsystem: Subsystem) -> Vec<(String, Vec<u8>)> {
    let mut files = all();
    files.retain(|(_, file)| server(file).subsystem() == subsystem);
    files
}

/// A file in key order, as servers write it.
fn sorted(map: &Map) -> String {
    map.iter().map(|(key, value)| format!("{key}={value}\n")).collect()
}

/// Makes a conversion and checks all that is promised of it; gives the new bytes.
#[track_caller]
fn converted(before: &[u8], conversion: &Conversion<'_>, steps: &Steps, wanted: Role) -> Vec<u8> {
    let made = pki_role::pki::prepare(before, conversion, &live()).unwrap();
    let after = end(before, &made);
    guide::assert_follows(before, &after, steps);
    let mut map = java(before);
    steps(&mut map);
    if CsCfg::parse(before).is_in_key_order() {
        let wanted = sorted(&map).into_bytes();
        assert!(after == wanted, "no sorted rewrite of the wanted map\n{}", differences(&after, &wanted));
    }
    assert_eq!(role_of(&after), wanted);
    assert!(prepared(&after, conversion).unwrap().bytes.is_none(), "a second run changes something");
    let back = prepared(&after, &restore(before)).unwrap();
    assert!(end(&after, &back) == before);
    after
}

fn demoted(before: &[u8]) -> Vec<u8> {
    let steps = guide::demote_ca(before, "tertiary.example.com", "8443");
    converted(before, &demote_ca("tertiary.example.com:8443"), &steps, Role::Clone)
}

fn promoted(before: &[u8], former: &[u8]) -> Vec<u8> {
    converted(before, &promote_ca(former), &guide::promote_ca(former, "600"), Role::Master)
}

#[test]
fn every_file_is_kept_and_read_alike() {
    for (name, bytes) in all() {
        let cfg = CsCfg::parse(&bytes);
        assert_eq!(cfg.source(), bytes, "{name}");
        assert_eq!(cfg.ambiguities().count(), 0, "{name}");
        assert_eq!(Some(java(&bytes)), python(&bytes), "{name}");
        assert_eq!(server(&bytes).completeness, Completeness::Whole, "{name}");
        assert_eq!(cfg.is_in_key_order(), sorted(&java(&bytes)).into_bytes() == bytes, "{name}");
    }
}

#[test]
fn subsystems_and_roles() {
    for (name, bytes) in all() {
        let server = server(&bytes);
        let (subsystem, role) = match &name {
            name if name.starts_with("ca-clone") => (Subsystem::Ca, Role::Clone),
            name if name.starts_with("ca-master") => (Subsystem::Ca, Role::Master),
            name if name.starts_with("ocsp-clone") => (Subsystem::Ocsp, Role::Clone),
            name if name.starts_with("ocsp-master") => (Subsystem::Ocsp, Role::Master),
            name if name.starts_with("kra") => (Subsystem::Kra, Role::None),
            _ => (Subsystem::Tks, Role::None),
        };
        assert_eq!((server.subsystem(), server.role()), (subsystem, role), "{name}");
        assert!(server.host.is_some() && server.references.is_empty(), "{name}");
        let findings = codes(&of_server(&server));
        assert!(!findings.contains(&FindingCode::MixedRole), "{name}: {findings:?}");
    }
}

#[test]
fn cas_are_demoted() {
    for (_, ca) in of(Subsystem::Ca) {
        demoted(&ca);
    }
}

/// Each from each other one of its version, before and after the demotion.
#[test]
fn cas_are_promoted() {
    for folder in ["real", "real-11"] {
        let mut files = real(folder);
        files.retain(|(_, file)| server(file).subsystem() == Subsystem::Ca);
        for (target, from) in files.iter().flat_map(|target| files.iter().map(move |from| (target, from))) {
            let is_compatible = server(&target.1).topology.is_compatible(&server(&from.1).topology);
            if is_compatible && target.0 != from.0 && role_of(&target.1) == Role::Clone {
                assert_eq!(promoted(&target.1, &from.1), promoted(&target.1, &demoted(&from.1)));
            }
        }
    }
}

#[test]
fn publishing_is_named() {
    let files = real("real");
    let file = |name: &str| files.iter().find(|(other, _)| other == name).map(|(_, file)| file.clone());
    let (Some(clone), Some(master)) = (file("ca-clone"), file("ca-master-publishing")) else { return };
    let codes = codes(&prepared(&clone, &promote_ca(&master)).unwrap().findings);
    assert!(codes.contains(&FindingCode::PublishingStaysBehind), "{codes:?}");
    assert!(codes.contains(&FindingCode::FormerMasterStillMaster), "{codes:?}");
}

/// There and back again: the first master's file, with the two lines explicit that it did not have.
#[test]
fn cas_swapped_and_swapped_back() {
    let files = real("real");
    let file = |name: &str| files.iter().find(|(other, _)| other == name).map(|(_, file)| file.clone());
    let (Some(clone), Some(master)) = (file("ca-clone"), file("ca-master")) else { return };
    let (new_clone, new_master) = (demoted(&master), promoted(&clone, &master));
    let master_again = promoted(&new_clone, &demoted(&new_master));
    let mut wanted = java(&master);
    wanted.insert("ca.certStatusUpdateInterval".to_owned(), "600".to_owned());
    wanted.insert("ca.listenToCloneModifications".to_owned(), "true".to_owned());
    let switches = |key: &String| key.ends_with("enableCRLCache") || key.ends_with("enableCRLUpdates");
    let without = |map: Map| -> Map { map.into_iter().filter(|(key, _)| !switches(key)).collect() };
    assert_eq!(without(java(&master_again)), without(wanted));
}

#[test]
fn ocsp_responders_both_ways() {
    for (_, file) in of(Subsystem::Ocsp) {
        for seconds in [21600, 14400] {
            let steps = guide::refresh(&file, Some(&seconds.to_string()));
            converted(&file, &Conversion::DemoteOcsp { seconds: Some(seconds) }, &steps, Role::Clone);
        }
        let remove = Conversion::PromoteOcsp { seconds: None };
        converted(&file, &remove, &guide::refresh(&file, None), Role::Master);
        let set = Conversion::PromoteOcsp { seconds: Some(15000) };
        converted(&file, &set, &guide::refresh(&file, Some("15000")), Role::Master);
    }
}

#[test]
fn others_are_refused() {
    for subsystem in [Subsystem::Kra, Subsystem::Tks] {
        for (name, file) in of(subsystem) {
            for conversion in [demote_ca("ca2.example.com:8443"), Conversion::PromoteOcsp { seconds: None }] {
                assert_eq!(refused(&file, &conversion, &live()).to_string(), "nothing-to-convert", "{name}");
            }
        }
    }
}
