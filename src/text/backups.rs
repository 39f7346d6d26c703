//! The list of backups that `restore --list` prints.

use std::path::Path;

use super::console::Console;
use super::escape::one_line;

/// Prints the paths of the backups, oldest first.
pub fn listed(folder: &Path, names: &[String], console: &Console) {
    let path = |name: &String| folder.join(name).display().to_string();
    if console.manner().json {
        return console.json(&names.iter().map(path).collect::<Vec<_>>());
    }
    if names.is_empty() {
        console.message("there is no backup of this program's beside the file\n");
    }
    console.data(&names.iter().map(|name| format!("{}\n", one_line(&path(name)))).collect::<String>());
}
