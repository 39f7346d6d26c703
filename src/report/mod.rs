//! All words: what was done or would be, why, what to know, what to type next. Nothing else prints.
//!
//! Data (diffs, JSON, the line of `--check`) goes to standard output, words to standard error.

mod console;
mod diff;
mod differences;
mod escape;
mod inspect;
mod json;
mod text;

use std::path::PathBuf;

pub use console::Console;
pub use diff::unified_diff;
pub use escape::escape;

use crate::convert::{Outcome, Step};
use crate::cs_cfg::CsCfg;
use crate::error::{Ending, Failure};
use crate::role::{Plan, Role, Subsystem, ca};

/// How far a command goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It changes the file.
    Apply {
        /// And shows the diff.
        diff: bool,
    },
    /// It shows what it would do.
    DryRun,
    /// It tells whether it would do anything.
    Check,
}

/// What is known of a change, for its report.
pub struct Report {
    /// The command's name.
    pub command: &'static str,
    /// How far it goes.
    pub mode: Mode,
    /// The file, as it was named.
    pub config: PathBuf,
    /// The instance that it lies in.
    pub instance: Option<String>,
    /// The unit that uses it.
    pub unit: Option<String>,
    /// The unit that the file itself names, where that is another.
    pub other_unit_named: Option<String>,
    /// Other subsystems that the unit serves.
    pub also_down: Vec<Subsystem>,
    /// The service is left alone.
    pub hands_off: bool,
    /// The service is started afterwards.
    pub starts: bool,
    /// A backup is made.
    pub backs_up: bool,
    planned: Option<Planned>,
}

/// What the file says about itself.
pub struct About {
    host: Option<String>,
    agent_port: Option<String>,
}

/// What was planned for it.
struct Planned {
    subsystem: Subsystem,
    address: String,
    role_before: Role,
    role_after: Role,
}

impl About {
    /// Reads it from the document.
    pub fn of(cfg: &CsCfg<'_>) -> About {
        About { host: ca::host_name(cfg), agent_port: ca::agent_port(cfg) }
    }

    fn address(self) -> String {
        let known = |part: Option<String>, unknown: &str| part.unwrap_or_else(|| unknown.to_owned());
        format!("{}:{}", known(self.host, "HOST"), known(self.agent_port, "PORT"))
    }
}

impl Report {
    /// A report on a command that is about to run.
    pub fn new(command: &'static str, mode: Mode) -> Report {
        Report {
            command,
            mode,
            config: PathBuf::new(),
            instance: None,
            unit: None,
            other_unit_named: None,
            also_down: Vec::new(),
            hands_off: false,
            starts: true,
            backs_up: true,
            planned: None,
        }
    }

    /// Notes what the file says about itself, and what was planned for it.
    pub fn describe(&mut self, about: About, plan: &Plan) {
        self.planned = Some(Planned {
            subsystem: plan.before.subsystem,
            address: about.address(),
            role_before: plan.before.role,
            role_after: plan.role_after,
        });
    }

    /// Tells a step as it begins.
    pub fn step(&self, step: &Step, console: &Console) {
        console.words(&self.step_words(step));
    }

    /// Tells what was done, or would be, and gives the exit code.
    pub fn done(&self, outcome: &Outcome, signal: Option<u8>, console: &Console) -> u8 {
        let changes = outcome.plan.bytes.is_some();
        if console.is_json() {
            console.json(&self.json(Some(outcome), None));
        } else {
            match self.mode {
                Mode::Check => console.data(&self.check_line(outcome)),
                Mode::DryRun | Mode::Apply { diff: true } => console.diff(&self.diff_of(outcome)),
                Mode::Apply { diff: false } => {}
            }
            if self.mode != Mode::Check {
                console.words(&self.changes(outcome));
                console.words(&self.service_words(outcome));
            }
            if self.mode != Mode::Check {
                console.words(&self.warnings(outcome));
                console.words(&self.next_steps(outcome));
            }
        }
        match (self.mode, signal) {
            (_, Some(signal)) => Ending::Signal(signal).exit_code(),
            (Mode::Check, None) => u8::from(changes),
            _ => 0,
        }
    }

    /// Tells a failure, and gives the exit code.
    pub fn failed(&self, failure: &Failure, console: &Console) -> u8 {
        if console.is_json() {
            console.json(&self.json(failure.done.as_deref(), Some(failure)));
        } else {
            console.error(&format!("pki-role: {failure}\n"));
            if let Some(done) = &failure.done {
                console.words(&self.changes(done));
                console.words(&self.warnings(done));
            }
        }
        failure.ending.exit_code()
    }

    /// The diff between the file and what it becomes, under the name that was given for it.
    fn diff_of(&self, outcome: &Outcome) -> Vec<u8> {
        match &outcome.plan.bytes {
            Some(after) => unified_diff(&outcome.before, after.bytes(), &self.config),
            None => Vec::new(),
        }
    }
}
