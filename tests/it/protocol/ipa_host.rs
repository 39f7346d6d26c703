//! A CA of FreeIPA: its CS.cfg and the web server's rule, changed together.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::support::host::{Host, START, STOP, program};
use crate::support::ipa::{
    DEMOTE, HTTPD, PROMOTE, PROXY, RELOAD, RULE, clone, in_force, ipa, json_of, lifted, master, proxy, put,
    rule_backups,
};
use crate::support::test::{Ran, codes};

#[test]
fn unasked_it_is_only_reported() {
    for (host, command, rule) in [(master(), DEMOTE, "commented-out"), (clone(), PROMOTE, "in-force")] {
        let before = proxy(&host);
        for more in [" --dry-run", " --check", ""] {
            let done = json_of(&host, &format!("{command}{more}"), i32::from(more == " --check"));
            assert!(codes(&done["warnings"]).contains(&"ipa-proxy-stays-behind".to_owned()), "{done}");
            let about = &done["ipa_proxy"];
            assert_eq!(about["file"], json!(host.path(PROXY)));
            assert_eq!([&about["rule_before"], &about["rule_after"]], [rule, rule]);
            assert_eq!((&about["agrees"], &about["host"]), (&json!(false), &json!("ca1.example.com")));
        }
        assert_eq!((proxy(&host), rule_backups(&host).len()), (before, 0));
        assert_eq!(host.systemctl.changes(), [STOP, START]);
        // Also where nothing else is to be done.
        let again = json_of(&host, command, 0);
        assert_eq!((&again["changed"], codes(&again["warnings"]).len()), (&json!(false), 1), "{again}");
        let ran = host.run(&command.split(' ').collect::<Vec<_>>());
        ran.expect(0, &["add --with-ipa-proxy to demote-ca", "web server: "]);
    }
}

/// A demotion puts the rule in force before the CA stops; a promotion lifts it when all else is done.
#[test]
fn together_in_the_right_order() {
    let host = master();
    let done = json_of(&host, &format!("{DEMOTE} --with-ipa-proxy"), 0);
    assert_eq!(proxy(&host), in_force());
    assert_eq!(host.systemctl.changes(), [RELOAD, STOP, START]);
    let about = &done["ipa_proxy"];
    assert_eq!(
        [&about["rule_before"], &about["rule_after"], &about["edit"]],
        ["commented-out", "in-force", "put-in-force"]
    );
    assert_eq!((&about["lines"], &about["reloaded"], &about["agrees"]), (&json!([6]), &json!(true), &json!(true)));
    let backups = rule_backups(&host);
    assert_eq!(about["backup"], json!(backups[0]));
    assert_eq!((backups.len(), fs::read_to_string(&backups[0]).unwrap()), (1, lifted()));
    let stamp = |path: &PathBuf| path.display().to_string().split(".pki-role.").nth(1).unwrap().to_owned();
    assert_eq!(stamp(&backups[0]), stamp(&host.backup()));

    let host = clone();
    let done = json_of(&host, &format!("{PROMOTE} --with-ipa-proxy"), 0);
    assert_eq!(
        (proxy(&host), host.systemctl.changes()),
        (lifted(), vec![STOP.into(), START.into(), RELOAD.to_owned()])
    );
    assert!(done["diff"].as_str().unwrap().contains(&format!("-{RULE}\n+#{RULE}\n")), "{done}");
    for more in ["", " --check", " --dry-run"] {
        let again = json_of(&host, &format!("{PROMOTE} --with-ipa-proxy{more}"), 0);
        assert_eq!((&again["changed"], &again["ipa_proxy"]["edit"]), (&json!(false), &Value::Null), "{again}");
    }
    assert_eq!((host.systemctl.changes().len(), rule_backups(&host).len()), (3, 1));
}

