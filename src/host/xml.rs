//! Answers of Dogtag in XML: small documents whose facts are words in elements.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Gives each element's path and the word that stands at its end. None where the text is not well-formed
/// XML, or has a document type.
pub(super) fn each_word(text: &str, mut take: impl FnMut(&[String], &str)) -> Option<()> {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut word = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                path.push(element.name().as_ref().to_owned());
                word.clear();
            }
            Event::Text(text) => word.push_str(&text),
            Event::End(_) => {
                take(&path, word.trim());
                path.pop();
                word.clear();
            }
            Event::DocType(_) => return None,
            Event::Eof => return path.is_empty().then_some(()),
            _ => {}
        }
    }
}
