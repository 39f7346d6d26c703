//! A signal at each step, with a systemctl that blocks: before the edit everything is undone, after it
//! everything is finished, and the exit code is the signal's.

use std::fs;
use std::process::{Child, Command};
use std::time::Instant;

use rustix::process::Signal;

use crate::support::fake_systemctl::wait_until;
use crate::support::host::{Host, START, STOP, ended, signal, start};

const SIGNALS: [(Signal, i32); 4] = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)];

/// A promotion that is under way when systemctl blocks.
fn promotion(host: &Host, more: &[&str]) -> Child {
    let child = start(host.command(&host.promotion(more)));
    host.systemctl.wait_until_reached();
    child
}

#[test]
fn before_the_stop_nothing_is_touched() {
    for (number, code) in SIGNALS {
        for verb in ["is-active", "show", "is-enabled"] {
            let host = Host::clone(verb != "is-enabled");
            host.on(verb, "block");
            let child = promotion(&host, &[]);
            signal(&child, number);
            host.systemctl.let_go();
            ended(child).expect(code, &["interrupted by signal", "nothing was touched"]);
            host.assert_untouched();
        }
    }
}

/// Nobody lets it go: a question ends at a signal.
#[test]
fn a_question_that_hangs_is_given_up() {
    let host = Host::clone(true);
    host.on("is-active", "block");
    let child = promotion(&host, &["--timeout", "50"]);
    let since = Instant::now();
    signal(&child, Signal::INT);
    ended(child).expect(130, &["nothing was touched"]);
    assert!(since.elapsed().as_secs() < 20, "it waited for its timeout");
}

