//! Choices out of numbers: smaller numbers are plainer choices, so that a failure shrinks.

/// Numbers from which choices are made.
pub struct Dice<'d> {
    numbers: std::slice::Iter<'d, u16>,
}

impl<'d> Dice<'d> {
    pub fn new(numbers: &'d [u16]) -> Dice<'d> {
        Dice { numbers: numbers.iter() }
    }

    /// A number below `sides`.
    pub fn below(&mut self, sides: usize) -> usize {
        let number = usize::from(self.numbers.next().copied().unwrap_or(0));
        number * sides / 65_536
    }

    /// Whether something that happens `percent` of the time does.
    pub fn odds(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of several, by their weights.
    pub fn pick<T: Copy>(&mut self, choices: &[(usize, T)]) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        choices[0].1
    }
}
