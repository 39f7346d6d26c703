//! From a file's bytes and a wanted conversion to what would be written, as data. Nothing is left to
//! go wrong but effects.

use super::edit::{Content, Edit};
use super::findings::of_file;
use super::guards::Guarded;
use super::parameters::{CRL_PREFIX, PUBLISH_PREFIX, Part, row_of};
use super::promote::{Former, promote_ca};
use super::{
    Circumstances, Conversion, Described, Detail, File, Finding, NotAServerError, Reason, Refusal, Role, Server,
    Surroundings, demote, publisher, refresh, restore,
};
use crate::cs_cfg::{
    AmbiguousError, Applied, Change, CsCfg, Verified, VerifyError, apply, changes_to, verify, verify_text,
};

/// What a conversion would do to a file, verified.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The server before.
    pub before: Server,
    /// The server afterwards, as the new bytes say.
    pub after: Server,
    /// The parameters that change, each with its reason.
    pub changes: Vec<(Change, Reason)>,
    /// What should be known about it.
    pub findings: Vec<Finding>,
    /// What would have refused it but for `--accept`.
    pub accepted: Vec<Refusal>,
    /// The new bytes; nothing where the file is as it should be already.
    pub bytes: Option<Verified>,
}

/// Prepares a conversion of a file.
///
/// # Errors
/// [`Refusal`] when the conversion is not to be made of these bytes.
pub fn prepare(source: &[u8], conversion: &Conversion<'_>, around: &Circumstances) -> Result<Prepared, Refusal> {
    prepare_described(&Described::of(source, &around.surroundings), conversion, around)
}

/// The same for a file that was read already, with what surrounds it now.
pub fn prepare_described(
    described: &Described<'_>,
    conversion: &Conversion<'_>,
    around: &Circumstances,
) -> Result<Prepared, Refusal> {
    let document = &described.document;
    let from = conversion.from().map(|from| Described::of(from, &Surroundings::default()));
    let (server, from_server) = servers(described, from.as_ref(), conversion, around)?;
    let from = from.as_ref().map(|from| &from.document);
    let former = from
        .zip(from_server.as_ref())
        .and_then(|(document, server)| Some(Former { document, server, ca: server.ca()? }));
    let guarded = Guarded {
        conversion,
        around,
        document,
        server: &server,
        from: former.as_ref(),
        from_server: from_server.as_ref(),
    };
    let mut guards = guarded.early();
    let not_accepted = |guards: &[Refusal]| guards.iter().find(|guard| !around.accept.contains(&guard.code())).cloned();
    let planned = edit(document, &server, from, former.as_ref(), conversion)
        .and_then(|edit| Ok((applied(document, &edit)?, edit)));
    let (Applied { bytes, changes, shadowed }, Edit { content, mut findings }) = match planned {
        Ok(planned) => planned,
        // A file that is not whole says nothing that could be planned with: that is the reason to report.
        Err(refusal) => return Err(not_accepted(&guards).unwrap_or(refusal)),
    };
    findings.extend(shadowed.into_iter().map(|(key, lines)| Finding::ShadowedLinesRemoved { key, lines }));
    let wanted = wanted_role(conversion, &server, from_server.as_ref(), &guards);
    if bytes == document.source() && is_reached(&server, wanted) {
        findings.extend(of_file(&server));
        let (after, changes, accepted) = (server.clone(), Vec::new(), Vec::new());
        return Ok(Prepared { before: server, after, changes, findings, accepted, bytes: None });
    }
    // A refusal guards an edit: here is one.
    guards.extend(guarded.swapped(&changes));
    if let Some(refusal) = not_accepted(&guards) {
        return Err(refusal);
    }
    let (bytes, mut after) = verified(document, &content, bytes, &server, wanted, conversion, around)?;
    if server.completeness.is_incomplete() {
        // No conversion makes a file whole; a line behind a truncated last one only hides it.
        after.completeness = server.completeness;
    }
    findings.extend(of_file(&after));
    let with_reason = |change: Change| {
        let reason = reason(conversion, &change);
        (change, reason)
    };
    let changes = changes.into_iter().map(with_reason).collect();
    Ok(Prepared { before: server, after, changes, findings, accepted: guards, bytes: Some(bytes) })
}

