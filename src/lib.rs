//! crate
pub mod cs_cfg;
