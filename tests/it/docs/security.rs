//! Each test that SECURITY.md names is there.

use std::fs;
use std::path::Path;

#[test]
fn the_tests_that_hold_a_row_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut count = 0;
    for name in text.split('`').skip(1).step_by(2).filter(|name| name.contains("::")) {
        let parts: Vec<&str> = name.split("::").collect();
        let path = root.join("tests/it").join(parts[0]).join(format!("{}.rs", parts[1]));
        let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Some(test) = parts.get(2) {
            assert!(source.contains(&format!("#[test]\nfn {test}()")), "{name}");
        }
        count += 1;
    }
    assert!(count > 25, "{count}");
    for row in text.lines().filter(|line| line.starts_with("| ") && line.matches('|').count() == 4) {
        let is_head = row.contains("held by");
        assert!(is_head || row.contains("::"), "no test holds: {row}");
    }
}
