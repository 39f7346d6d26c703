//! A start that fails, a server that does not come up or does not stay, and the way back.

use std::fs;
use std::process::Command;

use crate::support::fake_systemctl::UNIT;
use crate::support::host::{Host, START, STOP};

fn clone() -> Host {
    Host::answering("ca", "ca-clone", true)
}

#[test]
fn it_is_asked_until_it_runs() {
    let host = clone();
    host.on(
        "start",
        "echo 503 >\"$dir/answer\"; (sleep 0.3; echo starting >\"$dir/answer\"; sleep 0.3; echo >\"$dir/answer\") &",
    );
    let ran = host.promote(&["--output", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.error);
    assert_eq!(ran.json()["service"]["ready"], true);
    assert!(host.server.as_ref().unwrap().asked() > 3);
    let host = clone();
    host.promote(&[]).expect(0, &["its subsystem says that it runs, and the role in the file was verified"]);
}

/// It never says that it runs: 5, and with `--rollback` 4.
#[test]
fn it_never_runs() {
    for (answer, phrase) in [("404", "HTTP status 404"), ("starting", "starting"), ("silent", "no complete answer")] {
        let host = clone();
        let with_new_role = format!(
            "if grep -q enableCRLUpdates=true CFG; then echo {answer} >\"$dir/answer\"; else rm -f \"$dir/answer\"; fi"
        );
        host.on("start", &with_new_role);
        let ran = host.promote(&["--timeout", "1"]);
        ran.expect(5, &["did not say \"running\"", phrase, "is converted", "pki-role restore"]);
        assert!(!host.is_untouched() && host.is_up());
        assert_eq!(fs::read(host.backup()).unwrap(), host.before);
        // A server that takes its time for each answer takes the test's.
        if answer == "silent" {
            continue;
        }
        // The same command again says the same, not that nothing is to be done.
        let again = host.promote(&["--timeout", "1"]);
        again.expect(5, &["did not say \"running\"", "systemctl restart"]);
        assert_eq!(host.promote(&["--check"]).code, Some(1));

        let host = clone();
        host.on("start", &with_new_role);
        let ran = host.promote(&["--timeout", "1", "--rollback"]);
        ran.expect(4, &["did not say \"running\"", phrase, "were put back", &format!("{UNIT} runs")]);
        assert!(host.is_untouched() && host.is_up() && !host.has_note());
        assert_eq!(host.systemctl.changes(), [STOP, START, STOP, START]);
    }
}

#[test]
fn without_a_port_the_unit_alone_is_asked() {
    let host = Host::clone(true);
    host.promote(&[]).expect(0, &["[readiness-unknown]"]);
    // Nobody could say whether to go back.
    let host = Host::clone(true);
    host.promote(&["--rollback"]).expect(3, &["--rollback cannot act here", "nothing was touched"]);
    host.assert_untouched();
}

#[test]
fn it_starts_and_falls_over() {
    let host = Host::clone(true);
    host.on("start", "echo failed >\"$dir/state-$unit\"; exit 0");
    host.promote(&[]).expect(5, &["is failed after its start", "is down (failed)", "pki-role restore"]);
    assert!(host.has_note());
}

/// It says that it runs, and falls over while the file is watched.
#[test]
fn it_comes_up_and_does_not_stay() {
    let host = clone();
    host.on("start", "(sleep 0.5; echo failed >\"$dir/state-$unit\") &");
    host.promote(&["--settle", "1"]).expect(5, &["came up, but did not stay: it is failed", "is down (failed)"]);
    let host = clone();
    host.on("start", "(sleep 0.5; echo failed >\"$dir/state-$unit\") &");
    assert_eq!(host.promote(&["--settle", "1", "--output", "json"]).error_code(), "came-down");
    // The unit stays, its subsystem does not.
    let host = clone();
    host.on("start", "(sleep 0.5; echo 404 >\"$dir/answer\") &");
    host.promote(&["--settle", "1"]).expect(5, &["does not say that it runs any more: HTTP status 404"]);
}

/// What the message says to type is typed, with this host's systemctl.
fn follow(host: &Host, error: &str) {
    let (_, next) = error.rsplit_once("  next:  ").unwrap();
    let lines: Vec<_> = next.lines().filter(|line| line.starts_with("    ")).map(str::trim).collect();
    let is_look = |line: &&str| line.starts_with("journalctl") || line.starts_with("tail ");
    let lines: Vec<_> = lines.into_iter().filter(|line| !is_look(line)).collect();
    assert!(!lines.is_empty(), "{error}");
    let systemctl = host.systemctl.program().display().to_string();
    for line in lines {
        let line = match line.strip_prefix("systemctl ") {
            Some(rest) => format!("{systemctl} {rest}"),
            None => {
                let settle = if line.contains("--settle") { "" } else { " --settle 0" };
                line.replacen("pki-role", env!("CARGO_BIN_EXE_pki-role"), 1) + settle
            }
        };
        let ran = Command::new("sh").args(["-ec", &line]).output().unwrap();
        assert!(ran.status.success(), "{line}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

#[test]
fn a_start_that_fails_shows_the_way_back() {
    for host in [Host::clone(true), Host::clone(false)] {
        host.on("start", "echo what it says at last >&2; exit 1");
        let ran = host.promote(&[]);
        ran.expect(5, &["what it says at last", "is converted", &format!("journalctl -n 50 -u {UNIT}")]);
        assert!(!host.is_untouched() && !host.is_up());
        // What was changed and what should be known is reported; of the service nothing but the truth.
        ran.expect(5, &["CA clone -> master", "[former-master-still-master]"]);
        assert!(!ran.error.contains("service: "), "{}", ran.error);
        // With the old parameters it would start.
        host.on("start", "");
        follow(&host, &ran.error);
        assert!(host.is_untouched() && host.is_up());
    }
}

/// The way back goes through the same service, also where the path alone does not say which.
#[test]
fn the_way_back_names_the_unit() {
    let host = Host::clone(true);
    let plain = host.path("a file.cfg");
    fs::copy(&host.file, &plain).unwrap();
    host.on("start", "echo active >\"$dir/state-$unit\"; exit 1");
    let to = plain.to_str().unwrap();
    let ran = host.run(&["promote-ca", "--to", to, "--from", host.master.to_str().unwrap(), "--service", UNIT]);
    ran.expect(5, &[]);
    host.on("start", "");
    follow(&host, &ran.error);
    assert_eq!(fs::read(&plain).unwrap(), host.before);
    assert_eq!(host.systemctl.changes()[..4], [STOP, START, STOP, START]);
}

#[test]
fn without_a_backup_the_way_back_is_the_same_command() {
    let host = Host::clone(true);
    host.on("start", "exit 1");
    let ran = host.promote(&["--no-backup"]);
    ran.expect(5, &["is converted"]);
    assert!(!ran.error.contains("restore"), "{}", ran.error);
    host.on("start", "");
    follow(&host, &ran.error);
    assert!(host.is_up());
}

/// A start that fails while the role is the new one.
const FAILS_AS_MASTER: &str = "if grep -q enableCRLUpdates=true CFG; then echo not as master >&2; exit 1; fi";

#[test]
fn with_rollback_it_runs_again_with_the_old_role() {
    let host = clone();
    host.on("start", FAILS_AS_MASTER);
    let ran = host.promote(&["--rollback"]);
    ran.expect(4, &["not as master", "were put back", &format!("{UNIT} runs"), "backup: "]);
    assert!(host.is_untouched() && host.is_up());
    assert_eq!(host.systemctl.changes(), [STOP, START, STOP, START]);
    // The backup is still there, and JSON says so, too.
    let host = clone();
    host.on("start", FAILS_AS_MASTER);
    let report = host.promote(&["--rollback", "--output", "json"]).json();
    assert_eq!(report["backup"], host.backup().display().to_string());
    assert_eq!(report["changed"], false);
}

#[test]
fn with_rollback_what_was_down_stays_so() {
    let host = Host::answering("ca", "ca-clone", false);
    host.on("start", "exit 1");
    let ran = host.promote(&["--rollback"]);
    ran.expect(4, &["were put back", "and did not run before"]);
    assert!(host.is_untouched() && !host.is_up());
}

#[test]
fn with_rollback_that_does_not_help_either() {
    let host = clone();
    host.on("start", "echo never >&2; exit 1");
    let ran = host.promote(&["--rollback"]);
    ran.expect(5, &["never", "on the way back", "is down"]);
    assert!(host.is_untouched() && !host.is_up() && host.has_note());
    assert!(!ran.error.contains("is converted"), "the parameters were put back: {}", ran.error);
    assert!(!ran.error.contains("CA clone -> master"), "it is a clone: {}", ran.error);
    let failed = clone();
    failed.on("start", "exit 1");
    let report = failed.promote(&["--rollback", "--output", "json"]).json();
    assert_eq!((&report["role_after"], &report["changes"]), (&serde_json::Value::Null, &serde_json::json!([])));
    // And the same command again goes on from there.
    host.on("start", "");
    host.promote(&[]).expect(0, &[]);
    assert!(host.is_up() && !host.has_note());
}

/// What the server wrote after its start stays when the role's parameters are put back.
#[test]
fn with_rollback_what_the_server_wrote_stays() {
    let host = clone();
    host.on("start", &FAILS_AS_MASTER.replace("exit 1", "echo zz.written=at-start >>CFG; exit 1"));
    host.promote(&["--rollback"]).expect(4, &["were put back"]);
    assert_eq!(host.bytes(), [&host.before[..], b"zz.written=at-start\n"].concat());
}

/// A failure's JSON says what became of the file.
#[test]
fn json_of_a_failure_after_the_edit() {
    let host = Host::clone(true);
    host.on("start", "exit 1");
    let ran = host.promote(&["--output", "json"]);
    assert_eq!((ran.code, ran.error.as_str()), (Some(5), ""));
    let report = ran.json();
    assert_eq!(report["error"]["code"], "start-failed");
    assert_eq!(report["changed"], true);
    assert_eq!(report["backup"], host.backup().display().to_string());
}

/// The subsystem did not answer before a demotion: it may be the broken master of the night.
#[test]
fn a_demotion_does_not_wait_for_a_subsystem_that_was_silent() {
    for answer in ["404", "503"] {
        let host = Host::answering("ca", "ca-master", true);
        host.answer(answer);
        host.demote(&["--timeout", "30"]).expect(0, &["[did-not-answer-before]"]);
        assert!(!host.is_untouched() && host.is_up());
        // Nor does the way back.
        let host = Host::answering("ca", "ca-master", true);
        host.answer(answer);
        host.on("stop", "exit 1");
        let ran = host.demote(&["--timeout", "30"]);
        ran.expect(4, &["CS.cfg is as it was", "does not say that it runs, and did not before"]);
        assert!(host.is_untouched() && host.is_up());
    }
    // A promotion is to end with a master that answers.
    let host = clone();
    host.answer("404");
    host.promote(&["--timeout", "1"]).expect(5, &["did not say \"running\""]);
}

/// `pki-server` or a watchdog has started the server between the stop and the end of the edit.
#[test]
fn somebody_else_starts_it_meanwhile() {
    let host = Host::clone(true);
    // Two looks at the unit come before the stop, and one after it.
    host.on(
        "is-active",
        "if [ \"$(grep -c ^is-active \"$dir/log\")\" = 4 ]; then echo active >\"$dir/state-$unit\"; fi",
    );
    host.promote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, STOP, START]);
    // Where it is to stay down it is up, with what the file said before.
    let host = Host::clone(true);
    host.on(
        "is-active",
        "if [ \"$(grep -c ^is-active \"$dir/log\")\" = 4 ]; then echo active >\"$dir/state-$unit\"; fi",
    );
    let ran = host.promote(&["--no-start"]);
    ran.expect(5, &["was to be down, and is active", "is converted", "systemctl restart"]);
    let host = Host::clone(true);
    host.on(
        "is-active",
        "if [ \"$(grep -c ^is-active \"$dir/log\")\" = 4 ]; then echo active >\"$dir/state-$unit\"; fi",
    );
    assert_eq!(host.promote(&["--no-start", "--output", "json"]).error_code(), "started-by-others");
}
