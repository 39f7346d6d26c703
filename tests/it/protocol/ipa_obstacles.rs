//! What stands in the way of the web server's rule, and what is given back then.

use std::fs;

use serde_json::{Value, json};

use crate::support::fake_systemctl::UNIT;
use crate::support::host::Host;
use crate::support::ipa::{
    DEMOTE, HTTPD, PROMOTE, PROXY, RELOAD, clone, in_force, ipa, json_of, lifted, master, proxy, put, rule_backups,
};
use crate::support::test::codes;

#[test]
fn a_rollback_gives_back_both() {
    for (host, command) in [(master(), DEMOTE), (clone(), PROMOTE)] {
        let before = proxy(&host);
        let unit = format!("[ \"$unit\" != {UNIT} ] || [ -e \"$dir/failed\" ] || {{ : >\"$dir/failed\"; exit 1; }}");
        host.systemctl.on("start", &unit);
        let failed = json_of(&host, &format!("{command} --with-ipa-proxy --rollback"), 4);
        assert!(
            failed["error"]["state"]
                .as_str()
                .unwrap()
                .contains("ipa-pki-proxy.conf is as it was; httpd.service is active"),
            "{failed}"
        );
        assert_eq!((proxy(&host), host.is_untouched(), host.is_up()), (before, true, true));
        assert_eq!(rule_backups(&host).len(), 0);
    }
}

/// Without `--rollback` the demotion stands, and so does its rule.
#[test]
fn without_a_rollback_both_stand() {
    let host = master();
    host.systemctl.on("start", "exit 1");
    let failed = json_of(&host, &format!("{DEMOTE} --with-ipa-proxy"), 5);
    let error = &failed["error"];
    assert!(
        error["state"].as_str().unwrap().contains("ipa-pki-proxy.conf is changed; httpd.service is active"),
        "{error}"
    );
    let commands = error["commands"].to_string();
    assert!(commands.contains("restore") && commands.contains("--with-ipa-proxy"), "{commands}");
    assert_eq!((proxy(&host), &failed["ipa_proxy"]["rule_after"]), (in_force(), &json!("in-force")));
}

/// A web server that cannot be reloaded: the rule is put back, and what is said is so.
#[test]
fn a_reload_that_fails() {
    let once = "[ -e \"$dir/failed\" ] || { : >\"$dir/failed\"; echo no >&2; exit 1; }";
    // Before the stop, it costs nothing.
    let host = master();
    host.systemctl.on("reload", once);
    let failed = json_of(&host, &format!("{DEMOTE} --with-ipa-proxy"), 4);
    assert_eq!(failed["error"]["code"], "web-server-not-reloaded");
    assert_eq!(
        (proxy(&host), host.is_untouched(), host.systemctl.changes()),
        (lifted(), true, vec![RELOAD.to_owned(); 2])
    );
    // At the end, the promotion stands.
    let host = clone();
    host.systemctl.on("reload", once);
    let failed = json_of(&host, &format!("{PROMOTE} --with-ipa-proxy"), 5);
    assert!(failed["error"]["state"].as_str().unwrap().contains("CS.cfg is converted"), "{failed}");
    assert_eq!((proxy(&host), host.is_up()), (in_force(), true));
    assert_eq!((&failed["ipa_proxy"]["rule_after"], &failed["role_after"]), (&json!("in-force"), &json!("master")));
    // The same command finishes.
    json_of(&host, &format!("{PROMOTE} --with-ipa-proxy"), 0);
    assert_eq!(proxy(&host), lifted());
    // With --rollback everything is as it was.
    let host = clone();
    host.systemctl.on("reload", once);
    json_of(&host, &format!("{PROMOTE} --with-ipa-proxy --rollback"), 4);
    assert_eq!((proxy(&host), host.is_untouched(), host.is_up()), (in_force(), true, true));
}

