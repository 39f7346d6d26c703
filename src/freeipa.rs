//! On a FreeIPA host the web server must agree with the CA's role.
//!
//! Its proxy configuration holds a rule that sends requests for the CRL to the CA. On the host that
//! generates the CRL the rule is commented out (the web server hands out the published file); on
//! every other host it is in force.
#![allow(clippy::disallowed_methods, reason = "this module reads the proxy configuration")]

use std::path::Path;

use crate::status::{FreeIpa, Status};

/// Where FreeIPA keeps it.
pub const PROXY: &str = "/etc/httpd/conf.d/ipa-pki-proxy.conf";

/// The state of the rule; nothing where this is no FreeIPA host.
pub fn look(file: &Path, ca: &Status) -> Option<FreeIpa> {
    let text = String::from_utf8_lossy(&std::fs::read(file).ok()?).into_owned();
    let rules = text.lines().map(str::trim).filter(|line| {
        let rule = line.trim_start_matches(['#', ' ', '\t']);
        rule.starts_with("RewriteRule") && rule.contains("/ipa/crl/MasterCRL.bin")
    });
    // One in force counts before any that is commented out.
    let rule = rules.min_by_key(|rule| rule.starts_with('#'));
    let (rewrite_rule, agrees) = match rule {
        None => ("absent", false),
        Some(rule) if rule.starts_with('#') => ("commented out", ca.role == "master"),
        Some(_) => ("in force", ca.role == "clone"),
    };
    let verb = if ca.role == "master" { "enable" } else { "disable" };
    let advice = match agrees {
        true => "agrees with the role; where IPA runs and MasterCRL is the only issuing point, ipa-crlgen-manage enable|disable changes both at once".to_owned(),
        false if ca.role == "mixed" => "cannot agree with half a role: repair the role first".to_owned(),
        false => format!("does not agree with the role: while IPA runs, `ipa-crlgen-manage {verb}` mends it"),
    };
    Some(FreeIpa {
        file: file.display().to_string(),
        rewrite_rule: rewrite_rule.to_owned(),
        agrees,
        message: format!("the rule for /ipa/crl/MasterCRL.bin is {rewrite_rule}: it {advice}"),
    })
}
