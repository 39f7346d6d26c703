//! A server that writes CS.cfg when it is started: what it may do to it, and what is a failure.

use std::fs;

use pki_role::pki::is_role_parameter;

use crate::support::host::Host;
use crate::support::test::Ran;

/// What each conversion is made on, and its arguments.
fn conversions() -> Vec<(Host, Vec<String>)> {
    let instance = ["-i", "pki-tomcat"].map(str::to_owned);
    let with = |host: Host, arguments: &[&str]| {
        let arguments = arguments.iter().map(|argument| argument.replace("MASTER", host.master.to_str().unwrap()));
        let arguments = arguments.chain(instance.clone()).collect();
        (host, arguments)
    };
    // A master whose former master has other values: a promotion that leaves the role as it is.
    let promoted = Host::clone(true);
    promoted.promote(&["--no-backup"]).expect(0, &[]);
    let text = String::from_utf8(promoted.bytes()).unwrap();
    let text = text.replace("ca.crl.MasterCRL.allowExtensions=true", "ca.crl.MasterCRL.allowExtensions=false");
    let again = Host::with("ca", &text, true);
    let clone = Host::clone(true);
    let backup = clone.path("backup.cfg");
    let text = String::from_utf8(clone.before.clone()).unwrap();
    fs::write(&backup, text.replace("master.ca.agent.host=", "master.ca.agent.host=x")).unwrap();
    let restore = ["restore", "--subsystem", "ca", "--from", backup.to_str().unwrap()].map(str::to_owned);
    vec![
        with(Host::clone(true), &["redirect-ca", "--new-master", "ca3.example.com:8443"]),
        with(Host::master(true), &["demote-ca", "--new-master", "ca3.example.com:8443"]),
        with(again, &["promote-ca", "--from", "MASTER"]),
        with(clone, &restore.iter().map(String::as_str).collect::<Vec<_>>()),
        with(Host::new("ocsp", "ocsp-dogtag-master", true), &["demote-ocsp"]),
    ]
}

fn run(host: &Host, arguments: &[String], more: &[&str]) -> Ran {
    host.run(&arguments.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>())
}

/// Whatever the role, the parameters count: the server writes the old bytes back.
#[test]
fn the_old_bytes() {
    for (host, arguments) in conversions() {
        let before = host.path("before.cfg");
        fs::write(&before, &host.before).unwrap();
        host.on("start", &format!("cat {} >CFG", before.display()));
        let ran = run(&host, &arguments, &[]);
        ran.expect(5, &["the file does not say what was written", "their former values", "is active"]);
        assert!(host.is_untouched() && host.is_up());
        assert_eq!(run(&host, &arguments, &["--output", "json"]).error_code(), "not-as-planned");
        assert!(host.is_untouched() && host.is_up());
        // The same command again does it again, and does not say that nothing is to be done.
        host.on("start", "");
        run(&host, &arguments, &[]).expect(0, &[]);
        assert!(!host.is_untouched(), "{arguments:?}");
    }
}

/// The same, some time after the start.
#[test]
fn the_old_bytes_after_a_while() {
    let (host, arguments) = conversions().remove(0);
    let before = host.path("before.cfg");
    fs::write(&before, &host.before).unwrap();
    host.on("start", &format!("(sleep 0.6; cat {} >CFG) &", before.display()));
    run(&host, &arguments, &["--settle", "2"]).expect(5, &["master.ca.agent.host", "their former values"]);
    assert!(host.is_untouched());
}

/// Each rewrite begins the time anew in which the file must be left alone.
#[test]
fn it_writes_again_and_again() {
    let (host, arguments) = conversions().remove(1);
    host.on("start", "(for n in 1 2 3 4 5; do sleep 0.4; echo zz.n=$n >>CFG; done; sed -i s/enableCRLCache=false/enableCRLCache=true/ CFG) &");
    let ran = run(&host, &arguments, &["--settle", "1"]);
    ran.expect(5, &["enableCRLCache", "does not hold what was written"]);
}

/// One parameter is another one afterwards.
#[test]
fn another_value() {
    let cases = [
        ("s/enableCRLUpdates=false/enableCRLUpdates=true/", "enableCRLUpdates"),
        ("/^ca.listenToCloneModifications/d", "ca.listenToCloneModifications"),
        ("s/master.ca.agent.port=8443/master.ca.agent.port=443/", "master.ca.agent.port"),
        ("s/ca.certStatusUpdateInterval=0/ca.certStatusUpdateInterval=600/", "ca.certStatusUpdateInterval"),
    ];
    for (edit, key) in cases {
        let (host, arguments) = conversions().remove(1);
        host.on("start", &format!("sed -i '{edit}' CFG"));
        run(&host, &arguments, &[]).expect(5, &["the file does not say what was written", key, "pki-role restore"]);
    }
}

/// A parameter that makes a role comes up although it was removed.
#[test]
fn a_removed_parameter_comes_back() {
    for line in ["master.ca.agent.host=primary.example.com", "ca.crl.DeltaUsers.profileCertsOnly=false"] {
        let host = Host::clone(true);
        host.on("start", &format!("echo {line} >>CFG"));
        host.promote(&[]).expect(5, &["the file does not say what was written", line.split('=').next().unwrap()]);
    }
}

