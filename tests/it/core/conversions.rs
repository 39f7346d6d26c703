//! The conversions as pure functions on ugly files: either a refusal, or bytes that both readers
//! read as the guide wants them, that need no second conversion, and that a restore undoes.

use std::fmt::Display;

use pki_role::cs_cfg::CsCfg;
use pki_role::pki::{Conversion, FindingCode, Prepared, Promotion, Refusal, RefusalCode, Role, prepare};
use proptest::prelude::*;
use strum::IntoEnumIterator;

use crate::support::conversions::{
    codes, demote_ca, end, keep_settings, plain, prepared, promote_ca, redirect_ca, restore, role_of,
};
use crate::support::guide::{self, Steps};
use crate::support::readers::java;
use crate::support::ugly::known;
use crate::support::ugly::servers::{ca, former, ocsp};

/// A refusal that is not the program's own fault.
fn refused(refusal: &Refusal) -> Result<(), TestCaseError> {
    prop_assert!(!matches!(refusal, Refusal::NotVerified { .. }), "{:?}", refusal);
    Ok(())
}

/// The laws of every conversion.
fn check(
    before: &[u8],
    conversion: &Conversion<'_>,
    steps: &Steps,
    wanted: impl Fn(Role) -> bool,
) -> Result<(), TestCaseError> {
    let made = match prepared(before, conversion) {
        Ok(made) => made,
        Err(refusal) => return refused(&refusal),
    };
    let after = end(before, &made);
    let shown = || format!("{}\n->\n{}", before.escape_ascii(), after.escape_ascii());
    if let Err(wrong) = guide::follows(before, &after, steps) {
        return Err(TestCaseError::fail(format!("{wrong}\n{}", shown())));
    }
    prop_assert!(wanted(made.after.role()), "{:?}: {}", made.after.role(), shown());
    reports(before, &after, &made)?;
    // Few lines may end as none.
    if !CsCfg::parse(&after).is_empty() {
        prop_assert_eq!(made.after.role(), role_of(&after));
        is_done(&after, conversion)?;
    }
    // Inverse. What a file was may be mixed.
    if codes(&made.findings).contains(&FindingCode::ShadowedLinesRemoved) {
        return Ok(());
    }
    let mut around = plain();
    around.accept = RefusalCode::iter().collect();
    match prepare(&after, &restore(before), &around) {
        // A line that only pki-server did not read is written anew, with the same value.
        Ok(restored) if made.changes.is_empty() => {
            prop_assert_eq!(java(&end(&after, &restored)), java(before), "{}", shown());
        }
        Ok(restored) => prop_assert_eq!(end(&after, &restored), before, "{}", shown()),
        Err(refusal) => prop_assert!(false, "the restore is refused: {:?} {}", refusal, shown()),
    }
    Ok(())
}

/// Idempotence.
fn is_done(after: &[u8], conversion: &Conversion<'_>) -> Result<(), TestCaseError> {
    match prepared(after, conversion) {
        Ok(again) => prop_assert!(
            again.bytes.is_none() && again.changes.is_empty(),
            "{}: {:?}",
            after.escape_ascii(),
            again.changes
        ),
        Err(refusal) => prop_assert!(false, "a second run is refused: {:?} {}", refusal, after.escape_ascii()),
    }
    Ok(())
}

/// The changes that are reported are the changes that were made.
fn reports(before: &[u8], after: &[u8], made: &Prepared) -> Result<(), TestCaseError> {
    let (old, new) = (java(before), java(after));
    for (change, _) in &made.changes {
        prop_assert_eq!(change.before.as_ref(), old.get(&change.key), "{}", change.key);
        prop_assert_eq!(change.after.as_ref(), new.get(&change.key), "{}", change.key);
    }
    let is_reported = |key: &String| made.changes.iter().any(|(change, _)| change.key == **key);
    for key in old.keys().chain(new.keys()).filter(|key| old.get(*key) != new.get(*key)) {
        prop_assert!(is_reported(key), "{} changes and is not reported", key);
    }
    Ok(())
}

