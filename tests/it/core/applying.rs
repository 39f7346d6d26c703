//! What applying a patch writes, and what it reports, on files small enough to be read.

use pki_role::cs_cfg::{AmbiguousError, Applied, Change, CsCfg, Key, Patch, Value, apply, changes_to};

fn key(text: &str) -> Key<'static> {
    Key::new(text).unwrap()
}

fn parameters(pairs: &[(&str, &str)]) -> Vec<(Key<'static>, Value<'static>)> {
    pairs.iter().map(|(k, v)| (key(k), Value::new(v).unwrap())).collect()
}

fn sets(pairs: &[(&str, &str)]) -> Patch<'static> {
    let mut patch = Patch::new();
    parameters(pairs).into_iter().for_each(|(key, value)| patch.set(key, value));
    patch
}

fn replaces(prefix: &str, pairs: &[(&str, &str)]) -> Patch<'static> {
    let mut patch = Patch::new();
    patch.replace_prefix(key(prefix), parameters(pairs));
    patch
}

#[track_caller]
fn applied(file: &[u8], patch: &Patch) -> Applied {
    apply(&CsCfg::parse(file), patch).unwrap()
}

#[track_caller]
fn writes(file: &str, patch: &Patch, wanted: &str) {
    let got = String::from_utf8(applied(file.as_bytes(), patch).bytes).unwrap();
    assert_eq!(got, wanted);
}

/// Changes as `line key: before -> after`.
fn shown(changes: &[Change]) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "absent".to_owned());
    let line = |change: &Change| change.line.map_or_else(|| "new".to_owned(), |line| line.to_string());
    let change = |one: &Change| format!("{} {}: {} -> {}", line(one), one.key, text(&one.before), text(&one.after));
    changes.iter().map(change).collect()
}

#[test]
fn a_changed_line_keeps_its_place_and_its_spacing() {
    writes("b=1\n\t a  = 1\r\nc=1\n", &sets(&[("a", "2")]), "b=1\n\t a  = 2\r\nc=1\n");
    writes("a:1\n", &sets(&[("a", "2")]), "a=2\n");
    writes("a 1\n", &sets(&[("a", "2")]), "a=2\n");
    writes("a=1\\\n  1\nb=1", &sets(&[("a", "2")]), "a=2\nb=1");
    writes("\x0ca=1\n", &sets(&[("a", "2")]), "a=2\n");
}

#[test]
fn a_new_line_goes_where_its_key_belongs() {
    let patch = sets(&[("b.x", "1")]);
    writes("a=1\n# c\nc=1\n", &patch, "a=1\nb.x=1\n# c\nc=1\n");
    writes("# begin\nc=1\n", &patch, "# begin\nb.x=1\nc=1\n");
    writes("z=1\nb.y=1\nb.c.x=1\na=1\n", &patch, "z=1\nb.y=1\nb.c.x=1\nb.x=1\na=1\n");
    writes("z=1\na=1\n", &patch, "z=1\na=1\nb.x=1\n");
    writes("", &patch, "b.x=1\n");
    writes("# only\n", &patch, "# only\nb.x=1\n");
}

#[test]
fn new_lines_end_as_the_line_before_and_a_missing_last_end_stays_missing() {
    let patch = sets(&[("b", "1")]);
    writes("a=1\r\nc=1\n", &patch, "a=1\r\nb=1\r\nc=1\n");
    writes("a=1\rc=1", &patch, "a=1\rb=1\rc=1");
    writes("a=1", &patch, "a=1\nb=1");
    writes("a=0\r\na=1", &patch, "a=0\r\na=1\r\nb=1");
    let mut patch = Patch::new();
    patch.remove("b");
    writes("a=1\r\nb=1", &patch, "a=1");
    writes("a=1\n\nb=1", &patch, "a=1\n\n");
}

#[test]
fn no_line_goes_behind_one_that_would_be_joined_with_it() {
    for file in ["a=1\\", "a=1\\\n", "a=1\\\\", "a=1\\\\\n"] {
        writes(file, &sets(&[("b", "1")]), &format!("b=1\n{file}"));
    }
}

