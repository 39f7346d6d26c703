//! Lists in sentences.

use std::fmt::Display;

use super::escape::one_line;
use crate::pki::Setting;

/// How many are named; hundreds of issuing points must not fill the screen.
const SHOWN: usize = 6;
/// How much of a value is shown, in characters.
const VALUE: usize = 60;

/// The first few, separated by commas.
pub fn list<T: Display>(items: &[T]) -> String {
    let shown = items.iter().take(SHOWN).map(|item| one_line(&item.to_string()).into_owned());
    let shown = shown.collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A number of things.
pub fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// A value, cut where it is long.
pub fn shorten(value: &str) -> String {
    let value = one_line(value);
    match value.chars().count() <= VALUE {
        true => value.into_owned(),
        false => value.chars().take(VALUE).collect::<String>() + "...",
    }
}

/// A setting, with its line.
pub fn setting(setting: &Setting) -> String {
    let key = one_line(&setting.key);
    let text = match (&setting.value, setting.line) {
        (Some(value), Some(line)) if !value.is_empty() => format!("{key}={} (line {line})", shorten(value)),
        (Some(value), None) if !value.is_empty() => format!("{key}={}", shorten(value)),
        (Some(_), _) => format!("{key} (empty, so that the server takes {})", setting.effective),
        (None, _) if setting.effective.to_string().is_empty() => format!("{key} (absent)"),
        (None, _) => format!("{key} (absent, so that the server takes {})", setting.effective),
    };
    let blank = match setting.value.as_ref().is_some_and(|value| value.trim() != value) {
        true => ", because of the blank around it",
        false => "",
    };
    match (setting.is_unreadable(), setting.row.is_of_ca()) {
        (true, true) => format!("{text}, with which the CA does not come up{blank}"),
        (true, false) => format!("{text}, which the server cannot read{blank}"),
        (false, _) => text,
    }
}

/// Several settings.
pub fn settings(all: &[Setting]) -> String {
    list(&all.iter().map(setting).collect::<Vec<_>>())
}
