//! A host of FreeIPA: the web server's rule beside the CA.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::folder::names;
use super::host::Host;

pub const HTTPD: &str = "httpd.service";
pub const RELOAD: &str = "reload httpd.service";
pub const PROXY: &str = "etc/httpd/conf.d/ipa-pki-proxy.conf";
pub const RULE: &str = "RewriteRule ^/ipa/crl/MasterCRL.bin https://ca1.example.com/ca/ee/ca/getCRL?op=getCRL&crlIssuingPoint=MasterCRL [L,R=301,NC]";

pub fn in_force() -> String {
    format!(
        "# VERSION 19 - DO NOT REMOVE THIS LINE\n\nProxyRequests Off\n\n# on servers that generate no CRL\n{RULE}\n"
    )
}

pub fn lifted() -> String {
    in_force().replace("RewriteRule", "#RewriteRule")
}

/// A host with the rule.
pub fn ipa(host: Host, proxy: &str) -> Host {
    put(&host, PROXY, proxy);
    host.systemctl.set(HTTPD, "active");
    host
}

pub fn put(host: &Host, path: &str, text: &str) {
    let path = host.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn master() -> Host {
    ipa(Host::answering("ca", "ca-master", true), &lifted())
}

pub fn clone() -> Host {
    ipa(Host::answering("ca", "ca-clone", true), &in_force())
}

pub fn proxy(host: &Host) -> String {
    fs::read_to_string(host.path(PROXY)).unwrap()
}

pub const DEMOTE: &str = "demote-ca -i pki-tomcat --new-master ca2.example.com:8443";
pub const PROMOTE: &str = "promote-ca -i pki-tomcat --keep-settings";

#[track_caller]
pub fn json_of(host: &Host, command: &str, code: i32) -> Value {
    let arguments: Vec<&str> = command.split(' ').chain(["--output", "json"]).collect();
    let ran = host.run(&arguments);
    assert_eq!(ran.code, Some(code), "{}{}", ran.out, ran.error);
    ran.json()
}

/// The first copy of the rule's file.
pub fn rule_backups(host: &Host) -> Vec<PathBuf> {
    let folder = host.path("etc/httpd/conf.d");
    let names = names(&folder).into_iter().filter(|name| name != "ipa-pki-proxy.conf");
    names.map(|name| folder.join(name)).collect()
}
