//! The conversions on the CS.cfg files of real servers, where `../shared/real` holds them; else
//! each test says that it was skipped. Those files are in key order, so that what is written must
//! equal a sorted rewrite of the wanted map, byte for byte.

use std::path::Path;

use pki_role::cs_cfg::CsCfg;
use pki_role::role::{Conversion, Refusal, Role, Subsystem, plan, role};

use crate::book::{self, Steps};
use crate::readers::{Map, java, python};
use crate::support::differences;

/// The bytes of a real file, or nothing where there are none.
fn real(name: &str) -> Option<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/real");
    if !folder.is_dir() {
        println!("SKIPPED: ../shared/real does not exist");
        return None;
    }
    Some(std::fs::read(folder.join(format!("{name}.CS.cfg"))).unwrap())
}

fn sorted(map: &Map) -> String {
    map.iter().map(|(key, value)| format!("{key}={value}\n")).collect()
}

/// Makes a conversion and checks all that is promised of it; gives the new bytes.
#[track_caller]
fn converted(before: &[u8], conversion: &Conversion<'_>, steps: &Steps, wanted: Role) -> Vec<u8> {
    let made = plan(before, conversion).unwrap();
    let after = made.bytes.as_ref().map_or(before.to_vec(), |proven| proven.bytes().to_vec());
    book::assert_follows(before, &after, steps);
    let mut map = java(before);
    steps(&mut map);
    let wanted_bytes = sorted(&map).into_bytes();
    assert!(after == wanted_bytes, "no sorted rewrite of the wanted map\n{}", differences(&after, &wanted_bytes));
    assert_eq!(role(&CsCfg::parse(&after)).unwrap().role, wanted);
    assert!(plan(&after, conversion).unwrap().bytes.is_none(), "a second run changes something");
    let back = plan(&after, &Conversion::Restore { backup: before, with_publishing: false }).unwrap();
    assert_eq!(back.bytes.map_or(after.clone(), |proven| proven.bytes().to_vec()), before);
    after
}

fn demoted(before: &[u8]) -> Vec<u8> {
    let conversion = Conversion::DemoteCa { new_master: "secondary.example.com:8443".parse().unwrap() };
    converted(before, &conversion, &book::demote_ca(before, "secondary.example.com", "8443"), Role::Clone)
}

fn promoted(before: &[u8], former: &[u8]) -> Vec<u8> {
    let conversion = Conversion::PromoteCa { former, interval: 600, with_publishing: false };
    converted(before, &conversion, &book::promote_ca(former, "600"), Role::Master)
}

#[test]
fn every_file_is_kept_and_read_alike() {
    for name in ["ca-clone", "ca-master", "ca-master-publishing", "kra", "ocsp-clone", "ocsp-master", "tks"] {
        let Some(bytes) = real(name) else { return };
        let cfg = CsCfg::parse(&bytes);
        assert_eq!(cfg.to_bytes(), bytes, "{name}");
        assert!(cfg.disputes().is_empty(), "{name}");
        assert_eq!(Some(java(&bytes)), python(&bytes), "{name}");
        assert_eq!(sorted(&java(&bytes)).into_bytes(), bytes, "{name}");
    }
}

#[test]
fn roles_are_told() {
    for (name, subsystem, wanted) in [
        ("ca-clone", Subsystem::Ca, Role::Clone),
        ("ca-master", Subsystem::Ca, Role::Master),
        ("ca-master-publishing", Subsystem::Ca, Role::Master),
        ("kra", Subsystem::Kra, Role::None),
        ("ocsp-clone", Subsystem::Ocsp, Role::Clone),
        ("ocsp-master", Subsystem::Ocsp, Role::Master),
        ("tks", Subsystem::Tks, Role::None),
    ] {
        let Some(bytes) = real(name) else { return };
        let report = role(&CsCfg::parse(&bytes)).unwrap();
        assert_eq!((report.subsystem, report.role), (subsystem, wanted), "{name}");
    }
}

#[test]
fn ca_master_demoted() {
    let Some(master) = real("ca-master") else { return };
    demoted(&master);
}

#[test]
fn ca_clone_promoted_from_the_master_before_and_after_its_demotion() {
    let (Some(clone), Some(master)) = (real("ca-clone"), real("ca-master")) else { return };
    assert_eq!(promoted(&clone, &master), promoted(&clone, &demoted(&master)));
}

#[test]
fn ca_clone_promoted_from_a_master_that_publishes() {
    let (Some(clone), Some(master)) = (real("ca-clone"), real("ca-master-publishing")) else { return };
    promoted(&clone, &master);
    let conversion = Conversion::PromoteCa { former: &master, interval: 600, with_publishing: false };
    let warnings = plan(&clone, &conversion).unwrap().warnings;
    let codes: Vec<_> = warnings.iter().map(pki_role::role::Warning::code).collect();
    assert!(codes.contains(&"publishing-stays-behind") && codes.contains(&"former-master-still-master"), "{codes:?}");
}

#[test]
fn cas_swapped_and_swapped_back() {
    let (Some(clone), Some(master)) = (real("ca-clone"), real("ca-master")) else { return };
    let (new_clone, new_master) = (demoted(&master), promoted(&clone, &master));
    let clone_again = {
        let conversion = Conversion::DemoteCa { new_master: "primary.example.com:8443".parse().unwrap() };
        let steps = book::demote_ca(&new_master, "primary.example.com", "8443");
        converted(&new_master, &conversion, &steps, Role::Clone)
    };
    let master_again = promoted(&new_clone, &clone_again);
    let mut wanted = java(&master);
    wanted.insert("ca.certStatusUpdateInterval".to_owned(), "600".to_owned());
    wanted.insert("ca.listenToCloneModifications".to_owned(), "true".to_owned());
    let switches = |key: &String| key.ends_with("enableCRLCache") || key.ends_with("enableCRLUpdates");
    let without = |map: Map| -> Map { map.into_iter().filter(|(key, _)| !switches(key)).collect() };
    assert_eq!(without(java(&master_again)), without(wanted));
}

#[test]
fn ocsp_responders_both_ways() {
    for name in ["ocsp-clone", "ocsp-master"] {
        let Some(bytes) = real(name) else { return };
        for seconds in [21600, 14400] {
            let steps = book::refresh(&bytes, Some(&seconds.to_string()));
            converted(&bytes, &Conversion::DemoteOcsp { seconds }, &steps, Role::Clone);
        }
        converted(&bytes, &Conversion::PromoteOcsp { seconds: None }, &book::refresh(&bytes, None), Role::Master);
        let steps = book::refresh(&bytes, Some("15000"));
        converted(&bytes, &Conversion::PromoteOcsp { seconds: Some(15000) }, &steps, Role::Master);
    }
}

#[test]
fn kra_and_tks_are_refused() {
    for (name, subsystem) in [("kra", Subsystem::Kra), ("tks", Subsystem::Tks)] {
        let Some(bytes) = real(name) else { return };
        let new_master = "secondary.example.com:8443".parse().unwrap();
        for conversion in [Conversion::DemoteCa { new_master }, Conversion::PromoteOcsp { seconds: None }] {
            let refusal = plan(&bytes, &conversion).unwrap_err();
            assert_eq!(refusal, Refusal::SameConfiguration { found: subsystem });
        }
    }
}
