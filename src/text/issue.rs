//! CRLs that were issued, and why one was not.

use super::list::list;
use super::live::{crl_number, crl_summary, no_answer};
use super::obstacle::systemctl;
use super::{Advice, Invocation, ShellCommand, one_line};
use crate::host::agent::AgentError;
use crate::host::issue_crl::{Issue, IssuedCrl};
use crate::host::not_issued::NotIssued;
use crate::pki::{LiveQuestion, Unanswered};

/// One line for each CRL that was issued: which, when, by whom.
pub(super) fn issued_lines(issued: &[IssuedCrl], invocation: &Invocation) -> String {
    let by =
        invocation.address.as_ref().map(|(host, port)| format!(" by {}:{port}", one_line(host))).unwrap_or_default();
    let mut text = String::new();
    for IssuedCrl { before, crl, publish_error } in issued {
        let point = one_line(&crl.issuing_point);
        if let Some(error) = publish_error {
            text += &format!(
                "warning: the CA could not publish the new CRL of {point}: {}\n  fix: see to its publishers (ca.publish.*); OCSP responders may lack this CRL\n",
                one_line(error)
            );
        }
        let before = before.as_ref().map(|before| format!("; before: {}", crl_number(before))).unwrap_or_default();
        text += &format!("issued{by}: CRL of {point}, {}{before}\n", crl_summary(crl, crl.this_update));
    }
    text
}

/// Explains why a CRL was not issued at every issuing point.
pub(super) fn not_issued(issue: &Issue, invocation: &Invocation) -> Advice {
    let again = || [issue_command(invocation).to_string()];
    let Some((point, why)) = issue.failed.first() else { return Advice::say("no CRL was issued", "") };
    let what = reason(point, why);
    let restart = || invocation.unit.iter().map(|unit| systemctl("restart", unit)).chain(again()).collect::<Vec<_>>();
    match why {
        NotIssued::CrlNotInitialized { cache_is_on: Some(false) }
        | NotIssued::CrlUpdatesDisabled
        | NotIssued::CrlPointUnknown => {
            Advice::typed(what, "its file was edited and the server was not restarted; then", restart())
        }
        NotIssued::CrlStillInProgress { .. } => Advice::typed(
            what,
            "status shows whether the number rises; a CA whose status update task was off (ca.certStatusUpdateInterval=0) stays so until a restart:",
            std::iter::once(invocation.looking("status").to_string()).chain(restart()),
        ),
        NotIssued::NotAnAgent { .. } => Advice::typed(
            what,
            "name the certificate of an agent of this CA (group Certificate Manager Agents) that is not expired:",
            again(),
        ),
        NotIssued::ServerNotVerified { .. } => Advice::typed(
            what,
            "name the CA's own certificate with --cacert; to export it:",
            invocation.instance.iter().map(|instance| {
                ShellCommand::of(["pki-server", "cert-export", "ca_signing", "-i", instance, "--cert-file", "ca.pem"])
                    .to_string()
            }),
        ),
        NotIssued::AgentCertificateUnusable { .. } => Advice::typed(
            what,
            "certificate and key must belong together, and the agent's own certificate must be the first one in its file; then",
            again(),
        ),
        NotIssued::CrlNotInitialized { .. }
        | NotIssued::CrlServerError { .. }
        | NotIssued::CrlNotRisen { .. }
        | NotIssued::CrlNotReadBack { .. } => Advice::typed(
            what,
            "look into the debug log of the subsystem, then",
            invocation.tail_debug_log().into_iter().chain(again()),
        ),
        NotIssued::CrlNoAnswer { .. } | NotIssued::IssueInterrupted { .. } => {
            Advice::typed(what, "to do it after all:", again())
        }
    }
}

