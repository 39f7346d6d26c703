//! Converts PKI subsystem instances between master and clone by editing `CS.cfg`.
//!
//! Exactly one CA of a Dogtag PKI topology may generate CRLs, and exactly one OCSP responder may
//! receive them. Which one it is, is told by a handful of keys in each server's CS.cfg; when the
//! master is lost or moved, the old one must become a clone and a clone the master.
//!
//! # Layers
//!
//! Dependencies point downward only.
//!
//! - [`cli`], [`command`]: arguments, and what becomes of them.
//! - [`convert`]: the one orchestrator of a change. [`report`]: all words.
//! - Effects: [`store`] (a file), [`service`] (systemd), [`instance`] (where things are), [`signals`].
//! - The pure core: [`role`] (roles and their conversions) on [`cs_cfg`] (the document).
//!
//! # Laws of the document
//!
//! 1. identity: a parsed file is, byte for byte, the file.
//! 2. PutGet: what was set is what both of a CS.cfg's readers read; GetPut: setting what is there
//!    changes nothing.
//! 3. frame: no other key's value changes in either reader, no byte outside the touched lines does.
//! 4. idempotence: a second conversion changes nothing.
//! 5. inverse: a conversion and a restore give back the first bytes, where no shadowed duplicate had to go.
//!
//! # Limitations
//!
//! A conversion edits one host's file; that the other host's is converted too, and in the right
//! order, is the administrator's (or a runbook's) part.

pub mod cli;
pub mod command;
pub mod convert;
pub mod cs_cfg;
pub mod error;
pub mod freeipa;
pub mod instance;
pub mod journal;
pub mod quote;
pub mod report;
pub mod role;
pub mod service;
pub mod signals;
pub mod status;
pub mod store;
pub mod topology;
