//! The tables of roles: what an absent or odd value means to the server, which role that makes, what
//! is an issuing point, whose file it is, and which warnings there are. One row, one line.

use std::collections::BTreeSet;

use pki_role::cs_cfg::{CsCfg, Key, Value};
use pki_role::role::keys::{
    CLONE_REFRESH, CONNECTOR_PREFIX, CRL_PREFIX, INTERVAL, LISTENER, POINT_ENABLE, POINT_KEYS, PUBLISH_PREFIX,
    REDIRECT, REFRESH_BOOK, REFRESH_DOGTAG,
};
use pki_role::role::{Conversion, Plan, Role, Says, Subsystem, Warning, plan, role};

use crate::readers::java;
use crate::support::fixture;

const MASTER: &str = "ca.certStatusUpdateInterval=600\nca.crl.M.class=C\nca.crl.M.enableCRLCache=true\n\
    ca.crl.M.enableCRLUpdates=true\nca.listenToCloneModifications=true\ncs.type=CA\n";
const CLONE: &str = "ca.certStatusUpdateInterval=0\nca.crl.M.class=C\nca.crl.M.enableCRLCache=false\n\
    ca.crl.M.enableCRLUpdates=false\nca.listenToCloneModifications=false\ncs.type=CA\n\
    master.ca.agent.host=ca2.example.com\nmaster.ca.agent.port=8443\n";
/// A second issuing point, switched on.
const SECOND: &str = "ca.crl.S.class=C\nca.crl.S.enableCRLCache=true\nca.crl.S.enableCRLUpdates=true\n";

const MIXED: Role = Role::Mixed;

/// The file with a key's line replaced, or taken out where `line` is a key alone.
fn with(file: &str, line: &str) -> String {
    let key = line.split('=').next().unwrap_or_default();
    let kept = file.lines().filter(|other| other.split('=').next() != Some(key)).map(|line| format!("{line}\n"));
    let added = if line.contains('=') { format!("{line}\n") } else { String::new() };
    kept.collect::<String>() + &added
}

fn role_of(file: &str) -> Role {
    role(&CsCfg::parse(file.as_bytes())).unwrap().role
}

#[track_caller]
fn roles(file: &str, rows: &[(&str, Role)]) {
    for (line, wanted) in rows {
        assert_eq!(role_of(&with(file, line)), *wanted, "with `{line}` in\n{file}");
    }
}

#[test]
fn a_master_and_a_clone() {
    assert_eq!(role_of(MASTER), Role::Master);
    assert_eq!(role_of(CLONE), Role::Clone);
    // A fresh installation has none of these lines.
    assert_eq!(role_of("ca.crl.M.class=C\ncs.type=CA\n"), Role::Master);
}

#[test]
fn the_interval() {
    let key = "ca.certStatusUpdateInterval";
    let on = ["", "=", "=600", "=+600", "=0600", "=300", "=-1", "=2147483647"];
    let off = ["=0", "=00", "=+0", "=-0"];
    let unreadable = ["=0 ", "=600\t", "=x", "=1h", "=0x0", "=1.5", "=2147483648", "=true"];
    for (values, in_master, in_clone) in
        [(&on[..], Role::Master, MIXED), (&off[..], MIXED, Role::Clone), (&unreadable[..], MIXED, MIXED)]
    {
        for value in values {
            roles(MASTER, &[(&format!("{key}{value}"), in_master)]);
            roles(CLONE, &[(&format!("{key}{value}"), in_clone)]);
        }
    }
}

#[test]
fn the_switches_of_an_issuing_point() {
    for key in ["ca.crl.M.enableCRLCache", "ca.crl.M.enableCRLUpdates"] {
        let on = ["", "=", "=true", "=True", "=TRUE"];
        let off = ["=false", "=False", "=FALSE"];
        let unreadable = ["=true ", "=false ", "=false\t", "=yes", "=1", "=on"];
        for (values, in_master, in_clone) in
            [(&on[..], Role::Master, MIXED), (&off[..], MIXED, Role::Clone), (&unreadable[..], MIXED, MIXED)]
        {
            for value in values {
                roles(MASTER, &[(&format!("{key}{value}"), in_master)]);
                roles(CLONE, &[(&format!("{key}{value}"), in_clone)]);
            }
        }
    }
}

