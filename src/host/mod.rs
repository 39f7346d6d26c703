//! Effects on this host, each behind a small trait.
#![allow(clippy::disallowed_methods, reason = "effects belong here")]

pub mod agent;
pub mod answer;
mod ask;
pub mod child;
pub mod clock;
pub mod curl;
pub mod deadline;
pub mod endpoint;
pub mod get_status;
mod http;
pub mod instance;
pub mod ipa_proxy;
pub mod issue_crl;
pub mod journal;
pub mod live;
pub mod not_issued;
pub mod own_address;
pub mod page;
pub mod roots;
pub mod run_note;
pub mod server_xml;
pub mod services;
pub mod signals;
pub mod small_file;
pub mod store;
pub mod systemctl;
mod trail;
pub mod update_crl;
mod xml;
