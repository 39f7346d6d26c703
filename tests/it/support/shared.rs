//! Files of real servers, which are not part of this project: `../shared/` beside it, or the folder that
//! `PKI_ROLE_SHARED` names.

use std::fs;
use std::path::{Path, PathBuf};

use super::needs;

/// The `.CS.cfg` files of a folder of `../shared/`, each with its name, sorted; nothing where there is
/// no such folder, which is reported as skipped.
pub fn files(folder: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("PKI_ROLE_SHARED").map_or_else(beside, PathBuf::from).join(folder);
    if !needs::present(path.is_dir(), &format!("../shared/{folder} does not exist")) {
        return None;
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let file = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(".CS.cfg")?.to_owned();
        Some((name, fs::read(&path).unwrap()))
    };
    let mut files: Vec<_> = entries.filter_map(file).collect();
    files.sort();
    Some(files)
}

/// One of them.
pub fn file(folder: &str, name: &str) -> Option<Vec<u8>> {
    let file = files(folder)?.into_iter().find(|(found, _)| found == name);
    Some(file.unwrap_or_else(|| panic!("../shared/{folder} has no {name}")).1)
}
