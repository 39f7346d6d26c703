//! The integration tests: a module per concern.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test tells what it skipped")]
#![allow(clippy::disallowed_methods, reason = "tests use files, processes and the environment")]

mod attributes;
mod book;
mod cli;
mod differential;
mod diffs;
mod disputes;
mod fake_systemctl;
mod faults;
mod faulty;
mod golden;
mod instances;
mod journal;
mod kill;
mod laws;
mod obstacles;
mod on_disk;
mod patching;
mod readers;
mod readiness;
mod reading;
mod readme;
mod real;
mod refused;
mod regressions;
mod restoring;
mod services;
mod signals;
mod six_lines;
mod status;
mod support;
mod tables;
mod topology;
mod transforms;
mod ugly;
mod usage;
mod words;
