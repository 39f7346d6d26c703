//! The role's parameters back from a backup, into today's file.
//!
//! Never the whole file: its serial number ranges (`dbs.*`) are stale. Only where today's file is, but
//! for owned parameters, line for line the backup, the result is the backup byte for byte.

use super::edit::{Content, Edit};
use super::names::parameter_of;
use super::parameters::PUBLISH_PREFIX;
use super::{Conversion, File, Finding, Refusal};
use crate::cs_cfg::{CsCfg, Patch, other_lines};

/// Gives the owned parameters the values that they have in the backup. Those that are right already
/// stay as they are, even where they could not be written.
///
/// # Errors
/// [`Refusal::UnwritableValue`] when a value of the backup cannot be written.
pub fn restore<'f>(today: &CsCfg<'_>, backup: &'f CsCfg<'f>, conversion: &Conversion<'_>) -> Result<Edit<'f>, Refusal> {
    let owns = |key: &[u8]| conversion.owns(key);
    let mut findings = Vec::new();
    let is_publishing = |key: &[u8]| key.starts_with(PUBLISH_PREFIX.as_bytes());
    if !conversion.with_publishing() && differs(today, backup, is_publishing) {
        findings.push(Finding::PublishingNotRestored);
    }
    // However the lines are written by now: for that alone no server is stopped.
    if !differs(today, backup, owns) {
        return Ok(Edit::patch(Patch::new(), findings));
    }
    if other_lines(today, owns).eq(other_lines(backup, owns)) {
        return Ok(Edit { content: Content::Text(backup), findings });
    }
    let mut theirs: Vec<_> = backup.below(b"").filter(|parameter| owns(parameter.key())).collect();
    if !today.is_in_key_order() {
        theirs.sort_by_key(|parameter| parameter.line());
    }
    let mut patch = Patch::new();
    for parameter in theirs {
        let (key, value) = (parameter.key(), parameter.value());
        if today.get(key).as_deref() == Some(&*value) {
            continue;
        }
        let refused = |why| Refusal::UnwritableValue {
            file: File::From,
            key: String::from_utf8_lossy(key).into_owned(),
            line: Some(parameter.line()),
            why,
        };
        let (key, value, _) = parameter_of(key, value).map_err(refused)?;
        patch.set(key, value);
    }
    for parameter in today.below(b"").filter(|parameter| owns(parameter.key()) && backup.get(parameter.key()).is_none())
    {
        patch.remove(parameter.key());
    }
    Ok(Edit::patch(patch, findings))
}

/// Whether some parameters, those whose keys are `chosen`, differ between the two.
fn differs(today: &CsCfg<'_>, backup: &CsCfg<'_>, chosen: impl Fn(&[u8]) -> bool) -> bool {
    let all = |cfg: &CsCfg<'_>| -> Vec<(Vec<u8>, Vec<u8>)> {
        let parameters = cfg.below(b"").filter(|parameter| chosen(parameter.key()));
        parameters.map(|parameter| (parameter.key().to_vec(), parameter.value().into_owned())).collect()
    };
    all(today) != all(backup)
}
