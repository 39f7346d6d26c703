//! What a conversion gives to report: each finding with an occasion and a counterpart.

use std::collections::BTreeSet;

use pki_role::pki::{Conversion, FindingCode, Promotion};
use strum::IntoEnumIterator;

use crate::support::conversions::{codes, demote_ca, keep_settings, prepared, promote_ca, promotion, restore, with};

const MASTER: &str = "ca.certStatusUpdateInterval=600\nca.crl.M.class=C\nca.crl.M.description=D\n\
    ca.crl.M.enableCRLCache=true\nca.crl.M.enableCRLUpdates=true\nca.listenToCloneModifications=true\ncs.type=CA\n";
const CLONE: &str = "ca.certStatusUpdateInterval=0\nca.crl.M.class=C\nca.crl.M.description=D\n\
    ca.crl.M.enableCRLCache=false\nca.crl.M.enableCRLUpdates=false\nca.listenToCloneModifications=false\ncs.type=CA\n\
    master.ca.agent.host=ca2.example.com\nmaster.ca.agent.port=8443\n";
/// A second issuing point, switched on.
const SECOND: &str =
    "ca.crl.S.class=C\nca.crl.S.description=D\nca.crl.S.enableCRLCache=true\nca.crl.S.enableCRLUpdates=true\n";

#[track_caller]
fn findings(target: &str, conversion: &Conversion<'_>) -> Vec<FindingCode> {
    codes(&prepared(target, conversion).unwrap().findings)
}

fn demote(target: &str) -> Vec<FindingCode> {
    findings(target, &demote_ca("ca3.example.com:8443"))
}

fn promote(target: &str, former: &str) -> Vec<FindingCode> {
    findings(target, &promote_ca(former.as_bytes()))
}

fn put_back(target: &str, backup: &str) -> Vec<FindingCode> {
    findings(target, &restore(backup.as_bytes()))
}

fn ocsp(target: &str, seconds: Option<i32>) -> Vec<FindingCode> {
    findings(&format!("cs.type=OCSP\n{target}"), &Conversion::PromoteOcsp { seconds })
}

#[test]
fn each_finding_has_its_occasion_and_its_counterpart() {
    use FindingCode as Code;
    let named = |line: &str| format!("{CLONE}machineName=ca1.example.com\nca.crl.M.pointName={line}\n");
    let on = |host: &str, port: u16| format!("{CLONE}machineName={host}\nservice.securePort={port}\n");
    let of = |file: &str, lines: &str| format!("{file}{lines}");
    let server = of(MASTER, "auths.a=1\nusrgrp.a=1\n");
    let rows: &[(Code, Vec<Code>, Vec<Code>)] = &[
        (Code::FormerMasterStillMaster, promote(CLONE, MASTER), promote(CLONE, CLONE)),
        (
            Code::FormerMasterIsThisCa,
            promote(&on("CA1.example.com", 1), &on("ca1.example.com", 1)),
            promote(&on("ca1.example.com", 1), &on("ca1.example.com", 2)),
        ),
        (
            Code::SettingsFromClone,
            promote(&on("ca3.example.com", 1), &on("ca1.example.com", 1)),
            promote(&on("ca2.example.com", 1), &on("ca1.example.com", 1)),
        ),
        (Code::IssuingPointRemoved, promote(&of(CLONE, SECOND), CLONE), promote(CLONE, &of(CLONE, SECOND))),
        (
            Code::ParametersRemoved,
            promote(&of(CLONE, "ca.crl.M.x=1\n"), CLONE),
            promote(&with(CLONE, "ca.crl.M.enableCRLCache"), CLONE),
        ),
        (
            Code::NamesFormerMaster,
            promote(CLONE, &named("http://CA1.example.com/")),
            promote(CLONE, &named("http://xca1.example.com/")),
        ),
        (
            Code::PublishingStaysBehind,
            promote(CLONE, &of(CLONE, "ca.publish.a=1\n")),
            promote(&of(CLONE, "ca.publish.a=1\n"), CLONE),
        ),
        (
            Code::PublishingStaysBehind,
            promote(&of(CLONE, "ca.publish.enable=false\n"), &of(CLONE, "ca.publish.enable=True\n")),
            findings(
                &of(CLONE, "ca.publish.enable=false\n"),
                &Conversion::PromoteCa(Promotion {
                    with_publishing: true,
                    ..promotion(of(CLONE, "ca.publish.enable=True\n").as_bytes())
                }),
            ),
        ),
        (Code::PublishingNotRestored, put_back(&of(MASTER, "ca.publish.a=1\n"), CLONE), put_back(MASTER, CLONE)),
        (
            Code::ConnectorStaysBehind,
            promote(CLONE, &of(CLONE, "ca.connector.KRA.host=x\n")),
            promote(CLONE, &of(CLONE, "ca.connector._000=##\n")),
        ),
        (Code::ShadowedLinesRemoved, demote(&format!("ca.crl.M.enableCRLCache=false\n{MASTER}")), demote(MASTER)),
        (Code::GuideKeyNotRead, ocsp("OCSP.Responder.storeId=x\n", None), ocsp("ocsp.storeId=x\n", None)),
        (
            Code::RefreshWithoutEffect,
            ocsp("ocsp.storeId=ldapStore\n", None),
            ocsp("OCSP.Responder.storeId=ldapStore\n", None),
        ),
        (Code::NeedlessRefresh, ocsp("", Some(15000)), ocsp("", None)),
        (
            Code::RepairedMixedRole,
            demote(&with(MASTER, "ca.crl.M.enableCRLUpdates=false")),
            demote(&with(MASTER, "ca.certStatusUpdateInterval=0")),
        ),
        (
            Code::RepairedMixedRole,
            ocsp(
                "ocsp.storeId=defStore\nocsp.store.defStore.class=DefStore\nocsp.store.defStore.refreshInSec=x\n",
                None,
            ),
            ocsp("", None),
        ),
        (Code::ValueTrimmed, promote(CLONE, &of(CLONE, "ca.crl.M.description=x \n")), promote(CLONE, CLONE)),
        (
            Code::IssuingPointDisabled,
            promote(CLONE, &of(&of(CLONE, SECOND), "ca.crl.S.enable=false\n")),
            promote(CLONE, &of(CLONE, SECOND)),
        ),
        (Code::IssuingPointWithoutClass, demote(&with(MASTER, "ca.crl.M.class")), demote(MASTER)),
        (Code::StopsStart, demote(&of(MASTER, "a:b\n")), demote(&of(MASTER, "a=b\n"))),
        (Code::BranchReference, demote(&of(MASTER, "ca.crl.M=x\n")), demote(&of(MASTER, "ca.crl.x=x\n"))),
        (Code::Incomplete, demote(&of(MASTER, "auths.a=1\n")), demote(&server)),
    ];
    for (code, there, not_there) in rows {
        assert!(there.contains(code), "{code}: {there:?}");
        assert!(!not_there.contains(code), "{code}: {not_there:?}");
    }
    let shown: BTreeSet<_> = rows.iter().map(|(code, ..)| *code).collect();
    // Those that `prepare` does not give: they are about a host, a topology, or a file that is only looked at.
    let elsewhere: BTreeSet<_> =
        FindingCode::iter().filter(|code| !shown.contains(code)).map(|code| code.to_string()).collect();
    for code in [
        "mixed-role",
        "unknown-role",
        "no-redirect",
        "left-over-redirect",
        "master-not-listening",
        "several-ca-masters",
        "crl-expired",
    ] {
        assert!(elsewhere.contains(code), "{code}");
    }
}

