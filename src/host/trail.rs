//! The places that a path leads through, link by link.
use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// How many links a path may lead through; the kernel's own bound.
const MOST_LINKS: usize = 40;

/// Every place that is passed on the way from `path` to what it leads to, the place itself last.
/// Ends early where a place does not exist or cannot be looked at.
pub(super) fn trail(path: &Path) -> Vec<PathBuf> {
    let Ok(path) = std::path::absolute(path) else { return Vec::new() };
    let mut left: VecDeque<OsString> = parts(&path);
    let mut here = PathBuf::from("/");
    let mut passed = Vec::new();
    let mut links = 0;
    while let Some(part) = left.pop_front() {
        if part == ".." {
            here.pop();
            continue;
        }
        here.push(&part);
        passed.push(here.clone());
        let Ok(target) = std::fs::read_link(&here) else { continue };
        links += 1;
        if links > MOST_LINKS {
            break;
        }
        here.pop();
        if target.is_absolute() {
            here = PathBuf::from("/");
        }
        for part in parts(&target).into_iter().rev() {
            left.push_front(part);
        }
    }
    passed
}

fn parts(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
        })
        .collect()
}
