//! The OCSP responder: its role, and the book's steps between master and clone.
//!
//! The book names a key that no Dogtag since 9 reads; Dogtag reads another. Whichever of the two
//! groups of keys a file has is edited, both where it has both, the book's where it has neither.

use super::effective::{Effective, setting};
use super::keys::{CLONE_REFRESH, REFRESH_BOOK, REFRESH_DOGTAG, RoleKey};
use super::recorder::{Edited, Recorder, text};
use super::report::{Evidence, Role, RoleReport, Says};
use super::{RefreshReason, Refusal, Subsystem, Warning};
use crate::cs_cfg::{CsCfg, Key, Value};

/// The refresh keys that a file's settings of its store call for.
fn families(cfg: &CsCfg<'_>) -> Vec<&'static RoleKey> {
    let has = |prefix: &str| cfg.keys_with_prefix(prefix.as_bytes()).next().is_some();
    match (has("OCSP.Responder.store"), has("ocsp.store")) {
        (true, true) => vec![&REFRESH_BOOK, &REFRESH_DOGTAG],
        (false, true) => vec![&REFRESH_DOGTAG],
        _ => vec![&REFRESH_BOOK],
    }
}

/// The role of an OCSP responder.
pub fn role(cfg: &CsCfg<'_>) -> RoleReport {
    let evidence = families(cfg).into_iter().map(|role_key| {
        Evidence::of(cfg, role_key.name, role_key, |seconds| match seconds {
            Effective::Integer(seconds) if CLONE_REFRESH.contains(seconds) => Says::Clone,
            _ => Says::Master,
        })
    });
    RoleReport::judge(Subsystem::Ocsp, evidence.collect())
}

/// Demotes an OCSP responder: the book's step on the old master. `before` is its role.
///
/// # Errors
/// [`Refusal`]; the document may then hold some of the edits and must not be written.
pub fn demote_ocsp(cfg: &mut CsCfg<'_>, before: &RoleReport, seconds: i32) -> Result<Edited, Refusal> {
    if !CLONE_REFRESH.contains(&seconds) {
        let why = if seconds < 0 { RefreshReason::Negative } else { RefreshReason::MarksNoClone };
        return Err(Refusal::RefreshInterval { seconds, why });
    }
    refresh(cfg, before, Role::Clone, Some(seconds))
}

/// Promotes an OCSP responder: the book's step on the clone. `before` is its role. Without `seconds`
/// the key is deleted.
///
/// # Errors
/// [`Refusal`]; the document may then hold some of the edits and must not be written.
pub fn promote_ocsp(cfg: &mut CsCfg<'_>, before: &RoleReport, seconds: Option<i32>) -> Result<Edited, Refusal> {
    let why = match seconds {
        Some(0) => Some(RefreshReason::Zero),
        Some(seconds) if CLONE_REFRESH.contains(&seconds) => Some(RefreshReason::MarksClone),
        Some(..0) => Some(RefreshReason::Negative),
        _ => None,
    };
    if let (Some(seconds), Some(why)) = (seconds, why) {
        return Err(Refusal::RefreshInterval { seconds, why });
    }
    refresh(cfg, before, Role::Master, seconds)
}

fn refresh(cfg: &mut CsCfg<'_>, before: &RoleReport, wanted: Role, seconds: Option<i32>) -> Result<Edited, Refusal> {
    let families = families(cfg);
    let mut edit = Recorder::new(cfg);
    if before.role == Role::Mixed {
        edit.warn(Warning::RepairedMixed { odd: before.odd(wanted).map(ToString::to_string).collect() });
    }
    for role_key in &families {
        let reason = if wanted == Role::Clone { role_key.demote } else { role_key.promote };
        match seconds.and_then(|seconds| u32::try_from(seconds).ok()) {
            Some(seconds) => edit.set(&Key::literal(role_key.name), &Value::from(seconds), reason)?,
            None => edit.remove(role_key.name, reason)?,
        }
    }
    if families.iter().any(|role_key| role_key.name == REFRESH_BOOK.name) {
        let value = edit.text(REFRESH_BOOK.name.as_bytes());
        edit.warn(Warning::BookKeyNotRead { value });
    }
    if edit.text(b"ocsp.storeId").is_some_and(|store| store.trim() == "ldapStore") {
        edit.warn(Warning::LdapStore);
    }
    if wanted == Role::Master
        && let Some(seconds) = seconds
    {
        edit.warn(Warning::NeedlessRefresh { seconds: seconds.to_string() });
    }
    Ok(edit.edited)
}

/// What a reader of the report should know beside the role.
pub fn notes(cfg: &CsCfg<'_>) -> Vec<Warning> {
    let mut notes = Vec::new();
    let report = role(cfg);
    let read = setting(cfg, REFRESH_DOGTAG.name.as_bytes(), &REFRESH_DOGTAG);
    if report.role == Role::Master && !matches!(read.effective, Effective::Integer(0)) {
        notes.push(Warning::NeedlessRefresh { seconds: read.effective.text().into_owned() });
    }
    if let Some(value) = cfg.get(REFRESH_BOOK.name.as_bytes()) {
        notes.push(Warning::BookKeyNotRead { value: Some(text(&value)) });
    }
    if cfg.get(b"ocsp.storeId").is_some_and(|store| *store.trim_ascii() == *b"ldapStore") {
        notes.push(Warning::LdapStore);
    }
    notes
}
