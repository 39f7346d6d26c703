//! A signal at each step, with a systemctl that blocks: before the edit everything is undone, after
//! it everything is finished, and the exit code tells the signal.

use std::fs;
use std::process::Child;

use rustix::process::Signal;

use crate::fake_systemctl::{Host, Ran, signal, start};

const STOP: &str = "stop pki-tomcatd@pki-tomcat.service";
const START: &str = "start pki-tomcatd@pki-tomcat.service";
const SIGNALS: [(Signal, i32); 3] = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];

/// A promotion that is under way when systemctl blocks.
fn promotion(host: &Host, more: &[&str]) -> Child {
    let from = host.master.display().to_string();
    let child = start(host.command(&[&["promote-ca", "--instance", "pki-tomcat", "--from", &from], more].concat()));
    host.systemctl.wait_until_reached();
    child
}

fn ended(child: Child) -> Ran {
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn before_the_stop_nothing_is_touched() {
    for (number, code) in SIGNALS {
        let host = Host::clone(true);
        host.systemctl.on("is-active", "block");
        let child = promotion(&host, &[]);
        signal(&child, number);
        host.systemctl.let_go();
        ended(child).expect(code, &["interrupted by signal", "nothing was touched"]);
        assert_eq!(host.systemctl.changes(), [""; 0]);
        assert!(host.is_untouched());
        assert_eq!(host.names(), ["CS.cfg"]);
    }
}

/// Nobody lets it go: a wait ends at a signal.
#[test]
fn a_question_that_hangs_is_given_up() {
    let host = Host::clone(true);
    host.systemctl.on("is-active", "block");
    let child = promotion(&host, &["--timeout", "5"]);
    let since = std::time::Instant::now();
    signal(&child, Signal::INT);
    ended(child).expect(130, &["nothing was touched"]);
    assert!(since.elapsed().as_secs() < 5, "it waited for its timeout");
}

#[test]
fn during_the_stop_it_is_undone() {
    for (number, code) in SIGNALS {
        let host = Host::clone(true);
        host.systemctl.on("stop", "echo inactive >\"$dir/state-$unit\"; block");
        let child = promotion(&host, &[]);
        signal(&child, number);
        ended(child).expect(code, &["interrupted by signal", "the file is as it was", "was started again"]);
        assert_eq!(host.systemctl.changes(), [STOP, START]);
        assert!(host.is_untouched() && host.systemctl.is_up());
        assert_eq!(host.names(), ["CS.cfg"]);
    }
}

/// A second signal, of one who has no patience, changes nothing.
#[test]
fn again_during_the_start_that_undoes() {
    let host = Host::clone(true);
    host.systemctl.on("stop", "block");
    host.systemctl.on("start", ": >\"$dir/undoing\"; rm \"$dir/reached\"; block");
    let child = promotion(&host, &[]);
    signal(&child, Signal::INT);
    crate::fake_systemctl::wait_until("the way back", || host.systemctl.has("undoing"));
    host.systemctl.wait_until_reached();
    signal(&child, Signal::INT);
    host.systemctl.let_go();
    ended(child).expect(130, &["was started again"]);
    assert!(host.is_untouched() && host.systemctl.is_up());
}

#[test]
fn after_the_edit_it_is_finished() {
    for (number, code) in SIGNALS {
        let host = Host::clone(true);
        host.systemctl.on("start", "block");
        let child = promotion(&host, &[]);
        signal(&child, number);
        host.systemctl.let_go();
        ended(child).expect(code, &["CA clone -> master"]);
        assert_eq!(host.systemctl.changes(), [STOP, START]);
        assert!(!host.is_untouched() && host.systemctl.is_up());
        assert_eq!(fs::read(host.backup()).unwrap(), host.before);
    }
}

#[test]
fn while_it_is_waited_for_it_is_finished() {
    let host = Host::clone(true);
    // Of the questions only the one after the start.
    host.systemctl.on("is-active", "if grep -q ^start \"$dir/log\"; then block; fi");
    let child = promotion(&host, &[]);
    signal(&child, Signal::TERM);
    host.systemctl.let_go();
    ended(child).expect(143, &["CA clone -> master"]);
    assert!(!host.is_untouched() && host.systemctl.is_up());
}

#[test]
fn during_a_rollback_it_is_finished() {
    let host = Host::clone(true);
    host.systemctl.on("start", "n=$(grep -c ^start \"$dir/log\"); if [ \"$n\" = 1 ]; then exit 1; fi; block");
    let child = promotion(&host, &["--rollback"]);
    signal(&child, Signal::TERM);
    host.systemctl.let_go();
    ended(child).expect(4, &["keys were put back"]);
    assert!(host.is_untouched() && host.systemctl.is_up());
}

/// `nohup pki-role ...`: who closes the terminal does not end it.
#[test]
fn what_is_ignored_stays_ignored() {
    let host = Host::clone(true);
    host.systemctl.on("stop", "block");
    let command = host.command(&["promote-ca", "--instance", "pki-tomcat", "--from", host.master.to_str().unwrap()]);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    let child = start(shell);
    host.systemctl.wait_until_reached();
    signal(&child, Signal::HUP);
    host.systemctl.let_go();
    ended(child).expect(0, &[]);
    assert!(!host.is_untouched());
}

/// A Ctrl-C on the terminal goes to the whole group: the child that stops the server is not hit.
#[test]
fn systemctl_is_in_a_group_of_its_own() {
    let host = Host::clone(true);
    host.systemctl.on("stop", "read -r _ _ _ _ group _ </proc/$$/stat; echo \"group $((group - $$))\" >>\"$dir/log\"");
    host.promote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, "group 0", START]);
}