fn demotion(file: &[u8]) -> Result<(), TestCaseError> {
    let steps = guide::demote_ca(file, "ca2.example.com", "8443");
    check(file, &demote_ca("ca2.example.com:8443"), &steps, |role| role == Role::Clone)
}

fn promotion(file: &[u8], former: &[u8]) -> Result<(), TestCaseError> {
    check(file, &promote_ca(former), &guide::promote_ca(former, "600"), |role| role == Role::Master)
}

fn promotion_with_own_settings(file: &[u8]) -> Result<(), TestCaseError> {
    let conversion = Conversion::PromoteCa(Promotion {
        former: None,
        interval: Some(300),
        with_publishing: false,
        enable: Vec::new(),
    });
    check(file, &conversion, &guide::keep_settings(file, "300"), |role| role == Role::Master)
}

fn redirection(file: &[u8]) -> Result<(), TestCaseError> {
    let conversion = redirect_ca("ca3.example.com:18443");
    check(file, &conversion, &guide::redirect_ca("ca3.example.com", "18443"), |role| role == Role::Clone)
}

fn ocsp_demotion(file: &[u8], seconds: i32) -> Result<(), TestCaseError> {
    let steps = guide::refresh(file, Some(&seconds.to_string()));
    let is_clone = |role| matches!(role, Role::Clone | Role::Unknown);
    check(file, &Conversion::DemoteOcsp { seconds: Some(seconds) }, &steps, is_clone)
}

fn ocsp_promotion(file: &[u8], seconds: Option<i32>) -> Result<(), TestCaseError> {
    let steps = guide::refresh(file, seconds.map(|seconds| seconds.to_string()).as_deref());
    let is_master = |role| matches!(role, Role::Master | Role::Unknown);
    check(file, &Conversion::PromoteOcsp { seconds }, &steps, is_master)
}

/// Without seconds a demotion leaves a clone as it is, and makes anything else the guide's clone.
fn plain_ocsp_demotion(file: &[u8]) -> Result<(), TestCaseError> {
    let is_clone =
        prepared(file, &Conversion::DemoteOcsp { seconds: None }).is_ok_and(|made| made.before.role() == Role::Clone);
    let seconds = Some("21600").filter(|_| !is_clone);
    let steps: Steps = match seconds {
        Some(_) => guide::refresh(file, seconds),
        None => Box::new(|_| ()),
    };
    let is_clone = |role| matches!(role, Role::Clone | Role::Unknown);
    check(file, &Conversion::DemoteOcsp { seconds: None }, &steps, is_clone)
}

/// A restore gives the owned parameters back, or refuses.
fn restoration(today: &[u8], backup: &[u8]) -> Result<(), TestCaseError> {
    let backup_map = java(backup);
    let steps: Steps = Box::new(move |map| {
        map.retain(|key, _| !guide::is_owned(key.as_bytes()));
        let owned = backup_map.iter().filter(|(key, _)| guide::is_owned(key.as_bytes()));
        map.extend(owned.map(|(key, value)| (key.clone(), value.clone())));
    });
    let made = match prepared(today, &restore(backup)) {
        Ok(made) => made,
        Err(refusal) => return refused(&refusal),
    };
    let after = end(today, &made);
    let mut wanted = java(today);
    steps(&mut wanted);
    let trimmed = |map: crate::support::readers::Map| -> Vec<(String, String)> {
        map.into_iter().map(|(key, value)| (key, value.trim_end_matches([' ', '\t', '\x0c']).to_owned())).collect()
    };
    prop_assert_eq!(trimmed(java(&after)), trimmed(wanted));
    reports(today, &after, &made)?;
    if !CsCfg::parse(&after).is_empty() {
        prop_assert!(role_of(&after) == role_of(backup) || role_of(&after) == Role::Unknown);
        is_done(&after, &restore(backup))?;
    }
    Ok(())
}