/// The servers that the file to convert and the one of `--from` describe, both of one subsystem, and
/// of the conversion's.
fn servers(
    described: &Described<'_>,
    from: Option<&Described<'_>>,
    conversion: &Conversion<'_>,
    around: &Circumstances,
) -> Result<(Server, Option<Server>), Refusal> {
    let theirs = from.map(|from| expect_server(from, File::From, conversion)).transpose();
    let ours = match expect_server(described, File::Target, conversion) {
        // The one line of a file that somebody typed may be the very one that a promotion removed.
        Err(Refusal::NotACsCfg { .. }) if matches!(conversion, Conversion::Restore { .. }) && !around.is_live => {
            let owns_all =
                |from: &Described<'_>| from.document.below(b"").all(|parameter| conversion.owns(parameter.key()));
            match &theirs {
                Ok(Some(theirs)) if from.is_some_and(owns_all) => {
                    Server::of_subsystem(&described.document, &around.surroundings, theirs.subsystem())
                }
                _ => return Err(Refusal::NotACsCfg { file: File::Target }),
            }
        }
        server => server?,
    };
    let theirs = theirs?;
    match theirs.as_ref().map(Server::subsystem).filter(|found| *found != ours.subsystem()) {
        Some(found) => Err(Refusal::WrongSubsystem { file: File::From, wanted: ours.subsystem(), found }),
        None => Ok((ours, theirs)),
    }
}

/// The new bytes, verified, and the server that they describe.
fn verified(
    document: &CsCfg<'_>,
    content: &Content<'_>,
    bytes: Vec<u8>,
    before: &Server,
    wanted: Role,
    conversion: &Conversion<'_>,
    around: &Circumstances,
) -> Result<(Verified, Server), Refusal> {
    let subsystem = before.subsystem();
    let mut after = None;
    let expected = |read: &CsCfg<'_>| {
        let reached = Server::of(read, &around.surroundings).ok().filter(|reached| reached.subsystem() == subsystem);
        let is_lost = reached.is_none();
        let reached = reached.unwrap_or_else(|| Server::of_subsystem(read, &around.surroundings, subsystem));
        // A server must find its own subsystem again; a few lines that somebody typed may end empty.
        if is_lost && (around.is_live || !read.is_empty()) {
            return Err(Refusal::SubsystemLost { subsystem });
        }
        if !is_reached(&reached, wanted) {
            let contradicting = reached.contradicting(wanted).into_iter().cloned().collect();
            return Err(Refusal::RoleNotReached { wanted, found: reached.role(), contradicting });
        }
        after = Some(reached);
        Ok(())
    };
    let verified = match content {
        Content::Patch(patch) => verify(document, patch, bytes, expected),
        Content::Text(text) => verify_text(document, text, |key| conversion.owns(key), expected),
    };
    let verified = verified.map_err(|error| match error {
        VerifyError::Unexpected(refusal) => refusal,
        error => Refusal::NotVerified { what: error.what() },
    })?;
    let after = after.ok_or(Refusal::NotVerified { what: "the new bytes were not read" })?;
    Ok((verified, after))
}

/// The edit that a conversion is.
fn edit<'f>(
    document: &CsCfg<'_>,
    server: &Server,
    from: Option<&'f CsCfg<'f>>,
    former: Option<&Former<'f>>,
    conversion: &Conversion<'_>,
) -> Result<Edit<'f>, Refusal> {
    match (conversion, &server.detail, from) {
        (Conversion::DemoteCa { new_master }, Detail::Ca(ca), _) => demote::demote_ca(ca, new_master),
        (Conversion::RedirectCa { new_master }, Detail::Ca(ca), _) => demote::redirect_ca(ca, new_master),
        (Conversion::PromoteCa(promotion), Detail::Ca(ca), _) => promote_ca(document, server, ca, former, promotion),
        (Conversion::RedirectPublisher { old, new }, Detail::Ca(ca), _) => publisher::redirect_publisher(ca, old, new),
        (Conversion::DemoteOcsp { seconds }, Detail::Ocsp(ocsp), _) => refresh::demote_ocsp(document, ocsp, *seconds),
        (Conversion::PromoteOcsp { seconds }, Detail::Ocsp(ocsp), _) => refresh::promote_ocsp(document, ocsp, *seconds),
        (Conversion::Restore { .. }, _, Some(backup)) => restore::restore(document, backup, conversion),
        _ => Err(Refusal::NothingToConvert { found: server.subsystem() }),
    }
}

