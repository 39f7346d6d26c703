//! The conversions on the CS.cfg files of real servers, where they are at hand. Those files are in key
//! order, so that what is written must equal a sorted rewrite of the wanted map, byte for byte.

use serde_json::json;

use crate::support::guide::{self, Steps};
use crate::support::readers::{Map, java, python};
use crate::support::shared;
use crate::support::test::{Test, codes, differences};

const FOLDERS: [&str; 2] = ["real", "real-11"];
const NEW_MASTER: &str = "tertiary.example.com";

fn sorted(map: &Map) -> Vec<u8> {
    map.iter().map(|(key, value)| format!("{key}={value}\n")).collect::<String>().into_bytes()
}

/// Makes a conversion and checks all that is promised of it; gives the new bytes.
#[track_caller]
fn converted(before: &[u8], args: &str, from: &[u8], steps: &Steps, wanted: &str) -> Vec<u8> {
    let test = Test::new().file("CS.cfg", before).file("from.cfg", from);
    let args = format!("{args} --to CS.cfg");
    let done = test.json(&args, 0);
    assert_eq!(done["role_after"], wanted, "{args}");
    let after = test.read("CS.cfg");
    guide::assert_follows(before, &after, steps);
    let mut map = java(before);
    steps(&mut map);
    let wanted = sorted(&map);
    assert!(after == wanted, "{args}: no sorted rewrite of the wanted map\n{}", differences(&after, &wanted));
    let again = test.state();
    assert_eq!(test.json(&args, 0)["changed"], false, "{args}");
    assert_eq!(test.state(), again, "{args}");
    if let Some(backup) = done["backup"].as_str() {
        test.json(&format!("restore --to CS.cfg --no-backup --from {backup}"), 0);
        test.assert_holds("CS.cfg", before, &args);
    }
    after
}

fn demoted(before: &[u8]) -> Vec<u8> {
    let steps = guide::demote_ca(before, NEW_MASTER, "8443");
    converted(before, &format!("demote-ca --new-master {NEW_MASTER}:8443"), b"", &steps, "clone")
}

fn promoted(before: &[u8], former: &[u8]) -> Vec<u8> {
    converted(before, "promote-ca --from from.cfg", former, &guide::promote_ca(former, "600"), "master")
}

#[test]
fn every_file_is_read_alike_and_has_its_role() {
    for folder in FOLDERS {
        for (name, bytes) in shared::files(folder).into_iter().flatten() {
            assert_eq!(Some(java(&bytes)), python(&bytes), "{name}");
            assert!(sorted(&java(&bytes)) == bytes, "{name}");
            let status = Test::new().file("CS.cfg", &bytes).json("status CS.cfg", 0)["files"][0].take();
            let (subsystem, role) = name.split_once('-').unwrap_or((&name[..3], "none"));
            let role = if subsystem.starts_with("kra") { "none" } else { role.split(['.', '-']).next().unwrap() };
            let subsystem = subsystem[..subsystem.len().min(4)].trim_end_matches('.').to_uppercase();
            assert_eq!((&status["subsystem"], &status["role"]), (&json!(subsystem), &json!(role)), "{name}");
            assert_eq!((&status["completeness"], &status["ambiguities"]), (&json!("whole"), &json!([])), "{name}");
            let normal = ["master-not-listening"];
            let odd: Vec<_> =
                codes(&status["warnings"]).into_iter().filter(|code| !normal.contains(&&**code)).collect();
            assert_eq!(odd, [""; 0], "{name}");
        }
    }
}

/// Each CA's file in both directions; every pair is the core's test.
#[test]
fn cas() {
    for folder in FOLDERS {
        let Some(files) = shared::files(folder) else { continue };
        let of = |role: &str| -> Vec<_> { files.iter().filter(|(name, _)| name.starts_with(role)).collect() };
        let demoted: Vec<Vec<u8>> = of("ca-master").into_iter().map(|(_, master)| demoted(master)).collect();
        for (nth, (name, clone)) in of("ca-clone").into_iter().enumerate() {
            // Before and after the demotion of the master.
            assert_eq!(promoted(clone, &of("ca-master")[nth].1), promoted(clone, &demoted[nth]), "{name}");
            converted(clone, "promote-ca --keep-settings", b"", &guide::promote_ca(clone, "600"), "master");
        }
    }
}