#[test]
fn the_listener() {
    let key = "ca.listenToCloneModifications";
    for value in ["", "=", "=false", "=False"] {
        roles(MASTER, &[(&format!("{key}{value}"), Role::Master)]);
        roles(CLONE, &[(&format!("{key}{value}"), Role::Clone)]);
    }
    roles(CLONE, &[(&format!("{key}=true"), MIXED), (&format!("{key}=TRUE"), MIXED)]);
    for value in ["=false ", "=no"] {
        roles(MASTER, &[(&format!("{key}{value}"), MIXED)]);
        roles(CLONE, &[(&format!("{key}{value}"), MIXED)]);
    }
}

#[test]
fn the_redirect_must_be_complete() {
    let (host, port) = ("master.ca.agent.host", "master.ca.agent.port");
    for half in [host, port] {
        for value in ["", "=", "= "] {
            roles(CLONE, &[(&format!("{half}{value}"), MIXED)]);
        }
        // Strings are trimmed, and half a redirect is none.
        roles(CLONE, &[(&format!("{half}=x "), Role::Clone)]);
        roles(MASTER, &[(&format!("{half}=x"), Role::Master)]);
    }
    roles(&with(CLONE, host), &[(port, MIXED)]);
    roles(&with(MASTER, "master.ca.agent.host=x"), &[("master.ca.agent.port=1", MIXED)]);
}

#[test]
fn every_issuing_point_counts_unless_it_is_off_as_a_whole() {
    let left_on = format!("{CLONE}{SECOND}");
    roles(&left_on, &[("ca.crl.S.enable", MIXED), ("ca.crl.S.enable=", MIXED), ("ca.crl.S.enable=True", MIXED)]);
    roles(&left_on, &[("ca.crl.S.enable=false", Role::Clone), ("ca.crl.S.enable=FALSE", Role::Clone)]);
    roles(&left_on, &[("ca.crl.S.enable=false ", MIXED)]);
    let switched_off = with(&format!("{MASTER}{SECOND}"), "ca.crl.S.enableCRLUpdates=false");
    roles(&switched_off, &[("ca.crl.S.enable", MIXED), ("ca.crl.S.enable=false", Role::Master)]);
    let report = role(&CsCfg::parse(with(&left_on, "ca.crl.S.enable=false").as_bytes())).unwrap();
    let points: Vec<_> = report.issuing_points.iter().map(|point| (point.id.as_str(), point.enabled)).collect();
    assert_eq!(points, [("M", true), ("S", false)]);
    let odd = report.evidence.iter().filter(|evidence| evidence.key.starts_with("ca.crl.S."));
    assert!(odd.map(|evidence| evidence.says).all(|says| says == Says::Either));
}

#[test]
fn without_an_issuing_point_there_is_no_master() {
    for file in ["ca.certStatusUpdateInterval=600\n", "ca.crl.pageSize=10\nca.crl._000=##\n", "ca.crldbInc=20\n"] {
        assert_eq!(role_of(&format!("{file}cs.type=CA\n")), MIXED);
    }
}

#[test]
fn odd_keys_are_named() {
    let file = with(&with(CLONE, "ca.crl.M.enableCRLUpdates"), "ca.certStatusUpdateInterval=0 ");
    let report = role(&CsCfg::parse(file.as_bytes())).unwrap();
    let odd: Vec<_> = report.odd(Role::Clone).map(ToString::to_string).collect();
    assert_eq!(
        odd,
        [
            "ca.certStatusUpdateInterval=0  (line 7), which the server cannot read",
            "ca.crl.M.enableCRLUpdates (absent: the server takes `true`)"
        ]
    );
    assert_eq!(report.leaning(), Role::Clone);
}

