//! The way back: after each conversion a restore gives the first bytes, and what has changed meanwhile
//! stays; and the list of backups.

use std::fs;

use serde_json::json;

use crate::support::folder::names;
use crate::support::test::{Test, codes, differences, fixture, fixture_text};

/// The fixture, the folder of its subsystem, and the conversion.
const CONVERSIONS: [(&str, &str, &str); 9] = [
    ("ca-master", "ca", "demote-ca --new-master ca9.example.com:9443"),
    ("ca-clone", "ca", "redirect-ca --new-master ca9.example.com:9443"),
    ("ca-clone", "ca", "promote-ca --from former.cfg --cert-status-update-interval 300"),
    ("ca-clone", "ca", "promote-ca --keep-settings"),
    ("ca-clone", "ca", "promote-ca --from former.cfg --with-publishing"),
    ("ocsp-master", "ocsp", "demote-ocsp"),
    ("ocsp-dogtag-master", "ocsp", "demote-ocsp --refresh-in-sec 14400"),
    ("ocsp-clone", "ocsp", "promote-ocsp"),
    ("ocsp-dogtag-clone", "ocsp", "promote-ocsp --refresh-in-sec 15000"),
];

struct Converted {
    test: Test,
    live: String,
    before: Vec<u8>,
    restore: String,
}

/// Each conversion, made on a live file.
fn converted() -> Vec<Converted> {
    let convert = |(name, subsystem, command): (&str, &str, &str)| {
        let (live, before) = (format!("etc/pki/x/{subsystem}/CS.cfg"), fixture(name));
        let test = Test::new().file(&live, &before).file("former.cfg", fixture("ca-master"));
        let backup = test.json(&format!("{command} --root . -i x"), 0)["backup"].take();
        assert_ne!(test.read(&live), before, "{command}");
        let publishing = if command.contains("publishing") { " --with-publishing" } else { "" };
        let restore =
            format!("restore --root . -i x --subsystem {subsystem} --from {}{publishing}", backup.as_str().unwrap());
        Converted { test, live, before, restore }
    };
    CONVERSIONS.into_iter().map(convert).collect()
}

#[test]
fn the_first_bytes_come_back() {
    for Converted { test, live, before, restore } in converted() {
        let clone = test.read(&live);
        let done = test.json(&restore, 0);
        test.assert_holds(&live, &before, &restore);
        // A restore makes its own backup.
        assert_eq!(fs::read(done["backup"].as_str().unwrap()).unwrap(), clone);
        // And once more there is nothing to do.
        let state = test.state();
        assert_eq!(test.json(&restore, 0)["changed"], json!(false));
        assert_eq!(test.state(), state);
    }
}

#[test]
fn what_changed_meanwhile_stays() {
    for Converted { test, live, before, restore } in converted() {
        // A serial number range that moved on, a new line in the file's order, another value.
        let meanwhile = |bytes: Vec<u8>| {
            let text =
                String::from_utf8(bytes).unwrap().replace("\ndbs.beginSerialNumber=", "\ndbs.beginSerialNumber=1");
            let text = text.replace("\nsubsystem.select=", "\nsubsystem.select=x");
            text.replace("\ninstanceId=", "\ninstanceI=new\ninstanceId=").into_bytes()
        };
        let now = meanwhile(test.read(&live));
        let test = test.file(&live, now);
        test.json(&restore, 0);
        test.assert_holds(&live, &meanwhile(before), &restore);
    }
}

