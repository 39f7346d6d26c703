//! What is asked of systemd, and what its answers mean.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use pki_role::host::deadline::Deadline;
use pki_role::host::services::{
    Active, Load, ServiceError, ServiceErrorCode, Services, UnitState, asks_for_passwords, is_unit_name,
};
use pki_role::host::systemctl::Systemctl;
use strum::IntoEnumIterator;

use crate::support::fake_systemctl::{FakeSystemctl, NUXWDOG, UNIT};

fn no_signal() -> Option<u8> {
    None
}

fn real(fake: &FakeSystemctl) -> Systemctl<'static> {
    let mut systemctl = Systemctl::new(&fake.program(), &no_signal);
    systemctl.timeout = Duration::from_secs(60);
    systemctl
}

fn code<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn each_state_is_known() {
    let fake = FakeSystemctl::new();
    for (printed, active) in [
        ("active", Active::Active),
        ("inactive", Active::Inactive),
        ("unknown", Active::Inactive),
        ("failed", Active::Failed),
        ("activating", Active::Activating),
        ("deactivating", Active::Deactivating),
        ("reloading", Active::Reloading),
        ("refreshing", Active::Reloading),
        ("maintenance", Active::Maintenance),
    ] {
        fake.set(UNIT, printed);
        assert_eq!(real(&fake).unit_now(UNIT).unwrap(), UnitState { load: Load::Loaded, active }, "{printed}");
    }
    assert_eq!(fake.log()[..2], [format!("is-active {UNIT}"), format!("show --property=LoadState,SubState {UNIT}")]);
}

/// `is-active` gives the same answer for a misspelt name and for a stopped unit.
#[test]
fn a_missing_unit_is_not_a_stopped_one() {
    let fake = FakeSystemctl::new();
    for (printed, load, known, startable) in [
        ("loaded", Load::Loaded, None, None),
        ("merged", Load::Loaded, None, None),
        ("not-found", Load::NotFound, Some("unit-not-found"), Some("unit-not-found")),
        ("masked", Load::Masked, None, Some("unit-masked")),
        ("bad-setting", Load::Broken, None, Some("unit-broken")),
        ("error", Load::Broken, None, Some("unit-broken")),
        ("something else", Load::Unknown, None, None),
    ] {
        fake.set_load(UNIT, printed);
        let state = real(&fake).unit(UNIT).unwrap();
        assert_eq!(state, UnitState { load, active: Active::Inactive }, "{printed}");
        assert_eq!(state.must_be_known(UNIT).err().map(|error| error.code()), known);
        assert_eq!(state.must_be_startable(UNIT).err().map(|error| error.code()), startable);
    }
}

/// Nothing is refused because a stand-in for systemctl knows fewer verbs.
#[test]
fn a_stand_in_without_show() {
    let fake = FakeSystemctl::new();
    for shell in ["echo unknown verb >&2; exit 1", "exit 0", "echo nonsense; exit 0"] {
        fake.on("show", shell);
        let state = real(&fake).unit(UNIT).unwrap();
        assert_eq!(state.load, Load::Unknown);
        state.must_be_startable(UNIT).unwrap();
    }
}