#[test]
fn issuing_points_are_told_in_key_order_from_keys_that_look_like_them() {
    let file = "ca.crl.b.x=1\nca.crl.a.extension.y.z=1\nca.crl.b.class=C\nca.crl._000=##\nca.crl.pageSize=1\n\
        ca.crldbInc=1\nca.crl=1\nca.crlx.c.d=1\nxca.crl.e.f=1\nca.Crl.g.h=1\n";
    let points = role(&CsCfg::parse(format!("cs.type=CA\n{file}").as_bytes())).unwrap().issuing_points;
    let points: Vec<_> = points.iter().map(|point| (point.id.as_str(), point.has_class)).collect();
    assert_eq!(points, [("a", false), ("b", true)]);
}

#[test]
fn names_that_are_not_utf_8_are_told_once() {
    let report = role(&CsCfg::parse(b"cs.type=CA\nca.crl.\xfe.class=C\nca.crl.\xff.class=C\n")).unwrap();
    assert_eq!(report.issuing_points.len(), 1);
}

#[test]
fn a_promotion_touches_no_lookalike_and_makes_no_point_of_a_plain_setting() {
    let (target, former) = (fixture("ugly/crl-lookalikes"), fixture("ca-master"));
    let conversion = Conversion::PromoteCa { former: &former, interval: 600, with_publishing: false };
    let (before, after) = (java(&target), java(plan(&target, &conversion).unwrap().bytes.unwrap().bytes()));
    for key in [
        "ca.crldbInc",
        "ca.crl",
        "ca.crl-old.MasterCRL.enableCRLUpdates",
        "ca.crlx.foo",
        "ca.Crl.MasterCRL.enableCRLUpdates",
    ] {
        assert_eq!(after[key], before[key], "{key}");
    }
    assert_eq!((&*after["ca.crl.pageSize"], &*after["ca.crl._001"]), ("500", "## Revocation lists"));
    let points: BTreeSet<_> =
        after.keys().filter(|key| key.starts_with("ca.crl.") && key.contains(".enableCRL")).collect();
    assert_eq!(points.len(), 4, "{points:?}");
}

/// A file out of key order is one that somebody wrote: what is put into it keeps the other's order.
#[test]
fn a_file_out_of_key_order_keeps_the_order_of_what_is_put_into_it() {
    let other = b"cs.type=CA\nca.crl.B.class=C\nca.crl.B.enable=true\nca.crl.A.class=C\nb=1\na=1\n";
    let order = |file: &[u8], conversion: &Conversion<'_>| -> Vec<String> {
        let planned = plan(file, conversion).unwrap();
        let text = String::from_utf8(planned.bytes.unwrap().bytes().to_vec()).unwrap();
        let keys = text.lines().filter_map(|line| line.strip_prefix("ca.crl.")?.split('=').next());
        keys.filter(|key| !key.contains("CRL")).map(str::to_owned).collect()
    };
    let promote = Conversion::PromoteCa { former: other, interval: 600, with_publishing: false };
    let restore = Conversion::Restore { backup: other, with_publishing: false };
    for conversion in [promote, restore] {
        let unsorted = order(b"cs.type=CA\nca.crl.C.class=C\nb=2\na=1\n", &conversion);
        assert_eq!(unsorted, ["B.class", "B.enable", "A.class"], "{conversion:?}");
        let sorted = order(b"a=1\nb=2\nca.crl.C.class=C\ncs.type=CA\n", &conversion);
        assert_eq!(sorted, ["A.class", "B.class", "B.enable"], "{conversion:?}");
    }
}

