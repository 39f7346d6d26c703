//! A page of Dogtag's: HTML whose facts stand in assignments of a script.

use std::borrow::Cow;

/// How much of an answer is looked at, in bytes.
const MOST: usize = 1024 * 1024;

/// The text of a page.
pub struct Page<'p>(Cow<'p, str>);

impl<'p> Page<'p> {
    /// What was answered, whatever it is.
    pub fn of(body: &'p [u8]) -> Page<'p> {
        Page(String::from_utf8_lossy(body.get(..MOST).unwrap_or(body)))
    }

    /// The error that it reports, if it reports one.
    pub fn error(&self) -> Option<String> {
        ["errorDetails", "unexpectedError"].into_iter().find_map(|name| self.value(name))
    }

    /// Whether it gives a variable a value.
    pub fn says(&self, variable: &str) -> bool {
        self.0.contains(&format!("{variable} = "))
    }

    /// Whether it has a text somewhere, in whatever case.
    pub fn mentions(&self, text: &str) -> bool {
        self.0.to_ascii_lowercase().contains(text)
    }

    /// The text that is assigned to a variable, where it is not empty.
    fn value(&self, variable: &str) -> Option<String> {
        let (_, behind) = self.0.split_once(&format!("{variable} = \""))?;
        let mut value = String::new();
        let mut characters = behind.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => value.extend(characters.next()),
                other => value.push(other),
            }
        }
        (!value.is_empty()).then_some(value)
    }
}
