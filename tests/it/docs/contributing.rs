//! CONTRIBUTING.md names files that exist, and `.ci/run` asks for every long test.

use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What stands in backquotes and looks like a file or a folder, in full or below `src/` or `tests/it/`;
/// a name without a folder belongs to the one before it.
#[test]
fn the_map_is_right() {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let mut folder = String::new();
    let mut count = 0;
    for name in text.split('`').skip(1).step_by(2) {
        let is_file = name.ends_with(".rs") || name.ends_with('/') || name.ends_with(".txt");
        if !is_file || name.contains([' ', '*']) {
            continue;
        }
        let exists = |name: &str| ["", "src/", "tests/it/"].iter().any(|below| root().join(below).join(name).exists());
        let beside = format!("{folder}{name}");
        assert!(exists(name) || exists(&beside), "CONTRIBUTING.md names {name}, which does not exist");
        if let Some((folder_of, _)) = name.trim_end_matches('/').rsplit_once('/') {
            folder = format!("{folder_of}/");
        }
        count += 1;
    }
    assert!(count > 50, "only {count} names were found");
}

#[test]
fn long_tests_are_run_by_the_gate() {
    let gate = fs::read_to_string(root().join(".ci/run")).unwrap();
    let mut count = 0;
    for part in ["cli", "core", "docs", "protocol"] {
        for entry in fs::read_dir(root().join("tests/it").join(part)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            if text.contains("#[ignore = \"long: run by .ci/run\"]") && !path.ends_with("contributing.rs") {
                let name = format!("{part}::{}", path.file_stem().unwrap().to_string_lossy());
                assert!(gate.contains(&name), ".ci/run does not run {name}");
                count += 1;
            }
        }
    }
    assert!(count > 0);
}
