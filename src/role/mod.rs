//! Roles: which one a CS.cfg has, and the conversions between them.
//!
//! Everything here is pure: a document goes in, the same document edited comes out, with what was
//! changed and why as data. [`plan`] is the door: it parses, converts and proves. The role is
//! judged by what the server makes of the keys, not by what stands in the file: an absent key means
//! the server's default, and the default of a CA is to generate CRLs.

mod block;
pub mod ca;
mod effective;
mod host_port;
pub mod keys;
pub mod ocsp;
mod owned;
mod plan;
mod proof;
mod recorder;
mod refusal;
mod report;
pub mod restore;
mod subsystem;
mod warning;

pub use effective::Effective;
pub use host_port::{HostPort, NotHostPort};
pub use plan::{Conversion, Plan, plan, plan_document, unknown};
pub use proof::Proven;
pub use recorder::{Change, Edited};
pub use refusal::{File, RefreshReason, Refusal};
pub use report::{Evidence, IssuingPoint, Role, RoleReport, Says, role};
pub use subsystem::Subsystem;
pub use warning::Warning;
