//! The pure core: the document and its laws, roles, conversions, refusals and findings.

mod advice;
mod ambiguity;
mod applying;
mod architecture;
mod ca_roles;
mod conversions;
mod differential;
mod exporting;
mod findings;
mod guards;
mod ipa_rule;
mod laws;
mod ocsp_intervals;
mod ocsp_roles;
mod plans;
mod promoting;
mod publishers;
mod questions;
mod reading;
mod real;
mod refusals;
mod saved;
mod servers;
mod topologies;
mod untrusted;
mod verifying;
