//! Units on their way to another state, what hangs, what takes too long, and signals meanwhile.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use pki_role::host::services::{Active, Ready, ServiceError, Services};
use pki_role::host::systemctl::Systemctl;

use crate::support::fake_systemctl::{FakeSystemctl, NUXWDOG, UNIT, wait_until};

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(60);

fn no_signal() -> Option<u8> {
    None
}

fn real(fake: &FakeSystemctl, timeout: Duration) -> Systemctl<'static> {
    let mut systemctl = Systemctl::new(&fake.program(), &no_signal);
    systemctl.timeout = timeout;
    systemctl
}

/// Says that a unit is in a state that passes, until it has said so three times.
fn passing(fake: &FakeSystemctl, state: &str, then: &str) {
    fake.set(UNIT, then);
    fake.on("is-active", &format!("[ $(grep -c is-active \"$dir/log\") -gt 3 ] || {{ echo {state}; exit 3; }}"));
}

#[test]
fn a_state_that_passes_is_waited_for() {
    for (state, then, active) in [
        ("activating", "active", Active::Active),
        ("activating", "failed", Active::Failed),
        ("deactivating", "inactive", Active::Inactive),
        ("reloading", "active", Active::Active),
    ] {
        let fake = FakeSystemctl::new();
        passing(&fake, state, then);
        assert_eq!(real(&fake, LONG).unit(UNIT).unwrap().active, active);
    }
}

#[test]
fn a_state_that_does_not_pass() {
    let fake = FakeSystemctl::new();
    fake.set(UNIT, "activating");
    let error = real(&fake, SHORT).unit(UNIT).unwrap_err();
    assert!(matches!(&error, ServiceError::UnitUnsettled { state: Active::Activating, .. }), "{error}");
    assert_eq!(error.code(), "unit-unsettled");
    // Who does not want to wait need not.
    assert_eq!(real(&fake, LONG).unit_now(UNIT).unwrap().active, Active::Activating);
}

/// `Restart=on-failure`: it will not settle as long as the server does not start.
#[test]
fn a_unit_that_is_started_again_after_a_failure_is_not_waited_for() {
    for sub in ["auto-restart", "auto-restart-queued"] {
        let fake = FakeSystemctl::new();
        fake.set(UNIT, "activating");
        fake.set_sub(UNIT, sub);
        let state = real(&fake, LONG).unit(UNIT).unwrap();
        assert_eq!(state.active, Active::Restarting);
        assert!(!state.active.is_down());
        let error = real(&fake, LONG).wait_ready(UNIT, None).unwrap_err();
        assert_eq!(error.code(), "not-active");
        assert_eq!(error.to_string(), format!("{UNIT} is auto-restart after its start"));
    }
}

#[test]
fn without_an_endpoint_an_active_unit_is_ready() {
    let fake = FakeSystemctl::new();
    passing(&fake, "activating", "active");
    assert_eq!(real(&fake, LONG).wait_ready(UNIT, None).unwrap(), Ready::OnlyActive(None));
    for state in ["failed", "inactive"] {
        let fake = FakeSystemctl::new();
        fake.set(UNIT, state);
        let error = real(&fake, LONG).wait_ready(UNIT, None).unwrap_err();
        assert_eq!(error.to_string(), format!("{UNIT} is {state} after its start"));
    }
}

/// The process whose number a script has left there.
fn process(fake: &FakeSystemctl) -> PathBuf {
    wait_until("the script to name its child", || {
        fs::read_to_string(fake.file("child")).is_ok_and(|n| n.ends_with('\n'))
    });
    Path::new("/proc").join(fs::read_to_string(fake.file("child")).unwrap().trim())
}

/// Also what systemctl has started ends with it.
#[test]
fn what_hangs_is_ended() {
    for stubborn in ["", "trap '' TERM; "] {
        let fake = FakeSystemctl::new();
        let hang = format!("{stubborn}sleep 1000 & echo $! >\"$dir/child\"; wait; sleep 1000");
        fake.on("stop", &hang);
        fake.on("start", &hang);
        for (code, result) in
            [("stop-timed-out", real(&fake, SHORT).stop(UNIT)), ("start-timed-out", real(&fake, SHORT).start(UNIT))]
        {
            assert_eq!(result.unwrap_err().code(), code);
            if fake.has("child") {
                let process = process(&fake);
                wait_until("the child's child to end", || !is_running(&process));
            }
        }
    }
}