#[test]
fn ocsp_responders() {
    let (book, dogtag) = ("OCSP.Responder.store.defStore.refreshInSec", "ocsp.store.defStore.refreshInSec");
    let masters = ["", "=", "=0", "=15000", "=+1", "=-1", "=21601"];
    let clones = ["=21600", "=14400", "=+21600", "=014400"];
    let unreadable = ["=21600 ", "=6h", "=2147483648", "=true"];
    for (key, store) in [(book, "OCSP.Responder.store.defStore.class"), (dogtag, "ocsp.store.defStore.class")] {
        let file = format!("{store}=C\ncs.type=OCSP\nocsp.storeId=defStore\n");
        let file = if key == book { with(&file, "ocsp.storeId") } else { file };
        for (values, wanted) in [(&masters[..], Role::Master), (&clones[..], Role::Clone), (&unreadable[..], MIXED)] {
            for value in values {
                roles(&file, &[(&format!("{key}{value}"), wanted)]);
            }
        }
    }
    let both = |ours: &str, theirs: &str| {
        let file = "OCSP.Responder.store.defStore.class=C\ncs.type=OCSP\nocsp.store.defStore.class=C\n";
        role_of(&with(&with(file, &format!("{book}{ours}")), &format!("{dogtag}{theirs}")))
    };
    for (ours, theirs, wanted) in [
        ("", "", Role::Master),
        ("=15000", "", Role::Master),
        ("=21600", "=21600", Role::Clone),
        ("=21600", "=14400", Role::Clone),
        ("=21600", "", MIXED),
        ("", "=14400", MIXED),
        ("=21600", "=0", MIXED),
        ("=15000", "=21600", MIXED),
        ("=21600", "=x", MIXED),
    ] {
        assert_eq!(both(ours, theirs), wanted, "{ours} {theirs}");
    }
    assert_eq!(role_of("cs.type=OCSP\n"), Role::Master);
    assert_eq!(role_of("cs.type=OCSP\nocsp.storeId=ldapStore\n"), Role::Master);
}

#[test]
fn whose_file_it_is() {
    for (file, wanted) in [
        ("cs.type=CA\nkra.a=1\nkra.b=1\n", Some(Subsystem::Ca)),
        ("cs.type=ocsp\n", Some(Subsystem::Ocsp)),
        ("cs.type= TKS \n", Some(Subsystem::Tks)),
        ("cs.type=TPS\n", Some(Subsystem::Tps)),
        ("cs.type=RA\nca.a=1\n", None),
        ("cs.type=\nkra.a=1\n", Some(Subsystem::Kra)),
        ("ca.a=1\nca.b=1\nocsp.a=1\n", Some(Subsystem::Ca)),
        ("ca.a=1\nocsp.a=1\nocsp.b=1\n", Some(Subsystem::Ocsp)),
        ("ca.a=1\nocsp.a=1\nOCSP.Responder.b=1\n", Some(Subsystem::Ocsp)),
        ("tks.a=1\n", Some(Subsystem::Tks)),
        ("a=1\ncax.b=1\n", None),
        ("", None),
    ] {
        assert_eq!(Subsystem::of(&CsCfg::parse(file.as_bytes())), wanted, "{file:?}");
    }
}

#[test]
fn every_literal_of_the_tables_can_be_written() {
    let [host, port] = &REDIRECT;
    let [cache, updates] = &POINT_KEYS;
    for role_key in [&INTERVAL, &LISTENER, cache, updates, &POINT_ENABLE, host, port, &REFRESH_BOOK, &REFRESH_DOGTAG] {
        Key::new(role_key.name.as_bytes()).unwrap();
        Value::new(role_key.master.as_bytes()).unwrap();
        Value::new(role_key.clone.as_bytes()).unwrap();
    }
    for prefix in [CRL_PREFIX, PUBLISH_PREFIX, CONNECTOR_PREFIX] {
        Key::new(prefix.as_bytes()).unwrap();
    }
    assert_eq!(
        CLONE_REFRESH.map(|seconds| role_of(&format!("cs.type=OCSP\nocsp.store.defStore.refreshInSec={seconds}\n"))),
        [Role::Clone; 2]
    );
}

/// The warnings of a plan that is made.
fn warnings(target: &str, conversion: &Conversion<'_>) -> Vec<Warning> {
    let made: Plan = plan(target.as_bytes(), conversion).unwrap();
    made.warnings
}

