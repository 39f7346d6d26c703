//! The diff as a law: applied to the one text, hunk by hunk at the lines that it names, it gives the
//! other, whatever the two have in common.

use std::path::Path;

use pki_role::text::unified_diff;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const CONTEXT: usize = 3;

/// Lines that recur, some longer than others; seldom without an end.
fn text(lines: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    let line = select(vec!["\n", "a\n", "b\n", "a\rb\n", "0123456789012345678901234567890123456789\n", "\u{e9}\n"]);
    (vec(line, lines), any::<bool>()).prop_map(|(lines, cut)| {
        let text = lines.concat().into_bytes();
        if cut { text.strip_suffix(b"\n").unwrap_or(&text).to_vec() } else { text }
    })
}

/// `before` as the diff changes it. Every line that it shows of `before` must stand where it says.
fn apply(before: &[u8], diff: &[u8]) -> Vec<u8> {
    let old: Vec<&[u8]> = before.split_inclusive(|byte| *byte == b'\n').collect();
    let mut out = Vec::new();
    let mut at = 0;
    let mut shown: Vec<(u8, Vec<u8>)> = Vec::new();
    let put = |shown: &mut Vec<(u8, Vec<u8>)>, at: &mut usize, out: &mut Vec<u8>| {
        for (mark, line) in shown.drain(..) {
            if mark != b'+' {
                assert_eq!(old[*at].escape_ascii().to_string(), line.escape_ascii().to_string(), "line {}", *at + 1);
                *at += 1;
            }
            if mark != b'-' {
                out.extend(line);
            }
        }
    };
    let mut trail = CONTEXT;
    for line in diff.split_inclusive(|byte| *byte == b'\n').skip(2) {
        if line.starts_with(b"@") {
            assert_eq!(trail, CONTEXT, "before {}", line.escape_ascii());
        }
        trail = if line.starts_with(b" ") {
            trail + 1
        } else if line.starts_with(b"\\") {
            trail
        } else {
            0
        };
        match line {
            [b'@', ..] => {
                put(&mut shown, &mut at, &mut out);
                let header = std::str::from_utf8(line).unwrap();
                let (start, length) = header.split([' ', '-']).nth(2).unwrap().split_once(',').unwrap();
                let start: usize = start.parse().unwrap();
                let start = if length == "0" { start } else { start - 1 };
                old[at..start].iter().for_each(|line| out.extend_from_slice(line));
                at = start;
            }
            [b'\\', ..] => drop(shown.last_mut().unwrap().1.pop()),
            [mark, text @ ..] => shown.push((*mark, text.to_vec())),
            [] => unreachable!(),
        }
    }
    put(&mut shown, &mut at, &mut out);
    // With fewer lines behind its last change a hunk stands at the end of the file, or `patch` refuses it.
    assert!(trail == CONTEXT || at == old.len(), "{trail} lines of context, {} more", old.len() - at);
    old[at..].iter().for_each(|line| out.extend_from_slice(line));
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2000)))]

    #[test]
    fn the_diff_applied_to_the_one_gives_the_other(
        head in text(0..30), one in text(0..4), other in text(0..4), tail in text(0..30)
    ) {
        check(&[&head[..], &one, &tail].concat(), &[&head[..], &other, &tail].concat())?;
    }

    /// Changes of any length, so that also those are met behind which the texts go on alike out of sight.
    #[test]
    fn many_changes_and_long_ones(parts in vec((text(0..12), lengths(), lengths()), 0..5), tail in text(0..12)) {
        let text = |named: &str, length: fn(&(usize, usize)) -> usize| {
            let parts = parts.iter().enumerate().flat_map(|(nth, (alike, olds, news))| {
                let own = (0..length(&(*olds, *news))).map(move |line| format!("{named}{nth}.{line}\n").into_bytes());
                [ended(alike)].into_iter().chain(own)
            });
            parts.chain([tail.clone()]).collect::<Vec<_>>().concat()
        };
        check(&text("old", |(olds, _)| *olds), &text("new", |(_, news)| *news))?;
    }
}

fn lengths() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..4usize, 2 => 4..20usize, 1 => 60..70usize, 1 => 250..300usize]
}

fn ended(text: &[u8]) -> Vec<u8> {
    [text, if text.is_empty() || text.ends_with(b"\n") { b"" } else { b"\n" }].concat()
}

fn check(before: &[u8], after: &[u8]) -> Result<(), TestCaseError> {
    let diff = unified_diff(before, after, Path::new("CS.cfg"));
    prop_assert_eq!(diff.is_empty(), before == after);
    prop_assert_eq!(apply(before, &diff).escape_ascii().to_string(), after.escape_ascii().to_string());
    Ok(())
}

/// Lines that are alike everywhere do not show where the texts go on alike.
#[test]
fn a_group_removed_before_others_of_its_shape() {
    let text = |from: usize| (from..100).map(|nth| format!("k{nth}=v\n\n#\n\n")).collect::<String>().into_bytes();
    let diff = unified_diff(&text(0), &text(1), Path::new("CS.cfg"));
    let changed = |mark: &[u8]| diff.split(|byte| *byte == b'\n').skip(2).filter(|line| line.starts_with(mark)).count();
    assert_eq!((changed(b"-"), changed(b"+")), (4, 0));
}

/// More equal lines than an algorithm that looks back over them would live through.
#[test]
fn a_long_run_of_equal_lines() {
    let blank = vec![b'\n'; 200_000];
    let before = [b"a=1\n", &blank[..], b"b=1\n"].concat();
    let after = [b"a=2\n", &blank[..], b"b=2\n"].concat();
    let diff = unified_diff(&before, &after, Path::new("CS.cfg"));
    assert!(apply(&before, &diff) == after);
}
