//! `plan`: the ordered steps of a move or a repair.

use indexmap::IndexSet;

use super::check::read_all;
use super::context::Context;
use crate::cli::PlanArgs;
use crate::convert::Ending;
use crate::pki::{PlanRequest, check, plan};
use crate::text::{Console, failed, planned};

/// Plans: exit code 0, or 3 where something has to be decided first.
pub fn run(args: &PlanArgs, context: &Context<'_>, console: &Console) -> u8 {
    let observations = match read_all(&args.files, context) {
        Ok(observations) => observations,
        Err(failure) => return failed(&failure, &context.invocation("plan"), console),
    };
    let request = PlanRequest {
        files: args.files.iter().map(|path| path.display().to_string()).collect(),
        new_master: args.new_master.clone(),
        ocsp: args.ocsp,
        dead: args.dead.clone(),
        with_publishing: match (args.with_publishing, args.without_publishing) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
    };
    let plan = plan(&observations, &request, context.now);
    // A dead host is to stay as it is.
    let is_right = !request.dead.is_empty() || check(&observations, context.now, &IndexSet::new()).is_right();
    planned(&plan, &observations, is_right, console);
    if plan.questions.is_empty() { 0 } else { Ending::Refused.exit_code() }
}