fn is_running(process: &Path) -> bool {
    fs::read_to_string(process.join("stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// A question does not wait as long as a start may take.
#[test]
fn a_question_that_hangs() {
    let fake = FakeSystemctl::new();
    fake.on("is-active", "sleep 1000");
    assert_eq!(real(&fake, SHORT).unit(UNIT).unwrap_err().code(), "systemctl-timed-out");
    fake.on("is-active", "");
    fake.on("show", "sleep 1000");
    assert_eq!(real(&fake, SHORT).unit(UNIT).unwrap_err().code(), "systemctl-timed-out");
    fake.on("is-enabled", "sleep 1000");
    assert_eq!(real(&fake, SHORT).is_enabled(UNIT), None);
}

/// A program that was started may keep the pipes of its parent for as long as it likes.
#[test]
fn an_inherited_pipe_is_not_waited_for() {
    let fake = FakeSystemctl::new();
    // It ends with the folder of the test.
    fake.on("start", "(while [ -e \"$dir/log\" ]; do sleep 0.1; done) & echo started");
    real(&fake, LONG).start(UNIT).unwrap();
    assert_eq!(fake.state(UNIT), "active");
}

#[test]
fn signals_end_questions_and_a_stop_but_not_what_must_be_finished() {
    let arrived = AtomicU8::new(0);
    let signals = || Some(arrived.load(Ordering::SeqCst)).filter(|signal| *signal != 0);
    let fake = FakeSystemctl::new();
    fake.on("stop", "block");
    let mut systemctl = Systemctl::new(&fake.program(), &signals);
    systemctl.timeout = LONG;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            fake.wait_until_reached();
            arrived.store(15, Ordering::SeqCst);
        });
        let error = systemctl.stop(UNIT).unwrap_err();
        assert!(matches!(error, ServiceError::Interrupted { signal: 15 }), "{error}");
    });
    assert_eq!(systemctl.signal(), Some(15));
    fake.on("is-active", "sleep 1000");
    fake.on("is-enabled", "sleep 1000");
    assert_eq!(systemctl.unit(UNIT).unwrap_err().code(), "interrupted");
    assert_eq!(systemctl.is_enabled(UNIT), None);
    fake.on("is-active", "");
    fake.let_go();
    systemctl.hold_signals();
    assert_eq!(systemctl.unit_now(UNIT).unwrap().active, Active::Inactive);
    systemctl.stop(UNIT).unwrap();
    systemctl.start(UNIT).unwrap();
    assert_eq!(systemctl.wait_ready(UNIT, None).unwrap(), Ready::OnlyActive(None));
    assert_eq!(fake.changes(), ["stop", "stop", "start"].map(|verb| format!("{verb} {UNIT}")));
}

/// Whoever is asked for a password sees the question, not a line that is drawn over it.
#[test]
fn waits_are_watched_but_not_while_passwords_are_asked_for() {
    let fake = FakeSystemctl::new();
    fake.on("start", "sleep 0.2");
    for (unit, watched) in [(UNIT, true), (NUXWDOG, false)] {
        let seen = std::cell::RefCell::new(Vec::new());
        let watch = |what: &str, _: Duration| seen.borrow_mut().push(what.to_owned());
        let mut systemctl = Systemctl::new(&fake.program(), &no_signal);
        systemctl.watch = &watch;
        systemctl.terminal = Some(tempfile::tempfile().unwrap());
        systemctl.start(unit).unwrap();
        assert_eq!(seen.borrow().contains(&format!("systemctl start {unit}")), watched);
    }
}

/// The file is left alone only when it has been so for the whole time.
#[test]
fn a_file_settles() {
    let fake = FakeSystemctl::new();
    let mut systemctl = real(&fake, LONG);
    systemctl.settle = SHORT;
    let mut looks: u8 = 0;
    systemctl.wait_settled(&mut || {
        looks = looks.saturating_add(1);
        // It is written again and again, and is not there for a moment.
        (looks != 3).then(|| vec![looks.min(6)])
    });
    assert!(looks > 6, "{looks}");
    // A file that is never left alone is waited for only so long.
    let mut systemctl = real(&fake, SHORT);
    systemctl.settle = LONG;
    let mut number: u64 = 0;
    systemctl.wait_settled(&mut || {
        number += 1;
        Some(number.to_le_bytes().to_vec())
    });
    // And not at all where nothing is to be waited for.
    systemctl.settle = Duration::ZERO;
    let mut looks = 0;
    systemctl.wait_settled(&mut || {
        looks += 1;
        None
    });
    assert_eq!(looks, 1);
}
