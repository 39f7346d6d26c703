//! The sentences of what a plan asks.

use super::finding::{incomplete, stops};
use super::list::{list, setting};
use super::{one_line, title};
use crate::pki::{Fault, Matter, Observation, PlanQuestion, ServerId, Subsystem};

/// A question as a sentence.
pub(super) fn ask(question: &PlanQuestion, servers: &[Observation]) -> String {
    let name = |id: &ServerId| servers.get(*id).map_or_else(|| "a server".to_owned(), title);
    let names = |ids: &[ServerId]| list(&ids.iter().map(name).collect::<Vec<_>>());
    let subject = question.subject.as_ref().map_or_else(|| "the file".to_owned(), name);
    match &question.matter {
        Matter::WhichMaster { subsystem, masters, .. } if masters.is_empty() => {
            format!("no {} is the master: which one is to be?", kind(*subsystem))
        }
        Matter::WhichMaster { subsystem, masters, .. } => {
            format!("more than one {} is a master ({}): which one is to stay?", kind(*subsystem), names(masters))
        }
        Matter::MissingMaster { missing } => format!(
            "none of these CAs generates CRLs, and another one may: {}; collect its status too, or say that it is dead",
            list(missing)
        ),
        Matter::UnknownNewMaster { name, known } => {
            let known = if known.is_empty() { "none".to_owned() } else { names(known) };
            format!("no server of that kind is called {}: which one is meant? Known: {known}", one_line(name))
        }
        Matter::AmbiguousNewMaster { name, candidates } => {
            format!("{} may be any of {}: which one is meant?", one_line(name), names(candidates))
        }
        Matter::NewMasterIsDead { name } => {
            format!("{} is said to be dead: which one is to be the master?", one_line(name))
        }
        Matter::UnknownDeadHost { name } => {
            format!("nothing names the host {} that is said to be dead", one_line(name))
        }
        Matter::WithPublishing { publishers, from } => format!(
            "{} publishes ({}): are its publishing settings to move with the role?",
            name(from),
            list(publishers)
        ),
        Matter::NothingToPublishFrom { from, publishers } => format!(
            "{subject} keeps its own settings, so that --with-publishing has nothing to copy; {} publishes ({}): \
             copy from it once {subject} is the master, or go on without",
            name(from),
            list(publishers)
        ),
        Matter::UnknownAddress { host } => format!(
            "{} of the new master {subject} is not known: collect its status on its own host{}",
            if host.is_some() { "the agent port" } else { "the host" },
            if host.is_some() { ", or name it (8443 is the usual one)" } else { "" }
        ),
        Matter::SameAddress { address } => {
            format!(
                "{subject} and the new master have the same address, {}: collect their status on their own hosts",
                one_line(address)
            )
        }
        Matter::NoIssuingPoints => {
            format!(
                "{subject} has no issuing point, and no other CA is there to take any from: promote it from a backup of the former master"
            )
        }
        Matter::NoRefreshInterval => {
            format!("the role of {subject} does not depend on a refresh interval: see to it by its store")
        }
        Matter::MissingResponder { publisher, host, port } => format!(
            "publisher {} of {subject} names {}, and that responder's file was not given: collect its status too, or correct the publisher with redirect-publisher",
            one_line(publisher),
            super::explanation::address(host.as_deref(), port.as_deref())
        ),
        Matter::WhichTopology { others } => {
            format!(
                "nothing says to which topology {subject} belongs, that of {} or another: collect its status on its own host",
                names(others)
            )
        }
        Matter::ContradictoryFiles { taken, left_out } => format!(
            "{} and {} are both of {subject}, and give it different roles: leave the older one out, or collect its status again",
            one_line(taken),
            one_line(left_out)
        ),
        Matter::ByHand { fault: fault @ Fault::NotRestarted { .. } } => {
            format!("{subject} must be restarted first: {}", by_hand(fault))
        }
        Matter::ByHand { fault } => format!("{subject} must be corrected by hand first: {}", by_hand(fault)),
    }
}

fn kind(subsystem: Subsystem) -> String {
    match subsystem {
        Subsystem::Ocsp => "OCSP responder".to_owned(),
        other => other.to_string(),
    }
}

pub(super) fn by_hand(fault: &Fault) -> String {
    match fault {
        Fault::Incomplete { why } => format!("it is incomplete: {}", incomplete(*why)),
        Fault::NotRestarted { points, unit } => format!(
            "it was edited and not restarted, so that it runs with another role at issuing points {}: {}",
            list(points),
            unit.as_ref().map_or_else(
                || "restart its service".to_owned(),
                |unit| format!("systemctl restart {}", super::command::quoted(unit))
            )
        ),
        Fault::StopsStart { line, why } => format!("line {line} {}", stops(*why)),
        Fault::Unreadable { setting: unreadable } => {
            let value = unreadable.readable_value().unwrap_or_else(|| unreadable.row.default.to_owned());
            format!("{}; write {}={value}", setting(unreadable), one_line(&unreadable.key))
        }
        Fault::PointWithoutClass { point, lacks } => {
            format!("issuing point `{}` has no {}", one_line(point), lacks.join(" and no "))
        }
        Fault::BranchReference { key, line } => format!("line {line}: {} has the name of a branch", one_line(key)),
        Fault::AmbiguousLine { line } => format!("line {line} is read differently by the server and by pki-server"),
        Fault::Uncopyable { key, line } => format!("line {line}: {} cannot be copied", one_line(key)),
        Fault::UnwritableName { name } => format!("the name `{}` cannot be written", one_line(name)),
        Fault::Backup => "the file is named like a backup: name the CS.cfg itself".to_owned(),
        Fault::NoFile => "it came through a pipe: give it as a file, or as saved status".to_owned(),
        Fault::AllPointsDisabled { points } => {
            format!(
                "every issuing point is disabled: promote it with --enable-issuing-point for one of {}",
                list(points)
            )
        }
        Fault::PublisherAddress { publisher } => {
            format!(
                "host and port of publisher {} cannot be named in a command: change them in the console",
                one_line(publisher)
            )
        }
    }
}
