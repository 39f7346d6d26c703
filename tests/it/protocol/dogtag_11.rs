//! Dogtag 11, whose files name neither subsystem nor instance nor ports: `server.xml` and the folders do.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::container::Container;
use crate::support::fake_systemctl::UNIT;
use crate::support::host::{Host, START, STOP};
use crate::support::small_server::Tls;
use crate::support::status_server::StatusServer;
use crate::support::test::{Ran, codes, fixture};

#[test]
fn each_conversion() {
    let host = Host::dogtag_11("ca-master", true);
    let report = host.demote(&["--output", "json"]).json();
    assert_eq!((&report["role_before"], &report["role_after"]), (&"master".into(), &"clone".into()));
    assert_eq!(report["service"]["ready"], true);
    let host = Host::dogtag_11("ca-clone", true);
    let report = host.promote(&["--output", "json"]).json();
    assert_eq!((&report["role_before"], &report["role_after"]), (&"clone".into(), &"master".into()));
    assert_eq!(report["service"]["ready"], true);
    // Pseudo comments are no connectors.
    assert!(!codes(&report["warnings"]).contains(&"connector-stays-behind".to_owned()), "{report}");
    for (name, command, role) in [("ocsp-master", "demote-ocsp", "clone"), ("ocsp-clone", "promote-ocsp", "master")] {
        let host = Host::dogtag_11(name, true);
        let report = host.run(&[command, "-i", "pki-tomcat", "--output", "json"]).json();
        assert_eq!((&report["role_after"], &report["service"]["ready"]), (&role.into(), &true.into()), "{report}");
        assert_eq!(host.systemctl.changes(), [STOP, START]);
    }
}

/// It ran before, and never says again that it runs: 5, and with `--rollback` 4.
#[test]
fn a_subsystem_that_never_says_again_that_it_runs() {
    for answer in ["404", "starting"] {
        let as_clone = format!(
            "if grep -q enableCRLUpdates=false CFG; then echo {answer} >\"$dir/answer\"; else : >\"$dir/answer\"; fi"
        );
        let host = Host::dogtag_11("ca-master", true);
        host.on("start", &as_clone);
        host.demote(&["--timeout", "1"]).expect(5, &["did not say \"running\"", "is converted", "pki-role restore"]);
        assert!(!host.is_untouched());
        let host = Host::dogtag_11("ca-master", true);
        host.on("start", &as_clone);
        host.demote(&["--timeout", "1", "--rollback"]).expect(4, &["were put back", &format!("{UNIT} runs")]);
        assert!(host.is_untouched() && host.is_up());
    }
}

/// One that says it after some time ends with 0, and not before; the time in which the file must be left
/// alone begins then.
#[test]
fn a_subsystem_that_takes_its_time() {
    let host = Host::dogtag_11("ca-master", true);
    host.on("start", "echo starting >\"$dir/answer\"; (sleep 2; : >\"$dir/answer\") &");
    let since = Instant::now();
    host.demote(&[]).expect(0, &["its subsystem says that it runs"]);
    assert!(since.elapsed() >= Duration::from_secs(2));
    // Its rewrite comes after the answer, and long after the start.
    let host = Host::dogtag_11("ca-master", true);
    let before = host.path("before.cfg");
    fs::write(&before, &host.before).unwrap();
    let rewrite = format!("cat {} >CFG", before.display());
    host.on(
        "start",
        &format!("echo starting >\"$dir/answer\"; (sleep 1.5; : >\"$dir/answer\"; sleep 0.7; {rewrite}) &"),
    );
    host.demote(&["--settle", "1"]).expect(5, &["the file does not say what was written"]);
}

