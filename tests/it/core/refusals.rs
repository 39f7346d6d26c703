//! Refusals that nothing accepts, and that each refusal is reached by a test.

use std::collections::BTreeSet;

use pki_role::pki::{Conversion, RefusalCode, prepare};
use strum::IntoEnumIterator;

use crate::support::conversions::{
    demote_ca, keep_settings, live, plain, prepared, promote_ca, redirect_ca, refused, restore,
};
use crate::support::files::fixture;

const CA: &str = "ca.crl.M.class=C\nca.crl.M.description=D\ncs.type=CA\n";
const OCSP: &str = "cs.type=OCSP\n";

fn demote() -> Conversion<'static> {
    demote_ca("ca2.example.com:8443")
}

/// A refusal that is there although every refusal that can be accepted is.
#[track_caller]
fn never_accepted(file: impl AsRef<[u8]>, conversion: &Conversion<'_>, is_live: bool) -> RefusalCode {
    let mut around = if is_live { live() } else { plain() };
    around.accept = RefusalCode::iter().filter(|code| code.is_acceptable()).collect();
    let code = prepare(file.as_ref(), conversion, &around).map(drop).unwrap_err().code();
    assert!(!code.is_acceptable());
    code
}

#[test]
fn what_is_no_servers_file() {
    let demote_ocsp = Conversion::DemoteOcsp { seconds: None };
    for (file, conversion, code) in [
        ("", demote(), RefusalCode::NotACsCfg),
        ("# a=1\n\n  \n", demote(), RefusalCode::NotACsCfg),
        ("a=1\n", demote(), RefusalCode::UnknownSubsystem),
        ("cs.type=RA\nca.a=1\n", demote(), RefusalCode::OtherSubsystem),
        (OCSP, demote(), RefusalCode::WrongSubsystem),
        (CA, demote_ocsp.clone(), RefusalCode::WrongSubsystem),
        ("cs.type=KRA\n", demote(), RefusalCode::NothingToConvert),
        ("cs.type=TKS\n", demote_ocsp, RefusalCode::NothingToConvert),
        ("kra.a=1\n", restore(b"kra.a=2\n"), RefusalCode::NothingToConvert),
    ] {
        for is_live in [false, true] {
            assert_eq!(never_accepted(file, &conversion, is_live), code, "{file}");
        }
    }
    for name in ["kra", "tks"] {
        assert_eq!(never_accepted(fixture(name), &demote(), false), RefusalCode::NothingToConvert);
    }
}

#[test]
fn what_from_may_not_be() {
    for (from, code) in [
        ("", RefusalCode::NotACsCfg),
        ("a=1\n", RefusalCode::UnknownSubsystem),
        ("cs.type=RA\n", RefusalCode::OtherSubsystem),
        (OCSP, RefusalCode::WrongSubsystem),
        ("cs.type=KRA\n", RefusalCode::WrongSubsystem),
    ] {
        for conversion in [promote_ca(from.as_bytes()), restore(from.as_bytes())] {
            assert_eq!(never_accepted(CA, &conversion, false), code, "{from}");
        }
    }
    assert_eq!(never_accepted(OCSP, &restore(CA.as_bytes()), true), RefusalCode::WrongSubsystem);
}

#[test]
fn lines_that_are_ambiguous() {
    for line in
        ["master.ca.agent.host=x\\\\\n", "a=b\x0bmaster.ca.agent.port=1\n", "a=b\u{2028}ca.crl.M.enableCRLCache=x\n"]
    {
        let file = format!("{line}{CA}");
        assert_eq!(never_accepted(&file, &demote(), false), RefusalCode::AmbiguousLine, "{line}");
    }
    // Where nothing is edited they do no harm.
    let made = prepared(format!("a=b\x0bc=1\n{CA}"), &demote()).unwrap();
    assert!(made.bytes.is_some() && made.after.ambiguities.len() == 1);
}