proptest! {
    // Most of these files are refused, so that it takes more of them; PROPTEST_CASES may ask for more yet.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(400)))]

    #[test]
    fn a_ca_is_demoted(file in ca()) {
        demotion(&file)?;
    }

    #[test]
    fn a_ca_is_promoted(file in ca(), former in former()) {
        promotion(&file, &former)?;
    }

    #[test]
    fn a_ca_is_promoted_with_its_own_settings(file in former()) {
        promotion_with_own_settings(&file)?;
    }

    #[test]
    fn a_ca_is_redirected(file in ca()) {
        redirection(&file)?;
    }

    #[test]
    fn an_ocsp_responder_is_demoted(file in ocsp(), installed in any::<bool>()) {
        ocsp_demotion(&file, if installed { 14400 } else { 21600 })?;
        plain_ocsp_demotion(&file)?;
    }

    #[test]
    fn an_ocsp_responder_is_promoted(file in ocsp()) {
        ocsp_promotion(&file, None)?;
        ocsp_promotion(&file, Some(15000))?;
    }

    #[test]
    fn a_role_is_restored(today in ca(), backup in ca()) {
        restoration(&today, &backup)?;
    }

    #[test]
    fn an_ocsp_role_is_restored(today in ocsp(), backup in ocsp()) {
        restoration(&today, &backup)?;
    }
}

#[track_caller]
fn holds(conversion: &str, file: &[u8], why: &str, outcome: Result<(), impl Display>) {
    if let Err(broken) = outcome {
        panic!("{conversion}: {why}: {}: {broken}", file.escape_ascii());
    }
}

#[test]
fn known_files() {
    let former = b"cs.type=CA\nca.crl.MasterCRL.class=C\nca.crl.Second.class=C\n";
    let plain_ca = b"cs.type=CA\nca.crl.MasterCRL.class=C\n";
    for (file, why) in known::FILES {
        for ca in [[b"cs.type=CA\n", *file].concat(), [*file, b"\ncs.type=CA\n"].concat()] {
            holds("demote-ca", &ca, why, demotion(&ca));
            holds("redirect-ca", &ca, why, redirection(&ca));
            holds("promote-ca", &ca, why, promotion(&ca, former));
            let former = [&ca[..], b"\nca.crl.MasterCRL.class=C\n"].concat();
            holds("promote-ca from it", &ca, why, promotion(plain_ca, &former));
            holds("promote-ca --keep-settings", &ca, why, promotion_with_own_settings(&former));
            holds("restore", &ca, why, restoration(&ca, plain_ca));
            holds("restore from it", &ca, why, restoration(plain_ca, &ca));
        }
        let ocsp = [b"cs.type=OCSP\n", *file].concat();
        holds("demote-ocsp", &ocsp, why, ocsp_demotion(&ocsp, 21600));
        holds("promote-ocsp", &ocsp, why, ocsp_promotion(&ocsp, None));
    }
}

/// Nothing of this could be shown by files that are all refused.
#[test]
fn not_all_generated_files_are_refused() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut changed = |files: &dyn Fn(&mut TestRunner) -> Vec<u8>, conversion: &Conversion<'_>| {
        let made = (0..300).filter_map(|_| prepared(files(&mut runner), conversion).ok());
        made.filter(|made| made.bytes.is_some()).count()
    };
    let cas = |runner: &mut TestRunner| ca().new_tree(runner).unwrap().current();
    let formers = |runner: &mut TestRunner| former().new_tree(runner).unwrap().current();
    let ocsps = |runner: &mut TestRunner| ocsp().new_tree(runner).unwrap().current();
    for (files, conversion) in [
        (&cas as &dyn Fn(&mut TestRunner) -> Vec<u8>, demote_ca("ca2.example.com:8443")),
        (&cas, promote_ca(b"cs.type=CA\nca.crl.MasterCRL.class=C\n")),
        (&formers, keep_settings()),
        (&cas, redirect_ca("ca2.example.com:8443")),
        (&ocsps, Conversion::DemoteOcsp { seconds: None }),
        (&ocsps, Conversion::PromoteOcsp { seconds: None }),
    ] {
        let count = changed(files, &conversion);
        assert!(count >= 30, "{conversion:?}: {count} of 300");
    }
}
