//! What a promotion takes its settings from: this CA's own, a pipe, an export; and what it enables.

use std::io::Write;
use std::process::Stdio;

use rustix::fs::{FileType, Mode, mknodat};
use serde_json::json;

use crate::support::guide;
use crate::support::readers::java;
use crate::support::test::{Ran, Test, codes, fixture, fixture_text};

const FROM_PIPE: &str = "promote-ca --to ca-clone.CS.cfg --no-backup -q --from";

fn promoted() -> Vec<u8> {
    fixture("expected/ca-clone.promoted")
}

/// This CA's own issuing point settings stay, but for the switches.
#[test]
fn keep_settings() {
    let test = Test::new().fixture("ca-clone");
    let done = test.json("promote-ca --to ca-clone.CS.cfg --keep-settings", 0);
    assert_eq!((&done["role_before"], &done["role_after"]), (&json!("clone"), &json!("master")));
    assert_eq!(codes(&done["warnings"]), [""; 0]);
    // The same as a promotion from a copy of its own file.
    let wanted = guide::promote_ca(&fixture("ca-clone"), "600");
    guide::assert_follows(&fixture("ca-clone"), &test.read("ca-clone.CS.cfg"), &wanted);
    assert_eq!(test.json("promote-ca --to ca-clone.CS.cfg --keep-settings", 0)["changed"], json!(false));
}

/// An interval that this CA has stays; 0 is none.
#[test]
fn keep_settings_keeps_the_interval() {
    let interval = |test: &Test| java(&test.read("CS.cfg"))["ca.certStatusUpdateInterval"].clone();
    let file = |interval: &str| {
        let text = fixture_text("ca-clone");
        Test::new().file("CS.cfg", text.replace("ca.certStatusUpdateInterval=0", interval))
    };
    let args = "promote-ca --to CS.cfg --keep-settings -q";
    for (line, wanted) in
        [("ca.certStatusUpdateInterval=300", "300"), ("ca.certStatusUpdateInterval=0", "600"), ("x=y", "600")]
    {
        let test = file(line);
        test.ran(args).expect(0, &[]);
        assert_eq!(interval(&test), wanted, "{line}");
    }
    let test = file("ca.certStatusUpdateInterval=300");
    test.ran(&format!("{args} --cert-status-update-interval 1200")).expect(0, &[]);
    assert_eq!(interval(&test), "1200");
}

/// A master that does not listen, or that still has a redirect, is completed.
#[test]
fn keep_settings_completes_a_master() {
    let file = fixture_text("ca-master") + "master.ca.agent.host=old.example.com\n";
    let test = Test::new().file("CS.cfg", file);
    let done = test.json("promote-ca --to CS.cfg --keep-settings", 0);
    let mut keys: Vec<&str> =
        done["changes"].as_array().unwrap().iter().map(|change| change["key"].as_str().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["ca.certStatusUpdateInterval", "ca.listenToCloneModifications", "master.ca.agent.host"]);
    let status = test.json("status CS.cfg", 0);
    assert_eq!((&status["files"][0]["role"], &status["files"][0]["warnings"]), (&json!("master"), &json!([])));
}

#[test]
fn keep_settings_needs_settings() {
    let test = Test::new().file("CS.cfg", "ca.certStatusUpdateInterval=0\ncs.type=CA\n");
    assert_eq!(test.refused("promote-ca --to CS.cfg --keep-settings"), "nothing-to-copy");
    test.ran("promote-ca --to CS.cfg --keep-settings").expect(3, &["no issuing point settings to keep", "--from FILE"]);
}

/// `enable` is touched where an issuing point is named, and nowhere else.
#[test]
fn enable_issuing_point() {
    let disabled = fixture_text("ca-clone")
        .replace("ca.crl.MasterCRL.enable=True", "ca.crl.MasterCRL.enable=False")
        .replace("ca.crl.DeltaUsers.enable=true", "ca.crl.DeltaUsers.enable=false");
    let test = || Test::new().file("CS.cfg", &disabled).file("from", &disabled);
    for settings in ["--keep-settings", "--from from"] {
        let args = format!("promote-ca --to CS.cfg {settings}");
        assert_eq!(test().refused(&args), "nothing-would-generate");
        let there = test();
        let done = there.json(&format!("{args} --enable-issuing-point MasterCRL"), 0);
        assert_eq!((&done["role_after"], &done["accepted"]), (&json!("master"), &json!([])), "{settings}");
        assert!(codes(&done["warnings"]).contains(&"issuing-point-disabled".to_owned()), "{done}");
        let after = java(&there.read("CS.cfg"));
        assert_eq!(after["ca.crl.MasterCRL.enable"], "true");
        assert_eq!(after["ca.crl.DeltaUsers.enable"], "false");
        assert_eq!(after["ca.crl.DeltaUsers.enableCRLUpdates"], "true");
        let points = &there.json("status CS.cfg", 0)["files"][0]["issuing_points"];
        let generates: Vec<_> = points.as_array().unwrap().iter().map(|point| &point["generates"]).collect();
        assert_eq!(generates, [&json!(false), &json!(true)]);

        let both = format!("{args} --enable-issuing-point MasterCRL --enable-issuing-point DeltaUsers");
        assert_eq!(
            codes(&test().json(&both, 0)["warnings"]).iter().filter(|code| **code == "issuing-point-disabled").count(),
            0
        );

        let none = format!("{args} --enable-issuing-point Nothing");
        assert_eq!(test().refused(&none), "no-such-issuing-point");
        test().ran(&none).expect(3, &["there is no issuing point `Nothing`", "name one of DeltaUsers, MasterCRL"]);
    }
    // One that is enabled already is as asked.
    let test = Test::new().fixture("ca-clone");
    let done = test.json("promote-ca --to ca-clone.CS.cfg --keep-settings --enable-issuing-point MasterCRL", 0);
    assert_eq!(done["role_after"], "master");
}

