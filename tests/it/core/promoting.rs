//! What a promotion of a CA copies, keeps, sets and removes.

use std::collections::BTreeSet;

use pki_role::pki::{Conversion, Promotion, Reason, Refusal, RefusalCode, Role};

use crate::support::conversions::{
    converted, keep_settings, plain, prepared, promote_ca, promotion, refused, restore, role_of, with,
};
use crate::support::files::fixture;
use crate::support::readers::java;

const MASTER: &str = "ca.certStatusUpdateInterval=600\nca.crl.M.class=C\nca.crl.M.description=D\n\
    ca.crl.M.enableCRLCache=true\nca.crl.M.enableCRLUpdates=true\nca.listenToCloneModifications=true\ncs.type=CA\n";
const CLONE: &str = "ca.certStatusUpdateInterval=0\nca.crl.M.class=C\nca.crl.M.description=D\n\
    ca.crl.M.enableCRLCache=false\nca.crl.M.enableCRLUpdates=false\nca.listenToCloneModifications=false\ncs.type=CA\n\
    master.ca.agent.host=ca2.example.com\nmaster.ca.agent.port=8443\n";

fn promote_with(former: Option<&str>, edit: impl Fn(&mut Promotion<'_>)) -> Conversion<'_> {
    let mut promotion = Promotion { former: former.map(str::as_bytes), ..promotion(b"") };
    edit(&mut promotion);
    Conversion::PromoteCa(promotion)
}

/// What changes, as `key: before -> after (reason)`.
#[track_caller]
fn changes(file: &str, conversion: &Conversion<'_>) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "absent".to_owned());
    let reason = |reason: &Reason| match reason {
        Reason::Parameter(why) => (*why).to_owned(),
        other => format!("{other:?}"),
    };
    let made = prepared(file, conversion).unwrap();
    let shown = |(change, why): &(pki_role::cs_cfg::Change, Reason)| {
        format!("{}: {} -> {} ({})", change.key, text(&change.before), text(&change.after), reason(why))
    };
    made.changes.iter().map(shown).collect()
}

#[test]
fn each_change_has_its_reason() {
    let former = format!(
        "{}ca.crl.M.description=New\nca.crl.N.class=C\nca.crl.N.description=D\nca.crl.N.enable=false\n",
        with(&with(CLONE, "ca.crl.M.description"), "master.ca.agent.host")
    );
    let target = format!("{CLONE}ca.crl.M.enable=true\nca.crl.M.old=1\n");
    assert_eq!(
        changes(&target, &promote_ca(former.as_bytes())),
        [
            "ca.crl.M.enable: true -> absent (Removed)",
            "ca.crl.M.old: 1 -> absent (Removed)",
            "ca.crl.M.description: D -> New (Copied)",
            "ca.crl.M.enableCRLCache: false -> true (maintain the CRL cache)",
            "ca.crl.M.enableCRLUpdates: false -> true (generate CRLs)",
            "ca.crl.N.class: absent -> C (Copied)",
            "ca.crl.N.description: absent -> D (Copied)",
            "ca.crl.N.enable: absent -> false (Copied)",
            "ca.crl.N.enableCRLCache: absent -> true (maintain the CRL cache)",
            "ca.crl.N.enableCRLUpdates: absent -> true (generate CRLs)",
            "ca.certStatusUpdateInterval: 0 -> 600 (turn the status update task on)",
            "ca.listenToCloneModifications: false -> true (listen to changes made on clones)",
            "master.ca.agent.host: ca2.example.com -> absent (stop redirecting CRL requests)",
            "master.ca.agent.port: 8443 -> absent (stop redirecting CRL requests)",
        ]
    );
}

/// An issuing point is enabled only where that is asked for; another one's `enable` is copied.
#[test]
fn enabling_an_issuing_point() {
    let former = format!("{MASTER}ca.crl.N.class=C\nca.crl.N.enable=false\nca.crl.O.class=C\nca.crl.O.enable=false\n");
    let enables = |ids: &'static [&str]| {
        promote_with(Some(&former), move |promotion| promotion.enable = ids.iter().map(|id| (*id).to_owned()).collect())
    };
    let enable = |conversion: &Conversion<'_>| -> Vec<String> {
        changes(CLONE, conversion).into_iter().filter(|change| change.contains(".enable:")).collect()
    };
    let copied = |id: &str| format!("ca.crl.{id}.enable: absent -> false (Copied)");
    let enabled = |id: &str| format!("ca.crl.{id}.enable: absent -> true (enable the issuing point)");
    assert_eq!(enable(&enables(&[])), [copied("N"), copied("O")]);
    assert_eq!(enable(&enables(&["N"])), [enabled("N"), copied("O")]);
    assert_eq!(enable(&enables(&["O", "N"])), [enabled("N"), enabled("O")]);
    // With the CA's own settings too.
    let conversion = promote_with(None, |promotion| promotion.enable = vec!["M".to_owned()]);
    let own = converted(format!("{CLONE}ca.crl.M.enable=false\n"), &conversion);
    assert!(own.contains("ca.crl.M.enable=true\n"));
    assert!(prepared(&own, &conversion).unwrap().bytes.is_none());
    match prepared(CLONE, &enables(&["X"])) {
        Err(Refusal::NoSuchIssuingPoint { id, known }) => assert_eq!((&*id, known.len()), ("X", 3)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_interval_of_a_promotion() {
    let interval = |file: &str, former: Option<&str>, asked: Option<u32>| {
        let made = converted(file, &promote_with(former, |promotion| promotion.interval = asked));
        java(made.as_bytes())["ca.certStatusUpdateInterval"].clone()
    };
    let line = |value: &str| with(CLONE, &format!("ca.certStatusUpdateInterval={value}"));
    // The guide's, whatever was there.
    for value in ["0", "300", "", "x"] {
        assert_eq!(interval(&line(value), Some(MASTER), None), "600", "{value}");
        assert_eq!(interval(&line(value), Some(MASTER), Some(900)), "900", "{value}");
        assert_eq!(interval(&line(value), None, Some(900)), "900", "{value}");
    }
    // With its own settings it keeps an interval that works.
    for (value, kept) in [("0", "600"), ("300", "300"), ("", "600"), ("x", "600"), ("-1", "600"), ("0300", "300")] {
        assert_eq!(interval(&line(value), None, None), kept, "{value}");
    }
}

#[test]
fn publishing_is_copied_when_asked_for() {
    let former = format!("{MASTER}ca.publish.enable=true\nca.publish.publisher.instance.P.host=h\n");
    let target = format!("{CLONE}ca.publish.enable=false\nca.publish.own=1\n");
    let with_publishing = promote_with(Some(&former), |promotion| promotion.with_publishing = true);
    let publishing = |changes: Vec<String>| -> Vec<String> {
        changes.into_iter().filter(|change| change.starts_with("ca.publish.")).collect()
    };
    assert_eq!(
        publishing(changes(&target, &with_publishing)),
        [
            "ca.publish.own: 1 -> absent (Removed)",
            "ca.publish.enable: false -> true (CopiedPublishing)",
            "ca.publish.publisher.instance.P.host: absent -> h (CopiedPublishing)",
        ]
    );
    assert_eq!(publishing(changes(&target, &promote_ca(former.as_bytes()))), [] as [&str; 0]);
    // Put back as a whole only when asked for.
    let after = converted(&target, &with_publishing);
    let back = Conversion::Restore { backup: target.as_bytes(), with_publishing: true };
    assert_eq!(converted(&after, &back), target);
    assert!(converted(&after, &restore(target.as_bytes())).contains("ca.publish.enable=true\n"));
}

#[test]
fn a_promotion_with_its_own_settings_touches_nothing_else() {
    let target = format!("{CLONE}ca.crl.M.other=1\nca.crl.pageSize=7\nca.crl._000=##\nca.publish.a=1\n");
    let mut wanted = java(target.as_bytes());
    for (key, value) in [
        ("ca.certStatusUpdateInterval", "600"),
        ("ca.listenToCloneModifications", "true"),
        ("ca.crl.M.enableCRLCache", "true"),
        ("ca.crl.M.enableCRLUpdates", "true"),
    ] {
        wanted.insert(key.to_owned(), value.to_owned());
    }
    wanted.retain(|key, _| !key.starts_with("master."));
    assert_eq!(java(converted(&target, &keep_settings()).as_bytes()), wanted);
}

#[test]
fn there_must_be_something_to_copy() {
    let none = "cs.type=CA\nca.certStatusUpdateInterval=600\nca.crldbInc=1\n";
    assert_eq!(refused(CLONE, &promote_ca(none.as_bytes()), &plain()), RefusalCode::NothingToCopy);
    assert_eq!(refused(none, &keep_settings(), &plain()), RefusalCode::NothingToCopy);
    // Settings without an issuing point make no master.
    let plain_setting = format!("{none}ca.crl.pageSize=10\nca.crl._000=##\n");
    assert_eq!(refused(CLONE, &promote_ca(plain_setting.as_bytes()), &plain()), RefusalCode::RoleNotReached);
    assert_eq!(role_of(converted(none, &promote_ca(MASTER.as_bytes()))), Role::Master);
}

#[test]
fn what_cannot_be_written_is_refused() {
    for line in
        ["ca.crl.M.description=caf\u{e9}", "ca.crl.M.x\u{e9}=1", "ca.crl.M.description=a\\\\", "ca.crl.M.a\\:b=1"]
    {
        let former = format!("{MASTER}{line}\n");
        assert_eq!(refused(CLONE, &promote_ca(former.as_bytes()), &plain()), RefusalCode::UnwritableValue, "{line}");
    }
    let named = "cs.type=CA\nca.crl.\u{e9}.class=C\n";
    assert_eq!(refused(named, &keep_settings(), &plain()), RefusalCode::UnwritableValue);
}

#[test]
fn a_promotion_touches_no_lookalike_and_makes_no_issuing_point_of_a_plain_setting() {
    let (target, former) = (fixture("ugly/crl-lookalikes"), fixture("ca-master"));
    let (before, after) = (java(&target), java(converted(&target, &promote_ca(&former)).as_bytes()));
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
    let order = |file: &str, conversion: &Conversion<'_>| -> Vec<String> {
        let text = converted(file, conversion);
        let keys = text.lines().filter_map(|line| line.strip_prefix("ca.crl.")?.split('=').next());
        keys.filter(|key| !key.contains("CRL")).map(str::to_owned).collect()
    };
    for conversion in [promote_ca(other), restore(other)] {
        let unsorted = order("cs.type=CA\nca.crl.C.class=C\nb=2\na=1\n", &conversion);
        assert_eq!(unsorted, ["B.class", "B.enable", "A.class"], "{conversion:?}");
        let sorted = order("a=1\nb=2\nca.crl.C.class=C\ncs.type=CA\n", &conversion);
        assert_eq!(sorted, ["A.class", "B.class", "B.enable"], "{conversion:?}");
    }
}
