//! What is refused unless it is accepted: each such refusal is met without `--accept`, goes on with
//! it, and is never raised where nothing would be edited.

use nix::ifaddrs::getifaddrs;
use pki_role::pki::RefusalCode;
use serde_json::json;
use strum::IntoEnumIterator;

use crate::support::needs;
use crate::support::test::{Test, codes, fixture, small};

const LIVE: &str = "etc/pki/pki-tomcat/ca/CS.cfg";
const ON_LIVE: &str = "--root . -i pki-tomcat";

/// A CA clone as `CS.cfg`, and as the live file of an instance; a former master as `from`.
fn clone_and(from: impl AsRef<[u8]>) -> Test {
    Test::new().file("CS.cfg", small("ca-clone")).file(LIVE, small("ca-clone")).file("from", from)
}

/// The same command is refused, goes on when that is accepted, and then has nothing to do.
#[track_caller]
fn acceptable(test: impl Fn() -> Test, args: &str, code: &str) {
    let there = test();
    for mode in ["", "--dry-run", "--check"] {
        assert_eq!(there.refused(&format!("{args} {mode}")), code, "{args} {mode}");
    }
    let others = RefusalCode::iter().filter(|other| other.is_acceptable() && other.to_string() != code);
    let others: String = others.map(|other| format!(" --accept {other}")).collect();
    assert_eq!(there.refused(&format!("{args}{others}")), code, "{args}");
    // The way to accept it is the last line.
    let again = there.ran(args).error.lines().last().unwrap().trim_start().to_owned();
    assert_eq!(shlex::split(&again).unwrap().join(" "), format!("pki-role {args} --accept {code}"));
    let accept = format!("{args} --accept {code}");
    let dry = there.ran(&format!("{accept} --dry-run"));
    dry.expect(0, &["accepted: ", &format!(" [{code}]\n")]);
    there.ran(&format!("{accept} --check")).expect(1, &[&format!(" [{code}]\n")]);
    let done = there.json(&accept, 0);
    assert_eq!((&done["accepted"], &done["changed"]), (&json!([code]), &json!(true)), "{accept}");
    for args in [args, &accept] {
        let again = there.json(args, 0);
        assert_eq!((&again["accepted"], &again["changed"]), (&json!([]), &json!(false)), "{args}");
    }
}

#[test]
fn a_file_of_another_ca() {
    for (line, other) in [
        ("internaldb.basedn=o=pki-tomcat-CA", "internaldb.basedn=o=other"),
        ("securitydomain.name=EXAMPLE", "securitydomain.name=OTHER"),
    ] {
        let master = small("ca-master");
        assert!(master.contains(line));
        for target in ["--to CS.cfg", ON_LIVE] {
            let args = format!("promote-ca {target} --from from");
            acceptable(|| clone_and(master.replace(line, other)), &args, "other-ca");
        }
        // What is not known separates nothing, nor do letters in another case and blanks.
        let key = line.split('=').next().unwrap();
        for same in [String::new(), line.replace('=', " = "), line.to_lowercase().replace(&key.to_lowercase(), key)] {
            let done = clone_and(master.replace(line, &same)).json("promote-ca --to CS.cfg --from from", 0);
            assert_eq!(done["role_after"], "master", "{same}");
        }
    }
}

/// Certificates differ after every renewal: they decide nothing.
#[test]
fn other_certificates_are_not_another_ca() {
    let renewed = small("ca-master").replace("ca.signing.cert=", "ca.signing.cert=x");
    clone_and(renewed).json("promote-ca --to CS.cfg --from from", 0);
}

#[test]
fn a_new_master_that_is_this_ca() {
    let code = "new-master-is-this-ca";
    let master = || Test::new().file("CS.cfg", small("ca-master")).file(LIVE, small("ca-master"));
    let clone = || clone_and("");
    for target in ["--to CS.cfg", ON_LIVE] {
        for own in
            ["primary.example.com:8443", "PRIMARY.Example.com:8443", "localhost:8443", "127.0.0.1:8443", "[::1]:8443"]
        {
            acceptable(master, &format!("demote-ca {target} --new-master {own}"), code);
        }
        acceptable(clone, &format!("redirect-ca {target} --new-master secondary.example.com:8443"), code);
        // Another port is another CA, also on this host.
        for other in ["primary.example.com:9443", "localhost:9443", "127.0.0.1:9443", "primary.example.org:8443"] {
            let done = master().json(&format!("demote-ca {target} --new-master {other}"), 0);
            assert_eq!(done["role_after"], "clone", "{other}");
        }
    }
}

