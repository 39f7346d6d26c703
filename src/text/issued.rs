//! The report of `issue-crl`.

use super::issue::issued_lines;
use super::json::IssueJson;
use super::{Console, Invocation, failed};
use crate::convert::Failure;
use crate::host::issue_crl::Issue;

/// Reports what `issue-crl` did.
pub fn issued(issue: &Issue, failure: Option<&Failure>, invocation: &Invocation, console: &Console) {
    if console.manner().json {
        return console.json(&IssueJson::of(issue, failure, invocation));
    }
    console.data(&issued_lines(&issue.issued, invocation));
    if let Some(failure) = failure {
        failed(failure, invocation, console);
    }
}
