//! The keys that make a role, as data: what a master and a clone have, what the server assumes
//! where the key is absent, and why the book changes it.

/// The prefix of the settings that the book deletes from the clone and copies from the former
/// master, with its last dot: `ca.crldbInc` is no such setting.
pub const CRL_PREFIX: &str = "ca.crl.";
/// The prefix of the publishing settings, which the book leaves where they are.
pub const PUBLISH_PREFIX: &str = "ca.publish.";
/// The prefix of the CA's connectors to other subsystems (KRA), which the book leaves where they are.
pub const CONNECTOR_PREFIX: &str = "ca.connector.";

/// How the server reads a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`, in any case, not trimmed.
    Boolean,
    /// A decimal number, not trimmed.
    Integer,
    /// Any text, trimmed.
    Text,
}

/// One key that makes a role.
#[derive(Debug)]
pub struct RoleKey {
    /// The key, or for a setting of an issuing point what follows `ca.crl.<id>.`.
    pub name: &'static str,
    /// How the server reads its value.
    pub kind: Kind,
    /// What the server assumes where the key is absent or empty.
    pub default: &'static str,
    /// What a master has; empty: the key is absent.
    pub master: &'static str,
    /// What a clone has; empty: given by the caller.
    pub clone: &'static str,
    /// Why a promotion changes it, in the book's words.
    pub promote: &'static str,
    /// Why a demotion changes it, in the book's words.
    pub demote: &'static str,
}

/// Seconds between two runs of the task that updates certificate status; 0 switches it off, and the
/// listener for clone modifications with it.
pub const INTERVAL: RoleKey = RoleKey {
    name: "ca.certStatusUpdateInterval",
    kind: Kind::Integer,
    default: "600",
    master: "600",
    clone: "0",
    promote: "turn the database maintenance thread on",
    demote: "turn the database maintenance thread off",
};

/// Whether the CA watches for changes that its clones replicate to it.
pub const LISTENER: RoleKey = RoleKey {
    name: "ca.listenToCloneModifications",
    kind: Kind::Boolean,
    default: "false",
    master: "true",
    clone: "false",
    promote: "monitor database replication changes",
    demote: "stop monitoring database replication changes",
};

/// The settings of each issuing point that make it generate CRLs. Always switched together: with
/// updates off and the cache on the server may issue one more CRL.
pub const POINT_KEYS: [RoleKey; 2] = [
    RoleKey {
        name: "enableCRLCache",
        kind: Kind::Boolean,
        default: "true",
        master: "true",
        clone: "false",
        promote: "maintain the CRL cache",
        demote: "stop maintaining the CRL cache",
    },
    RoleKey {
        name: "enableCRLUpdates",
        kind: Kind::Boolean,
        default: "true",
        master: "true",
        clone: "false",
        promote: "generate CRLs",
        demote: "stop generating CRLs",
    },
];

/// Whether an issuing point works at all. No conversion changes it.
pub const POINT_ENABLE: RoleKey = RoleKey {
    name: "enable",
    kind: Kind::Boolean,
    default: "true",
    master: "true",
    clone: "true",
    promote: "",
    demote: "",
};

/// Where a clone sends CRL requests: the master's agent interface.
pub const REDIRECT: [RoleKey; 2] = [
    RoleKey {
        name: "master.ca.agent.host",
        kind: Kind::Text,
        default: "",
        master: "",
        clone: "",
        promote: "stop redirecting CRL requests",
        demote: "redirect CRL requests to the new master",
    },
    RoleKey {
        name: "master.ca.agent.port",
        kind: Kind::Text,
        default: "",
        master: "",
        clone: "",
        promote: "stop redirecting CRL requests",
        demote: "redirect CRL requests to the new master",
    },
];

/// Seconds after which an OCSP responder reads its store anew, as Dogtag 9 to 11 read it.
pub const REFRESH_DOGTAG: RoleKey = RoleKey {
    name: "ocsp.store.defStore.refreshInSec",
    kind: Kind::Integer,
    default: "0",
    master: "",
    clone: "21600",
    promote: "take revocation information from the CA, not from the replicated store",
    demote: "read the replicated store anew at this interval, in seconds",
};

/// The same setting as the book names it; no Dogtag since 9 reads it.
pub const REFRESH_BOOK: RoleKey = RoleKey { name: "OCSP.Responder.store.defStore.refreshInSec", ..REFRESH_DOGTAG };

/// Intervals that mark an OCSP clone: the book's, and the one that Dogtag's installer writes.
pub const CLONE_REFRESH: [i32; 2] = [21600, 14400];