/// An address of this host's is this CA only where the file is this host's: a copy may be of any host.
#[test]
fn a_new_master_that_is_an_address_of_this_host() {
    let addresses = getifaddrs().unwrap().filter_map(|interface| Some(interface.address?.as_sockaddr_in()?.ip()));
    let own = addresses.into_iter().find(|address| !address.is_loopback());
    if !needs::present(own.is_some(), "this host has no address but loopback") {
        return;
    }
    let args = |target: &str| format!("demote-ca {target} --new-master {}:8443", own.unwrap());
    let master = || Test::new().file("CS.cfg", small("ca-master")).file(LIVE, small("ca-master"));
    acceptable(master, &args(ON_LIVE), "new-master-is-this-ca");
    assert_eq!(master().json(&args("--to CS.cfg"), 0)["role_after"], "clone");
}

#[test]
fn arguments_that_look_swapped() {
    let master = || Test::new().file("CS.cfg", small("ca-master")).file(LIVE, small("ca-master"));
    let swapped = || master().file("from", small("ca-clone"));
    for target in ["--to CS.cfg", ON_LIVE] {
        acceptable(swapped, &format!("promote-ca {target} --from from"), "swapped");
    }
    // A file that is silent where the server has a default is not on, or off, by somebody's hand.
    let silent: String =
        small("ca-clone").lines().filter(|line| !line.contains("enableCRL")).map(|line| format!("{line}\n")).collect();
    master().file("from", silent).json("promote-ca --to CS.cfg --from from", 0);
    // A former master that was demoted already, and gives what is here: nothing is copied.
    let test = Test::new().file("CS.cfg", small("expected/ca-clone.promoted"));
    test.file("from", small("expected/ca-master.demoted")).json("promote-ca --to CS.cfg --from from", 0);
}

#[test]
fn a_target_that_is_named_like_a_backup() {
    for name in [
        "CS.cfg.pki-role.20260131T210000Z",
        "ca1.CS.cfg.pki-role.20260131T210000Z-2",
        "CS.cfg.bak",
        "CS.cfg.bak.20260131210000",
        "CS.cfg.ipabkp",
        "CS.cfg.20260131210000",
    ] {
        let test = || Test::new().file(name, small("ca-master"));
        acceptable(test, &format!("demote-ca --to {name} --new-master ca9.example.com:8443"), "backup-as-target");
    }
    for name in ["CS.cfg.copy", "old.cfg", "ca1.pki-role.cfg", "CS.cfg.1.cfg"] {
        let test = Test::new().file(name, small("ca-master"));
        test.json(&format!("demote-ca --to {name} --new-master ca9.example.com:8443"), 0);
    }
}

/// A file that a full disk cut off: in the middle of a line, or behind one.
#[test]
fn an_incomplete_file() {
    let code = "incomplete";
    let cut = |name: &str| {
        let text = small(name);
        let at = text.find("\nca.crl.MasterCRL.enableDailyUpdates=").unwrap();
        [text[..=at].to_owned(), text[..at + 20].to_owned()]
    };
    for former in cut("ca-master") {
        for target in ["--to CS.cfg", ON_LIVE] {
            acceptable(|| clone_and(&former), &format!("promote-ca {target} --from from"), code);
        }
    }
    let demote = |target: &str| format!("demote-ca {target} --new-master ca9.example.com:8443");
    for master in cut("ca-master") {
        acceptable(|| Test::new().file(LIVE, &master), &demote(ON_LIVE), code);
        // A plain file may be anything.
        let plain = Test::new().file("CS.cfg", &master).json(&demote("--to CS.cfg"), 0);
        assert!(codes(&plain["warnings"]).contains(&code.to_owned()), "{plain}");
    }
    // A few lines that somebody typed are a plain file, and fine.
    let test = clone_and(fixture("six-lines/master"));
    assert_eq!(
        codes(&test.json("promote-ca --to CS.cfg --from from", 0)["warnings"]).iter().find(|c| *c == code),
        None
    );
}

