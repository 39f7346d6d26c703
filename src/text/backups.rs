//! The list of backups that `restore --list` prints.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Console, Table, one_line};
use crate::pki::Role;

/// A backup beside a file.
pub struct Backup {
    /// Where it is.
    pub path: PathBuf,
    /// The role that it has; nothing where it cannot be read, or is not a whole CS.cfg.
    pub role: Option<Role>,
}

/// A backup as JSON.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Backup")]
pub(super) struct BackupJson {
    path: String,
    role: BackupRole,
}

/// The role of a backup.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum BackupRole {
    Known(Role),
    Unknown(NotRead),
}

/// In place of a role.
#[derive(Serialize, JsonSchema)]
enum NotRead {
    /// It cannot be read, or is not a whole CS.cfg.
    #[serde(rename = "unreadable")]
    Unreadable,
}

/// Prints the backups, oldest first.
pub fn listed(backups: &[Backup], console: &Console) {
    if console.manner().json {
        let of = |backup: &Backup| BackupJson {
            path: backup.path.display().to_string(),
            role: backup.role.map_or(BackupRole::Unknown(NotRead::Unreadable), BackupRole::Known),
        };
        return console.json(&backups.iter().map(of).collect::<Vec<_>>());
    }
    if backups.is_empty() {
        return console.message("there is no backup of this program's beside the file\n");
    }
    let mut table = Table::new(["role", "backup"]);
    for Backup { path, role } in backups {
        let role: &str = role.map_or("unreadable", Into::into);
        table.row([role.to_owned(), one_line(&path.display().to_string()).into_owned()]);
    }
    // A path that is cut could not be typed.
    console.data(&table.text("", usize::MAX));
}
