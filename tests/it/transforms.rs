//! The conversions as pure functions on ugly files: either a refusal, or bytes that both readers
//! read as the book wants them, that need no second conversion, and that a restore undoes.

use pki_role::cs_cfg::CsCfg;
use pki_role::role::{Conversion, Plan, Refusal, Role, Warning, plan, role};
use proptest::prelude::*;

use crate::book::{self, Steps};
use crate::readers::java;
use crate::ugly;

/// An ugly file that says it is a CA's, mostly at a place where both readers see it.
fn ca() -> impl Strategy<Value = Vec<u8>> {
    (ugly::file(), any::<bool>()).prop_map(|(lines, first)| match first {
        true => [b"cs.type=CA\n", &lines[..]].concat(),
        false => [&lines[..], b"\ncs.type=CA\n"].concat(),
    })
}

/// A former master: an ugly one that has what a promotion needs, or none of it.
fn former() -> impl Strategy<Value = Vec<u8>> {
    let classes = b"ca.crl.MasterCRL.class=C\nca.crl.Second.class=C\n";
    prop_oneof![
        3 => ca().prop_map(move |lines| [&lines[..], b"\n", classes].concat()),
        1 => Just([b"cs.type=CA\n", &classes[..]].concat()),
        1 => ca(),
    ]
}

/// A refusal that is not the tool's own fault.
fn refused(refusal: &Refusal) -> Result<(), TestCaseError> {
    prop_assert!(!matches!(refusal, Refusal::Unproven { .. }), "{}", refusal);
    Ok(())
}

/// The bytes that a plan ends with.
fn end(before: &[u8], plan: &Plan) -> Vec<u8> {
    plan.bytes.as_ref().map_or(before.to_vec(), |proven| proven.bytes().to_vec())
}

/// The laws of every conversion.
fn check(before: &[u8], conversion: &Conversion<'_>, steps: &Steps, wanted: Role) -> Result<(), TestCaseError> {
    let made = match plan(before, conversion) {
        Ok(made) => made,
        Err(refusal) => return refused(&refusal),
    };
    let after = end(before, &made);
    let shown = || format!("{}\n->\n{}", before.escape_ascii(), after.escape_ascii());
    book::assert_follows(before, &after, steps);
    prop_assert_eq!(role(&CsCfg::parse(&after)).map(|report| report.role), Some(wanted));
    prop_assert_eq!(made.role_after, wanted);
    // Idempotence.
    match plan(&after, conversion) {
        Ok(again) => prop_assert!(again.bytes.is_none() && again.changes.is_empty(), "{} {:?}", shown(), again.changes),
        Err(refusal) => prop_assert!(false, "a second run is refused: {} {}", refusal, shown()),
    }
    // The changes that are told are the changes that were made.
    let (old, new) = (java(before), java(&after));
    for change in &made.changes {
        prop_assert_eq!(change.before.as_ref(), old.get(&change.key), "{}: {}", change.key, shown());
        prop_assert_eq!(change.after.as_ref(), new.get(&change.key), "{}: {}", change.key, shown());
    }
    let told = |key: &String| made.changes.iter().any(|change| change.key == **key);
    for key in old.keys().chain(new.keys()).filter(|key| old.get(*key) != new.get(*key)) {
        prop_assert!(told(key), "{} changes and is not told: {}", key, shown());
    }
    // Inverse.
    if made.warnings.iter().any(|warning| matches!(warning, Warning::ShadowedLinesRemoved { .. })) {
        return Ok(());
    }
    match plan(&after, &Conversion::Restore { backup: before, with_publishing: false }) {
        Ok(restored) => prop_assert_eq!(end(&after, &restored), before, "{}", shown()),
        Err(refusal) => prop_assert!(false, "the restore is refused: {} {}", refusal, shown()),
    }
    Ok(())
}

pub fn demotion(file: &[u8]) -> Result<(), TestCaseError> {
    let conversion = Conversion::DemoteCa { new_master: "ca2.example.com:8443".parse().unwrap() };
    check(file, &conversion, &book::demote_ca(file, "ca2.example.com", "8443"), Role::Clone)
}

pub fn promotion(file: &[u8], former: &[u8]) -> Result<(), TestCaseError> {
    let conversion = Conversion::PromoteCa { former, interval: 600, with_publishing: false };
    check(file, &conversion, &book::promote_ca(former, "600"), Role::Master)
}

proptest! {
    // Most of these files are refused, so that it takes more of them; PROPTEST_CASES may ask for more yet.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(1000)))]

    #[test]
    fn demote_ca(file in ca()) {
        demotion(&file)?;
    }

    #[test]
    fn promote_ca(file in ca(), former in former()) {
        promotion(&file, &former)?;
    }
}
