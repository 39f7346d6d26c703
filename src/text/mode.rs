//! How far a command goes.

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
    /// It reports whether it would do anything.
    Check,
}
