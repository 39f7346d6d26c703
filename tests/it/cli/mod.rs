//! The command line: what is typed, what is printed, what is written.

mod accept;
mod cases;
mod change;
mod diffs;
mod export;
mod golden;
mod json;
mod known;
mod monitor;
mod patching;
mod promotion;
mod publisher;
mod real;
mod refused;
mod restoring;
mod schema;
mod service;
mod six_lines;
mod six_lines_live;
mod status;
mod status_host;
mod status_live;
mod topology;
mod usage;