/// With `pki_http_enable=False` there is a port with TLS only.
#[test]
fn tls_only() {
    let host = Host::dogtag_11("ca-clone", true);
    let Some(tls) = Tls::before_port(host.server.as_ref().unwrap().port) else { return };
    host.connector(&format!("port=\"{}\" SSLEnabled=\"true\" scheme=\"https\" secure=\"true\"", tls.port));
    let report = host.promote(&["--output", "json"]).json();
    assert_eq!(report["service"]["ready"], true, "{report}");
    let host = Host::dogtag_11("ca-clone", true);
    let Some(tls) = Tls::before_port(host.server.as_ref().unwrap().port) else { return };
    host.connector(&format!("port=\"{}\" SSLEnabled=\"true\" scheme=\"https\" secure=\"true\"", tls.port));
    host.on(
        "start",
        "if grep -q enableCRLUpdates=true CFG; then echo 404 >\"$dir/answer\"; else : >\"$dir/answer\"; fi",
    );
    host.promote(&["--timeout", "1", "--rollback"]).expect(4, &["HTTP status 404", "were put back"]);
    assert!(host.is_untouched());
}

/// Without curl nobody can ask there: a warning, and no rollback that could not act.
#[test]
fn tls_only_without_curl() {
    let host = Host::dogtag_11("ca-clone", true);
    host.connector("port=\"9\" SSLEnabled=\"true\"");
    let run = |more: &[&str]| {
        let mut command = host.command(&host.promotion(more));
        // Enough for the script, and no curl.
        let tools = host.path("tools");
        fs::create_dir_all(&tools).unwrap();
        for tool in ["sh", "sleep", "grep"] {
            let _ = std::os::unix::fs::symlink(format!("/bin/{tool}"), tools.join(tool));
        }
        Ran::of(&command.env("PATH", &tools).output().unwrap())
    };
    run(&["--rollback"]).expect(3, &["--rollback cannot act here", "curl cannot be run", "nothing was touched"]);
    host.assert_untouched();
    run(&[]).expect(0, &["[readiness-unknown]"]);
    assert!(!host.is_untouched() && host.is_up());
}

/// What a `server.xml` says that somebody else can write is where to ask this very host, or nothing.
#[test]
fn a_connector_elsewhere() {
    for attributes in ["port=\"8080\" address=\"192.0.2.1\"", "port=\"-1\"", "address=\"127.0.0.1\""] {
        let host = Host::dogtag_11("ca-clone", true);
        host.connector(attributes);
        host.promote(&["--rollback"]).expect(3, &["--rollback cannot act here", "nothing was touched"]);
        host.assert_untouched();
        host.promote(&[]).expect(0, &["[readiness-unknown]"]);
    }
}

/// A server that was started by hand: its unit is inactive, and its port answers.
#[test]
fn a_server_without_its_unit() {
    for answer in ["running", "starting"] {
        for name in ["ca-master", "ca-clone"] {
            let mut host = Host::dogtag_11(name, false);
            let orphan = StatusServer::orphan(&host.systemctl, "CA");
            host.answer(answer);
            host.connector(&format!("port=\"{}\"", orphan.port));
            host.server = Some(orphan);
            let convert = |more: &[&str]| if name == "ca-master" { host.demote(more) } else { host.promote(more) };
            for more in [&[][..], &["--no-service"], &["--no-start"]] {
                convert(more).expect(3, &["does not run, but the subsystem answers", "nothing was touched"]);
            }
            assert_eq!(convert(&["--output", "json"]).error_code(), "running-without-unit");
            host.assert_untouched();
            convert(&["--no-service", "--allow-running"]).expect(0, &["[server-may-run]"]);
        }
    }
    // It goes on although its unit was stopped: nothing is edited, and the unit is started again.
    let mut host = Host::dogtag_11("ca-master", true);
    let orphan = StatusServer::orphan(&host.systemctl, "CA");
    host.connector(&format!("port=\"{}\"", orphan.port));
    host.server = Some(orphan);
    host.demote(&[]).expect(4, &["was stopped, but the subsystem still answers", "CS.cfg is as it was"]);
    assert!(host.is_untouched() && host.is_up());
    assert_eq!(host.demote(&["--output", "json"]).error_code(), "still-running");
    // Another subsystem at that port is not this one; a port that answers something else is no server.
    for answer in ["404", "503", "stopped"] {
        let mut host = Host::dogtag_11("ca-master", false);
        let other = StatusServer::orphan(&host.systemctl, if answer == "stopped" { "CA" } else { "OCSP" });
        host.answer(answer);
        host.connector(&format!("port=\"{}\"", other.port));
        host.server = Some(other);
        host.demote(&[]).expect(0, &[]);
    }
}

