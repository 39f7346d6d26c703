//! Converts PKI subsystem instances between master and clone by editing `CS.cfg`.

pub mod cli;
pub mod commands;
pub mod convert;
pub mod cs_cfg;
pub mod host;
pub mod pki;
pub mod text;
