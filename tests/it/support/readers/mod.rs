//! The two readers of a CS.cfg, written down once more as plainly as can be (whole files, whole
//! strings, no borrowing), so that the laws are checked by something else than the code under test.

mod java;
mod python;

use std::collections::BTreeMap;

/// What a reader makes of a file: key to value.
pub type Map = BTreeMap<String, String>;

pub use java::{java, other_lines};
pub use python::{python, python_lenient, python_lines};
