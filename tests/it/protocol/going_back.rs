//! What becomes of file and service where it does not come to the edit, and what is said about it.

use std::fs;

use crate::support::fake_systemctl::UNIT;
use crate::support::host::{Host, START, STOP};

#[test]
fn a_stop_that_fails() {
    let host = Host::clone(true);
    host.on("stop", "for n in 1 2 3 4 5 6 7; do echo line $n >&2; done; exit 1");
    let ran = host.promote(&[]);
    ran.expect(4, &["systemctl stop", "line 3; line 4; line 5; line 6; line 7", "CS.cfg is as it was"]);
    ran.expect(4, &[&format!("{UNIT} is active"), &format!("journalctl -n 50 -u {UNIT}")]);
    assert!(!ran.error.contains("line 2"));
    assert_eq!(host.systemctl.changes(), [STOP, START]);
    assert!(host.is_untouched() && host.is_up() && !host.has_note());
    assert_eq!(host.names(), ["CS.cfg"]);
}

/// It returns 0, and the server runs on.
#[test]
fn a_stop_that_does_nothing() {
    for host in [Host::clone(true), Host::answering("ca", "ca-clone", true)] {
        host.on("stop", "exit 0");
        host.promote(&[]).expect(4, &["was stopped, but systemd says that it is active", "CS.cfg is as it was"]);
        assert!(host.is_untouched() && host.is_up());
        assert_eq!(host.names(), ["CS.cfg"]);
        assert_eq!(host.promote(&["--output", "json"]).error_code(), "still-active");
    }
}

#[test]
fn a_stop_that_hangs() {
    let host = Host::clone(true);
    // A child of it holds its streams open, and neither ends at a request.
    host.on("stop", "trap '' TERM; echo inactive >\"$dir/state-$unit\"; sleep 1000 & while :; do wait; done");
    host.promote(&["--timeout", "1"]).expect(4, &["did not end within 1 s", "is active", "journalctl -n 50 -u"]);
    assert!(host.is_untouched() && host.is_up());
}

/// Of an account that may write the file and not stop the service.
#[test]
fn a_stop_without_the_right_to() {
    let host = Host::clone(true);
    for verb in ["stop", "start"] {
        host.on(verb, "echo 'Failed to stop: Interactive authentication required.' >&2; exit 4");
    }
    let ran = host.promote(&[]);
    ran.expect(4, &["this account may not stop", "CS.cfg is as it was", "is active", "sudo pki-role promote-ca"]);
    assert!(host.is_untouched() && host.is_up() && !host.has_note());
}

/// The unit is looked at before anything is said about it.
#[test]
fn a_start_that_only_says_so() {
    let host = Host::clone(true);
    host.on("stop", "echo failed >\"$dir/state-$unit\"; exit 1");
    host.on("start", "exit 0");
    let ran = host.promote(&[]);
    ran.expect(
        5,
        &["systemctl stop", "CS.cfg is as it was", "is down (failed)", "on the way back", "systemctl restart"],
    );
    assert!(host.is_untouched() && host.has_note());
    // The same command again goes on, and starts what ran before.
    host.on("stop", "");
    host.on("start", "");
    host.promote(&[]).expect(0, &[]);
    assert!(host.is_up() && !host.has_note());
    // A demotion would leave a unit down that was down, but this one ran.
    let host = Host::master(true);
    host.on("stop", "echo failed >\"$dir/state-$unit\"; exit 1");
    host.on("start", "exit 0");
    host.demote(&[]).expect(5, &["is down (failed)"]);
    host.on("start", "");
    host.demote(&[]).expect(0, &["service: pki-tomcatd@pki-tomcat.service: started"]);
    assert!(host.is_up() && !host.is_untouched() && !host.has_note());
}

/// And what cannot be looked at is not claimed.
#[test]
fn a_unit_that_cannot_be_asked_afterwards() {
    for shell in ["sleep 1000", "exit 1", "exit 0", "echo gibberish; exit 0"] {
        let host = Host::clone(true);
        host.on("stop", "exit 1");
        host.on("is-active", &format!("if grep -q ^start \"$dir/log\"; then {shell}; fi"));
        let ran = host.promote(&["--timeout", "1"]);
        ran.expect(5, &["systemd could not be asked what pki-tomcatd@pki-tomcat.service does", "CS.cfg is as it was"]);
        assert!(host.is_untouched(), "{shell}");
    }
}

#[test]
fn neither_stop_nor_start() {
    let host = Host::clone(true);
    host.on("stop", "echo inactive >\"$dir/state-$unit\"; exit 1");
    host.on("start", "echo no such luck >&2; exit 1");
    host.promote(&[]).expect(5, &["CS.cfg is as it was", "is down (inactive)", "no such luck", "systemctl restart"]);
    assert!(host.is_untouched() && !host.is_up() && host.has_note());
}

