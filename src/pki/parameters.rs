//! The parameters that make a role, as one table.
//!
//! Roles, the evidence that `status` shows, what a conversion may change, what it sets, the man page
//! and the reference all derive from [`TABLE`]: a new parameter is a new row. What an absent value
//! means was read in Dogtag's source; what a master and a clone have is the guide's.

/// The prefix of the parameters that the guide deletes from the clone and copies from the former
/// master, with its last dot: `ca.crldbInc` is not one of them.
pub const CRL_PREFIX: &str = "ca.crl.";
/// The prefix of the publishing parameters, which the guide leaves where they are.
pub const PUBLISH_PREFIX: &str = "ca.publish.";
/// The prefix of the CA's connectors to other subsystems, which the guide leaves where they are.
pub const CONNECTOR_PREFIX: &str = "ca.connector.";
/// The prefix of Dogtag's OCSP stores.
pub const STORE_PREFIX: &str = "ocsp.store.";

/// Refresh intervals that mark an OCSP clone: the guide's, and the one that Dogtag's installer writes.
pub const CLONE_REFRESH: [i32; 2] = [21600, 14400];

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Once in a CA's file; the name is the key.
    Ca,
    /// Once for each issuing point; the name follows `ca.crl.<id>.`.
    IssuingPoint,
    /// Once for the store that the server reads; the name follows `ocsp.store.<storeId>.`.
    OcspStore,
    /// Once in an OCSP responder's file; the name is the key.
    Ocsp,
}

/// How the server reads a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`, in any case, not trimmed.
    Boolean,
    /// A decimal number that is not negative, not trimmed.
    Number,
    /// A decimal number, not trimmed.
    Integer,
    /// Any text, trimmed.
    Text,
}

/// What a parameter does for the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Whether an issuing point works at all. No conversion changes it unasked.
    Enables,
    /// It decides the role.
    Decides,
    /// It accompanies the role: a difference is a finding of its own.
    Accompanies,
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct RoleParameter {
    /// Where it stands.
    pub scope: Scope,
    /// Its key, or the last part of it: see [`Scope`].
    pub name: &'static str,
    /// How the server reads its value.
    pub kind: Kind,
    /// What it does for the role.
    pub part: Part,
    /// What the server assumes where it is absent or empty.
    pub default: &'static str,
    /// What a master has; empty: the parameter is absent.
    pub master: &'static str,
    /// What a clone has; empty: given by the caller.
    pub clone: &'static str,
    /// Why a promotion changes it.
    pub promote: &'static str,
    /// Why a demotion changes it.
    pub demote: &'static str,
}

/// Seconds between two runs of the status update task; 0 switches it off, and the listener with it.
/// With a negative number the CA does not come up.
pub static INTERVAL: RoleParameter = RoleParameter {
    scope: Scope::Ca,
    name: "ca.certStatusUpdateInterval",
    kind: Kind::Number,
    part: Part::Accompanies,
    default: "600",
    master: "600",
    clone: "0",
    promote: "turn the status update task on",
    demote: "turn the status update task off",
};

/// Whether the CA listens to changes that its clones replicate to it.
pub static LISTENER: RoleParameter = RoleParameter {
    scope: Scope::Ca,
    name: "ca.listenToCloneModifications",
    kind: Kind::Boolean,
    part: Part::Accompanies,
    default: "false",
    master: "true",
    clone: "false",
    promote: "listen to changes made on clones",
    demote: "stop listening to changes made on clones",
};

/// Whether an issuing point works at all.
pub static ENABLE: RoleParameter = RoleParameter {
    scope: Scope::IssuingPoint,
    name: "enable",
    kind: Kind::Boolean,
    part: Part::Enables,
    default: "true",
    master: "true",
    clone: "true",
    promote: "enable the issuing point",
    demote: "",
};

/// Whether the CA maintains an issuing point's CRL cache. Always switched together with [`UPDATES`]:
/// with updates off and the cache on the server may issue one more CRL.
pub static CACHE: RoleParameter = RoleParameter {
    scope: Scope::IssuingPoint,
    name: "enableCRLCache",
    kind: Kind::Boolean,
    part: Part::Decides,
    default: "true",
    master: "true",
    clone: "false",
    promote: "maintain the CRL cache",
    demote: "stop maintaining the CRL cache",
};

/// Whether the CA generates an issuing point's CRLs.
pub static UPDATES: RoleParameter = RoleParameter {
    scope: Scope::IssuingPoint,
    name: "enableCRLUpdates",
    kind: Kind::Boolean,
    part: Part::Decides,
    default: "true",
    master: "true",
    clone: "false",
    promote: "generate CRLs",
    demote: "stop generating CRLs",
};