/// Why a CRL was not issued at an issuing point.
pub(super) fn reason(point: &str, why: &NotIssued) -> String {
    let point = one_line(point);
    match why {
        NotIssued::CrlNotInitialized { cache_is_on: Some(false) } => {
            format!(
                "the running CA does not generate CRLs at {point}: it answers notInitialized, and its CRL cache is off"
            )
        }
        NotIssued::CrlNotInitialized { .. } => {
            format!("the running CA goes on answering that issuing point {point} is not initialized")
        }
        NotIssued::CrlUpdatesDisabled => format!("the running CA has CRL updates of {point} disabled"),
        NotIssued::CrlStillInProgress { seconds, is_scheduled } => {
            let what = if *is_scheduled { "scheduled" } else { "in progress" };
            format!("the CA said that a CRL of {point} was {what}, and there was no new one after {seconds} s")
        }
        NotIssued::CrlPointUnknown => format!("the running CA has no issuing point {point}"),
        NotIssued::CrlServerError { said } => {
            format!("the CA failed to generate a CRL of {point}: {}", one_line(said))
        }
        NotIssued::NotAnAgent { said } => {
            let said = said.as_ref().map(|said| format!(": {}", one_line(said))).unwrap_or_default();
            format!("the CA does not accept the certificate as an agent's{said}")
        }
        NotIssued::AgentCertificateUnusable { said } => {
            format!("the agent's certificate or key cannot be used: {}", one_line(said))
        }
        NotIssued::ServerNotVerified { said } => {
            format!("the certificate of the CA's server could not be verified: {}", one_line(said))
        }
        NotIssued::CrlNoAnswer { why, status, said } => {
            let note = Unanswered::new(LiveQuestion::Crl, Some(&point), *why);
            let note = Unanswered { status: *status, detail: said.clone(), ..note };
            format!("the CA could not be asked for a CRL of {point}: {}", no_answer(&note))
        }
        NotIssued::CrlNotRisen { crl: Some(crl) } => format!(
            "the CA said that it had generated a CRL of {point}, and the last one is still {}, issued {}",
            crl_number(crl),
            crl.this_update
        ),
        NotIssued::CrlNotRisen { crl: None } => {
            format!("the CA said that it had generated a CRL of {point}, and there is still none")
        }
        NotIssued::CrlNotReadBack { note } => {
            format!(
                "the CA said that it had generated a CRL of {point}, which could not be read back: {}",
                no_answer(note)
            )
        }
        NotIssued::IssueInterrupted { signal } => format!("interrupted by signal {signal}"),
    }
}

/// What was issued all the same, for the state after a failure.
pub(super) fn issued_state(issue: &Issue) -> String {
    let of = |(point, _): &(String, NotIssued)| one_line(point).into_owned();
    let failed: Vec<String> = issue.failed.iter().map(of).collect();
    let may_follow = issue.failed.iter().any(|(_, why)| why.may_follow());
    match issue.issued.is_empty() {
        true if may_follow => "no new CRL was seen; the CA may still issue the one it was asked for".to_owned(),
        true => "no CRL was issued".to_owned(),
        false => {
            let named =
                |issued: &IssuedCrl| format!("{} ({})", one_line(&issued.crl.issuing_point), crl_number(&issued.crl));
            let issued: Vec<String> = issue.issued.iter().map(named).collect();
            format!("issued: CRLs of {}; not issued: {}", list(&issued), list(&failed))
        }
    }
}

/// The command that has CRLs issued on the same target, with the agent's files that were named.
pub(super) fn issue_command(invocation: &Invocation) -> ShellCommand {
    let options = ["--agent-cert", "--agent-key", "--cacert"];
    let named = |option: &str| {
        let mut typed = invocation.typed.iter();
        loop {
            let argument = typed.next()?;
            match argument.strip_prefix(option) {
                Some("") => return typed.next().cloned(),
                Some(value) if value.starts_with('=') => return value.strip_prefix('=').map(str::to_owned),
                _ => {}
            }
        }
    };
    options.iter().fold(invocation.looking("issue-crl"), |command, option| match named(option) {
        Some(value) => command.option(option, value),
        None => command,
    })
}

/// Explains why there is no agent to ask as.
pub(super) fn agent(error: &AgentError, invocation: &Invocation) -> Advice {
    let what = one_line(&super::obstacle::chain(error)).into_owned();
    let path = |path: &std::path::Path| path.display().to_string();
    match error {
        AgentError::NoAgentCertificate { .. } => Advice::typed(
            what,
            "name certificate and key of an agent of this CA, and the CA's certificate, in PEM:",
            [invocation.again().agent_files().to_string()],
        ),
        AgentError::AgentFileIsNss { path: folder } => Advice::typed(
            what,
            "export the agent's certificate and key from it (NICKNAME as certutil -L shows it), then name agent.pem:",
            [
                ShellCommand::of(["pk12util", "-o", "agent.p12", "-n", "NICKNAME", "-d"]).arg(path(folder)).to_string(),
                ShellCommand::of(["openssl", "pkcs12", "-in", "agent.p12", "-clcerts", "-nodes", "-out", "agent.pem"])
                    .to_string(),
            ],
        ),
        AgentError::AgentFileIsPkcs12 { path: file } => Advice::typed(
            what,
            "export the certificate and the key from it, readable for root alone, then name agent.pem:",
            [ShellCommand::of(["openssl", "pkcs12", "-clcerts", "-nodes", "-out", "agent.pem", "-in"])
                .arg(path(file))
                .to_string()],
        ),
        AgentError::AgentKeyEncrypted { path: file } => Advice::typed(
            what,
            "nobody is asked for its password: write the key without one, readable for root alone, then name it with --agent-key:",
            [ShellCommand::of(["openssl", "pkey", "-out", "agent.key", "-in"]).arg(path(file)).to_string()],
        ),
        AgentError::AgentFileUnreadable { .. } | AgentError::AgentFileLacks { .. } => Advice::say(
            what,
            "name certificate and key of an agent of this CA with --agent-cert and --agent-key, in PEM",
        ),
    }
}
