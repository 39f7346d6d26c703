//! From a command's arguments to what is asked of the file.

use crate::cli::ChangeCommand;
use crate::pki::{Conversion, HostPort, Promotion};

/// The new master that a command names.
pub fn new_master_of(command: &ChangeCommand) -> Option<&HostPort> {
    match command {
        ChangeCommand::DemoteCa(args) => Some(&args.new_master),
        ChangeCommand::RedirectCa(args) => Some(&args.new_master),
        _ => None,
    }
}

/// What a command asks for.
pub fn conversion<'f>(command: &ChangeCommand, from: Option<&'f [u8]>) -> Conversion<'f> {
    match command {
        ChangeCommand::DemoteCa(args) => Conversion::DemoteCa { new_master: args.new_master.clone() },
        ChangeCommand::PromoteCa(args) => Conversion::PromoteCa(Promotion {
            former: from,
            interval: args.cert_status_update_interval,
            with_publishing: args.with_publishing,
            enable: args.enable_issuing_point.clone(),
        }),
        ChangeCommand::DemoteOcsp(args) => Conversion::DemoteOcsp { seconds: args.refresh_in_sec },
        ChangeCommand::PromoteOcsp(args) => Conversion::PromoteOcsp { seconds: args.refresh_in_sec },
        ChangeCommand::RedirectCa(args) => Conversion::RedirectCa { new_master: args.new_master.clone() },
        ChangeCommand::Restore(args) => {
            Conversion::Restore { backup: from.unwrap_or_default(), with_publishing: args.with_publishing }
        }
        ChangeCommand::RedirectPublisher(args) => {
            Conversion::RedirectPublisher { old: args.old_responder.clone(), new: args.new_responder.clone() }
        }
    }
}
