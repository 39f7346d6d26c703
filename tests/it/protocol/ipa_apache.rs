//! A move between two CAs of FreeIPA, each behind a real Apache: what a relying party fetches from either
//! host; and a broken configuration of the web server, which is found before anything is stopped.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::support::apache::RealApache;
use crate::support::fake_ca::{CLONE, FakeCa, MASTER};
use crate::support::fake_systemctl::wait_until;
use crate::support::needs;
use crate::support::test::Ran;

const PROXY: &str = "etc/httpd/conf.d/ipa-pki-proxy.conf";
const HTTPD: &str = "httpd.service";

/// A host of FreeIPA.
struct IpaHost {
    ca: FakeCa,
    apache: RealApache,
    /// What the rule's file was at first.
    rule: String,
}

impl IpaHost {
    /// None where this machine lacks what it takes.
    fn new(fixture: &str, host: &str) -> Option<IpaHost> {
        let mut ca = FakeCa::with_agents(fixture, host)?;
        ca.test = ca.test.file(PROXY, "");
        fs::set_permissions(ca.test.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        let apache = RealApache::before(ca.server.port(), &ca.test.path(PROXY))?;
        let mark = if fixture == "ca-master" { "#" } else { "" };
        let rule = format!(
            "# VERSION 19 - DO NOT REMOVE THIS LINE\n\nProxyRequests Off\n\n# Only enable this on servers that are \
             not generating a CRL\n{mark}RewriteRule ^/ipa/crl/MasterCRL.bin http://127.0.0.1:{}/ca/ee/ca/getCRL?\
             op=getCRL&crlIssuingPoint=MasterCRL [L,R=301,NC]\n",
            apache.port
        );
        fs::write(ca.test.path(PROXY), &rule).unwrap();
        ca.systemctl.set(HTTPD, "active");
        ca.systemctl.on("reload", &format!("[ \"$unit\" = {HTTPD} ] && {} || exit 1", apache.shell("-k graceful")));
        ca.state().publishes_to = Some(apache.published());
        ca.set_crls(3600, 3 * 3600, 7);
        apache.start();
        Some(IpaHost { ca, apache, rule })
    }

    fn publish(&self) {
        let crl = self.ca.state().crls["MasterCRL"].der();
        fs::write(self.apache.published(), crl).unwrap();
    }

    fn proxy(&self) -> String {
        fs::read_to_string(self.ca.test.path(PROXY)).unwrap()
    }

    /// A graceful reload takes a moment.
    fn gives(&self, crl: &[u8], what: &str) {
        wait_until(what, || self.apache.crl() == crl);
    }

    fn redirects(&self, wanted: bool) {
        wait_until("the web server to read its rule", || self.apache.redirect().contains("/ca/ee/ca/getCRL") == wanted);
    }

    fn backup(&self) -> PathBuf {
        let folder = self.ca.config().parent().unwrap().to_owned();
        let mut names = crate::support::folder::names(&folder).into_iter();
        folder.join(names.find(|name| name.starts_with("CS.cfg.pki-role.2")).unwrap())
    }
}

#[test]
fn a_move() {
    let (Some(old), Some(new)) = (IpaHost::new("ca-master", MASTER), IpaHost::new("ca-clone", CLONE)) else { return };
    let last = old.ca.state().crls["MasterCRL"].der();
    old.publish();
    new.ca.state().crls.clone_from(&old.ca.state().crls);
    old.redirects(false);
    new.redirects(true);
    old.gives(&last, "the published file");
    new.gives(&last, "the CA's answer");

    let address = format!("{CLONE}:{}", new.ca.tls.as_ref().unwrap().port);
    let demoted =
        old.ca.json(&format!("demote-ca -i pki-tomcat --new-master {address} --with-ipa-proxy --settle 0"), 0);
    assert_eq!(demoted["ipa_proxy"]["rule_after"], "in-force", "{demoted}");
    old.redirects(true);
    old.gives(&last, "the CA's answer");

    let agent = new.ca.agent("agent");
    let promote = format!("promote-ca -i pki-tomcat --keep-settings --with-ipa-proxy --issue-crl {agent} --settle 0");
    let promoted = new.ca.json(&promote, 0);
    assert_eq!(promoted["ipa_proxy"]["rule_after"], "commented-out");
    let issued = promoted["issued"].as_array().unwrap().iter();
    assert!(
        issued.into_iter().any(|crl| crl["issuing_point"] == "MasterCRL" && crl["crl"]["number"] == 8),
        "{promoted}"
    );
    new.redirects(false);
    let next = new.ca.state().crls["MasterCRL"].der();
    assert_ne!(next, last);
    // The database replicates it.
    old.ca.state().crls.clone_from(&new.ca.state().crls);
    old.gives(&next, "the new CRL from the old master's host");
    new.gives(&next, "the new CRL from the new master's host");

    // Everything back, byte for byte.
    for host in [&new, &old] {
        let backup = host.backup();
        let restore =
            format!("restore -i pki-tomcat --subsystem ca --from {} --with-ipa-proxy --settle 0", backup.display());
        host.ca.json(&restore, 0);
        assert_eq!(host.proxy(), host.rule);
        assert_eq!(fs::read(host.ca.config()).unwrap(), fs::read(backup).unwrap());
    }
    old.redirects(false);
    new.redirects(true);
}

/// What a plan prints is typed, host by host, and nothing else.
#[test]
fn a_move_by_the_steps_of_its_plan_alone() {
    let (Some(old), Some(new)) = (IpaHost::new("ca-master", MASTER), IpaHost::new("ca-clone", CLONE)) else { return };
    let hosts = [(MASTER, &old, "old.json"), (CLONE, &new, "new.json")];
    for (_, host, _) in hosts {
        let tls = host.ca.tls.as_ref().unwrap();
        let files = [
            ("agent.pem", "var/lib/ipa/ra-agent.pem"),
            ("agent.key", "var/lib/ipa/ra-agent.key"),
            ("ca.pem", "etc/ipa/ca.crt"),
        ];
        for (name, place) in files {
            let place = host.ca.test.path(place);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::copy(tls.file(name), place).unwrap();
        }
    }
    old.publish();
    let replicate = |from: &IpaHost, to: &IpaHost| to.ca.state().crls.clone_from(&from.ca.state().crls);
    replicate(&old, &new);
    let collect = || {
        for (_, host, name) in hosts {
            let status = host.ca.json("status", 0).to_string();
            fs::write(new.ca.test.path(name), status).unwrap();
        }
    };
    collect();
    let ask = format!("plan old.json new.json --new-master {CLONE} --without-publishing");
    let plan = new.ca.test.json(&ask, 0);
    let mut typed = Vec::new();
    for step in plan["steps"].as_array().unwrap() {
        let argv: Vec<&str> = step["argv"].as_array().unwrap().iter().map(|each| each.as_str().unwrap()).collect();
        typed.push(argv[1]);
        if argv[1] == "check" {
            replicate(&new, &old);
            collect();
            new.ca.test.ran(&argv[1..].join(" ")).expect(0, &[]);
            continue;
        }
        let on = |host: &str| hosts.iter().find(|(name, ..)| *name == host).unwrap().1;
        if let Some(needed) = step["needs"]["argv"].as_array() {
            let needed: Vec<&str> = needed.iter().map(|each| each.as_str().unwrap()).collect();
            let exported =
                on(step["needs"]["host"].as_str().unwrap()).ca.test.ran(&format!("{} --root .", needed[1..].join(" ")));
            exported.expect(0, &[]);
            fs::write(on(CLONE).ca.test.path(step["needs"]["file"].as_str().unwrap()), exported.out).unwrap();
        }
        let host = on(step["host"].as_str().unwrap());
        if argv[1] == "status" {
            replicate(&old, &new);
            let status = host.ca.json(&argv[1..].join(" "), 0);
            let shown = status["files"][0]["live"]["crls"].as_array().unwrap();
            for awaited in step["awaits"].as_array().unwrap() {
                let is_it = |crl: &&serde_json::Value| crl["issuing_point"] == awaited["issuing_point"];
                assert_eq!(shown.iter().find(is_it).unwrap()["number"], awaited["number"], "{status}");
            }
            continue;
        }
        let settle = if argv[1] == "issue-crl" { "" } else { " --settle 0" };
        host.ca.run(&format!("{}{settle}", argv[1..].join(" "))).expect(0, &[]);
    }
    assert_eq!(typed, ["issue-crl", "demote-ca", "status", "promote-ca", "check"]);
    let crls = new.ca.state().crls.clone();
    let next = crls["MasterCRL"].der();
    assert_eq!(crls["MasterCRL"].number, Some(vec![9]));
    old.redirects(true);
    new.redirects(false);
    old.gives(&next, "the new CRL from the old master's host");
    new.gives(&next, "the new CRL from the new master's host");
}

/// Where no CRL is issued, the rule is not lifted: the old master's file would be served.
#[test]
fn the_rule_stays_where_no_crl_is_issued() {
    let Some(host) = IpaHost::new("ca-clone", CLONE) else { return };
    host.ca.on_update(&[crate::support::fake_ca::Update::Status(500)]);
    let agent = host.ca.agent("agent");
    let promote = format!("promote-ca -i pki-tomcat --keep-settings --with-ipa-proxy --issue-crl {agent} --settle 0");
    let failed = host.ca.json(&promote, 5);
    assert!(failed["error"]["state"].as_str().unwrap().contains("ipa-pki-proxy.conf is as it was"), "{failed}");
    assert_eq!((host.proxy(), &failed["ipa_proxy"]["rule_after"]), (host.rule.clone(), &"in-force".into()));
    host.redirects(true);
    // Once it can be issued, the same command does the rest.
    host.ca.json(&promote, 0);
    host.redirects(false);
}

/// The service does not come up: both files, and what the web server serves, are as before.
#[test]
fn a_rollback() {
    let Some(host) = IpaHost::new("ca-master", MASTER) else { return };
    host.publish();
    host.ca.systemctl.on("start", "[ -e \"$dir/failed\" ] || { : >\"$dir/failed\"; exit 1; }");
    let before = fs::read(host.ca.config()).unwrap();
    host.ca
        .json(&format!("demote-ca -i pki-tomcat --new-master {CLONE}:8443 --with-ipa-proxy --rollback --settle 0"), 4);
    assert_eq!((host.proxy(), fs::read(host.ca.config()).unwrap()), (host.rule.clone(), before));
    host.redirects(false);
}

/// On the host itself (a copy of `/etc` in a name space of the test's own) the configuration is tested.
#[test]
fn the_configuration_is_tested() {
    if !needs::mount() {
        return;
    }
    let Some(mut host) = IpaHost::new("ca-master", MASTER) else { return };
    let etc = host.ca.test.path("etc");
    assert!(Command::new("cp").args(["-an", "/etc/."]).arg(&etc).status().is_ok());
    let bin = host.ca.test.path("bin");
    let script = format!("#!/bin/sh\n[ \"$1\" = configtest ] && exec {}\n", host.apache.shell("-t"));
    host.ca.test = host.ca.test.file("bin/apachectl", script);
    fs::set_permissions(bin.join("apachectl"), fs::Permissions::from_mode(0o755)).unwrap();
    let run = |path: &str, more: &str| {
        let line = format!(
            "mount --bind {} /etc && mount -t tmpfs none /run && PATH={}{path} exec {} demote-ca -i pki-tomcat \
             --new-master {CLONE}:8443 --with-ipa-proxy --settle 0 --systemctl {} {more}",
            etc.display(),
            bin.display(),
            env!("CARGO_BIN_EXE_pki-role"),
            host.ca.systemctl.program().display(),
        );
        Ran::of(&Command::new("unshare").args(["-m", "sh", "-c", &line]).output().unwrap())
    };
    let configuration = fs::read_to_string(host.apache.configuration()).unwrap();
    fs::write(host.apache.configuration(), format!("{configuration}NoSuchDirective on\n")).unwrap();
    for more in ["", "--dry-run", "--check"] {
        let refused = run(":$PATH", more);
        refused.expect(
            3,
            &["web server's configuration is broken: apachectl configtest", "NoSuchDirective", "nothing was touched"],
        );
    }
    assert_eq!((host.proxy(), host.ca.systemctl.changes().len()), (host.rule.clone(), 0));
    host.redirects(false);
    // In order, it is reloaded; nothing is said of a test that was not made.
    fs::write(host.apache.configuration(), configuration).unwrap();
    let done = run(":$PATH", "");
    done.expect(0, &["httpd.service: reloaded"]);
    assert!(!done.error.contains("web-server-not-tested"), "{}", done.error);
    host.redirects(true);
    // Where none of the programs is there, that is a warning.
    fs::write(host.ca.test.path(PROXY), &host.rule).unwrap();
    fs::remove_file(bin.join("apachectl")).unwrap();
    run("", "--dry-run").expect(0, &["none of these is here: apachectl, apache2ctl, httpd", "[web-server-not-tested]"]);
}
