//! The integration tests, sorted by what they hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test may print")]
#![allow(clippy::disallowed_methods, reason = "tests use files, processes and the environment")]

mod cli;
mod core;
mod docs;
mod protocol;
mod support;