#[test]
fn from_standard_input() {
    let test = Test::new().fixture("ca-clone");
    let mut command = test.command();
    command.args(FROM_PIPE.split(' ')).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fixture("ca-master")).unwrap();
    Ran::of(&child.wait_with_output().unwrap()).expect(0, &[]);
    test.assert_holds("ca-clone.CS.cfg", &promoted(), "from standard input");
    // A file as standard input, and an empty one.
    let test = Test::new().fixture("ca-clone").fixture("ca-master");
    let input = std::fs::File::open(test.path("ca-master.CS.cfg")).unwrap();
    let output = test.command().args(FROM_PIPE.split(' ')).arg("-").stdin(input).output().unwrap();
    Ran::of(&output).expect(0, &[]);
    test.assert_holds("ca-clone.CS.cfg", &promoted(), "from a file as standard input");
    test.ran("promote-ca --to ca-clone.CS.cfg --from -").expect(3, &["the file given by --from holds no parameter"]);
}

#[test]
fn from_a_named_pipe() {
    let test = Test::new().fixture("ca-clone").fixture("ca-master");
    let pipe = test.path("pipe");
    mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let writer = std::thread::spawn(move || std::fs::write(pipe, fixture("ca-master")).unwrap());
    test.ran(&format!("{FROM_PIPE} pipe")).expect(0, &[]);
    writer.join().unwrap();
    test.assert_holds("ca-clone.CS.cfg", &promoted(), "from a named pipe");
}

#[test]
fn from_a_process_substitution() {
    let test = Test::new().fixture("ca-clone").fixture("ca-master");
    let line = format!(r#""$0" {FROM_PIPE} <(cat ca-master.CS.cfg)"#);
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", &line, env!("CARGO_BIN_EXE_pki-role")]).current_dir(test.path(""));
    Ran::of(&bash.output().unwrap()).expect(0, &[]);
    test.assert_holds("ca-clone.CS.cfg", &promoted(), "from a process substitution");
}

/// The former master's publishing settings take the place of this CA's; nothing else does.
#[test]
fn with_publishing() {
    let test = || Test::new().fixture("ca-clone").fixture("ca-master");
    let args = "promote-ca --from ca-master.CS.cfg --to ca-clone.CS.cfg";
    assert!(codes(&test().json(args, 0)["warnings"]).contains(&"publishing-stays-behind".to_owned()));
    let with = test();
    let done = with.json(&format!("{args} --with-publishing"), 0);
    assert!(!codes(&done["warnings"]).contains(&"publishing-stays-behind".to_owned()), "{done}");
    let [after, master] = [java(&with.read("ca-clone.CS.cfg")), java(&fixture("ca-master"))];
    let publishing = |map: &crate::support::readers::Map| -> Vec<(String, String)> {
        map.iter().filter(|(key, _)| key.starts_with("ca.publish.")).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    assert_eq!(publishing(&after), publishing(&master));
    let reasons = done["changes"].to_string();
    assert!(reasons.contains("publishing settings, copied from the former master"), "{reasons}");
    // Also where the promotion was done without.
    let later = test();
    later.json(args, 0);
    assert_eq!(later.json(&format!("{args} --with-publishing"), 0)["changed"], json!(true));
    assert_eq!(later.read("ca-clone.CS.cfg"), with.read("ca-clone.CS.cfg"));
}

/// The installer's interval marks a clone as well as the guide's.
#[test]
fn an_ocsp_clone_of_the_installers_is_not_changed() {
    let test = Test::new().fixture("ocsp-dogtag-clone").args("demote-ocsp --to ocsp-dogtag-clone.CS.cfg");
    let already = "ocsp-dogtag-clone.CS.cfg: nothing to do: already as asked (OCSP clone)\n";
    let test = test.stderr(already).run_untouched();
    // An interval that is asked for is set.
    let done = test.json("demote-ocsp --to ocsp-dogtag-clone.CS.cfg --refresh-in-sec 21600", 0);
    assert_eq!(done["changes"][0]["after"], "21600");
}
