//! The role that a document has, with its evidence.

use std::borrow::Cow;
use std::fmt;

use super::keys::RoleKey;
use super::recorder::text;
use super::{Subsystem, ca, effective, ocsp};
use crate::cs_cfg::CsCfg;

/// The role of a subsystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// This one generates CRLs (CA), or receives them (OCSP).
    Master,
    /// This one does not.
    Clone,
    /// Some keys say one thing and some the other, or the server cannot read one.
    Mixed,
    /// Masters and clones of this subsystem have the same configuration (KRA, TKS, TPS).
    None,
}

/// What a key says about the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// A master has it so.
    Master,
    /// A clone has it so.
    Clone,
    /// Both have it so, or it does not decide.
    Either,
    /// The server cannot read it.
    Unreadable,
}

/// One key's part in the judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The key.
    pub key: String,
    /// Its line in the file.
    pub line: Option<usize>,
    /// Its value in the file.
    pub value: Option<String>,
    /// What the server takes it for.
    pub effective: Cow<'static, str>,
    /// The server takes its default, since the key is absent or empty.
    pub is_default: bool,
    /// What a master has.
    pub master: &'static str,
    /// What a clone has.
    pub clone: &'static str,
    /// What it says.
    pub says: Says,
}

/// An issuing point of a CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuingPoint {
    /// What stands between `ca.crl.` and the next dot.
    pub id: String,
    /// It works at all; whether it generates CRLs is another question.
    pub enabled: bool,
    /// It names a class. Without one the CA stops at its start.
    pub has_class: bool,
}

/// The role of a document and why it is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleReport {
    /// The subsystem.
    pub subsystem: Subsystem,
    /// The role.
    pub role: Role,
    /// Every key that was looked at.
    pub evidence: Vec<Evidence>,
    /// The CA's issuing points: every `<id>` for which a key `ca.crl.<id>.<anything>` exists.
    pub issuing_points: Vec<IssuingPoint>,
}

/// The role of a document, or nothing where it belongs to no known subsystem.
pub fn role(cfg: &CsCfg<'_>) -> Option<RoleReport> {
    let subsystem = Subsystem::of(cfg)?;
    Some(match subsystem {
        Subsystem::Ca => ca::role(cfg),
        Subsystem::Ocsp => ocsp::role(cfg),
        _ => RoleReport { subsystem, role: Role::None, evidence: Vec::new(), issuing_points: Vec::new() },
    })
}

impl RoleReport {
    /// Judges evidence: all for one role is that role, anything else is mixed.
    pub(super) fn judge(subsystem: Subsystem, evidence: Vec<Evidence>) -> RoleReport {
        let any = |says: Says| evidence.iter().any(|evidence| evidence.says == says);
        let role = match (any(Says::Unreadable), any(Says::Master), any(Says::Clone)) {
            (false, true, false) => Role::Master,
            (false, false, true) => Role::Clone,
            _ => Role::Mixed,
        };
        RoleReport { subsystem, role, evidence, issuing_points: Vec::new() }
    }

    /// In a mixed file the keys that stand against `role`, and those that the server cannot read.
    pub fn odd(&self, role: Role) -> impl Iterator<Item = &Evidence> {
        self.evidence.iter().filter(move |evidence| {
            evidence.says == Says::Unreadable
                || (role == Role::Master && evidence.says == Says::Clone)
                || (role == Role::Clone && evidence.says == Says::Master)
        })
    }

    /// The role that most keys of a mixed file speak for; a clone where they are even, since two
    /// masters do more harm than none.
    pub fn leaning(&self) -> Role {
        let count = |says: Says| self.evidence.iter().filter(|evidence| evidence.says == says).count();
        match self.role {
            Role::Mixed if count(Says::Master) > count(Says::Clone) => Role::Master,
            Role::Mixed => Role::Clone,
            role => role,
        }
    }
}

impl Evidence {
    /// Looks at one key.
    pub(super) fn of(
        cfg: &CsCfg<'_>,
        key: &str,
        role_key: &RoleKey,
        says: impl FnOnce(&effective::Effective) -> Says,
    ) -> Evidence {
        let setting = effective::setting(cfg, key.as_bytes(), role_key);
        let says = match &setting.effective {
            effective::Effective::Unreadable => Says::Unreadable,
            effective => says(effective),
        };
        Evidence {
            key: key.to_owned(),
            line: cfg.line_number(key.as_bytes()),
            value: setting.value.map(|value| text(&value)),
            effective: setting.effective.text(),
            is_default: setting.is_default,
            master: role_key.master,
            clone: role_key.clone,
            says,
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.value, self.line) {
            (Some(value), Some(line)) if !value.is_empty() => write!(f, "{}={value} (line {line})", self.key)?,
            (Some(_), Some(line)) => {
                write!(f, "{} (line {line}, empty: the server takes `{}`)", self.key, self.effective)?
            }
            (Some(value), None) => write!(f, "{}={value}", self.key)?,
            (None, _) if self.effective.is_empty() => write!(f, "{} (absent)", self.key)?,
            (None, _) => write!(f, "{} (absent: the server takes `{}`)", self.key, self.effective)?,
        }
        match self.says {
            Says::Unreadable => f.write_str(", which the server cannot read"),
            _ => Ok(()),
        }
    }
}

impl Role {
    /// The role's stable name.
    pub fn name(self) -> &'static str {
        match self {
            Role::Master => "master",
            Role::Clone => "clone",
            Role::Mixed => "mixed",
            Role::None => "none",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
