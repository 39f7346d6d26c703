//! The time by which several questions together must have been answered.
use std::time::{Duration, Instant};

/// A moment after which nobody waits any more; or none.
///
/// One deadline can bound many questions: what the first one uses up is gone for the last one.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// No bound.
    pub const NEVER: Deadline = Deadline(None);

    /// The moment when that much time has passed from now on.
    pub fn after(time: Duration) -> Deadline {
        Deadline(Instant::now().checked_add(time))
    }

    /// The earlier one of two.
    #[must_use]
    pub fn earlier(self, other: Deadline) -> Deadline {
        match (self.0, other.0) {
            (Some(one), Some(two)) => Deadline(Some(one.min(two))),
            (one, two) => Deadline(one.or(two)),
        }
    }

    /// How much time is left: zero where it has passed.
    pub fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()))
    }

    /// Whether it has passed.
    pub fn is_over(self) -> bool {
        self.left().is_zero()
    }
}
