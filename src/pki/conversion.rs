//! What can be asked of a file: the conversions, with their settings.

use indexmap::IndexSet;

use super::parameters::{CRL_PREFIX, PUBLISH_PREFIX, row_of};
use super::{HostPort, RefusalCode, Subsystem, Surroundings};

/// A conversion with its settings.
#[derive(Clone, Debug)]
pub enum Conversion<'f> {
    /// CA master to clone.
    DemoteCa {
        /// The new master's agent interface.
        new_master: HostPort,
    },
    /// CA clone to master.
    PromoteCa(Promotion<'f>),
    /// OCSP master to clone.
    DemoteOcsp {
        /// Refresh interval in seconds; nothing: the guide's, where the file is not a clone's already.
        seconds: Option<i32>,
    },
    /// OCSP clone to master.
    PromoteOcsp {
        /// Refresh interval in seconds; nothing: the parameter is removed.
        seconds: Option<i32>,
    },
    /// A CA clone to another master.
    RedirectCa {
        /// The new master's agent interface.
        new_master: HostPort,
    },
    /// The role's parameters back from a backup.
    Restore {
        /// The backup's bytes.
        backup: &'f [u8],
        /// Put the publishing parameters back too.
        with_publishing: bool,
    },
    /// A CA's OCSP publisher to another responder.
    RedirectPublisher {
        /// The responder that is named today.
        old: HostPort,
        /// The one to name.
        new: HostPort,
    },
}

/// How a CA becomes the master.
#[derive(Clone, Debug)]
pub struct Promotion<'f> {
    /// Where the issuing point settings come from: the former master's CS.cfg, or an export of it;
    /// nothing: this CA's own stay.
    pub former: Option<&'f [u8]>,
    /// Seconds between two runs of the status update task; not 0. Nothing: the guide's 600 or, where
    /// this CA's own settings stay, an interval that it has.
    pub interval: Option<u32>,
    /// Copy the publishing parameters too.
    pub with_publishing: bool,
    /// Issuing points to enable, which a promotion alone does not.
    pub enable: Vec<String>,
}

/// What surrounds a conversion, as far as its judgement needs it.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// A server is at stake: the file is live, or a unit was named.
    pub is_live: bool,
    /// The name of the file, without its folder.
    pub file_name: String,
    /// What only the host knows about the server.
    pub surroundings: Surroundings,
    /// The new master is named by an address of this host's own.
    pub new_master_is_this_host: bool,
    /// The last CRL number of each issuing point here, as the running server gives it.
    pub crl_numbers: Vec<(String, u64)>,
    /// The refusals to go on in spite of.
    pub accept: IndexSet<RefusalCode>,
}

impl Conversion<'_> {
    /// The subsystem that it is for; nothing where it is for any that has roles.
    pub fn subsystem(&self) -> Option<Subsystem> {
        match self {
            Conversion::DemoteCa { .. }
            | Conversion::PromoteCa(_)
            | Conversion::RedirectCa { .. }
            | Conversion::RedirectPublisher { .. } => Some(Subsystem::Ca),
            Conversion::DemoteOcsp { .. } | Conversion::PromoteOcsp { .. } => Some(Subsystem::Ocsp),
            Conversion::Restore { .. } => None,
        }
    }

    /// Whether the service is started afterwards, however it was found.
    pub fn is_promotion(&self) -> bool {
        matches!(self, Conversion::PromoteCa(_) | Conversion::PromoteOcsp { .. })
    }

    /// Whether it makes a clone.
    pub fn is_demotion(&self) -> bool {
        matches!(self, Conversion::DemoteCa { .. } | Conversion::DemoteOcsp { .. })
    }

    /// The file given by `--from`.
    pub fn from(&self) -> Option<&[u8]> {
        match self {
            Conversion::PromoteCa(promotion) => promotion.former,
            Conversion::Restore { backup, .. } => Some(backup),
            _ => None,
        }
    }

    /// Whether the publishing parameters may change as a whole.
    pub fn with_publishing(&self) -> bool {
        match self {
            Conversion::PromoteCa(Promotion { with_publishing, .. }) | Conversion::Restore { with_publishing, .. } => {
                *with_publishing
            }
            _ => false,
        }
    }

    /// Whether a parameter is owned: one that this conversion may change.
    pub fn owns(&self, key: &[u8]) -> bool {
        if let Conversion::RedirectPublisher { .. } = self {
            return key.starts_with(PUBLISH_PREFIX.as_bytes());
        }
        is_role_parameter(key) || self.with_publishing() && key.starts_with(PUBLISH_PREFIX.as_bytes())
    }
}

/// Whether a parameter belongs to a role: a row of the table, or one of the copied block.
pub fn is_role_parameter(key: &[u8]) -> bool {
    key.starts_with(CRL_PREFIX.as_bytes()) || row_of(key).is_some()
}
