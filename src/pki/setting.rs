//! What the server makes of a role's parameter: absent or empty means its default; a value that it
//! cannot read stops it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Role;
use super::parameters::{CLONE_REFRESH, Kind, REFRESH, REFRESH_GUIDE, RoleParameter, row_of};
use crate::cs_cfg::Section;

/// A value as the server takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effective {
    /// A switch.
    Boolean(bool),
    /// A number.
    Integer(i32),
    /// A text, trimmed.
    Text(String),
    /// Not a value of the parameter's kind: the server stops at it.
    Unreadable,
}

/// One parameter of the role, as it stands in a file and as the server takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(into = "SettingJson", try_from = "SettingJson")]
pub struct Setting {
    /// Its row in the table.
    pub row: &'static RoleParameter,
    /// Its key.
    pub key: String,
    /// The value in the file; nothing where it is absent.
    pub value: Option<String>,
    /// What the server takes.
    pub effective: Effective,
    /// The physical line on which the value stands.
    pub line: Option<usize>,
}

/// What a parameter says about the role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// A master has it so.
    Master,
    /// A clone has it so.
    Clone,
    /// Both have it so, or it does not say.
    #[default]
    Either,
    /// The server cannot read it.
    Unreadable,
}

impl Setting {
    /// Reads a row's parameter where it is; `id` is the issuing point or the store where the row needs one.
    pub fn read(section: &Section<'_, '_>, row: &'static RoleParameter, id: &str) -> Setting {
        let key = row.key(id);
        let found = section.parameter(key.as_bytes());
        let value = found.map(|found| String::from_utf8_lossy(&found.value()).into_owned());
        Setting::of(row, key, value, found.map(|found| found.line()))
    }

    /// A row's parameter that is not in the file.
    pub(super) fn absent(row: &'static RoleParameter, id: &str) -> Setting {
        Setting::of(row, row.key(id), None, None)
    }

    fn of(row: &'static RoleParameter, key: String, value: Option<String>, line: Option<usize>) -> Setting {
        let text = value.as_deref().filter(|value| !value.is_empty()).unwrap_or(row.default);
        Setting { effective: Effective::read(text, row.kind), row, key, value, line }
    }

    /// The server takes its own default, since the parameter is absent or empty.
    pub fn is_default(&self) -> bool {
        self.value.as_deref().is_none_or(str::is_empty)
    }

    /// The effective value is this switch.
    pub fn is(&self, on: bool) -> bool {
        self.effective == Effective::Boolean(on)
    }

    /// The file itself says this switch.
    pub fn is_explicitly(&self, on: bool) -> bool {
        !self.is_default() && self.is(on)
    }

    /// The effective number.
    pub fn number(&self) -> Option<i32> {
        match self.effective {
            Effective::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// The effective text, where it is not empty.
    pub fn text(&self) -> Option<&str> {
        match &self.effective {
            Effective::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The server cannot read the value.
    pub fn is_unreadable(&self) -> bool {
        self.effective == Effective::Unreadable
    }

    /// What it says about the role, looked at alone.
    pub fn says(&self) -> Says {
        let refresh = [REFRESH.name, REFRESH_GUIDE.name].contains(&self.row.name);
        match &self.effective {
            Effective::Unreadable => Says::Unreadable,
            Effective::Integer(seconds) if refresh && CLONE_REFRESH.contains(seconds) => Says::Clone,
            Effective::Integer(_) if refresh => Says::Master,
            Effective::Integer(0) => Says::Clone,
            Effective::Integer(_) => Says::Master,
            Effective::Text(text) if text.is_empty() => Says::Master,
            Effective::Text(_) => Says::Clone,
            Effective::Boolean(_) if self.row.master == self.row.clone => Says::Either,
            // A fresh master has no listener line: an absent one says nothing.
            Effective::Boolean(on) if on.to_string() != self.row.master && self.is_default() => Says::Either,
            Effective::Boolean(on) if on.to_string() == self.row.master => Says::Master,
            Effective::Boolean(_) => Says::Clone,
        }
    }

    /// Whether it contradicts a role.
    pub fn contradicts(&self, role: Role) -> bool {
        match self.says() {
            Says::Unreadable => true,
            Says::Master => role == Role::Clone,
            Says::Clone => role == Role::Master,
            Says::Either => false,
        }
    }

    /// What to write in place of a value that the server cannot read: the same without what stands
    /// around it, where that can be read.
    pub fn readable_value(&self) -> Option<String> {
        let trimmed = self.value.as_deref()?.trim();
        let reads = !trimmed.is_empty() && Effective::read(trimmed, self.row.kind) != Effective::Unreadable;
        (self.is_unreadable() && reads).then(|| trimmed.to_owned())
    }
}

impl Effective {
    fn read(text: &str, kind: Kind) -> Effective {
        match kind {
            Kind::Boolean if text.eq_ignore_ascii_case("true") => Effective::Boolean(true),
            Kind::Boolean if text.eq_ignore_ascii_case("false") => Effective::Boolean(false),
            Kind::Boolean => Effective::Unreadable,
            Kind::Integer => text.parse().map_or(Effective::Unreadable, Effective::Integer),
            Kind::Number => match text.parse() {
                Ok(number @ 0..) => Effective::Integer(number),
                _ => Effective::Unreadable,
            },
            Kind::Text => Effective::Text(text.trim_matches(|c| c <= ' ').to_owned()),
        }
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Effective::Boolean(on) => on.fmt(f),
            Effective::Integer(number) => number.fmt(f),
            Effective::Text(text) => text.fmt(f),
            Effective::Unreadable => f.write_str("unreadable"),
        }
    }
}

/// A setting in saved status. What is read back is the key and its value; the rest is derived again.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Setting")]
struct SettingJson {
    key: String,
    value: Option<String>,
    line: Option<usize>,
    #[serde(skip_deserializing)]
    effective: String,
    #[serde(skip_deserializing)]
    is_default: bool,
    #[serde(skip_deserializing)]
    master: &'static str,
    #[serde(skip_deserializing)]
    clone: &'static str,
    #[serde(skip_deserializing, default)]
    says: Says,
}

impl From<Setting> for SettingJson {
    fn from(setting: Setting) -> SettingJson {
        SettingJson {
            effective: setting.effective.to_string(),
            is_default: setting.is_default(),
            master: setting.row.master,
            clone: setting.row.clone,
            says: setting.says(),
            key: setting.key,
            value: setting.value,
            line: setting.line,
        }
    }
}

impl TryFrom<SettingJson> for Setting {
    type Error = String;

    fn try_from(json: SettingJson) -> Result<Setting, String> {
        let row = row_of(json.key.as_bytes()).ok_or_else(|| format!("`{}` is not a parameter of a role", json.key))?;
        Ok(Setting::of(row, json.key, json.value, json.line))
    }
}