/// Whoever does not want to type the former master's file after all.
#[test]
fn while_standard_input_is_read() {
    for from in ["-", "PIPE"] {
        let host = Host::clone(true);
        let pipe = host.path("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // Both ends are open here, so that nothing ever comes, and no end of it.
        let held = fs::File::options().read(true).write(true).open(&pipe).unwrap();
        let from = if from == "PIPE" { pipe.to_str().unwrap() } else { from };
        let mut command = host.command(&["promote-ca", "-i", "pki-tomcat", "--from", from]);
        command.stdin(held).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let child = command.spawn().unwrap();
        // From then on signals are caught.
        let status = format!("/proc/{}/status", child.id());
        wait_until("signals to be caught", || {
            let status = fs::read_to_string(&status).unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
            u64::from_str_radix(caught, 16).unwrap() & (1 << 14) != 0
        });
        signal(&child, Signal::TERM);
        ended(child).expect(143, &["interrupted by signal 15", "nothing was touched"]);
        host.assert_untouched();
    }
}

#[test]
fn during_the_stop_it_is_undone() {
    for (number, code) in SIGNALS {
        let host = Host::clone(true);
        host.on("stop", "echo inactive >\"$dir/state-$unit\"; block");
        let child = promotion(&host, &[]);
        signal(&child, number);
        ended(child).expect(code, &["interrupted by signal", "CS.cfg is as it was", "pki-tomcat.service is active"]);
        assert_eq!(host.systemctl.changes(), [STOP, START]);
        assert!(host.is_untouched() && host.is_up() && !host.has_note());
        assert_eq!(host.names(), ["CS.cfg"]);
    }
}

/// Between the stop and the edit.
#[test]
fn after_the_stop_it_is_undone() {
    let host = Host::clone(true);
    host.on("is-active", "if grep -q ^stop \"$dir/log\"; then block; fi");
    let child = promotion(&host, &[]);
    signal(&child, Signal::TERM);
    host.systemctl.let_go();
    ended(child).expect(143, &["CS.cfg is as it was", "pki-tomcat.service is active"]);
    assert_eq!(host.systemctl.changes(), [STOP, START]);
    assert!(host.is_untouched() && host.is_up());
    assert_eq!(host.names(), ["CS.cfg"]);
}

/// A second signal, of one who has no patience, changes nothing.
#[test]
fn again_during_the_start_that_undoes() {
    let host = Host::clone(true);
    host.on("stop", "block");
    host.on("start", ": >\"$dir/undoing\"; rm \"$dir/reached\"; block");
    let child = promotion(&host, &[]);
    signal(&child, Signal::INT);
    wait_until("the way back", || host.systemctl.has("undoing"));
    host.systemctl.wait_until_reached();
    signal(&child, Signal::INT);
    host.systemctl.let_go();
    ended(child).expect(130, &["pki-tomcat.service is active"]);
    assert!(host.is_untouched() && host.is_up());
}

/// A way back that fails is exit code 5, signal or not.
#[test]
fn a_way_back_that_fails() {
    let host = Host::clone(true);
    host.on("stop", "echo inactive >\"$dir/state-$unit\"; block");
    host.on("start", "echo failed >\"$dir/state-$unit\"; exit 0");
    let child = promotion(&host, &[]);
    signal(&child, Signal::INT);
    ended(child).expect(5, &["interrupted by signal 2", "is down (failed)"]);
    assert!(host.is_untouched() && host.has_note());
}

#[test]
fn after_the_edit_it_is_finished() {
    for (number, code) in SIGNALS {
        let host = Host::clone(true);
        host.on("start", "block");
        let child = promotion(&host, &["-q"]);
        signal(&child, number);
        host.systemctl.let_go();
        ended(child).expect(code, &["CA clone -> master", "came too late to stop the change: it is finished\n"]);
        assert_eq!(host.systemctl.changes(), [STOP, START]);
        assert!(!host.is_untouched() && host.is_up() && !host.has_note());
        assert_eq!(fs::read(host.backup()).unwrap(), host.before);
    }
}

#[test]
fn while_it_is_waited_for_it_is_finished() {
    let host = Host::clone(true);
    // Of the questions only the one after the start.
    host.on("is-active", "if grep -q ^start \"$dir/log\"; then block; fi");
    let child = promotion(&host, &[]);
    signal(&child, Signal::TERM);
    host.systemctl.let_go();
    ended(child).expect(143, &["CA clone -> master"]);
    assert!(!host.is_untouched() && host.is_up());
}

#[test]
fn during_a_rollback_it_is_finished() {
    let host = Host::answering("ca", "ca-clone", true);
    host.on("start", "n=$(grep -c ^start \"$dir/log\"); if [ \"$n\" = 1 ]; then exit 1; fi; block");
    let child = promotion(&host, &["--rollback"]);
    signal(&child, Signal::TERM);
    host.systemctl.let_go();
    ended(child).expect(4, &["were put back"]);
    assert!(host.is_untouched() && host.is_up());
}

/// `nohup pki-role ...`: who closes the terminal does not end it.
#[test]
fn what_is_ignored_stays_ignored() {
    let host = Host::clone(true);
    host.on("stop", "block");
    let command = host.command(&host.promotion(&[]));
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    let child = start(shell);
    host.systemctl.wait_until_reached();
    signal(&child, Signal::HUP);
    host.systemctl.let_go();
    ended(child).expect(0, &[]);
    assert!(!host.is_untouched());
}

/// Stopped half way by the terminal (Ctrl-Z, a write from the background) it would leave the server down.
#[test]
fn it_is_not_suspended() {
    let host = Host::clone(true);
    host.on("stop", "block");
    let child = promotion(&host, &[]);
    for number in [Signal::TSTP, Signal::TTIN, Signal::TTOU] {
        signal(&child, number);
    }
    host.systemctl.let_go();
    ended(child).expect(0, &[]);
    assert!(!host.is_untouched() && host.is_up());
}

/// `ulimit -f`: a file that would be too large is an error like any other, and no half backup is left.
#[test]
fn a_bound_on_the_size_of_files() {
    let host = Host::clone(true);
    let command = host.command(&host.promotion(&[]));
    let mut shell = Command::new("bash");
    shell.args(["-c", "ulimit -f 1; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    ended(start(shell)).expect(4, &["File too large", "nothing was touched"]);
    host.assert_untouched();
}

/// A Ctrl-C on the terminal goes to the whole group: the child that stops the server does not get it.
#[test]
fn systemctl_is_in_a_group_of_its_own() {
    let host = Host::clone(true);
    host.on("stop", "read -r _ _ _ _ group _ </proc/$$/stat; echo \"group $((group - $$))\" >>\"$dir/log\"");
    host.promote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, "group 0", START]);
}
