//! Which refresh interval a conversion of an OCSP responder writes or removes, and where.

use pki_role::pki::{Conversion, Finding, FindingCode, RefreshReason, Refusal, RefusalCode, Role};

use crate::support::conversions::{codes, converted, plain, prepared, refused, role_of};

const GUIDE: &str = "OCSP.Responder.store.defStore.refreshInSec";
const CLASS: &str = "com.netscape.cms.ocsp.DefStore";

fn demote(seconds: impl Into<Option<i32>>) -> Conversion<'static> {
    Conversion::DemoteOcsp { seconds: seconds.into() }
}

fn promote(seconds: impl Into<Option<i32>>) -> Conversion<'static> {
    Conversion::PromoteOcsp { seconds: seconds.into() }
}

/// The lines that a conversion removes and adds, as `-line` and `+line`.
#[track_caller]
fn edits(file: &str, conversion: &Conversion<'_>) -> Vec<String> {
    let after = converted(file, conversion);
    let only = |mark: char, here: &str, there: &str| -> Vec<String> {
        here.lines()
            .filter(|line| !there.lines().any(|other| other == *line))
            .map(|line| format!("{mark}{line}"))
            .collect()
    };
    [only('-', file, &after), only('+', &after, file)].concat()
}

/// One row: what the file has beside `cs.type`, and the intervals that a demotion writes.
#[test]
fn a_demotion_writes_what_is_read_and_what_the_guide_says() {
    let def = format!("ocsp.store.defStore.class={CLASS}\n");
    let mine = format!("ocsp.storeId=mine\nocsp.store.mine.class={CLASS}\n");
    let rows: [(&str, &[&str]); 13] = [
        // The guide's parameters alone, or none.
        ("", &[GUIDE]),
        ("OCSP.Responder.storeId=defStore\n", &[GUIDE]),
        ("ocsp.other=1\n", &[GUIDE]),
        // Dogtag's.
        (&format!("ocsp.storeId=defStore\n{def}"), &["ocsp.store.defStore.refreshInSec"]),
        ("ocsp.storeId=defStore\nocsp.store.defStore.refreshInSec=0\n", &["ocsp.store.defStore.refreshInSec"]),
        (&mine, &["ocsp.store.mine.refreshInSec"]),
        // Both families.
        (
            &format!("ocsp.storeId=defStore\n{def}OCSP.Responder.store.defStore.class=C\n"),
            &[GUIDE, "ocsp.store.defStore.refreshInSec"],
        ),
        // Never half a store: without the class, the guide's alone.
        ("ocsp.storeId=mine\n", &[GUIDE]),
        ("ocsp.store.ldapStore.class=L\nocsp.storeId=ldapStore\n", &[GUIDE]),
        // Without a store that is read at an interval: the default one's, where it is a whole store.
        (&def, &["ocsp.store.defStore.refreshInSec"]),
        (&format!("ocsp.storeId=\n{def}"), &["ocsp.store.defStore.refreshInSec"]),
        (&format!("ocsp.storeId=ldapStore\n{def}"), &["ocsp.store.defStore.refreshInSec"]),
        ("ocsp.storeId=mine\nocsp.store.mine.class=com.example.Other\n", &["ocsp.store.mine.refreshInSec"]),
    ];
    for (lines, keys) in rows {
        let file = format!("cs.type=OCSP\n{lines}");
        for (conversion, seconds) in [(demote(None), 21600), (demote(14400), 14400), (promote(300), 300)] {
            let mut wanted: Vec<String> = keys.iter().map(|key| format!("+{key}={seconds}")).collect();
            let mut edits = edits(&file, &conversion);
            edits.retain(|edit| !edit.starts_with('-'));
            edits.sort();
            wanted.sort();
            assert_eq!(edits, wanted, "{file}");
        }
    }
}

#[test]
fn a_promotion_removes_whichever_are_there() {
    let guide = format!("{GUIDE}=21600\n");
    for (lines, removed) in [
        (&*guide, vec![GUIDE]),
        ("ocsp.storeId=defStore\nocsp.store.defStore.refreshInSec=14400\n", vec!["ocsp.store.defStore.refreshInSec"]),
        (
            "ocsp.storeId=mine\nocsp.store.mine.class=DefStore\nocsp.store.mine.refreshInSec=21600\n",
            vec!["ocsp.store.mine.refreshInSec"],
        ),
        // The interval of a store that is not read stays.
        ("ocsp.storeId=mine\nocsp.store.mine.class=DefStore\nocsp.store.defStore.refreshInSec=21600\n", vec![]),
        (
            &format!(
                "{guide}ocsp.storeId=ldapStore\nocsp.store.defStore.refreshInSec=21600\nocsp.store.ldapStore.refreshInSec0=5\n"
            ),
            vec![GUIDE, "ocsp.store.defStore.refreshInSec"],
        ),
    ] {
        let file = format!("cs.type=OCSP\n{lines}");
        let mut keys: Vec<String> = edits(&file, &promote(None));
        keys.iter_mut().for_each(|edit| *edit = edit.split('=').next().unwrap().to_owned());
        assert_eq!(keys, removed.iter().map(|key| format!("-{key}")).collect::<Vec<_>>(), "{file}");
    }
}