/// In a container nobody can be asked but the port.
#[test]
fn in_a_container() {
    let demote = ["demote-ca", "-i", "pki-tomcat", "--new-master", "ca2.example.com:8443"];
    let host = Host::dogtag_11("ca-master", true);
    let Some(container) = Container::new(host.root.path()) else { return };
    let with = |more: &[&str]| container.run(&[&demote[..], more].concat());
    with(&[]).expect(3, &["systemctl cannot be run", "--no-service", "nothing was touched"]);
    // Another way to write the same root.
    with(&["--root", "/.."]).expect(3, &["systemctl cannot be run", "nothing was touched"]);
    // The server answers: it runs.
    with(&["--no-service"]).expect(3, &["but the subsystem answers", "nothing was touched"]);
    assert!(host.is_untouched());
    // It answers that it does not: it may not.
    host.systemctl.set(UNIT, "inactive");
    let ran = with(&["--no-service"]);
    ran.expect(0, &["CA master -> clone"]);
    assert!(!ran.error.contains("server-may-run"), "{}", ran.error);
    assert!(!host.is_untouched());
    drop(container);
    // Nobody can be asked at all: it may run, and that is said.
    let host = Host::dogtag_11("ca-master", true);
    host.connector("port=\"9\" SSLEnabled=\"true\"");
    let Some(container) = Container::new(host.root.path()) else { return };
    container.run(&[&demote[..], &["--no-service"]].concat()).expect(0, &["[server-may-run]"]);
    container.run(&["status"]).expect(0, &[]);
}

/// Two masters on one host are two servers; a redirect to a port that no server has is found. Both also
/// where only what each host has said is there.
#[test]
fn servers_of_one_host_are_told_apart() {
    let place = |instance: &str, name: &str, port: u16| {
        let host = Host::dogtag_11(name, false);
        let folder = host.path("etc/pki");
        host.connector(&format!("port=\"{port}\" SSLEnabled=\"true\" scheme=\"https\""));
        fs::rename(folder.join("pki-tomcat"), folder.join(instance)).unwrap();
        let saved = host.run(&["status", "--output", "json"]);
        let path = host.path("saved.json");
        fs::write(&path, &saved.out).unwrap();
        (host, path)
    };
    let check = |files: &[&Path]| {
        let files: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
        let any = Host::clone(false);
        any.run(&[&["check", "--output", "json"], &files[..]].concat()).json()
    };
    let (_a, a) = place("a", "ca-master", 9443);
    let (_b, b) = place("b", "ca-master", 9444);
    let found = codes(&check(&[&a, &b])["problems"]);
    assert!(found.contains(&"several-ca-masters".to_owned()), "{found:?}");
    let (_c, c) = place("c", "ca-clone", 8443);
    let found = codes(&check(&[&a, &c])["warnings"]);
    assert!(found.contains(&"stale-redirect".to_owned()), "{found:?}");
    // Another instance on the same host is another CA, by its port.
    let host = Host::dogtag_11("ca-master", false);
    host.connector("port=\"9443\" SSLEnabled=\"true\"");
    let demote = |port: &str| {
        let new_master = format!("primary.example.com:{port}");
        host.run(&["demote-ca", "-i", "pki-tomcat", "--new-master", &new_master, "--dry-run"])
    };
    demote("9443").expect(3, &["is this CA itself"]);
    demote("9444").expect(0, &[]);
}

/// `other-ca` knows it by the database and the security domain, since there is no certificate.
#[test]
fn the_file_of_another_ca() {
    let host = Host::dogtag_11("ca-clone", true);
    let text = String::from_utf8(fixture("dogtag-11/ca-master")).unwrap();
    for (old, new) in [
        ("internaldb.basedn=o=pki-tomcat-CA", "internaldb.basedn=o=other"),
        ("securitydomain.name=EXAMPLE", "securitydomain.name=OTHER"),
    ] {
        assert!(text.contains(old), "{old}");
        fs::write(&host.master, text.replace(old, new)).unwrap();
        host.promote(&[]).expect(3, &["is of another CA", "--accept other-ca", "nothing was touched"]);
    }
    host.assert_untouched();
}
