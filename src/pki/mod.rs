//! The pure core: what a CS.cfg says about its server, the conversions between roles, and the
//! judgement of a topology.
//!
//! Documents go in, values come out: [`prepare()`] gives what a conversion would write and what should
//! be known about it; [`of_server`] what a server's file gives to report. A role is judged by what the
//! server makes of its parameters: an absent one means the server's default, and the default of a CA is
//! to generate CRLs.

pub mod ca;
mod completeness;
mod conversion;
mod demote;
mod described;
mod edit;
mod export;
mod finding;
mod findings;
mod guards;
mod host_port;
mod ipa_rule;
mod monitoring;
mod names;
mod observation;
pub mod ocsp;
pub mod parameters;
pub mod plan;
mod prepare;
mod promote;
mod publisher;
mod reference;
mod refresh;
mod refusal;
mod restore;
mod role;
mod server;
mod server_json;
mod setting;
mod state;
mod subsystem;
mod timestamp;
pub mod topology;
mod unanswered;

pub use ca::{Ca, IssuingPoint, Publisher, Publishing};
pub use completeness::Completeness;
pub use conversion::{Circumstances, Conversion, Promotion, is_role_parameter};
pub use described::Described;
pub use edit::Reason;
pub use export::{export_ca, exported_numbers};
pub use finding::{Finding, FindingCode, ServerId, Severity};
pub use findings::of_server;
pub use host_port::{HostPort, HostPortError};
pub use ipa_rule::{IpaRule, RuleEdit, RuleEditError, RuleLine, VerifiedRule};
pub use monitoring::{Alarm, Expectation, ExpectationError, MonitorState, Thresholds, alarms};
pub use observation::{Crl, Interrupted, IpaProxy, Live, Member, Observation, Origin, Service};
pub use ocsp::{Ocsp, Store};
pub use plan::{
    Fault, Matter, Needs, Plan, PlanQuestion, PlanRequest, PlanStep, QuestionCode, StepNote, StepReason, When, plan,
};
pub use prepare::{Prepared, prepare, prepare_described, refusal_of};
pub use reference::Reference;
pub use refusal::{File, RefreshReason, Refusal, RefusalCode};
pub use role::Role;
pub use server::{AmbiguousLine, Detail, NotAServerError, Ports, Server, Surroundings, Topology, same_host};
pub use setting::{Effective, Says, Setting};
pub use state::{Activity, RuleState, SubsystemState};
pub use subsystem::Subsystem;
pub use timestamp::{Timestamp, TimestampError};
pub use topology::{Reported, ServerGroup, Verdict, check};
pub use unanswered::{LiveQuestion, NoAnswer, Unanswered};