/// A clone as the installer makes one stays as it is, unless an interval is asked for.
#[test]
fn a_clone_of_the_installer_stays() {
    let clone = "cs.type=OCSP\nocsp.storeId=defStore\nocsp.store.defStore.class=DefStore\nocsp.store.defStore.refreshInSec=14400\n";
    assert!(prepared(clone, &demote(None)).unwrap().bytes.is_none());
    assert_eq!(
        edits(clone, &demote(21600)),
        ["-ocsp.store.defStore.refreshInSec=14400", "+ocsp.store.defStore.refreshInSec=21600"]
    );
    let both = format!("{clone}{GUIDE}=21600\n");
    assert!(prepared(both, &demote(None)).unwrap().bytes.is_none());
    // Both names, and only one of them says clone: mixed.
    let half = format!("{clone}OCSP.Responder.store.defStore.class=C\n");
    assert_eq!(role_of(&half), Role::Mixed);
    let made = prepared(&half, &demote(None)).unwrap();
    assert_eq!(made.after.role(), Role::Clone);
    assert!(codes(&made.findings).contains(&FindingCode::RepairedMixedRole));
}

#[test]
fn intervals_that_do_not_fit_are_refused() {
    let file = "cs.type=OCSP\n";
    for (conversion, reason) in [
        (demote(0), RefreshReason::MarksNoClone),
        (demote(15000), RefreshReason::MarksNoClone),
        (demote(-1), RefreshReason::Negative),
        (demote(-21600), RefreshReason::Negative),
        (demote(i32::MIN), RefreshReason::Negative),
        (promote(0), RefreshReason::Zero),
        (promote(21600), RefreshReason::MarksClone),
        (promote(14400), RefreshReason::MarksClone),
        (promote(-1), RefreshReason::Negative),
        (promote(i32::MIN), RefreshReason::Negative),
    ] {
        match prepared(file, &conversion) {
            Err(Refusal::RefreshInterval { why, .. }) => assert_eq!(why, reason, "{conversion:?}"),
            other => panic!("{conversion:?}: {other:?}"),
        }
    }
    for conversion in [demote(21600), demote(14400), promote(1), promote(i32::MAX)] {
        assert!(prepared(file, &conversion).is_ok(), "{conversion:?}");
    }
}

#[test]
fn an_interval_without_effect_is_reported() {
    let effect = |lines: &str, conversion: Conversion<'_>| {
        let made = prepared(format!("cs.type=OCSP\n{lines}"), &conversion).unwrap();
        (made.after.role(), codes(&made.findings))
    };
    let ldap = "ocsp.storeId=ldapStore\nocsp.store.defStore.class=DefStore\n";
    for conversion in [demote(None), promote(None)] {
        assert_eq!(effect(ldap, conversion.clone()), (Role::Unknown, vec![FindingCode::RefreshWithoutEffect]));
        let unset = effect("ocsp.store.defStore.class=DefStore\n", conversion);
        assert_eq!(unset, (Role::Unknown, vec![FindingCode::RefreshWithoutEffect]));
    }
    let dogtag = "ocsp.storeId=defStore\nocsp.store.defStore.class=DefStore\n";
    assert_eq!(effect(dogtag, demote(None)), (Role::Clone, vec![]));
    assert_eq!(effect(dogtag, promote(300)), (Role::Master, vec![FindingCode::NeedlessRefresh]));
    assert_eq!(effect("", demote(None)), (Role::Clone, vec![FindingCode::GuideKeyNotRead]));
    let both = format!("{dogtag}OCSP.Responder.storeId=defStore\n");
    let made = prepared(format!("cs.type=OCSP\n{both}"), &demote(None)).unwrap();
    let read = made.findings.iter().find_map(|finding| match finding {
        Finding::GuideKeyNotRead { read, .. } => Some(read.as_deref()),
        _ => None,
    });
    assert_eq!(read, Some(Some("ocsp.store.defStore.refreshInSec")));
}

/// The server reads the interval of a store that has no class yet: half a store, with which it may not
/// come up. It is not made.
#[test]
fn half_a_store_is_never_made() {
    let file = "cs.type=OCSP\nocsp.storeId=defStore\nocsp.store.defStore.notFoundAsGood=true\n";
    for seconds in [None, Some(14400)] {
        assert_eq!(refused(file, &demote(seconds), &plain()), RefusalCode::RoleNotReached);
    }
    assert!(prepared(file, &promote(None)).unwrap().bytes.is_none());
    assert_eq!(edits(file, &promote(300)), [format!("+{GUIDE}=300")]);
}

/// A line that the server does not see, and that `pki-server` would write back as a parameter.
#[test]
fn a_hidden_interval_is_not_left_behind() {
    let file =
        format!("cs.type=OCSP\n\u{a0}{GUIDE}=21600\nocsp.storeId=defStore\nocsp.store.defStore.refreshInSec=21600\n");
    assert_eq!(refused(file, &promote(None), &plain()), RefusalCode::AmbiguousLine);
}
