//! Which subsystem a CS.cfg belongs to.

use std::fmt;

use crate::cs_cfg::CsCfg;

/// A PKI subsystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the subsystems'")]
pub enum Subsystem {
    Ca,
    Ocsp,
    Kra,
    Tks,
    Tps,
}

impl Subsystem {
    /// All of them.
    pub const ALL: [Subsystem; 5] = [Subsystem::Ca, Subsystem::Ocsp, Subsystem::Kra, Subsystem::Tks, Subsystem::Tps];

    /// The subsystem of a document: as `cs.type` says; where that is absent, the one that most
    /// keys belong to.
    pub fn of(cfg: &CsCfg<'_>) -> Option<Subsystem> {
        let named = cfg.get(b"cs.type").filter(|value| !value.trim_ascii().is_empty());
        if let Some(named) = named {
            return Self::ALL
                .into_iter()
                .find(|known| named.trim_ascii().eq_ignore_ascii_case(known.name().as_bytes()));
        }
        let weight = |subsystem: &Subsystem| {
            let keys = |prefix: &str| cfg.keys_with_prefix(prefix.as_bytes()).count();
            let book = if *subsystem == Subsystem::Ocsp { keys("OCSP.Responder.") } else { 0 };
            keys(&format!("{}.", subsystem.folder())) + book
        };
        Self::ALL
            .into_iter()
            .map(|subsystem| (weight(&subsystem), subsystem))
            .filter(|(keys, _)| *keys > 0)
            .max_by_key(|(keys, _)| *keys)
            .map(|(_, subsystem)| subsystem)
    }

    /// The name as `cs.type` has it.
    pub fn name(self) -> &'static str {
        match self {
            Subsystem::Ca => "CA",
            Subsystem::Ocsp => "OCSP",
            Subsystem::Kra => "KRA",
            Subsystem::Tks => "TKS",
            Subsystem::Tps => "TPS",
        }
    }

    /// The name of its folder in an instance, of its path on the server, and of its group of keys.
    pub fn folder(self) -> &'static str {
        match self {
            Subsystem::Ca => "ca",
            Subsystem::Ocsp => "ocsp",
            Subsystem::Kra => "kra",
            Subsystem::Tks => "tks",
            Subsystem::Tps => "tps",
        }
    }

    /// Whether master and clone have different configurations.
    pub fn has_roles(self) -> bool {
        matches!(self, Subsystem::Ca | Subsystem::Ocsp)
    }
}

impl fmt::Display for Subsystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