#[test]
fn a_backup_of_another_server() {
    let own = small("ca-clone");
    let now = || Test::new().file("CS.cfg", small("expected/ca-clone.promoted"));
    for (here, there) in [
        ("machineName=secondary.example.com", "machineName=tertiary.example.com"),
        ("instanceId=pki-tomcat", "instanceId=other"),
        ("service.securePort=8443", "service.securePort=9443"),
        ("machineName=secondary.example.com", "x=y"),
    ] {
        assert!(own.contains(here), "{here}");
        let backup = own.replace(here, there).replace("service.machineName=secondary.example.com\n", "");
        acceptable(|| now().file("backup", &backup), "restore --to CS.cfg --from backup", "other-server");
    }
    // What the backup alone knows, or neither knows, separates nothing.
    let without = |text: &str| -> String {
        text.lines().filter(|line| !line.contains("achineName=")).map(|line| format!("{line}\n")).collect()
    };
    let test = Test::new().file("CS.cfg", without(&small("expected/ca-clone.promoted")));
    test.file("backup", &own).json("restore --to CS.cfg --from backup", 0);
}

#[test]
fn a_restore_that_would_end_mixed() {
    let test = || Test::new().fixture("ca-clone").fixture("ugly/half-role");
    acceptable(test, "restore --to ca-clone.CS.cfg --from half-role.CS.cfg", "ends-mixed");
}

#[test]
fn an_issuing_point_without_class_or_description() {
    let code = "issuing-point-without-class";
    for part in ["class", "description"] {
        let lacks: String = small("ca-master")
            .lines()
            .filter(|line| !line.starts_with(&format!("ca.crl.DeltaUsers.{part}=")))
            .map(|line| format!("{line}\n"))
            .collect();
        acceptable(|| clone_and(&lacks), &format!("promote-ca {ON_LIVE} --from from"), code);
        let demote = format!("demote-ca {ON_LIVE} --new-master ca9.example.com:8443");
        acceptable(|| Test::new().file(LIVE, &lacks), &demote, code);
        let plain = clone_and(&lacks).json("promote-ca --to CS.cfg --from from", 0);
        assert!(codes(&plain["warnings"]).contains(&code.to_owned()), "{plain}");
        let message = plain["warnings"].to_string();
        assert!(message.contains(&format!("issuing point `DeltaUsers` has no {part}")), "{message}");
    }
}

#[test]
fn a_promotion_after_which_nothing_would_generate() {
    let disabled = small("ca-master")
        .replace("ca.crl.MasterCRL.enable=True", "ca.crl.MasterCRL.enable=False")
        .replace("ca.crl.DeltaUsers.enable=true", "ca.crl.DeltaUsers.enable=false");
    let args = "promote-ca --to CS.cfg --from from";
    acceptable(|| clone_and(&disabled), args, "nothing-would-generate");
    // The other way is named before.
    let error = clone_and(&disabled).ran(args).error;
    let lines: Vec<&str> = error.lines().map(str::trim_start).collect();
    assert!(
        lines.contains(&"pki-role promote-ca --to CS.cfg --from from --enable-issuing-point DeltaUsers"),
        "{error}"
    );
}

/// Several at once: each has to be accepted.
#[test]
fn several_refusals() {
    let other = small("ca-clone").replace("internaldb.basedn=o=pki-tomcat-CA", "internaldb.basedn=o=other");
    let test = Test::new().file("CS.cfg.bak", small("ca-master")).file("from", other);
    let args = "promote-ca --to CS.cfg.bak --from from";
    let mut accepted = String::new();
    for code in ["backup-as-target", "other-ca", "swapped"] {
        assert_eq!(test.refused(&format!("{args}{accepted}")), code);
        accepted += &format!(" --accept {code}");
    }
    let done = test.json(&format!("{args}{accepted}"), 0);
    assert_eq!(done["accepted"], json!(["backup-as-target", "other-ca", "swapped"]));
}

/// What does not apply is ignored.
#[test]
fn what_is_accepted_needlessly() {
    let all: String =
        RefusalCode::iter().filter(|code| code.is_acceptable()).map(|code| format!(" --accept {code}")).collect();
    let test = clone_and(fixture("ca-master"));
    let done = test.json(&format!("promote-ca --to CS.cfg --from from{all}"), 0);
    assert_eq!((&done["accepted"], &done["role_after"]), (&json!([]), &json!("master")));
}

/// Absent switches are on: a whole file without them is a master's.
#[test]
fn a_master_by_default_is_not_overwritten_with_a_clones_settings() {
    let text = String::from_utf8(fixture("ca-master")).unwrap();
    let is_switch = |line: &&str| line.contains(".enableCRLCache=") || line.contains(".enableCRLUpdates=");
    let master: String = text.lines().filter(|line| !is_switch(line)).map(|line| format!("{line}\n")).collect();
    let test = Test::new().file("CS.cfg", master).fixture("ca-clone");
    assert_eq!(test.refused("promote-ca --to CS.cfg --from ca-clone.CS.cfg"), "swapped");
}