/// Down is not said of a unit that is up.
#[test]
fn a_start_that_fails_although_the_unit_is_up() {
    let host = Host::clone(true);
    host.on("stop", "exit 1");
    host.on("start", "echo active >\"$dir/state-$unit\"; echo job failed >&2; exit 1");
    let ran = host.promote(&[]);
    ran.expect(4, &["CS.cfg is as it was", &format!("{UNIT} is active"), "on the way back", "job failed"]);
    assert!(!ran.error.contains("is down"), "{}", ran.error);
}

#[test]
fn a_unit_that_is_on_its_way_is_waited_for() {
    let host = Host::clone(true);
    host.systemctl.set(UNIT, "activating");
    host.on(
        "is-active",
        "read -r now <\"$dir/state-$unit\"
        if [ -e \"$dir/asked\" ] && [ $now = activating ]; then echo active >\"$dir/state-$unit\"; fi
        : >\"$dir/asked\"",
    );
    host.promote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, START]);
    let host = Host::clone(true);
    host.systemctl.set(UNIT, "deactivating");
    host.promote(&["--timeout", "1"]).expect(3, &["stayed deactivating", "nothing was touched"]);
    host.assert_untouched();
}

/// `Restart=on-failure`: a restore gets the unit out of the loop by itself.
#[test]
fn a_unit_that_is_started_again_and_again() {
    for (state, sub) in [("activating", "auto-restart"), ("activating", "start")] {
        let host = Host::clone(true);
        host.promote(&[]).expect(0, &[]);
        let backup = host.backup();
        let promoted = host.bytes();
        host.systemctl.set(UNIT, state);
        host.systemctl.set_sub(UNIT, sub);
        host.on("stop", ": >\"$dir/sub-$unit\"");
        let from = backup.to_str().unwrap();
        host.run(&["restore", "-i", "pki-tomcat", "--subsystem", "ca", "--from", from]).expect(0, &[]);
        assert_ne!(host.bytes(), promoted);
        assert!(host.is_untouched() && host.is_up());
    }
    // A start that fails under it is not said to have left the unit down, and the remedy begins with the stop.
    let host = Host::clone(true);
    host.on("start", "echo activating >\"$dir/state-$unit\"; echo auto-restart >\"$dir/sub-$unit\"; exit 1");
    let ran = host.promote(&[]);
    ran.expect(5, &["fails, and systemd starts it again and again", "systemctl stop", "pki-role restore"]);
    assert!(host.has_note());
}

#[test]
fn what_is_written_at_stop_may_refuse_the_conversion() {
    for line in [
        "echo cs.type=KRA >>CFG",
        "rm CFG",
        "printf 'ca.crl.MasterCRL.enableCRLCache=a\\\\\\\\\\nca.crl.x=y' >>CFG",
        "echo no delimiter >>CFG",
        "printf '\\0' >>CFG",
    ] {
        let host = Host::clone(true);
        host.on("stop", line);
        let ran = host.promote(&[]);
        ran.expect(5, &[&format!("{UNIT} is active")]);
        assert_eq!(host.systemctl.changes(), [STOP, START], "{line}");
        assert!(host.names().iter().all(|name| name == "CS.cfg"), "{:?}", host.names());
    }
}

/// While the server stops its account exchanges the file: nothing is followed, nothing is taken for
/// the work done.
#[test]
fn a_file_that_becomes_something_else() {
    for plant in ["ln -s VICTIM CFG", "ln -s /no/such/file CFG", "mkfifo CFG", "mkdir CFG", ":"] {
        let host = Host::clone(true);
        let victim = host.path("victim");
        fs::write(&victim, &host.before).unwrap();
        host.on("stop", &format!("rm CFG; {plant}").replace("VICTIM", &victim.display().to_string()));
        let ran = host.promote(&[]);
        assert!(matches!(ran.code, Some(4 | 5)), "{plant}: {}", ran.error);
        // It leads to a file with the same bytes, or to nothing that can be read.
        assert_eq!(ran.code, Some(if plant.contains("VICTIM") { 4 } else { 5 }), "{plant}: {}", ran.error);
        ran.expect(ran.code.unwrap(), &[&format!("{UNIT} is active")]);
        assert_eq!(fs::read(&victim).unwrap(), host.before, "{plant}");
        assert!(host.names().iter().all(|name| name == "CS.cfg"), "{plant}: {:?}", host.names());
    }
}

/// The directory is exchanged during the stop, or after the edit: what the path leads to counts.
#[test]
fn a_directory_that_is_exchanged() {
    let exchange = "d=$(dirname CFG); mv \"$d\" \"$d.old\"; mkdir \"$d\"; cp \"$d.old\"/OLD CFG; ";
    for (verb, code, phrase) in [("stop", 4, "CS.cfg is as it was"), ("start", 5, "former values")] {
        let host = Host::clone(true);
        fs::copy(&host.file, host.file.with_file_name("OLD")).unwrap();
        host.on(verb, exchange);
        let ran = host.promote(&[]);
        ran.expect(code, &[phrase]);
        assert!(host.is_untouched() && host.is_up(), "{verb}");
    }
}
