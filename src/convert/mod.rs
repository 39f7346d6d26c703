//! The one orchestrator of a change: lock, read, prepare, stop, read and prepare again, back up,
//! replace, start, wait until it answers, wait until the file is left alone, verify.
//!
//! A dry run and `--check` are the same function, ended earlier. A refusal costs no downtime, since
//! everything is prepared before the stop. What the server wrote while it stopped is kept, since
//! everything is prepared again after it. The service that was stopped is started on every way out,
//! panics included. What an error says about the state of things was looked at, not assumed.

mod failure;
mod job;
mod obstacle;
mod outcome;
mod run;
mod survey;
mod unit_guard;
mod way_back;
mod web_rule;
mod written;

pub use failure::{Cause, Ending, Failure, FileSeen, RuleSeen, Seen, UnitSeen};
pub use job::{BackupPlace, HasIssued, Job, LookedAt, Readiness, RuleJob, ServiceMode, UnitJob, Until};
pub use obstacle::{Obstacle, ObstacleCode};
pub use outcome::{LiveFacts, Outcome, Progress, RuleOutcome, ServiceOutcome};
pub use run::convert;
