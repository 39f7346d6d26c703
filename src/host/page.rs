//! A page of documentation, written for whoever packs it.

use std::fs::write;
use std::io;
use std::path::Path;

/// Writes a file into a directory, in place of one that has its name.
pub fn write_page(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    write(folder.join(name), text)
}
