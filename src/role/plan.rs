//! From a file's bytes and a wanted conversion to what would be written, as data.

use super::keys::PUBLISH_PREFIX;
use super::owned::Owned;
use super::proof::Known;
use super::recorder::{Change, Edited, text};
use super::report::{Role, RoleReport, role};
use super::restore;
use super::{File, HostPort, Proven, Refusal, Subsystem, Warning, ca, ocsp};
use crate::cs_cfg::{CsCfg, StopsStart};

/// A conversion with its settings.
#[derive(Clone, Debug)]
pub enum Conversion<'f> {
    /// CA master to clone.
    DemoteCa {
        /// The new master's agent interface.
        new_master: HostPort,
    },
    /// CA clone to master.
    PromoteCa {
        /// The former master's CS.cfg.
        former: &'f [u8],
        /// Seconds between two runs of the status update task; not 0.
        interval: u32,
        /// Copy the publishing settings too.
        with_publishing: bool,
    },
    /// OCSP master to clone.
    DemoteOcsp {
        /// Refresh interval in seconds.
        seconds: i32,
    },
    /// OCSP clone to master.
    PromoteOcsp {
        /// Refresh interval in seconds; nothing: the key is deleted.
        seconds: Option<i32>,
    },
    /// A CA clone to another master.
    RedirectCa {
        /// The new master's agent interface.
        new_master: HostPort,
    },
    /// The role's keys back from a backup.
    Restore {
        /// The backup's bytes.
        backup: &'f [u8],
        /// Put the publishing settings back too.
        with_publishing: bool,
    },
}

/// What a conversion would do to a file.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The role before, with its evidence.
    pub before: RoleReport,
    /// The role afterwards.
    pub role_after: Role,
    /// The keys that change.
    pub changes: Vec<Change>,
    /// What the administrator has to know.
    pub warnings: Vec<Warning>,
    /// The new bytes; nothing where the file is as it should be already.
    pub bytes: Option<Proven>,
}

impl Conversion<'_> {
    /// The subsystem that it is for; nothing where it is for any that has roles.
    pub fn subsystem(&self) -> Option<Subsystem> {
        match self {
            Conversion::DemoteCa { .. } | Conversion::PromoteCa { .. } | Conversion::RedirectCa { .. } => {
                Some(Subsystem::Ca)
            }
            Conversion::DemoteOcsp { .. } | Conversion::PromoteOcsp { .. } => Some(Subsystem::Ocsp),
            Conversion::Restore { .. } => None,
        }
    }

    /// Whether the publishing settings may change.
    fn moves_publishing(&self) -> bool {
        match self {
            Conversion::PromoteCa { with_publishing, .. } | Conversion::Restore { with_publishing, .. } => {
                *with_publishing
            }
            _ => false,
        }
    }

    /// The file given by `--from`.
    fn from(&self) -> Option<&[u8]> {
        match self {
            Conversion::PromoteCa { former: from, .. } | Conversion::Restore { backup: from, .. } => Some(from),
            _ => None,
        }
    }
}

/// Plans a conversion of a plain file: nothing is touched, and nothing is left to go wrong but effects.
///
/// # Errors
/// [`Refusal`] when the conversion cannot be made of these bytes.
pub fn plan(source: &[u8], conversion: &Conversion<'_>) -> Result<Plan, Refusal> {
    plan_document(CsCfg::parse(source), conversion, false)
}

/// The same for a file that was parsed, and not edited, already. What a hand-made file may lack, a
/// server's own file (`is_live`) must have.
///
/// # Errors
/// [`Refusal`] when the conversion cannot be made of this document.
pub fn plan_document(cfg: CsCfg<'_>, conversion: &Conversion<'_>, is_live: bool) -> Result<Plan, Refusal> {
    let from = CsCfg::parse(conversion.from().unwrap_or_default());
    // Borrows from the other file too from here on.
    let mut cfg = cfg;
    let owned = Owned { with_publishing: conversion.moves_publishing() };
    let before = match conversion {
        Conversion::Restore { .. } if !is_live && was_emptied(&cfg, &from, owned) => ocsp::role(&cfg),
        _ => expect_subsystem(&cfg, File::Target, conversion.subsystem())?,
    };
    let theirs = || expect_subsystem(&from, File::From, Some(before.subsystem));
    let (edited, wanted) = match conversion {
        Conversion::DemoteCa { new_master } => (ca::demote_ca(&mut cfg, &before, new_master)?, Role::Clone),
        Conversion::PromoteCa { interval, with_publishing, .. } => {
            let edited = ca::promote_ca(&mut cfg, &before, &from, &theirs()?, *interval, *with_publishing, is_live)?;
            (edited, Role::Master)
        }
        Conversion::DemoteOcsp { seconds } => (ocsp::demote_ocsp(&mut cfg, &before, *seconds)?, Role::Clone),
        Conversion::PromoteOcsp { seconds } => (ocsp::promote_ocsp(&mut cfg, &before, *seconds)?, Role::Master),
        Conversion::RedirectCa { new_master } => (ca::redirect_ca(&mut cfg, &before, new_master)?, Role::Clone),
        Conversion::Restore { backup, with_publishing } => {
            let wanted = theirs()?.role;
            return plan_restore(cfg, before, &from, wanted, backup, *with_publishing, is_live);
        }
    };
    finish(cfg, before, wanted, edited, owned, is_live)
}

