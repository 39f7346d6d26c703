//! Parameters with the name of a branch: the server reads that branch elsewhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cs_cfg::{Children, CsCfg, Parameter};

/// A parameter with the name of a branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// Its key.
    pub key: String,
    /// Its line.
    pub line: usize,
}

impl Reference {
    /// Every such parameter of a file; `crl` is what is below [`CRL_PREFIX`](super::parameters::CRL_PREFIX).
    pub fn all(cfg: &CsCfg<'_>, crl: &Children<'_, '_>) -> Vec<Reference> {
        const BRANCHES: [&str; 8] =
            ["ca", "ca.crl", "master", "master.ca", "master.ca.agent", "ocsp", "ocsp.store", "ocsp.store.defStore"];
        let is_point = |found: &Parameter<'_, '_>| cfg.below(&[found.key(), b"."].concat()).next().is_some();
        let points = crl.parameters.iter().copied().filter(is_point);
        let found = BRANCHES.into_iter().filter_map(|key| cfg.parameter(key.as_bytes())).chain(points);
        let reference = |found: Parameter<'_, '_>| Reference {
            key: String::from_utf8_lossy(found.key()).into_owned(),
            line: found.line(),
        };
        found.map(reference).collect()
    }
}
