//! `issue-crl`: a CRL at each issuing point, now.

use std::time::Duration;

use super::context::Context;
use super::live_side::{Issuing, curl};
use super::look::look_at_ca;
use super::place::find_target;
use crate::cli::IssueCrl;
use crate::convert::{Ending, Failure, Obstacle};
use crate::host::answer::Answer;
use crate::host::deadline::Deadline;
use crate::host::endpoint::Asking;
use crate::host::issue_crl::{Issue, Issuer};
use crate::host::roots::Roots;
use crate::host::signals::Signals;
use crate::host::update_crl::CrlSource;
use crate::pki::{Ca, Subsystem};
use crate::text::{Console, Invocation, issued};

/// How long the question whether the CA runs may take.
const QUESTION: Duration = Duration::from_secs(10);

/// Exit code 0 where a CRL was issued at each point, 5 at some, 4 at none; 3 where nobody was asked.
pub fn run(args: &IssueCrl, context: &Context<'_>, console: &Console) -> u8 {
    let mut invocation = context.invocation("issue-crl");
    invocation.named_instance.clone_from(&args.target.instance);
    invocation.systemctl.clone_from(&args.asking.systemctl);
    invocation.config = args.target.to.clone().unwrap_or_default();
    let result = issue(args, context, console, &mut invocation);
    console.end_waiting();
    let (issue, failure) = match result {
        Ok(issue) if issue.failed.is_empty() => (issue, None),
        Ok(issue) => {
            let ending = if issue.issued.is_empty() { Ending::Restored } else { Ending::Changed };
            let failure = Failure { ending, ..Failure::refused(issue.clone()) };
            (issue, Some(failure))
        }
        Err(failure) => (Issue::default(), Some(failure)),
    };
    issued(&issue, failure.as_ref(), &invocation, console);
    failure.map_or(0, |failure| failure.ending.exit_code())
}

fn issue(
    args: &IssueCrl,
    context: &Context<'_>,
    console: &Console,
    invocation: &mut Invocation,
) -> Result<Issue, Failure> {
    let roots = Roots::below(context.root);
    let path = find_target(&args.target, Some(Subsystem::Ca), &roots)?;
    invocation.config.clone_from(&path);
    let (_, place, server) = look_at_ca(&path, args.target.instance.as_deref(), &roots)?;
    let points = server.generating_points();
    if points.is_empty() {
        return Err(Failure::refused(Obstacle::GeneratesNothing { role: server.role() }));
    }
    let instance = place.instance.as_ref().filter(|_| context.reaches_services(args.asking.systemctl.as_ref()));
    let Some(instance) = instance else { return Err(Failure::refused(Obstacle::NotLive)) };
    invocation.instance = Some(instance.name.clone());
    invocation.subsystem = Some(Subsystem::Ca);
    invocation.unit = instance.units().first().cloned();
    invocation.debug_log = Some(instance.debug_log(Subsystem::Ca).display().to_string());
    let readiness = place.readiness(&server);
    let Issuing { agent, port, endpoint } = Issuing::find(&args.agent, &place, &server, &readiness, &roots)?;
    invocation.address = Some((port.server.host().to_owned(), port.server.port()));
    let signals = Signals::catch();
    let signals = signals.map_err(|error| Failure::refused(Obstacle::Signals { why: error.to_string() }))?;
    let received = || signals.received();
    let asking = Asking { curl: curl(), deadline: Deadline::after(QUESTION), signal: &received };
    let answer = Answer::ask(&endpoint, &asking);
    if answer != Answer::Running {
        let ending = received().map_or(Ending::Restored, Ending::Signal);
        return Err(Failure { ending, ..Failure::refused(Obstacle::NotRunning { answer }) });
    }
    let watch = |what: &str, elapsed: Duration| console.waiting(what, elapsed, received());
    let timeout = Duration::from_secs(args.timeout);
    let runs_task = server.ca().is_some_and(Ca::runs_task);
    let source = if runs_task { CrlSource::Database } else { CrlSource::Cache };
    let issuer = Issuer { agent, port, source, endpoint, curl: curl(), timeout, signal: &received, watch: &watch };
    Ok(issuer.issue(&points))
}