/// Whether a promotion took the only line of a hand-made OCSP file, which the backup has.
fn was_emptied(cfg: &CsCfg<'_>, backup: &CsCfg<'_>, owned: Owned) -> bool {
    cfg.is_empty() && Subsystem::of(backup) == Some(Subsystem::Ocsp) && restore::is_otherwise_equal(cfg, backup, owned)
}

/// A restore; where nothing but the role's keys differs it gives back the backup, byte for byte.
fn plan_restore<'c>(
    mut cfg: CsCfg<'c>,
    before: RoleReport,
    from: &'c CsCfg<'c>,
    wanted: Role,
    backup: &[u8],
    with_publishing: bool,
    is_live: bool,
) -> Result<Plan, Refusal> {
    if let (Some(ours), Some(theirs)) = (ca::host_name(&cfg), ca::host_name(from))
        && !ours.eq_ignore_ascii_case(&theirs)
    {
        return Err(Refusal::OtherServer { ours, theirs });
    }
    let stays = !with_publishing && restore::differs(&cfg, from, PUBLISH_PREFIX);
    let stays = stays.then_some(Warning::PublishingNotRestored);
    let owned = Owned { with_publishing };
    if restore::is_otherwise_equal(&cfg, from, owned) {
        let mut edited = restore::differences(&mut cfg, from, owned);
        edited.warnings.extend(stops_start(from));
        let bytes = match backup == cfg.source() {
            true => None,
            false => {
                let mut known = Known::of(&cfg, owned);
                known.add(from);
                drop(cfg);
                Some(Proven::prove(known, backup.to_vec(), before.subsystem, wanted, owned, is_live)?)
            }
        };
        return Ok(Plan { before, role_after: wanted, changes: edited.changes, warnings: edited.warnings, bytes });
    }
    let mut edited = restore::restore(&mut cfg, from, owned)?;
    edited.warnings.extend(stays);
    finish(cfg, before, wanted, edited, owned, is_live)
}

fn finish(
    cfg: CsCfg<'_>,
    before: RoleReport,
    wanted: Role,
    edited: Edited,
    owned: Owned,
    is_live: bool,
) -> Result<Plan, Refusal> {
    let Edited { changes, mut warnings } = edited;
    warnings.extend(stops_start(&cfg));
    let after = cfg.to_bytes();
    if after == cfg.source() && before.role == wanted {
        return Ok(Plan { before, role_after: wanted, changes, warnings, bytes: None });
    }
    let known = Known::of(&cfg, owned);
    // Its index need not stand in memory beside that of the new bytes.
    drop(cfg);
    let bytes = Some(Proven::prove(known, after, before.subsystem, wanted, owned, is_live)?);
    Ok(Plan { before, role_after: wanted, changes, warnings, bytes })
}

fn expect_subsystem(cfg: &CsCfg<'_>, file: File, wanted: Option<Subsystem>) -> Result<RoleReport, Refusal> {
    if cfg.is_empty() {
        return Err(Refusal::NotACsCfg { file });
    }
    let report = role(cfg).ok_or_else(|| unknown(cfg, file))?;
    match (report.subsystem, wanted) {
        (found, Some(wanted)) if found == wanted => Ok(report),
        (found, _) if !found.has_roles() && file == File::Target => Err(Refusal::SameConfiguration { found }),
        (_, None) => Ok(report),
        (found, Some(wanted)) => Err(Refusal::WrongSubsystem { file, wanted, found }),
    }
}

/// What to say of a file whose subsystem is none that has a role here.
pub fn unknown(cfg: &CsCfg<'_>, file: File) -> Refusal {
    match cfg.get(b"cs.type").map(|name| text(name.trim_ascii())) {
        Some(name) if !name.is_empty() => Refusal::OtherSubsystem { file, name },
        _ => Refusal::UnknownSubsystem { file },
    }
}

/// Lines because of which the service would not start again.
fn stops_start<'c>(cfg: &'c CsCfg<'_>) -> impl Iterator<Item = Warning> + use<'c> {
    cfg.remaining_disputes().filter_map(|dispute| {
        let why = match dispute.stops_start? {
            StopsStart::MissingDelimiter => "has no `=`",
            StopsStart::NotUtf8 => "is not UTF-8",
        };
        Some(Warning::StopsStart { line: dispute.line, why })
    })
}
