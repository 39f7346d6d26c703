//! A part of the judgement.

use crate::pki::finding::{Finding, ServerId};

/// A finding, and the server that it is about; nothing where it is about several.
pub type Judged = (Option<ServerId>, Finding);
