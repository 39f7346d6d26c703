//! Parameters with the name of a branch: the server reads that branch elsewhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names::names_below;
use super::parameters::CRL_PREFIX;
use crate::cs_cfg::CsCfg;

/// A parameter with the name of a branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// Its key.
    pub key: String,
    /// Its line.
    pub line: usize,
}

impl Reference {
    /// Every such parameter of a file.
    pub fn all(cfg: &CsCfg<'_>) -> Vec<Reference> {
        let points = names_below(cfg, CRL_PREFIX).into_iter().map(|id| format!("{CRL_PREFIX}{id}"));
        let branches =
            ["ca", "ca.crl", "master", "master.ca", "master.ca.agent", "ocsp", "ocsp.store", "ocsp.store.defStore"];
        let keys = branches.into_iter().map(str::to_owned).chain(points);
        keys.filter_map(|key| Some(Reference { line: cfg.parameter(key.as_bytes())?.line(), key })).collect()
    }
}