/// With a right CS.cfg the rule alone changes, and no CA is stopped.
#[test]
fn the_rule_alone() {
    for (host, command, wanted) in [(clone(), DEMOTE, in_force()), (master(), PROMOTE, lifted())] {
        json_of(&host, command, 0);
        let calls = host.systemctl.changes().len();
        put(&host, PROXY, &if wanted == in_force() { lifted() } else { in_force() });
        let command = format!("{command} --with-ipa-proxy");
        let check = host.run(&[&command, "--check"].join(" ").split(' ').collect::<Vec<_>>());
        check.expect(1, &[]);
        assert!(check.out.contains("as asked (CA "), "{}", check.out);
        assert!(check.out.contains("); would change: the web server's rule "), "{}", check.out);
        let before = host.bytes();
        let done = json_of(&host, &command, 0);
        assert_eq!(
            (&done["changed"], &done["backup"], done["changes"].as_array().unwrap().len()),
            (&json!(true), &Value::Null, 0)
        );
        assert_eq!((proxy(&host), host.bytes()), (wanted.clone(), before));
        assert_eq!(host.systemctl.changes()[calls..], [RELOAD]);
        // On the screen nothing is said of the CA's unit, which was left alone.
        put(&host, PROXY, &if wanted == in_force() { lifted() } else { in_force() });
        let ran = host.run(&command.split(' ').collect::<Vec<_>>());
        ran.expect(0, &["already as asked", "service: httpd.service: reloaded"]);
        assert!(!ran.error.contains("service: pki-tomcatd@"), "{}", ran.error);
    }
}

#[test]
fn a_dry_run_touches_nothing() {
    let host = clone();
    let ran = host.run(&[&PROMOTE.split(' ').collect::<Vec<_>>()[..], &["--with-ipa-proxy", "--dry-run"]].concat());
    ran.expect(0, &["would be: in force -> commented out", "at the end back it up, replace it", "[published-crl-old]"]);
    assert!(ran.out.contains(&format!("-{RULE}\n+#{RULE}\n")), "{}", ran.out);
    host.assert_untouched();
    assert_eq!(proxy(&host), in_force());
}

/// The way there and back leaves both files as they were.
#[test]
fn a_restore_gives_back_both() {
    for (host, command) in [(master(), DEMOTE), (clone(), PROMOTE)] {
        let before = proxy(&host);
        json_of(&host, &format!("{command} --with-ipa-proxy"), 0);
        let backup = host.backup();
        let restore = format!("restore -i pki-tomcat --subsystem ca --from {} --with-ipa-proxy", backup.display());
        json_of(&host, &restore, 0);
        assert_eq!((proxy(&host), host.is_untouched()), (before, true));
    }
}

#[test]
fn where_the_web_server_is_not_reloaded() {
    let host = master();
    host.systemctl.set(HTTPD, "inactive");
    let ran = host.demote(&["--with-ipa-proxy"]);
    ran.expect(0, &["httpd.service: is inactive, and reads the rule at its next start"]);
    assert_eq!((proxy(&host), host.systemctl.changes()), (in_force(), vec![STOP.to_owned(), START.into()]));
    // No service is to be touched.
    let host = ipa(Host::new("ca", "ca-master", false), &lifted());
    let ran = host.demote(&["--with-ipa-proxy", "--no-service"]);
    ran.expect(0, &["httpd.service: was not touched; it reads the rule after: systemctl reload httpd.service"]);
    assert_eq!((proxy(&host), host.systemctl.changes().len()), (in_force(), 0));
}

#[test]
fn the_published_crl() {
    let published = "var/lib/ipa/pki-ca/publish/MasterCRL.bin";
    let warned = |host: &Host| -> Option<String> {
        let done = json_of(host, &format!("{PROMOTE} --with-ipa-proxy"), 0);
        let all = done["warnings"].as_array().unwrap().clone();
        let found = all.into_iter().find(|warning| warning["code"] == "published-crl-old")?;
        Some(found["message"].as_str().unwrap().to_owned())
    };
    let host = clone();
    assert!(warned(&host).unwrap().contains("MasterCRL.bin does not exist yet"));
    let host = clone();
    put(&host, published, "a CRL");
    let file = fs::File::options().write(true).open(host.path(published)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3 * 86_400)).unwrap();
    assert!(warned(&host).unwrap().contains("MasterCRL.bin is 3 days old"));
    // One that was published in the course of the run.
    let host = clone();
    let shell = format!("mkdir -p {0} && : >{0}/MasterCRL.bin", host.path(published).parent().unwrap().display());
    host.systemctl.on("start", &shell);
    assert_eq!(warned(&host), None);
}

