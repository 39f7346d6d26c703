//! Carries out the steps of a plan, as an administrator who types them would: each command is parsed by
//! the program's own parser, and made of the server's text by its own conversion.

use std::path::Path;

use clap::Parser;
use pki_role::cli::{ChangeCommand, Cli, Command, TargetArgs};
use pki_role::cs_cfg::CsCfg;
use pki_role::pki::{
    Circumstances, Conversion, Needs, Origin, PlanStep, Promotion, RefusalCode, RuleState, Server, ServerId, export_ca,
    prepare,
};

use super::{Bench, Seat};

/// A step that could not be carried out.
#[derive(Debug)]
#[allow(dead_code, reason = "shown where a test fails")]
pub enum StepError {
    /// The program does not take the command.
    NotTaken(String),
    /// The command names another file than that of the step's server.
    AnotherTarget,
    /// Nothing has what the step needs.
    NeedsNothingThere,
    /// The conversion is refused.
    Refused(RefusalCode, String),
}

/// Parses a command as the program does.
pub fn parsed(argv: &[String]) -> Result<Command, StepError> {
    Cli::try_parse_from(argv).map(|cli| cli.command).map_err(|error| StepError::NotTaken(error.to_string()))
}

impl Bench {
    /// Carries out a step. One that changes nothing only has to be taken.
    pub fn carry_out(&mut self, step: &PlanStep) -> Result<(), StepError> {
        let command = match parsed(&step.argv)? {
            Command::Change(command) => command,
            _ => return Ok(()),
        };
        // Of a dead host without a file there is nothing to carry it out on.
        let Some(id) = step.server else { return Ok(()) };
        let from = step.needs.as_ref().map(|needs| self.needed(needs)).transpose()?;
        let seat = &self.seats[id];
        let is_named = seat.is_target(&command.args().target);
        if !is_named || command.from().is_some() != from.is_some() {
            return Err(StepError::AnotherTarget);
        }
        let conversion = conversion(&command, from.as_deref());
        let is_file = command.args().target.to.is_some();
        let around = Circumstances {
            is_live: !(is_file && seat.origin == Origin::Copy),
            file_name: if is_file { file_name(&seat.config) } else { "CS.cfg".to_owned() },
            surroundings: seat.surroundings.clone(),
            ..Circumstances::default()
        };
        let prepared = prepare(seat.text.as_bytes(), &conversion, &around)
            .map_err(|refusal| StepError::Refused(refusal.code(), format!("{refusal:?}")))?;
        if command.with_ipa_proxy() {
            let rule = if conversion.is_promotion() { RuleState::CommentedOut } else { RuleState::InForce };
            self.seats[id].rule = Some(rule);
        }
        if let Some(verified) = prepared.bytes {
            self.seats[id].text = String::from_utf8(verified.bytes().to_vec()).unwrap();
        }
        Ok(())
    }

    /// The bytes that a step needs: the output of a command typed elsewhere, or a file.
    fn needed(&self, needs: &Needs) -> Result<Vec<u8>, StepError> {
        match needs {
            Needs::Path { path } => {
                let seat = self.seats.iter().find(|seat| seat.config == *path && seat.origin == Origin::Copy);
                seat.map(|seat| seat.text.as_bytes().to_vec()).ok_or(StepError::NeedsNothingThere)
            }
            Needs::Output { host, argv, .. } => {
                let Command::ExportCa(export) = parsed(argv)? else { return Err(StepError::AnotherTarget) };
                let is_meant = |seat: &&Seat| {
                    let server = seat.observe().server;
                    server.ca().is_some() && server.host == *host && seat.is_target(&export.target)
                };
                let seat = self.seats.iter().find(is_meant).ok_or(StepError::NeedsNothingThere)?;
                Ok(export_ca(&CsCfg::parse(seat.text.as_bytes()), &[], &[]))
            }
        }
    }

    /// The servers that generate CRLs.
    pub fn generators(&self, among: &[ServerId]) -> Vec<ServerId> {
        let generates = |id: &ServerId| self.seats[*id].observe().server.ca().is_some_and(pki_role::pki::Ca::generates);
        among.iter().copied().filter(generates).collect()
    }
}

impl Seat {
    fn is_target(&self, target: &TargetArgs) -> bool {
        let server: Server = self.observe().server;
        match (&target.to, &target.instance) {
            (Some(path), None) => path.to_str() == Some(&self.config) && server.instance.is_none(),
            (None, instance) => *instance == server.instance,
            _ => false,
        }
    }
}

fn file_name(path: &str) -> String {
    Path::new(path).file_name().unwrap().to_string_lossy().into_owned()
}

fn conversion<'f>(command: &ChangeCommand, from: Option<&'f [u8]>) -> Conversion<'f> {
    match command {
        ChangeCommand::DemoteCa(args) => Conversion::DemoteCa { new_master: args.new_master.clone() },
        ChangeCommand::RedirectCa(args) => Conversion::RedirectCa { new_master: args.new_master.clone() },
        ChangeCommand::PromoteCa(args) => Conversion::PromoteCa(Promotion {
            former: from,
            interval: args.cert_status_update_interval,
            with_publishing: args.with_publishing,
            enable: args.enable_issuing_point.clone(),
        }),
        ChangeCommand::DemoteOcsp(args) => Conversion::DemoteOcsp { seconds: args.refresh_in_sec },
        ChangeCommand::PromoteOcsp(args) => Conversion::PromoteOcsp { seconds: args.refresh_in_sec },
        ChangeCommand::RedirectPublisher(args) => {
            Conversion::RedirectPublisher { old: args.old_responder.clone(), new: args.new_responder.clone() }
        }
        ChangeCommand::Restore(_) => panic!("no plan restores"),
    }
}