#[test]
fn branches_that_are_read_elsewhere() {
    for key in ["ca", "ca.crl", "ca.crl.M", "master", "master.ca", "master.ca.agent"] {
        let file = format!("{key}=x\n{CA}");
        assert_eq!(never_accepted(&file, &demote(), true), RefusalCode::BranchReference, "{key}");
        assert_eq!(never_accepted(CA, &promote_ca(file.as_bytes()), true), RefusalCode::BranchReference, "{key}");
        let made = prepared(&file, &demote()).unwrap();
        assert!(made.findings.iter().any(|finding| finding.code().to_string() == "branch-reference"), "{key}");
    }
    let file = format!("ocsp.store=x\n{OCSP}");
    assert_eq!(never_accepted(file, &Conversion::DemoteOcsp { seconds: None }, true), RefusalCode::BranchReference);
}

#[test]
fn conversions_that_do_not_fit() {
    assert_eq!(never_accepted(CA, &redirect_ca("ca2.example.com:8443"), false), RefusalCode::NotAClone);
    let half = format!("{CA}ca.crl.M.enableCRLCache=false\n");
    assert_eq!(never_accepted(half, &redirect_ca("ca2.example.com:8443"), false), RefusalCode::NotAClone);
    assert_eq!(never_accepted(CA, &promote_ca(b"cs.type=CA\n"), false), RefusalCode::NothingToCopy);
    let unreadable = format!("{CA}ca.crl.M.enable=false \n");
    assert_eq!(never_accepted(unreadable, &demote(), false), RefusalCode::RoleNotReached);
    let zero = Conversion::PromoteOcsp { seconds: Some(0) };
    assert_eq!(never_accepted(OCSP, &zero, false), RefusalCode::RefreshInterval);
}

/// A few lines may end empty; a server's file may not lose what says whose it is.
#[test]
fn a_server_keeps_its_subsystem() {
    let line = "ocsp.store.defStore.refreshInSec=21600\n";
    let promote = Conversion::PromoteOcsp { seconds: None };
    assert_eq!(never_accepted(line, &promote, true), RefusalCode::SubsystemLost);
    let made = prepared(line, &promote).unwrap();
    assert_eq!(made.bytes.unwrap().bytes(), b"");
    assert_eq!(never_accepted(format!("{line}a=1\n"), &promote, false), RefusalCode::SubsystemLost);
    // What is left says something else.
    assert_eq!(never_accepted(format!("{line}kra.a=1\n"), &promote, false), RefusalCode::SubsystemLost);
    // The empty file may be filled again, by a backup of a few lines.
    let filled = prepared("", &restore(line.as_bytes())).unwrap();
    assert_eq!(filled.bytes.unwrap().bytes(), line.as_bytes());
    assert_eq!(refused("", &restore(line.as_bytes()), &live()), RefusalCode::NotACsCfg);
}

/// The table of what can be accepted.
#[test]
fn what_can_be_accepted() {
    let acceptable: BTreeSet<String> =
        RefusalCode::iter().filter(|code| code.is_acceptable()).map(|code| code.to_string()).collect();
    let wanted = [
        "other-ca",
        "new-master-is-this-ca",
        "swapped",
        "backup-as-target",
        "incomplete",
        "other-server",
        "ends-mixed",
        "issuing-point-without-class",
        "nothing-would-generate",
        "replication-behind",
    ];
    assert_eq!(acceptable, wanted.into_iter().map(str::to_owned).collect());
}

/// Every refusal is asserted in a test of the core. `not-verified` cannot be reached: that would be an
/// error of this program, which the tests of conversions hold against it.
#[test]
fn each_refusal_is_reached() {
    let tests = [
        include_str!("guards.rs"),
        include_str!("refusals.rs"),
        include_str!("promoting.rs"),
        include_str!("publishers.rs"),
        include_str!("conversions.rs"),
    ];
    for code in RefusalCode::iter() {
        let name = format!("Code::{code:?}");
        let is_reached = tests.iter().any(|test| test.contains(&name) || test.contains(&format!("Refusal::{code:?}")));
        assert!(is_reached, "no test reaches {code}");
    }
    assert!(prepared(CA, &keep_settings()).is_ok());
}