#[test]
fn no_state_is_no_answer() {
    let fake = FakeSystemctl::new();
    for (shell, said) in [
        ("exit 0", "gave no state but nothing (exit status: 0)"),
        ("exit 1", "gave no state but nothing (exit status: 1)"),
        ("echo Running in chroot, ignoring request. >&2; exit 0", "Running in chroot"),
        ("echo unknown; exit 4", "but `unknown`"),
        ("echo 'Failed to connect to bus'; exit 1", "but `Failed to connect to bus`"),
        ("echo active; exit 1", "but `active` (exit status: 1)"),
        ("echo active; echo active; exit 0", "but `active; active`"),
    ] {
        fake.on("is-active", shell);
        for error in [real(&fake).unit(UNIT).unwrap_err(), real(&fake).unit_now(UNIT).unwrap_err()] {
            assert_eq!(error.code(), "no-unit-state");
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}

#[test]
fn enabled_disabled_or_not_known() {
    let fake = FakeSystemctl::new();
    for (printed, enabled) in [
        ("enabled", Some(true)),
        ("disabled", Some(false)),
        ("enabled-runtime", Some(false)),
        ("masked", Some(false)),
        ("linked", Some(false)),
        ("static", None),
        ("indirect", None),
        ("generated", None),
        ("not-found", None),
        ("", None),
    ] {
        fake.set_enabled(UNIT, printed);
        assert_eq!(real(&fake).is_enabled(UNIT), enabled, "{printed}");
    }
    let missing = Systemctl::new(Path::new("/nonexistent/systemctl"), &no_signal).is_enabled(UNIT);
    assert_eq!(missing, None);
}

#[test]
fn what_systemctl_says_at_last_is_in_the_error() {
    let fake = FakeSystemctl::new();
    fake.on("stop", "for n in 1 2 3 4 5 6 7; do echo line $n >&2; done; exit 5");
    let error = real(&fake).stop(UNIT).unwrap_err();
    assert_eq!(error.code(), "stop-failed");
    assert_eq!(
        error.to_string(),
        format!("systemctl stop {UNIT} failed (exit status: 5): line 3; line 4; line 5; line 6; line 7")
    );
    fake.on("stop", "exit 1");
    fake.on("start", "kill -9 $$");
    let error = real(&fake).start(UNIT).unwrap_err();
    assert_eq!(error.code(), "start-failed");
    assert!(error.to_string().contains("signal: 9"), "{error}");
}

#[test]
fn much_output_is_not_kept() {
    let fake = FakeSystemctl::new();
    fake.on("start", "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo; echo the end >&2; exit 1");
    let ServiceError::StartFailed { output, .. } = real(&fake).start(UNIT).unwrap_err() else { panic!() };
    assert!(output.len() <= 16 * 1024 && output.ends_with("xthe end"), "{} bytes", output.len());
}

#[test]
fn missing_rights_have_an_error_of_their_own() {
    let fake = FakeSystemctl::new();
    for said in ["Failed to stop x: Access denied", "Failed to start x: Interactive authentication required."] {
        for verb in ["stop", "start"] {
            fake.on(verb, &format!("echo '{said}' >&2; exit 4"));
        }
        assert_eq!(code(real(&fake).stop(UNIT)), "permission-denied");
        assert_eq!(code(real(&fake).start(UNIT)), "permission-denied");
    }
}

#[test]
fn there_is_no_systemctl() {
    let folder = tempfile::tempdir().unwrap();
    for program in [Path::new("/nonexistent/systemctl"), folder.path()] {
        let mut systemctl = Systemctl::new(program, &no_signal);
        assert_eq!(code(systemctl.unit(UNIT)), "no-systemctl");
        assert_eq!(code(systemctl.stop(UNIT)), "no-systemctl");
        assert_eq!(code(systemctl.start(UNIT)), "no-systemctl");
        assert_eq!(code(systemctl.wait_ready(UNIT, None)), "no-systemctl");
    }
}

/// Answers are read, and must not depend on the language or on a pager.
#[test]
fn the_environment_is_plain() {
    let fake = FakeSystemctl::new();
    fake.on("is-active", "echo \"$LC_ALL $SYSTEMD_COLORS <$SYSTEMD_PAGER>\" >\"$dir/environment\"");
    real(&fake).unit(UNIT).unwrap();
    assert_eq!(std::fs::read_to_string(fake.file("environment")).unwrap(), "C 0 <>\n");
}

/// Only the unit that asks for passwords gets the terminal, and only for its start.
#[test]
fn the_terminal_is_for_the_unit_that_asks() {
    let fake = FakeSystemctl::new();
    for verb in ["start", "stop", "is-active"] {
        fake.on(verb, &format!("cat >\"$dir/{verb}-$unit\""));
    }
    let mut terminal = tempfile::tempfile().unwrap();
    terminal.write_all(b"secret\n").unwrap();
    let rewound = |terminal: &File| {
        let terminal = terminal.try_clone().unwrap();
        std::io::Seek::rewind(&mut &terminal).unwrap();
        terminal
    };
    let typed = |verb: &str, unit: &str| std::fs::read_to_string(fake.file(&format!("{verb}-{unit}"))).unwrap();
    for unit in [NUXWDOG, UNIT] {
        let mut systemctl = real(&fake);
        systemctl.terminal = Some(rewound(&terminal));
        systemctl.unit(unit).unwrap();
        systemctl.stop(unit).unwrap();
        systemctl.start(unit).unwrap();
        assert_eq!(typed("is-active", unit) + &typed("stop", unit), "");
    }
    assert_eq!(typed("start", NUXWDOG), "secret\n");
    assert_eq!(typed("start", UNIT), "");
    // Without a terminal it gets none.
    real(&fake).start(NUXWDOG).unwrap();
    assert_eq!(typed("start", NUXWDOG), "");
    assert!(asks_for_passwords(NUXWDOG) && !asks_for_passwords(UNIT));
}

/// What the first question uses up is gone for the next ones.
#[test]
fn one_bound_for_all_questions() {
    let fake = FakeSystemctl::new();
    fake.on("is-active", "sleep 100");
    fake.on("is-enabled", "sleep 100");
    let mut systemctl = real(&fake);
    systemctl.questions = Deadline::after(Duration::from_millis(200));
    let error = systemctl.unit(UNIT).unwrap_err();
    assert_eq!(error.code(), "systemctl-timed-out");
    assert_eq!(systemctl.is_enabled(UNIT), None);
    assert_eq!(code(systemctl.unit_now(NUXWDOG)), "systemctl-timed-out");
    assert!(fake.log().len() <= 1, "{:?}", fake.log());
    // Not for what is done to a unit.
    systemctl.start(UNIT).unwrap();
}

#[test]
fn units_names() {
    for name in [UNIT, NUXWDOG, "pki-cad.service", "a\\x2db.service"] {
        assert!(is_unit_name(name), "{name}");
    }
    let long = "x".repeat(256);
    for name in ["", "-H", "--root=/", "a b", "a\nb", "a/b", "ä", "a;b", "a\u{7f}", &long] {
        assert!(!is_unit_name(name), "{name}");
    }
}

/// Readers of the JSON rely on these names.
#[test]
fn the_stable_names() {
    let codes: Vec<&str> = ServiceErrorCode::iter().map(Into::into).collect();
    assert_eq!(
        codes,
        [
            "no-systemctl",
            "permission-denied",
            "stop-failed",
            "start-failed",
            "stop-timed-out",
            "start-timed-out",
            "systemctl-failed",
            "systemctl-timed-out",
            "no-unit-state",
            "unit-not-found",
            "unit-masked",
            "unit-broken",
            "unit-unsettled",
            "not-ready",
            "not-active",
            "interrupted",
        ]
    );
}