/// One that stays broken is reported, with what to type.
#[test]
fn a_web_server_that_is_not_reloaded_again() {
    let host = master();
    host.systemctl.on("reload", "exit 1");
    let failed = json_of(&host, &format!("{DEMOTE} --with-ipa-proxy"), 5);
    let error = &failed["error"];
    assert!(error["state"].as_str().unwrap().contains("has not read that file again"), "{error}");
    let commands = ["journalctl -n 50 -u httpd.service", "systemctl reload httpd.service"];
    for command in commands {
        assert!(error["commands"].to_string().contains(command), "{error}");
    }
    assert_eq!((proxy(&host), host.is_untouched(), host.is_up()), (lifted(), true, true));
}

/// Below another root the web server's configuration is not tested, and a warning says so.
#[test]
fn not_tested_below_another_root() {
    let done = json_of(&master(), &format!("{DEMOTE} --with-ipa-proxy"), 0);
    assert!(codes(&done["warnings"]).contains(&"web-server-not-tested".to_owned()), "{done}");
}

#[test]
fn where_there_is_no_rule_to_change() {
    let refused = |host: &Host, command: &str| json_of(host, command, 3)["error"]["code"].clone();
    let host = Host::answering("ca", "ca-master", true);
    assert_eq!(refused(&host, &format!("{DEMOTE} --with-ipa-proxy")), "no-ipa-proxy");
    host.assert_untouched();
    // A copy of the file has no web server, and neither has another instance.
    let host = master();
    let copy = host.path("copy.cfg");
    fs::copy(&host.file, &copy).unwrap();
    let command = DEMOTE.replace("-i pki-tomcat", &format!("--to {}", copy.display()));
    assert_eq!(refused(&host, &format!("{command} --with-ipa-proxy")), "no-ipa-proxy");
    assert_eq!(json_of(&host, &command, 0)["ipa_proxy"], Value::Null);
    let ocsp = ipa(Host::new("ocsp", "ocsp-dogtag-master", false), &lifted());
    assert_eq!(json_of(&ocsp, "demote-ocsp -i pki-tomcat", 0)["ipa_proxy"], Value::Null);
    // The name of this host is not known.
    let host = ipa(Host::new("ca", "ca-master", false), "ProxyRequests Off\n");
    put(&host, "etc/ipa/default.conf", "host = not a name\n");
    assert_eq!(refused(&host, &format!("{DEMOTE} --with-ipa-proxy")), "host-name-unknown");
    host.assert_untouched();
}

/// What stands in the way is found before anything is stopped.
#[test]
fn a_file_that_cannot_be_changed() {
    let refused = |host: &Host| json_of(host, &format!("{DEMOTE} --with-ipa-proxy"), 3)["error"]["code"].clone();
    let host = Host::answering("ca", "ca-master", true);
    fs::create_dir_all(host.path(PROXY)).unwrap();
    assert_eq!(refused(&host), "ipa-proxy-file");
    // It is not the CS.cfg that is to be put right.
    let error = &json_of(&host, &format!("{DEMOTE} --with-ipa-proxy"), 3)["error"];
    assert!(error["fix"].as_str().unwrap().starts_with("correct the web server's configuration"), "{error}");
    host.assert_untouched();
    // It keeps nobody from a conversion that does not touch it.
    json_of(&host, DEMOTE, 0);
    // The last line would swallow the rule.
    let host = ipa(Host::answering("ca", "ca-master", true), "# goes on \\");
    put(&host, "etc/ipa/default.conf", "host=ipa1.example.com\n");
    assert_eq!(refused(&host), "rule-not-verified");
    host.assert_untouched();
}

/// A web server that goes down at its reload is started again with what it ran with.
#[test]
fn a_web_server_that_goes_down() {
    let host = master();
    host.systemctl.on("reload", &format!("echo failed >\"$dir/state-{HTTPD}\"; exit 0"));
    let failed = json_of(&host, &format!("{DEMOTE} --with-ipa-proxy"), 4);
    assert_eq!(failed["error"]["code"], "web-server-down");
    assert_eq!((proxy(&host), host.systemctl.state(HTTPD).as_str()), (lifted(), "active"));
    assert_eq!(host.systemctl.changes(), [RELOAD, "start httpd.service"]);
}