#[test]
fn cas_swapped_and_swapped_back() {
    for (folder, clone, master) in
        [("real", "ca-clone", "ca-master"), ("real-11", "ca-clone.11.10-fresh", "ca-master.11.10-fresh")]
    {
        let (Some(clone), Some(master)) = (shared::file(folder, clone), shared::file(folder, master)) else { continue };
        let (new_clone, new_master) = (demoted(&master), promoted(&clone, &master));
        let clone_again = demoted(&new_master);
        let master_again = promoted(&new_clone, &clone_again);
        let mut wanted = java(&master);
        wanted.insert("ca.certStatusUpdateInterval".to_owned(), "600".to_owned());
        wanted.insert("ca.listenToCloneModifications".to_owned(), "true".to_owned());
        let is_switch = |key: &String| key.ends_with("enableCRLCache") || key.ends_with("enableCRLUpdates");
        let without = |map: Map| -> Map { map.into_iter().filter(|(key, _)| !is_switch(key)).collect() };
        assert_eq!(without(java(&master_again)), without(wanted));
    }
}

#[test]
fn a_master_that_publishes() {
    let (Some(clone), Some(master)) = (shared::file("real", "ca-clone"), shared::file("real", "ca-master-publishing"))
    else {
        return;
    };
    let test = || Test::new().file("CS.cfg", &clone).file("from.cfg", &master);
    let args = "promote-ca --from from.cfg --to CS.cfg";
    let found = codes(&test().json(args, 0)["warnings"]);
    for code in ["publishing-stays-behind", "former-master-still-master"] {
        assert!(found.contains(&code.to_owned()), "{found:?}");
    }
    let with = test();
    let done = with.json(&format!("{args} --with-publishing"), 0);
    assert!(!codes(&done["warnings"]).contains(&"publishing-stays-behind".to_owned()));
    let publishing =
        |bytes: &[u8]| -> Map { java(bytes).into_iter().filter(|(key, _)| key.starts_with("ca.publish.")).collect() };
    assert_eq!(publishing(&with.read("CS.cfg")), publishing(&master));
    // An export of it does as well.
    let export = with.ran("export-ca --to from.cfg").out;
    let from_export = test().file("from.cfg", export);
    from_export.json(&format!("{args} --with-publishing"), 0);
    assert_eq!(with.read("CS.cfg"), from_export.read("CS.cfg"));
}

#[test]
fn ocsp_responders() {
    for folder in FOLDERS {
        for (name, bytes) in shared::files(folder).into_iter().flatten().filter(|(name, _)| name.starts_with("ocsp")) {
            let interval = guide::is_installers_clone(&bytes);
            for seconds in ["21600", "14400"] {
                let steps = guide::refresh(&bytes, Some(seconds));
                converted(&bytes, &format!("demote-ocsp --refresh-in-sec {seconds}"), b"", &steps, "clone");
            }
            converted(&bytes, "promote-ocsp", b"", &guide::refresh(&bytes, None), "master");
            let steps = guide::refresh(&bytes, Some("15000"));
            converted(&bytes, "promote-ocsp --refresh-in-sec 15000", b"", &steps, "master");
            // Without an interval the guide's; the installer's own marks a clone as well, and stays.
            let seconds = if interval { "14400" } else { "21600" };
            converted(&bytes, "demote-ocsp", b"", &guide::refresh(&bytes, Some(seconds)), "clone");
            assert_eq!(interval, name.contains("clone"), "{name}");
        }
    }
}

#[test]
fn others_have_nothing_to_convert() {
    for folder in FOLDERS {
        let files = shared::files(folder).into_iter().flatten();
        for (_, bytes) in files.filter(|(name, _)| name.starts_with("kra") || name.starts_with("tks")) {
            let test = Test::new().file("CS.cfg", bytes);
            for args in ["demote-ca --new-master a:1", "promote-ca --keep-settings", "demote-ocsp", "promote-ocsp"] {
                assert_eq!(test.refused(&format!("{args} --to CS.cfg")), "nothing-to-convert", "{args}");
            }
        }
    }
}
