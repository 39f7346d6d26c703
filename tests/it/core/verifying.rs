//! Verifying accepts what applying makes, and nothing in which a parameter is another one.

use std::convert::Infallible;

use pki_role::cs_cfg::{CsCfg, Key, Patch, Value, Verified, VerifyError, apply, other_lines, verify, verify_text};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::readers::{java, python, python_lenient};
use crate::support::ugly::{self, known};

fn verified(before: &[u8], patch: &Patch, after: &[u8]) -> Result<Verified, VerifyError<Infallible>> {
    verify(&CsCfg::parse(before), patch, after.to_vec(), |_| Ok(()))
}

fn key(text: &str) -> Key<'static> {
    Key::new(text).unwrap()
}

/// A decision about a key below `ca.crl.`, or any.
fn edits() -> impl Strategy<Value = Vec<(String, Option<String>)>> {
    vec((ugly::key(), proptest::option::of(ugly::value())), 0..6)
}

/// Patches with and without a replaced prefix.
fn patch() -> impl Strategy<Value = Patch<'static>> {
    (any::<bool>(), edits(), edits()).prop_map(|(replaces, block, single)| {
        let mut patch = Patch::new();
        if replaces {
            let parameter = |(k, v): (String, Option<String>)| {
                Some((key(&format!("ca.crl.{}", k.trim_start_matches("ca.crl."))), Value::new(v?).unwrap()))
            };
            patch.replace_prefix(key("ca.crl."), block.into_iter().filter_map(parameter).collect());
        }
        for (k, v) in single {
            match v {
                Some(v) => patch.set(key(&k), Value::new(v).unwrap()),
                None => patch.remove(&k),
            }
        }
        patch
    })
}

/// A small change of bytes.
#[derive(Clone, Debug)]
enum Mutation {
    Change(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index),
    RemoveLine(Index),
    RepeatLine(Index, Index),
    SwapLines(Index, Index),
    CutOff(Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let byte = prop_oneof![any::<u8>(), proptest::sample::select(&b"\n\r\\= :#!\x0b\x0cab."[..])];
    let text = proptest::sample::select(&["a=1\n", "\n", "ca.crl.x=1\n", "\\\n", "k", " ", "z=\x0ba=2\n"][..]);
    prop_oneof![
        (any::<Index>(), byte).prop_map(|(at, byte)| Mutation::Change(at, byte)),
        (any::<Index>(), text).prop_map(|(at, text)| Mutation::Insert(at, text.as_bytes().to_vec())),
        any::<Index>().prop_map(Mutation::Remove),
        any::<Index>().prop_map(Mutation::RemoveLine),
        (any::<Index>(), any::<Index>()).prop_map(|(which, to)| Mutation::RepeatLine(which, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Mutation::SwapLines(one, other)),
        any::<Index>().prop_map(Mutation::CutOff),
    ]
}

fn mutated(bytes: &[u8], mutation: &Mutation) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.is_empty() {
        return b"a=1\n".to_vec();
    }
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let count = lines.len();
    match mutation {
        Mutation::Change(at, byte) => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Mutation::Insert(at, text) => {
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..at, text.iter().copied());
        }
        Mutation::Remove(at) => drop(bytes.remove(at.index(bytes.len()))),
        Mutation::CutOff(at) => bytes.truncate(at.index(bytes.len())),
        Mutation::RemoveLine(which) => drop(lines.remove(which.index(count))),
        Mutation::RepeatLine(which, to) => lines.insert(to.index(count + 1), lines[which.index(count)].clone()),
        Mutation::SwapLines(one, other) => lines.swap(one.index(count), other.index(count)),
    }
    match mutation {
        Mutation::RemoveLine(_) | Mutation::RepeatLine(..) | Mutation::SwapLines(..) => lines.concat(),
        _ => bytes,
    }
}

fn accepts_what_is_applied(bytes: &[u8], patch: &Patch) -> Result<(), TestCaseError> {
    let document = CsCfg::parse(bytes);
    let Ok(applied) = apply(&document, patch) else { return Ok(()) };
    let outcome = verified(bytes, patch, &applied.bytes).map(|verified| verified.bytes().to_vec());
    prop_assert_eq!(outcome, Ok(applied.bytes), "{}", bytes.escape_ascii());
    Ok(())
}

/// What a reader of either kind has after loading these bytes, and whether `pki-server` loads them.
fn read(bytes: &[u8]) -> impl PartialEq + use<> {
    (java(bytes), python_lenient(bytes), python(bytes).is_some())
}