#[test]
fn earlier_duplicates_are_removed_and_reported() {
    let file = b"a=1\nb=1\na=2\na=3\n";
    let Applied { bytes, changes, shadowed } = applied(file, &sets(&[("a", "3"), ("b", "1")]));
    assert_eq!(bytes, b"b=1\na=3\n");
    assert_eq!((shown(&changes), shadowed), (vec![], vec![("a".to_owned(), vec![1, 3])]));
    let mut patch = Patch::new();
    patch.remove("a");
    let Applied { bytes, changes, shadowed } = applied(file, &patch);
    assert_eq!(bytes, b"b=1\n");
    assert_eq!(shown(&changes), ["4 a: 3 -> absent"]);
    assert_eq!(shadowed, [("a".to_owned(), vec![1, 3])]);
}

#[test]
fn a_replaced_prefix_goes_where_its_first_line_was() {
    let patch = replaces("p.", &[("p.c", "1"), ("p.a", "1")]);
    writes("a=1\np.a=1\np.b=1\nq=1\n", &patch, "a=1\np.a=1\np.c=1\nq=1\n");
    writes("z=1\np.b=1\n# c\na=1\np.a=1\n", &patch, "z=1\np.c=1\np.a=1\n# c\na=1\n");
    writes("a=1\nq=1\n", &patch, "a=1\np.a=1\np.c=1\nq=1\n");
    writes("a=1\np.a=0\nq=1\n", &replaces("p.", &[]), "a=1\nq=1\n");
}

#[test]
fn a_prefix_that_is_right_stays_as_it_is() {
    let file = "z=1\np.b = 1\n# c\na=1\np.a:1\n";
    let document = CsCfg::parse(file.as_bytes());
    assert_eq!(document.ambiguities().count(), 1);
    let patch = replaces("p.", &[("p.a", "1"), ("p.b", "1")]);
    // The line with a colon keeps the service from starting, so it is spelled again.
    writes(file, &patch, "z=1\np.a=1\np.b=1\n# c\na=1\n");
    writes("z=1\np.b = 1\n# c\na=1\n p.a=1\n", &patch, "z=1\np.b = 1\n# c\na=1\n p.a=1\n");
    // A duplicate is not right.
    writes("p.a=0\np.a=1\np.b=1\n", &patch, "p.a=1\np.b=1\n");
}

#[test]
fn changes_are_reported_blocks_first_and_removed_keys_first_in_them() {
    let mut patch = sets(&[("z", "2"), ("b", "1"), ("same", "1")]);
    patch.remove("gone");
    patch.remove("never");
    patch.replace_prefix(key("p."), parameters(&[("p.new", "1"), ("p.a", "1"), ("p.c", "2")]));
    let applied = applied(b"a=1\ngone=x\np.a=1\np.b=1\np.c=1\np.d=1\nsame = 1\nz=1\n", &patch);
    assert_eq!(
        shown(&applied.changes),
        [
            "4 p.b: 1 -> absent",
            "6 p.d: 1 -> absent",
            "5 p.c: 1 -> 2",
            "new p.new: absent -> 1",
            "8 z: 1 -> 2",
            "new b: absent -> 1",
            "2 gone: x -> absent",
        ]
    );
    assert_eq!(applied.bytes, b"a=1\nb=1\np.a=1\np.c=2\np.new=1\nsame = 1\nz=2\n");
}