/// A whole name, in any case; no part of a longer one.
#[test]
fn names_of_the_former_master() {
    let names = |value: &str| {
        let former = format!("{MASTER}machineName=ca1.example.com\nca.crl.M.pointName={value}\n");
        promote(CLONE, &former).contains(&FindingCode::NamesFormerMaster)
    };
    for value in [
        "ca1.example.com",
        "http://CA1.EXAMPLE.COM:80/x",
        "x,ca1.example.com",
        "(ca1.example.com)",
        "xca1.example.com ca1.example.com",
    ] {
        assert!(names(value), "{value}");
    }
    for value in ["xca1.example.com", "ca1.example.com.au", "my-ca1.example.com", "ca1.example", "_ca1.example.com", ""]
    {
        assert!(!names(value), "{value}");
    }
}

/// A former master that is demoted already redirects to the CA that is promoted, or to nobody; one that
/// redirects to another CA may be a clone of that one.
#[test]
fn settings_of_another_clone() {
    let target = format!("{CLONE}machineName=ca2.example.com\nservice.securePort=8443\n");
    let former = |redirect: &str| {
        let redirected = with(CLONE, &format!("master.ca.agent.host={redirect}"));
        format!("{redirected}machineName=ca1.example.com\nservice.securePort=8443\n")
    };
    let found = |target: &str, former: &str| promote(target, former).contains(&FindingCode::SettingsFromClone);
    for host in ["ca3.example.com", "ca22.example.com", "ca2.example.net", "ca3"] {
        assert!(found(&target, &former(host)), "{host}");
    }
    // This CA by any name that may be its own, nobody, or the former master itself.
    let own = ["CA2.example.com.", "ca2", "10.0.0.2", "[2001:db8::2]"];
    for host in own.into_iter().chain(["", "ca1.example.com", "localhost", "127.0.0.1"]) {
        assert!(!found(&target, &former(host)), "{host}");
    }
    assert!(!found(&target, &with(CLONE, "master.ca.agent.host")));
    // It generates, which is another finding; or it is this CA's own, an older one; or nothing says whose
    // the target is.
    assert!(!found(&target, &format!("{MASTER}master.ca.agent.host=ca3.example.com\n")));
    assert!(!found(&target, &with(&target, "master.ca.agent.host=ca3.example.com")));
    assert!(!found(CLONE, &former("ca3.example.com")));
}

/// Nothing is reported of a file that is as it should be.
#[test]
fn where_nothing_is_to_be_said() {
    assert_eq!(demote(MASTER), []);
    assert_eq!(promote(CLONE, CLONE), []);
    assert_eq!(put_back(MASTER, CLONE), []);
    assert_eq!(findings(CLONE, &keep_settings()), []);
    let dogtag = "ocsp.storeId=defStore\nocsp.store.defStore.class=DefStore\nocsp.store.defStore.refreshInSec=21600\n";
    assert_eq!(ocsp(dogtag, None), []);
    // A second run has nothing to add, but for what the file itself gives to report.
    let again = format!("{}a:b\n", with(CLONE, "master.ca.agent.host=ca3.example.com"));
    assert_eq!(demote(&again), [FindingCode::StopsStart]);
}
