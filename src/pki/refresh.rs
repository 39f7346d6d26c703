//! An OCSP master to a clone and back: the guide's one step.

use super::edit::{Edit, key_of};
use super::parameters::{CLONE_REFRESH, REFRESH, REFRESH_GUIDE, STORE_PREFIX};
use super::{File, Finding, Ocsp, RefreshReason, Refusal, Role, Store};
use crate::cs_cfg::{CsCfg, Key, Patch, Value};

/// Makes a master a clone. Without `seconds` an interval that marks a clone already stays.
///
/// # Errors
/// [`Refusal::RefreshInterval`] where the interval does not mark a clone.
pub fn demote_ocsp<'f>(document: &CsCfg<'_>, ocsp: &Ocsp, seconds: Option<i32>) -> Result<Edit<'f>, Refusal> {
    if let Some(seconds) = seconds.filter(|seconds| !CLONE_REFRESH.contains(seconds)) {
        let why = if seconds < 0 { RefreshReason::Negative } else { RefreshReason::MarksNoClone };
        return Err(Refusal::RefreshInterval { seconds, why });
    }
    let is_clone = ocsp.role() == Role::Clone;
    let wanted = match seconds {
        Some(seconds) => number(seconds),
        None => Value::literal(REFRESH.clone),
    };
    let mut patch = Patch::new();
    for key in keys_to_set(document, ocsp)? {
        if seconds.is_some() || !is_clone {
            patch.set(key, wanted.clone());
        }
    }
    Ok(Edit::patch(patch, findings(document, ocsp, Role::Clone)))
}

/// Makes a clone the master: the interval is removed or, with `seconds`, set.
///
/// # Errors
/// [`Refusal::RefreshInterval`] where the interval marks a clone, or is none.
pub fn promote_ocsp<'f>(document: &CsCfg<'_>, ocsp: &Ocsp, seconds: Option<i32>) -> Result<Edit<'f>, Refusal> {
    let why = match seconds {
        Some(0) => Some(RefreshReason::Zero),
        Some(seconds) if CLONE_REFRESH.contains(&seconds) => Some(RefreshReason::MarksClone),
        Some(..0) => Some(RefreshReason::Negative),
        _ => None,
    };
    if let Some((seconds, why)) = seconds.zip(why) {
        return Err(Refusal::RefreshInterval { seconds, why });
    }
    let mut patch = Patch::new();
    let mut findings = findings(document, ocsp, Role::Master);
    match seconds {
        Some(seconds) => {
            for key in keys_to_set(document, ocsp)? {
                patch.set(key, number(seconds));
            }
            findings.push(Finding::NeedlessRefresh { seconds });
        }
        None => {
            // Also where only `pki-server` would read it: such a line is refused, not left behind.
            patch.remove(REFRESH_GUIDE.name);
            patch.remove(REFRESH.key(ocsp.store.parameter_id()));
        }
    }
    Ok(Edit::patch(patch, findings))
}

/// Dogtag's parameter where it or its store's class is there, since a store without a class is half a
/// store, with which some versions do not come up; the guide's where the file has the guide's
/// parameters, or Dogtag's is not written.
fn keys_to_set(document: &CsCfg<'_>, ocsp: &Ocsp) -> Result<Vec<Key<'static>>, Refusal> {
    let mut keys = Vec::new();
    if let Some(setting) = &ocsp.dogtag {
        let class = format!("{STORE_PREFIX}{}.class", ocsp.store.parameter_id());
        if setting.value.is_some() || document.get(class.as_bytes()).is_some() {
            keys.push(key_of(setting.key.clone(), File::Target, setting.line)?);
        }
    }
    if ocsp.guide.is_some() || keys.is_empty() {
        keys.insert(0, Key::literal(REFRESH_GUIDE.name));
    }
    Ok(keys)
}

fn number(seconds: i32) -> Value<'static> {
    Value::from(seconds.unsigned_abs())
}

fn findings(document: &CsCfg<'_>, ocsp: &Ocsp, wanted: Role) -> Vec<Finding> {
    let mut findings = Vec::new();
    if ocsp.role() == Role::Mixed {
        let contradicting = ocsp.all_settings().filter(|setting| setting.contradicts(wanted)).cloned().collect();
        findings.push(Finding::RepairedMixedRole { contradicting });
    }
    findings.extend(guide_key(document, ocsp));
    if matches!(ocsp.store, Store::Other(_) | Store::Unset) {
        findings.push(Finding::RefreshWithoutEffect { store: ocsp.store.clone() });
    }
    findings
}

/// The guide's parameter is there, or would be written, and Dogtag does not read it. Its value is about
/// to change, and the changes name both.
fn guide_key(document: &CsCfg<'_>, ocsp: &Ocsp) -> Option<Finding> {
    let is_there = ocsp.guide.is_some() || document.get(REFRESH_GUIDE.name.as_bytes()).is_some();
    let read = ocsp.interval_read().map(|setting| setting.key.clone());
    is_there.then_some(Finding::GuideKeyNotRead { value: None, read })
}