/// A key set below a prefix that is replaced keeps its place in it.
#[test]
fn later_decisions_take_the_place_of_earlier_ones() {
    let mut patch = replaces("a.", &[("a.z", "1"), ("a.y", "1")]);
    patch.set(key("a.z"), Value::literal("2"));
    patch.set(key("a.w"), Value::literal("3"));
    patch.remove("a.y");
    assert_eq!(patch, replaces("a.", &[("a.z", "2"), ("a.w", "3")]));
    writes("b=1\na.x=1\n", &patch, "b=1\na.z=2\na.w=3\n");
    patch.replace_prefix(key("a.w"), parameters(&[("a.w1", "4")]));
    assert_eq!(patch, replaces("a.", &[("a.z", "2"), ("a.w1", "4")]));
    patch.set(key("b"), Value::literal("2"));
    patch.set(key("c"), Value::literal("2"));
    patch.remove("c");
    assert_eq!(patch.value_of(b"b"), Some(Some(&Value::literal("2"))));
    assert_eq!(patch.value_of(b"c"), Some(None));
    assert_eq!(patch.value_of(b"a.y"), Some(None));
    assert_eq!(patch.value_of(b"d"), None);
    assert!(patch.covers(b"a.anything") && patch.covers(b"c") && !patch.covers(b"a"));
    // An outer prefix takes in all that was decided below it.
    patch.replace_prefix(key("a"), Vec::new());
    patch.remove("b");
    patch.remove("c");
    writes("b=1\na.x=1\nc=1\n", &patch, "");
}

#[test]
fn keys_that_could_not_be_written_can_be_removed() {
    let mut patch = Patch::new();
    patch.remove(b"ca.crl.\xff");
    patch.remove("not a key".as_bytes());
    let applied = applied(b"a=1\nca.crl.\xff=1\n", &patch);
    assert_eq!(applied.bytes, b"a=1\n");
    assert_eq!(shown(&applied.changes), ["2 ca.crl.\u{fffd}: 1 -> absent"]);
    // No line has the empty key that could be asked for.
    patch.remove("");
    assert!(!patch.covers(b""));
}

#[test]
fn nothing_is_edited_where_the_readers_disagree() {
    for (file, patch, line) in [
        // A key that only pki-server reads.
        ("x=1\na=b\x0bc=d\n", sets(&[("c", "e")]), 2),
        ("x=1\na=b\x0bp.c=d\n", replaces("p.", &[]), 2),
        // A line that pki-server joins with another.
        ("x=1\na=b\\\\\nc=d\n", sets(&[("c", "e")]), 2),
        ("x=1\na=b\\\\\nc=d\n", sets(&[("a", "e")]), 2),
        ("x=1\np.a=b\\\\\np.c=d\n", replaces("p.", &[("p.a", "1")]), 2),
        // A place inside such lines.
        ("a=b\\\\\nc=d\n", sets(&[("b", "e")]), 1),
    ] {
        let refused = apply(&CsCfg::parse(file.as_bytes()), &patch);
        assert_eq!(refused, Err(AmbiguousError { line }), "{file:?}");
    }
}

#[test]
fn an_ambiguous_line_of_the_patch_alone_is_spelled_again() {
    let applied = applied(b"a=v \nb:1\n", &sets(&[("a", "v"), ("b", "1")]));
    assert_eq!(applied.bytes, b"a=v\nb=1\n");
    assert_eq!(shown(&applied.changes), ["1 a: v  -> v"]);
}

#[test]
fn what_another_text_changes_is_reported_in_its_order() {
    let today = CsCfg::parse(b"z=1\nb=1\nonly=1\na=1\nsame=1\n");
    let backup = CsCfg::parse(b"z=2\nb=1\nnew=1\na=2\nsame = 1\n");
    let applied = changes_to(&today, &backup);
    assert_eq!(applied.bytes, backup.source());
    let wanted = ["1 z: 1 -> 2", "new new: absent -> 1", "4 a: 1 -> 2", "3 only: 1 -> absent"];
    assert_eq!(shown(&applied.changes), wanted);
}

/// Many new lines that belong to one large group: the group is not looked through for each.
#[test]
fn large_files_are_patched() {
    let line = |number: usize| format!("q.k{number:06}=value\n");
    let lines: String = (0..200_000).rev().map(line).collect();
    let mut patch = replaces("p.", &[("p.a", "1")]);
    (0..2000).for_each(|number| patch.set(key(&format!("q.new{number}")), Value::literal("1")));
    let applied = applied(lines.as_bytes(), &patch);
    let new: String = (0..2000).map(|number| format!("q.new{number}=1\n")).collect();
    assert!(applied.bytes == format!("{lines}p.a=1\n{new}").as_bytes());
    assert_eq!(applied.changes.len(), 2001);
}