#[test]
fn every_warning_has_its_occasion_and_its_counterpart() {
    let demote = |target: &str| {
        let new_master = "ca3.example.com:8443".parse().unwrap();
        warnings(target, &Conversion::DemoteCa { new_master })
    };
    let promote = |target: &str, former: &str| {
        let former = former.as_bytes();
        warnings(target, &Conversion::PromoteCa { former, interval: 600, with_publishing: false })
    };
    let restore = |target: &str, backup: &str| {
        warnings(target, &Conversion::Restore { backup: backup.as_bytes(), with_publishing: false })
    };
    let ocsp =
        |target: &str, seconds| warnings(&format!("cs.type=OCSP\n{target}"), &Conversion::PromoteOcsp { seconds });
    let named = |line: &str| format!("{CLONE}machineName=ca1.example.com\nca.crl.M.pointName={line}\n");
    let on = |host: &str, port: u16| format!("{CLONE}machineName={host}\nservice.securePort={port}\n");
    let rows: &[(&str, Vec<Warning>, Vec<Warning>)] = &[
        ("former-master-still-master", promote(CLONE, MASTER), promote(CLONE, CLONE)),
        (
            "issuing-point-removed",
            promote(&format!("{CLONE}{SECOND}"), CLONE),
            promote(CLONE, &format!("{CLONE}{SECOND}")),
        ),
        (
            "names-former-master",
            promote(CLONE, &named("http://CA1.example.com/")),
            promote(CLONE, &named("http://crl/")),
        ),
        (
            "publishing-stays-behind",
            promote(CLONE, &format!("{CLONE}ca.publish.a=1\n")),
            promote(&format!("{CLONE}ca.publish.a=1\n"), CLONE),
        ),
        (
            "publishing-stays-behind",
            promote(&format!("{CLONE}ca.publish.enable=false\n"), &format!("{CLONE}ca.publish.enable=True\n")),
            promote(CLONE, CLONE),
        ),
        ("publishing-not-restored", restore(&format!("{MASTER}ca.publish.a=1\n"), CLONE), restore(MASTER, CLONE)),
        ("connector-stays-behind", promote(CLONE, &format!("{CLONE}ca.connector.KRA.host=x\n")), promote(CLONE, CLONE)),
        ("master-not-listening", demote(&with(MASTER, "ca.listenToCloneModifications")), demote(MASTER)),
        ("shadowed-lines-removed", demote(&format!("ca.crl.M.enableCRLCache=false\n{MASTER}")), demote(MASTER)),
        ("book-key-not-read", ocsp("OCSP.Responder.storeId=x\n", None), ocsp("ocsp.storeId=x\n", None)),
        ("ldap-store", ocsp("ocsp.storeId=ldapStore\n", None), ocsp("ocsp.storeId=defStore\n", None)),
        ("needless-refresh", ocsp("", Some(15000)), ocsp("", None)),
        ("repaired-mixed-role", demote(&with(MASTER, "ca.certStatusUpdateInterval=0")), demote(CLONE)),
        ("value-trimmed", promote(CLONE, &format!("{CLONE}ca.crl.M.description=x \n")), promote(CLONE, CLONE)),
        (
            "other-ca",
            promote(&format!("{CLONE}ca.signing.cert=A\n"), &format!("{CLONE}ca.signing.cert=B\n")),
            promote(&format!("{CLONE}ca.signing.cert=A\n"), CLONE),
        ),
        ("no-active-issuing-point", promote(CLONE, &format!("{CLONE}ca.crl.M.enable=false\n")), promote(CLONE, CLONE)),
        ("issuing-point-without-class", demote(&with(MASTER, "ca.crl.M.class")), demote(MASTER)),
        (
            "new-master-is-this-ca",
            demote(&format!("{MASTER}machineName=CA3.example.com\nservice.securePort=8443\n")),
            demote(&format!("{MASTER}machineName=CA3.example.com\nservice.securePort=8444\n")),
        ),
        (
            "former-master-is-this-ca",
            promote(&on("CA1.example.com", 8443), &on("ca1.example.com", 8443)),
            promote(&on("ca1.example.com", 8443), &on("ca1.example.com", 18443)),
        ),
        ("stops-start", demote(&format!("{MASTER}a:b\n")), demote(&format!("{MASTER}a=b\n"))),
    ];
    for (code, there, not_there) in rows {
        let has = |warnings: &[Warning]| warnings.iter().any(|warning| warning.code() == *code);
        assert!(has(there), "{code}: {there:?}");
        assert!(!has(not_there), "{code}: {not_there:?}");
    }
    let shown: BTreeSet<_> = rows.iter().map(|(code, ..)| *code).collect();
    assert_eq!(shown, BTreeSet::from(Warning::CODES), "a warning without an occasion");
}
