//! What `export-ca` says beside the export.

use super::console::Console;
use super::explanation::state;
use super::live::unanswered;
use crate::pki::{Live, LiveQuestion, SubsystemState};

/// Says for which issuing points an export carries no CRL number, since the server gave none.
pub fn exported(live: &Option<Live>, console: &Console) {
    let Some(live) = live else { return };
    if live.answer != SubsystemState::Running {
        let why = state(live.answer, live.status());
        console.message(&format!("note: the export carries no CRL numbers to compare with: {why}\n"));
    }
    for note in live.notes.iter().filter(|note| note.question == LiveQuestion::Crl) {
        console.message(&format!("note: the export lacks a CRL number: {}\n", unanswered(note)));
    }
}