/// Where the rule is absent, FreeIPA's line for this host is appended.
#[test]
fn an_absent_rule() {
    let host = ipa(Host::answering("ca", "ca-master", true), "ProxyRequests Off\n");
    put(&host, "etc/ipa/default.conf", "[global]\nhost = ipa1.example.com\nbasedn = dc=example\n");
    let done = json_of(&host, &format!("{DEMOTE} --with-ipa-proxy"), 0);
    let line = "RewriteRule ^/ipa/crl/MasterCRL.bin http://ipa1.example.com/ca/ee/ca/getCRL?op=getCRL&crlIssuingPoint=MasterCRL [L,R=301,NC]";
    assert_eq!((proxy(&host), &done["ipa_proxy"]["edit"]), (format!("ProxyRequests Off\n{line}\n"), &json!("append")));
    // A master needs none.
    let host = ipa(Host::answering("ca", "ca-clone", true), "ProxyRequests Off\n");
    let done = json_of(&host, &format!("{PROMOTE} --with-ipa-proxy"), 0);
    assert_eq!((proxy(&host).as_str(), &done["ipa_proxy"]["agrees"]), ("ProxyRequests Off\n", &json!(true)));
}

#[test]
fn the_places_of_other_distributions() {
    for place in ["etc/apache2/conf.d", "etc/apache2/conf-enabled"] {
        let host = Host::answering("ca", "ca-master", true);
        host.systemctl.set("apache2.service", "active");
        let file = format!("{place}/ipa-pki-proxy.conf");
        let real = match place.ends_with("enabled") {
            false => file.clone(),
            true => "etc/apache2/conf-available/ipa-pki-proxy.conf".to_owned(),
        };
        put(&host, &real, &lifted());
        if real != file {
            fs::create_dir_all(host.path(place)).unwrap();
            symlink("../conf-available/ipa-pki-proxy.conf", host.path(&file)).unwrap();
        }
        json_of(&host, &format!("{DEMOTE} --with-ipa-proxy"), 0);
        assert_eq!(fs::read_to_string(host.path(&real)).unwrap(), in_force());
        assert_eq!(host.path(&file).is_symlink(), real != file);
        assert_eq!(host.systemctl.changes(), ["reload apache2.service", STOP, START]);
    }
}

/// What `status` says, and that an observed contradiction is a problem.
#[test]
fn status_and_check() {
    for (host, disagrees) in
        [(master(), false), (clone(), false), (ipa(Host::answering("ca", "ca-master", true), &in_force()), true)]
    {
        let mut command = program();
        command.args(["status", "--no-live", "--output", "json", "--root"]).arg(host.root.path());
        command.arg("--systemctl").arg(host.systemctl.program());
        let ran = Ran::of(&command.output().unwrap());
        let saved = host.path("saved.json");
        fs::write(&saved, &ran.out).unwrap();
        let file = ran.json()["files"][0].take();
        assert_eq!(file["ipa_proxy"]["file"], json!(host.path(PROXY)), "{file}");
        assert_eq!(codes(&file["warnings"]).contains(&"ipa-proxy-disagrees".to_owned()), disagrees, "{file}");
        let mut command = program();
        command.args(["check", "--output", "json"]).arg(&saved);
        let judged = Ran::of(&command.output().unwrap()).json();
        assert_eq!(codes(&judged["problems"]).contains(&"ipa-proxy-disagrees".to_owned()), disagrees, "{judged}");
        let plan = program().args(["plan", "--output", "json"]).arg(&saved).output().unwrap();
        let plan = Ran::of(&plan).json();
        let needed = plan["steps"].as_array().unwrap().iter().filter(|step| step["optional"] == false);
        let needed = needed.filter(|step| step["argv"].as_array().unwrap().contains(&json!("--with-ipa-proxy")));
        assert_eq!(needed.count(), usize::from(disagrees), "{plan}");
    }
}
