//! Whether a file still says what was written, after a server has started with it.

use crate::cs_cfg::CsCfg;
use crate::pki::{Conversion, parameters};

/// The owned parameters whose values are not those that were written.
///
/// A server may complete what it was given: a parameter that is there now and was not written, or was
/// empty, counts only where it makes a role, or is one of the bytes before. Values beyond ASCII, which
/// this program never writes, do not count: up to Dogtag 11.6 each rewrite encodes them once more.
pub(super) fn differing(before: &[u8], written: &[u8], now: &[u8], conversion: &Conversion<'_>) -> Vec<String> {
    let (before, written, now) = (CsCfg::parse(before), CsCfg::parse(written), CsCfg::parse(now));
    let owned = |cfg: &CsCfg<'_>| -> Vec<(Vec<u8>, Vec<u8>)> {
        let owned = cfg.below(b"").filter(|parameter| conversion.owns(parameter.key()));
        // `pki-server` drops blanks at the ends of values when it rewrites the file.
        owned.map(|parameter| (parameter.key().to_vec(), parameter.value().trim_ascii().to_vec())).collect()
    };
    let value = |cfg: &CsCfg<'_>, key: &[u8]| cfg.get(key).map(|value| value.trim_ascii().to_vec());
    let is_open = |key: &[u8], wanted: &[u8], found: Option<&Vec<u8>>| {
        let is_completed = wanted.is_empty() && found.is_some() && parameters::row_of(key).is_none();
        is_completed || !wanted.is_ascii() && found.is_some()
    };
    let changed = owned(&written).into_iter().filter(|(key, wanted)| {
        let found = value(&now, key);
        found.as_ref() != Some(wanted) && !is_open(key, wanted, found.as_ref())
    });
    let added = owned(&now).into_iter().filter(|(key, found)| {
        let counts = parameters::row_of(key).is_some() || value(&before, key).as_ref() == Some(found);
        counts && written.get(key).is_none()
    });
    changed.chain(added).map(|(key, _)| String::from_utf8_lossy(&key).into_owned()).collect()
}
