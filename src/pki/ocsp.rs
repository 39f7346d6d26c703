//! What a CS.cfg says about an OCSP responder: which store it reads, at which interval, its role.
//!
//! The guide names a parameter that no Dogtag since 9 reads; Dogtag reads another, of the store that
//! `ocsp.storeId` names. A file may have either or both.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names::{names_below, text_of};
use super::parameters::{REFRESH, REFRESH_GUIDE, STORE_PREFIX};
use super::{Role, Says, Setting};
use crate::cs_cfg::CsCfg;

/// The store whose refresh interval makes a role.
pub const DEFAULT_STORE: &str = "defStore";
/// The store that reads CRLs from a directory.
pub const LDAP_STORE: &str = "ldapStore";

/// An OCSP responder as its file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ocsp {
    /// What the responder reads.
    pub store: Store,
    /// Dogtag's interval, where the file has Dogtag's parameters.
    pub dogtag: Option<Setting>,
    /// The guide's interval, where the file has the guide's parameters.
    pub guide: Option<Setting>,
}

/// Which store a responder reads CRLs from, as far as the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "id")]
pub enum Store {
    /// One that re-reads replicated CRLs at the refresh interval.
    Refreshed(String),
    /// One that has no such interval.
    Other(String),
    /// `ocsp.storeId` is absent or empty, in a file with Dogtag's parameters.
    Unset,
    /// The file has the guide's parameters alone.
    Guide,
}

impl Ocsp {
    /// Reads a responder from its file.
    pub fn of(cfg: &CsCfg<'_>) -> Ocsp {
        let has = |prefix: &str| cfg.below(prefix.as_bytes()).next().is_some();
        let (has_guide, has_dogtag) = (has("OCSP.Responder.store"), has("ocsp.store"));
        let store = if has_dogtag { Store::of(cfg) } else { Store::Guide };
        let id = store.parameter_id().to_owned();
        Ocsp {
            dogtag: has_dogtag.then(|| Setting::read(&cfg.parameters(), &REFRESH, &id)),
            // A file without any store is the guide's: that is where the guide's parameter goes.
            guide: (has_guide || !has_dogtag).then(|| Setting::read(&cfg.parameters(), &REFRESH_GUIDE, "")),
            store,
        }
    }

    /// Puts a responder together from parts.
    pub(super) fn from_parts(store: Store, settings: &[Setting]) -> Ocsp {
        let of = |row| settings.iter().find(|setting| setting.row == row).cloned();
        Ocsp { store, dogtag: of(&REFRESH), guide: of(&REFRESH_GUIDE) }
    }

    /// The role, as far as the refresh interval says it.
    pub fn role(&self) -> Role {
        if matches!(self.store, Store::Other(_) | Store::Unset) {
            return Role::Unknown;
        }
        let says = |says: Says| self.all_settings().any(|setting| setting.says() == says);
        match (says(Says::Unreadable), says(Says::Master), says(Says::Clone)) {
            (false, true, false) => Role::Master,
            (false, false, true) => Role::Clone,
            _ => Role::Mixed,
        }
    }

    /// The intervals that the file has or would have.
    pub fn all_settings(&self) -> impl Iterator<Item = &Setting> {
        self.dogtag.iter().chain(&self.guide)
    }

    /// The interval that the server reads, if it reads any.
    pub fn interval_read(&self) -> Option<&Setting> {
        self.dogtag.as_ref().filter(|_| matches!(self.store, Store::Refreshed(_)))
    }
}

impl Store {
    fn of(cfg: &CsCfg<'_>) -> Store {
        let Some(id) = text_of(cfg, "ocsp.storeId") else { return Store::Unset };
        let refreshed = match text_of(cfg, &format!("{STORE_PREFIX}{id}.class")) {
            // The server's names of stores end at a dot.
            _ if id.contains('.') => false,
            Some(class) => class.rsplit('.').next() == Some("DefStore"),
            None => id == DEFAULT_STORE && names_below(cfg, STORE_PREFIX).contains(&id),
        };
        if refreshed { Store::Refreshed(id) } else { Store::Other(id) }
    }

    /// The store whose interval a conversion writes: the one that the server reads, where it has an
    /// interval; else the default store's.
    pub fn parameter_id(&self) -> &str {
        match self {
            Store::Refreshed(id) => id,
            Store::Other(id) if id != LDAP_STORE && !id.contains('.') => id,
            _ => DEFAULT_STORE,
        }
    }
}
