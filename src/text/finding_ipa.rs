//! The findings about the web server's rule, on a FreeIPA host.

use super::explanation::explained;
use super::{Explanation, duration, one_line};
use crate::pki::{Finding, Role, RuleState};

/// What the rule is for.
pub const CRL: &str = "/ipa/crl/MasterCRL.bin";

/// Explains a finding about the rule.
pub(super) fn rule_finding(finding: &Finding) -> Option<Explanation> {
    let is = |rule: &RuleState| format!("the web server's rule for {CRL} is {}", rule_state(*rule));
    Some(match finding {
        Finding::IpaProxyDisagrees { rule, role } => explained(
            format!("{}, and this CA is a {role}", is(rule)),
            rule_matters(*role),
            match role {
                Role::Master => {
                    "promote-ca with --keep-settings and --with-ipa-proxy; where CS.cfg is wholly as asked, that changes the rule alone"
                }
                _ => {
                    "demote-ca with --with-ipa-proxy and today's master; where CS.cfg is wholly as asked, that changes the rule alone"
                }
            },
        ),
        Finding::IpaProxyStaysBehind { rule, role } => explained(
            format!("{} and stays so, and this CA is a {role} from now on", is(rule)),
            rule_matters(*role),
            "add --with-ipa-proxy to demote-ca, promote-ca or restore, also where that is done already",
        ),
        Finding::WebServerNotTested { why } => explained(
            format!("the web server's configuration was not tested ({})", one_line(why)),
            "",
            "test it: apachectl configtest",
        ),
        Finding::PublishedCrlOld { file, age_seconds } => explained(
            match age_seconds {
                Some(age) => format!("the published {} is {} old", one_line(file), duration(*age)),
                None => format!("{} does not exist yet", one_line(file)),
            },
            "the web server serves that file until this CA publishes its next CRL",
            "have a CRL issued, with issue-crl",
        ),
        _ => return None,
    })
}

/// The state of the web server's rule.
pub fn rule_state(rule: RuleState) -> &'static str {
    match rule {
        RuleState::InForce => "in force",
        RuleState::CommentedOut => "commented out",
        RuleState::Absent => "absent",
    }
}

/// What follows where the rule contradicts a role.
fn rule_matters(role: Role) -> &'static str {
    match role {
        Role::Master => "requests for the CRL still go to the CA; the published file is not served from here",
        _ => "the web server goes on serving the last CRL that was published here",
    }
}
