//! The integration tests: a module per concern.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test tells what it skipped")]
#![allow(clippy::disallowed_methods, reason = "tests use files, processes and the environment")]

mod disputes;
mod laws;
mod readers;
mod reading;
mod ugly;