fn refuses_mutations(bytes: &[u8], patch: &Patch, mutation: &Mutation) -> Result<(), TestCaseError> {
    let document = CsCfg::parse(bytes);
    let Ok(applied) = apply(&document, patch) else { return Ok(()) };
    let mutated = mutated(&applied.bytes, mutation);
    if read(&mutated) != read(&applied.bytes) {
        let outcome = verified(bytes, patch, &mutated);
        let shown = || [bytes, &applied.bytes, &mutated].map(|bytes| bytes.escape_ascii().to_string()).join("\n->\n");
        prop_assert!(outcome.is_err(), "{:?}\n{}", patch, shown());
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_applied_is_accepted(bytes in ugly::bytes(), patch in patch()) {
        accepts_what_is_applied(&bytes, &patch)?;
    }

    #[test]
    fn a_change_of_any_parameter_is_refused(bytes in ugly::file(), patch in patch(), mutation in mutation()) {
        refuses_mutations(&bytes, &patch, &mutation)?;
    }

    /// Files that nearly always can be patched.
    #[test]
    fn a_change_of_any_parameter_of_a_plain_file_is_refused(
        lines in vec(("[a-c]|ca\\.crl\\.[a-c]", "[0-2]"), 0..10),
        patch in patch(),
        mutation in mutation(),
    ) {
        let file: String = lines.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        accepts_what_is_applied(file.as_bytes(), &patch)?;
        refuses_mutations(file.as_bytes(), &patch, &mutation)?;
    }

    /// A text that differs in owned lines only is accepted as it is, any other is not.
    #[test]
    fn a_text_is_accepted_exactly_where_the_other_lines_are_equal(
        today in ugly::file(),
        patch in patch(),
        mutation in mutation(),
    ) {
        let document = CsCfg::parse(&today);
        let Ok(applied) = apply(&document, &patch) else { return Ok(()) };
        for text in [mutated(&applied.bytes, &mutation), applied.bytes] {
            let text = CsCfg::parse(&text);
            let owned = |key: &[u8]| patch.covers(key);
            let outcome = verify_text(&document, &text, owned, |_| Ok::<(), Infallible>(()));
            prop_assert_eq!(outcome.is_ok(), other_lines(&document, owned).eq(other_lines(&text, owned)));
        }
    }
}

#[test]
fn known_files() {
    let values = known::VALUES.iter().map(|value| Some(Value::new(value).unwrap()));
    let mut patches = vec![Patch::new()];
    for value in values.chain([None]) {
        for name in known::KEYS {
            let mut patch = Patch::new();
            match &value {
                Some(value) => patch.set(key(name), value.clone()),
                None => patch.remove(name),
            }
            patches.push(patch);
        }
    }
    let mut removed_block = Patch::new();
    removed_block.replace_prefix(key("ca.crl."), Vec::new());
    patches.push(removed_block);
    for (file, why) in known::FILES {
        for patch in &patches {
            let outcome = accepts_what_is_applied(file, patch);
            assert!(outcome.is_ok(), "{why}: {}: {outcome:?}", file.escape_ascii());
        }
    }
}

#[track_caller]
fn refused(before: &str, patch: &Patch, after: &str, error: VerifyError<Infallible>) {
    assert_eq!(verified(before.as_bytes(), patch, after.as_bytes()), Err(error), "{after:?}");
}

fn not_as_patched(key: &str) -> VerifyError<Infallible> {
    VerifyError::NotAsPatched { key: key.to_owned() }
}

#[test]
fn every_parameter_of_the_patch_is_looked_at() {
    let before = "a=1\nb=1\np.old=1\nq=1\n";
    let mut patch = Patch::new();
    patch.set(key("a"), Value::literal("2"));
    patch.remove("b");
    patch.replace_prefix(key("p."), vec![(key("p.x"), Value::literal("1")), (key("p.y"), Value::literal("1"))]);
    assert!(verified(before.as_bytes(), &patch, b"a=2\np.x=1\np.y=1\nq=1\n").is_ok());
    refused(before, &patch, "a=1\np.x=1\np.y=1\nq=1\n", not_as_patched("a"));
    refused(before, &patch, "p.x=1\np.y=1\nq=1\n", not_as_patched("a"));
    refused(before, &patch, "a=2\na=2\np.x=1\np.y=1\nq=1\n", not_as_patched("a"));
    refused(before, &patch, "a=2\nb=1\np.x=1\np.y=1\nq=1\n", not_as_patched("b"));
    refused(before, &patch, "a=2\np.x=1\nq=1\n", not_as_patched("p.y"));
    refused(before, &patch, "a=2\np.old=1\np.x=1\np.y=1\nq=1\n", not_as_patched("p.old"));
    refused(before, &patch, "a=2\np.x=\np.y=1\nq=1\n", not_as_patched("p.x"));
}

#[test]
fn every_other_line_is_looked_at() {
    let before = "# c\na=1\n\nb = 1\r\nc=1\n";
    let mut patch = Patch::new();
    patch.set(key("a"), Value::literal("2"));
    let other_line = |line| VerifyError::OtherLine { line };
    assert!(verified(before.as_bytes(), &patch, b"# c\n\nb = 1\r\na=2\nc=1\n").is_ok());
    // Empty lines mean nothing to either reader, and a CR before one may become a CR LF.
    assert!(verified(before.as_bytes(), &patch, b"# c\na=2\nb = 1\r\nc=1\n\n").is_ok());
    assert!(verified(b"b=1\ra=1\n\n", &patch, b"a=2\nb=1\r\n").is_ok());
    refused(before, &patch, "# d\na=2\n\nb = 1\r\nc=1\n", other_line(1));
    refused(before, &patch, "a=2\n\nb = 1\r\nc=1\n", other_line(3));
    refused(before, &patch, "# c\na=2\n\nb=1\r\nc=1\n", other_line(4));
    refused(before, &patch, "# c\na=2\n\nb = 1\nc=1\n", other_line(4));
    refused(before, &patch, "# c\na=2\n\nc=1\nb = 1\r\n", other_line(4));
    refused(before, &patch, "# c\na=2\n\nb = 1\r\nc=1\n \n", other_line(6));
    refused(before, &patch, "# c\na=2\n\nb = 1\r\n", other_line(5));
    refused(before, &patch, "# c\na=2\n\nb = 1\r\nc=1", other_line(5));
}

#[test]
fn the_last_line_end_may_move_in_a_file_without_one() {
    let mut patch = Patch::new();
    patch.set(key("a"), Value::literal("2"));
    for (before, after) in [("b=1", "b=1\na=2"), ("b=1\na=1", "a=2\nb=1"), ("b=1\na=1\nc=1", "b=1\nc=1\na=2")] {
        assert!(verified(before.as_bytes(), &patch, after.as_bytes()).is_ok(), "{before:?} -> {after:?}");
    }
    refused("b=1\nc=1", &patch, "b=1\na=2", VerifyError::OtherLine { line: 3 });
}

#[test]
fn no_line_becomes_ambiguous() {
    let mut patch = Patch::new();
    patch.set(key("a"), Value::literal("2"));
    patch.set(key("k"), Value::literal("2"));
    let ambiguous = |line| VerifyError::Ambiguous { line };
    refused("b=1\n", &patch, "a:2\nb=1\nk=2\n", ambiguous(1));
    refused("b=1\n", &patch, "b=1\nk=2\n a\t2\n", ambiguous(3));
    // It was ambiguous before, and the patch decides its key.
    refused("a:2\nb=1\n", &patch, "a:2\nb=1\nk=2\n", ambiguous(1));
    refused("c=1\x0ba=2\nb=1\n", &patch, "a=2\nc=1\x0ba=2\nb=1\nk=2\n", ambiguous(2));
}

#[test]
fn pki_servers_reading_is_looked_at() {
    // It joins another line with the first one.
    let before = "b=1\\\\\na=1\nc=1\n";
    let mut patch = Patch::new();
    patch.remove("a");
    let outcome = verified(before.as_bytes(), &patch, b"b=1\\\\\nc=1\n");
    assert!(outcome.is_err(), "{outcome:?}");
    // A key that it alone reads goes with a line of another one.
    let other_value = |key: &str| VerifyError::OtherValue { key: key.to_owned() };
    let before = "q=1\nx=1\x0bz=2\n";
    let mut patch = Patch::new();
    patch.remove("x");
    refused(before, &patch, "q=1\n", other_value("z"));
    patch.set(key("x"), Value::literal("3"));
    refused(before, &patch, "q=1\nx=3\n", other_value("z"));
    // It reads another value of a key that the server reads elsewhere.
    let before = "z=1\nx=1\x0bz=2\n";
    refused(before, &patch, "z=1\nx=3\n", other_value("z"));
}

#[test]
fn the_result_is_as_expected() {
    let document = CsCfg::parse(b"a=1\n");
    let patch = Patch::new();
    let expect = |wanted: &'static [u8]| {
        move |read: &CsCfg<'_>| match read.get(b"a").as_deref() == Some(wanted) {
            true => Ok(()),
            false => Err("another value"),
        }
    };
    assert_eq!(
        verify(&document, &patch, b"a=1\n".to_vec(), expect(b"1")).map(|ok| ok.bytes().to_vec()),
        Ok(b"a=1\n".to_vec())
    );
    let unexpected = Err(VerifyError::Unexpected("another value"));
    assert_eq!(verify(&document, &patch, b"a=1\n".to_vec(), expect(b"2")), unexpected);
    assert_eq!(verify_text(&document, &document, |_| false, expect(b"2")), unexpected);
}