fn applied(document: &CsCfg<'_>, edit: &Edit<'_>) -> Result<Applied, Refusal> {
    match &edit.content {
        Content::Patch(patch) => {
            apply(document, patch).map_err(|AmbiguousError { line }| Refusal::AmbiguousLine { line })
        }
        Content::Text(text) => Ok(changes_to(document, text)),
    }
}

/// The role that the file must have afterwards.
fn wanted_role(conversion: &Conversion<'_>, server: &Server, from: Option<&Server>, guards: &[Refusal]) -> Role {
    let generates_nothing = guards.iter().any(|guard| matches!(guard, Refusal::NothingWouldGenerate { .. }));
    match conversion {
        Conversion::PromoteCa(_) if generates_nothing => Role::Clone,
        Conversion::PromoteCa(_) | Conversion::PromoteOcsp { .. } => Role::Master,
        Conversion::DemoteCa { .. } | Conversion::DemoteOcsp { .. } | Conversion::RedirectCa { .. } => Role::Clone,
        Conversion::Restore { .. } => from.map_or(Role::None, Server::role),
        Conversion::RedirectPublisher { .. } => server.role(),
    }
}

/// An OCSP role that cannot be known stays so.
fn is_reached(server: &Server, wanted: Role) -> bool {
    server.role() == wanted || server.role() == Role::Unknown
}

/// Why a parameter changes, for the reader.
fn reason(conversion: &Conversion<'_>, change: &Change) -> Reason {
    let row = row_of(change.key.as_bytes());
    match conversion {
        Conversion::Restore { .. } => Reason::Restored,
        Conversion::RedirectPublisher { .. } => Reason::Publisher,
        Conversion::PromoteCa(promotion) if change.key.starts_with(CRL_PREFIX) => match row {
            _ if change.after.is_none() => Reason::Removed,
            Some(row) if row.part == Part::Decides => Reason::Parameter(row.promote),
            Some(row) if promotion.enable.iter().any(|id| row.key(id) == change.key) => Reason::Parameter(row.promote),
            _ => Reason::Copied,
        },
        Conversion::PromoteCa(_) if change.key.starts_with(PUBLISH_PREFIX) => match change.after {
            Some(_) => Reason::CopiedPublishing,
            None => Reason::Removed,
        },
        conversion => match row {
            Some(row) if conversion.is_promotion() => Reason::Parameter(row.promote),
            Some(row) => Reason::Parameter(row.demote),
            None => Reason::Copied,
        },
    }
}

fn expect_server(described: &Described<'_>, file: File, conversion: &Conversion<'_>) -> Result<Server, Refusal> {
    let server = described.server.clone().map_err(|error| refusal_of(error, file))?;
    let found = server.subsystem();
    match conversion.subsystem() {
        Some(wanted) if wanted == found => Ok(server),
        _ if !found.has_roles() && file == File::Target => Err(Refusal::NothingToConvert { found }),
        None => Ok(server),
        Some(wanted) => Err(Refusal::WrongSubsystem { file, wanted, found }),
    }
}

/// What to report of a document that is not a server's.
pub fn refusal_of(error: NotAServerError, file: File) -> Refusal {
    match error {
        NotAServerError::Empty => Refusal::NotACsCfg { file },
        NotAServerError::UnknownSubsystem => Refusal::UnknownSubsystem { file },
        NotAServerError::OtherSubsystem(name) => Refusal::OtherSubsystem { file, name },
    }
}