/// The server's own rewrite after the start sorts the file; the role's parameters are found all the same.
#[test]
fn what_the_server_sorted_is_put_back() {
    for Converted { test, live, before, restore } in converted() {
        let mut now: Vec<_> = String::from_utf8(test.read(&live)).unwrap().lines().map(str::to_owned).collect();
        now.reverse();
        let test = test.file(&live, now.join("\n") + "\n");
        test.json(&restore, 0);
        let sorted = |bytes: &[u8]| {
            let mut lines: Vec<_> = String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        let after = test.read(&live);
        assert!(sorted(&after) == sorted(&before), "{restore}\n{}", differences(&after, &before));
    }
}

/// The publishing settings stay, unless they are asked for.
#[test]
fn publishing_settings() {
    let converted = converted();
    let Converted { test, live, before, restore } = &converted[4];
    let without = restore.replace(" --with-publishing", "");
    assert!(codes(&test.json(&without, 0)["warnings"]).contains(&"publishing-not-restored".to_owned()));
    assert_ne!(&test.read(live), before);
    test.json(restore, 0);
    test.assert_holds(live, before, restore);
}

/// On the screen: what is put back, and that other hosts count too.
#[test]
fn the_whole_output() {
    let test = Test::new().fixture("ca-master");
    let test = test.args("demote-ca --to ca-master.CS.cfg --new-master ca2.example.com:8443 -q").run();
    let backup = names(&test.path("")).pop().unwrap();
    let messages = "\
ca-master.CS.cfg: CA clone -> master
  put back from the backup (8 parameters):
    ca.crl.DeltaUsers.enableCRLCache: false -> true
    ca.crl.DeltaUsers.enableCRLUpdates: false -> true
    ca.crl.MasterCRL.enableCRLCache: false -> true
    and 5 more (-v shows all)
next: make sure that no other server is a master; others.json stands for a saved status of each of them:
  pki-role check ca-master.CS.cfg others.json
";
    let test = test.args("restore --no-backup --to ca-master.CS.cfg --from").arg(&backup).stderr(messages).run();
    test.assert_holds("ca-master.CS.cfg", &fixture("ca-master"), "restored");
}

#[test]
fn the_list_of_backups() {
    let test = Test::new()
        .fixture("ca-clone")
        .file("ca-clone.CS.cfg.pki-role.20260201T000000Z", "x=1\n")
        .file("ca-clone.CS.cfg.pki-role.20260101T000000Z", fixture("ca-master"))
        .file("ca-clone.CS.cfg.pki-role.20260101T000000Z-2", fixture("ugly/half-role"))
        .file("ca-clone.CS.cfg.pki-role.20260301T000000Z", &fixture("ca-master")[..5000])
        .file("ca-clone.CS.cfg.pki-role.20260302T000000Z", fixture("ca-clone"))
        .file("ca-clone.CS.cfg.bak.20260101000000", "x=1\n")
        .file("other.CS.cfg.pki-role.20260101T000000Z", "x=1\n");
    let path = |stamp: &str| test.path("").canonicalize().unwrap().join(format!("ca-clone.CS.cfg.pki-role.{stamp}"));
    let stamps = ["20260101T000000Z", "20260101T000000Z-2", "20260201T000000Z", "20260301T000000Z", "20260302T000000Z"];
    let roles = ["master", "mixed", "unreadable", "unreadable", "clone"];
    let oldest_first: Vec<String> = stamps.map(|stamp| path(stamp).display().to_string()).to_vec();
    let ran = test.ran("restore --to ca-clone.CS.cfg --list");
    ran.expect(0, &[]);
    let rows = roles.iter().zip(&oldest_first).map(|(role, path)| format!("{role:<10}  {path}"));
    let table: Vec<String> = std::iter::once("role        backup".to_owned()).chain(rows).collect();
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), table);
    let json = test.ran("restore --to ca-clone.CS.cfg --list --output json");
    let objects: Vec<_> =
        roles.iter().zip(&oldest_first).map(|(role, path)| json!({"path": path, "role": role})).collect();
    assert_eq!(json.json(), json!(objects));

    // Without a word of which one: what could be typed, the newest first.
    let state = test.state();
    let ran = test.ran("restore --to ca-clone.CS.cfg");
    ran.expect(2, &["the command does not say from which backup", "state: nothing was touched"]);
    let commands: Vec<&str> = ran.error.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let wanted =
        oldest_first.iter().rev().take(3).map(|path| format!("pki-role restore --to ca-clone.CS.cfg --from {path}"));
    assert_eq!(commands, wanted.collect::<Vec<_>>());
    assert_eq!(test.ran("restore --to ca-clone.CS.cfg --output json").error_code(), "no-backup-named");
    assert_eq!(test.state(), state);
}

#[test]
fn no_backups() {
    let test = Test::new().fixture("ca-clone");
    let ran = test.ran("restore --to ca-clone.CS.cfg --list");
    ran.expect(0, &["there is no backup"]);
    assert_eq!(ran.out, "");
    assert_eq!(test.ran("restore --to ca-clone.CS.cfg --list --output json").json(), json!([]));
    test.ran("restore --to ca-clone.CS.cfg").expect(2, &["there is none beside the file", "name one with --from"]);
}

#[test]
fn which_subsystem() {
    let file =
        |test: Test, subsystem: &str, name: &str| test.file(format!("etc/pki/x/{subsystem}/CS.cfg"), fixture(name));
    let test = || file(Test::new(), "kra", "kra").file("backup", fixture("ca-clone"));
    // Where there is only one that has roles, it is meant.
    let only_ca = file(test(), "ca", "ca-clone");
    for args in ["--from backup", "--list", "--from backup --subsystem ca"] {
        only_ca.ran(&format!("restore --root . -i x {args}")).expect(0, &[]);
    }
    only_ca.ran("restore --root . -i x").expect(2, &["there is none beside the file"]);
    assert_eq!(only_ca.refused("restore --root . -i x --from backup --subsystem ocsp"), "no-subsystem");
    let only_ocsp = file(test(), "ocsp", "ocsp-master");
    assert_eq!(only_ocsp.refused("restore --root . -i x --from backup"), "wrong-subsystem");
    let both = file(file(test(), "ca", "ca-clone"), "ocsp", "ocsp-master");
    assert_eq!(both.refused("restore --root . -i x --from backup"), "which-subsystem");
    let command =
        |subsystem: &str| format!("    pki-role restore --root . -i x --from backup --subsystem {subsystem}\n");
    both.ran("restore --root . -i x --from backup").expect(3, &[&(command("ca") + &command("ocsp"))]);
    both.json("restore --root . -i x --from backup --subsystem ca", 0);
    // None of them, or no instance at all.
    let none = test();
    assert_eq!(none.refused("restore --root . -i x --from backup"), "no-subsystem");
    for (name, code) in [("y", "no-instance"), ("../x", "invalid-instance-name")] {
        assert_eq!(none.refused(&format!("restore --root . -i {name} --from backup")), code);
    }
    // A file of Dogtag 9 says itself what it is.
    let old = Test::new().file("etc/x/CS.cfg", fixture("ca-clone")).file("backup", fixture("ca-clone"));
    old.ran("restore --root . -i x --from backup").expect(0, &[]);
}

/// A live file would lose its issuing points.
#[test]
fn a_backup_without_issuing_points() {
    let without: String = fixture_text("ca-clone")
        .lines()
        .filter(|line| !line.starts_with("ca.crl."))
        .map(|line| format!("{line}\n"))
        .collect();
    let test = Test::new().file("etc/pki/x/ca/CS.cfg", fixture("ca-clone")).file("backup", without);
    assert_eq!(test.refused("restore --root . -i x --subsystem ca --from backup"), "incomplete");
}
