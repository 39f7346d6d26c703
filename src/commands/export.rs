//! `export-ca`: what `promote-ca --from` needs of this CA.

use std::time::Duration;

use super::context::Context;
use super::live_side::{crl_numbers, curl};
use super::look::{ask, look_at_ca};
use super::place::find_target;
use crate::cli::ExportCa;
use crate::convert::Failure;
use crate::cs_cfg::CsCfg;
use crate::host::deadline::Deadline;
use crate::host::endpoint::Asking;
use crate::host::roots::Roots;
use crate::pki::{File, Live, Refusal, Subsystem, export_ca};
use crate::text::{Console, exported, failed};

/// How long all questions to the server may take together.
const QUESTIONS: Duration = Duration::from_secs(20);

/// Prints the export: exit code 0, or 3 where the file is not a CA's.
pub fn run(args: &ExportCa, context: &Context<'_>, console: &Console) -> u8 {
    let mut invocation = context.invocation("export-ca");
    invocation.named_instance.clone_from(&args.target.instance);
    match export(args, context) {
        Ok((bytes, live)) => {
            console.raw(&bytes);
            exported(&live, console);
            0
        }
        Err(failure) => failed(&failure, &invocation, console),
    }
}

/// The export, and what the running server answered, where it was asked.
fn export(args: &ExportCa, context: &Context<'_>) -> Result<(Vec<u8>, Option<Live>), Failure> {
    let roots = Roots::below(context.root);
    let path = find_target(&args.target, Some(Subsystem::Ca), &roots)?;
    let (snapshot, place, server) = look_at_ca(&path, args.target.instance.as_deref(), &roots)?;
    if server.completeness.is_incomplete() {
        return Err(Failure::refused(Refusal::Incomplete { file: File::Target, why: server.completeness }));
    }
    let mut identity = vec![("cs.type", Subsystem::Ca.to_string())];
    identity.extend(server.ports.agent.map(|port| ("service.securePort", port.to_string())));
    let is_reachable = context.reaches_services(args.asking.systemctl.as_ref());
    let live = place.instance.as_ref().filter(|_| is_reachable).map(|_| {
        let asking = Asking { curl: curl(), deadline: Deadline::after(QUESTIONS), signal: &|| None };
        ask(&server, &place.readiness(&server), &asking)
    });
    let numbers = live.as_ref().map(crl_numbers).unwrap_or_default();
    Ok((export_ca(&CsCfg::parse(&snapshot.bytes), &numbers, &identity), live))
}