/// What a server does to its file at every start, and what it completes, is no failure.
#[test]
fn what_it_may_do() {
    let rewrites = [
        "LC_ALL=C sort -o CFG CFG",
        "sed -i 's/$/\\r/' CFG",
        "sed -i '/^#/d; /^$/d' CFG; echo dbs.nextSerialNumber=1234 >>CFG",
        "echo ca.crl.MasterCRL.extension.Completed.enable=false >>CFG",
        "sed -i '/machineName/!s/$/ /; s/\\(true\\|false\\|[0-9]\\) $/\\1/' CFG; sed -i 's/ $//' CFG",
        // In another file of the same name.
        "cp -p CFG CFG.new; mv CFG.new CFG",
    ];
    for rewrite in rewrites {
        for (host, arguments) in conversions() {
            host.on("start", rewrite);
            run(&host, &arguments, &[]).expect(0, &[]);
            // What it has completed the former master does not have.
            if rewrite.contains("Completed") {
                continue;
            }
            let check = run(&host, &arguments, &["--check"]);
            assert_eq!(check.code, Some(0), "{rewrite}, {arguments:?}: {}", check.out);
        }
    }
    assert!(is_role_parameter(b"ca.crl.MasterCRL.extension.Completed.enable"));
}

/// Up to Dogtag 11.6 each rewrite encodes bytes beyond ASCII once more; an empty value may be completed.
#[test]
fn values_that_are_not_as_plain() {
    let text = String::from_utf8(Host::master(true).before).unwrap();
    let description = text.lines().find(|line| line.starts_with("ca.crl.MasterCRL.description=")).unwrap();
    let text = text.replace(description, "ca.crl.MasterCRL.description=Sperrliste f\u{fc}r alle");
    let text = text.replace("usrgrp.ldap=", "ca.crl.MasterCRL.extension.X.critical=\nusrgrp.ldap=");
    let host = Host::with("ca", &text, true);
    host.on("start", "sed -i 's/f\\xc3\\xbcr/f\\xc3\\x83\\xc2\\xbcr/; s/X.critical=$/X.critical=false/' CFG");
    host.demote(&[]).expect(0, &[]);
    let now = String::from_utf8(host.bytes()).unwrap();
    assert!(now.contains("f\u{c3}\u{bc}r") && now.contains("X.critical=false"), "{now}");
    // But it may not be lost.
    let host = Host::with("ca", &text, true);
    host.on("start", "sed -i '/MasterCRL.description/d' CFG");
    host.demote(&[]).expect(5, &["ca.crl.MasterCRL.description"]);
}

/// It removes its file, or makes something else of it.
#[test]
fn no_file_any_more() {
    for (line, phrase) in [
        ("rm CFG", "cannot be read"),
        (": >CFG", "does not hold what was written"),
        ("head -c 300 CFG >CFG.x; cat CFG.x >CFG; rm CFG.x", "does not hold what was written"),
        ("printf '\\0' >CFG", "cannot be read"),
        ("rm CFG; mkdir CFG", "cannot be read"),
    ] {
        let (host, arguments) = conversions().remove(1);
        host.on("start", line);
        run(&host, &arguments, &[]).expect(5, &[phrase, "is active", "backup: "]);
        assert_eq!(fs::read(host.backup()).unwrap(), host.before);
    }
}

/// With `--rollback` a file that does not keep what was written is put back.
#[test]
fn with_rollback() {
    let host = Host::answering("ca", "ca-master", true);
    host.on(
        "start",
        "if grep -q enableCRLUpdates=false CFG; then sed -i s/enableCRLUpdates=false/enableCRLUpdates=true/ CFG; fi",
    );
    host.demote(&["--rollback"]).expect(4, &["enableCRLUpdates", "were put back"]);
    assert!(host.is_untouched() && host.is_up());
    // The server has written the old bytes itself: it only has to run again.
    let host = Host::answering("ca", "ca-master", true);
    let before = host.path("before.cfg");
    fs::write(&before, &host.before).unwrap();
    host.on("start", &format!("cat {} >CFG", before.display()));
    host.demote(&["--rollback"]).expect(4, &["the file does not say what was written"]);
    assert!(host.is_untouched() && host.is_up());
}

/// While the server is down somebody cuts its file off: that is not as it was, and nobody is told to accept it.
#[test]
fn it_is_cut_off_while_the_server_is_down() {
    let host = Host::master(true);
    host.on("stop", "truncate -s 3000 CFG");
    let ran = host.run(&["demote-ca", "--new-master", "ca3.example.com:8443", "-i", "pki-tomcat"]);
    ran.expect(5, &["is incomplete", "has written it meanwhile", "archives/CS.cfg.bak", "is active"]);
    assert!(!ran.error.contains("--accept"), "{}", ran.error);
    assert_eq!(host.bytes().len(), 3000);
}