/// The host to which a clone redirects agents' CRL requests. Three agent pages read it.
pub static REDIRECT_HOST: RoleParameter = RoleParameter {
    scope: Scope::Ca,
    name: "master.ca.agent.host",
    kind: Kind::Text,
    part: Part::Accompanies,
    default: "",
    master: "",
    clone: "",
    promote: "stop redirecting CRL requests",
    demote: "redirect CRL requests to the new master",
};

/// The agent port that goes with [`REDIRECT_HOST`].
pub static REDIRECT_PORT: RoleParameter = RoleParameter { name: "master.ca.agent.port", ..copy(&REDIRECT_HOST) };

/// Seconds after which an OCSP responder reads its store again, as Dogtag 9 to 11 name it.
pub static REFRESH: RoleParameter = RoleParameter {
    scope: Scope::OcspStore,
    name: "refreshInSec",
    kind: Kind::Integer,
    part: Part::Decides,
    default: "0",
    master: "",
    clone: "21600",
    promote: "receive CRLs from the CA; do not re-read the replicated ones at an interval",
    demote: "re-read the replicated CRLs at this interval, in seconds",
};

/// The same interval as the guide names it; no Dogtag since 9 reads it.
pub static REFRESH_GUIDE: RoleParameter =
    RoleParameter { scope: Scope::Ocsp, name: "OCSP.Responder.store.defStore.refreshInSec", ..copy(&REFRESH) };

/// Every parameter that makes a role, in the order in which `status` shows them.
pub static TABLE: [&RoleParameter; 9] =
    [&INTERVAL, &LISTENER, &ENABLE, &CACHE, &UPDATES, &REDIRECT_HOST, &REDIRECT_PORT, &REFRESH, &REFRESH_GUIDE];

/// The rows of a scope, in the order of the table.
pub fn rows(scope: Scope) -> impl Iterator<Item = &'static RoleParameter> {
    TABLE.into_iter().filter(move |row| row.scope == scope)
}

impl RoleParameter {
    /// The key of this parameter for an issuing point or a store; the name alone where its scope has
    /// only one.
    pub fn key(&self, id: &str) -> String {
        match self.scope {
            Scope::Ca | Scope::Ocsp => self.name.to_owned(),
            Scope::IssuingPoint => [CRL_PREFIX, id, ".", self.name].concat(),
            Scope::OcspStore => [STORE_PREFIX, id, ".", self.name].concat(),
        }
    }

    /// Whether it is a CA's. A CA does not come up with a value that it cannot read.
    pub fn is_of_ca(&self) -> bool {
        matches!(self.scope, Scope::Ca | Scope::IssuingPoint)
    }

    /// Whether a key is one of this parameter.
    pub fn has_key(&self, key: &[u8]) -> bool {
        let prefix = match self.scope {
            Scope::Ca | Scope::Ocsp => return key == self.name.as_bytes(),
            Scope::IssuingPoint => CRL_PREFIX,
            Scope::OcspStore => STORE_PREFIX,
        };
        let rest = key.strip_prefix(prefix.as_bytes()).and_then(|rest| rest.strip_suffix(self.name.as_bytes()));
        // What is left is the id, which has no dot, and the dot behind it.
        let id = rest.and_then(|rest| rest.strip_suffix(b"."));
        id.is_some_and(|id| !id.contains(&b'.'))
    }
}

/// The row that a key belongs to.
pub fn row_of(key: &[u8]) -> Option<&'static RoleParameter> {
    TABLE.into_iter().find(|row| row.has_key(key))
}

/// A copy of a row, to vary it: nothing can be moved out of a `static`.
const fn copy(row: &RoleParameter) -> RoleParameter {
    let RoleParameter { scope, name, kind, part, default, master, clone, promote, demote } = *row;
    RoleParameter { scope, name, kind, part, default, master, clone, promote, demote }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cs_cfg::{Key, Value};

    /// Rows are written into files as they stand.
    #[test]
    fn every_row_can_be_written() {
        for row in TABLE {
            assert!(Key::new(row.key("MasterCRL")).is_ok(), "{}", row.name);
            for value in [row.master, row.clone] {
                assert!(Value::new(value).is_ok(), "{}", row.name);
            }
            assert!(row.has_key(row.key("MasterCRL").as_bytes()), "{}", row.name);
        }
    }

    #[test]
    fn similar_keys_are_not_confused() {
        assert!(CACHE.has_key(b"ca.crl.MasterCRL.enableCRLCache"));
        assert!(CACHE.has_key(b"ca.crl..enableCRLCache"));
        for key in
            ["ca.crl.enableCRLCache", "ca.crl.a.b.enableCRLCache", "xca.crl.a.enableCRLCache", "ca.crl.a.enableCRLCach"]
        {
            assert!(!CACHE.has_key(key.as_bytes()), "{key}");
        }
        assert_eq!(row_of(b"ca.crl.M.enable"), Some(&ENABLE));
        assert_eq!(row_of(b"ca.crl.M.extension.CRLNumber.enable"), None);
    }
}
