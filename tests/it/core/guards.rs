//! What refuses an edit unless `--accept` goes on in spite of it: each refusal where it is raised,
//! where it is not, accepted, and not raised where nothing would be edited.

use pki_role::pki::{Circumstances, Conversion, HostPort, Promotion, RefusalCode, Role, Surroundings, prepare};
use strum::IntoEnumIterator;

use crate::support::conversions::{
    accepting, demote_ca, end, keep_settings, live, plain, promote_ca, promotion, redirect_ca, refused, restore, with,
};
use crate::support::files::fixture;

const MASTER: &str = "ca.certStatusUpdateInterval=600\nca.crl.M.class=C\nca.crl.M.description=D\n\
    ca.crl.M.enableCRLCache=true\nca.crl.M.enableCRLUpdates=true\nca.listenToCloneModifications=true\ncs.type=CA\n";
const CLONE: &str = "ca.certStatusUpdateInterval=0\nca.crl.M.class=C\nca.crl.M.description=D\n\
    ca.crl.M.enableCRLCache=false\nca.crl.M.enableCRLUpdates=false\nca.listenToCloneModifications=false\ncs.type=CA\n\
    master.ca.agent.host=ca2.example.com\nmaster.ca.agent.port=8443\n";

/// Raised; with `--accept` the edit is made all the same and says so; and not raised a second time,
/// where nothing is left to edit.
#[track_caller]
fn guards(code: RefusalCode, file: impl AsRef<[u8]>, conversion: &Conversion<'_>, around: &Circumstances) {
    let file = file.as_ref();
    assert_eq!(refused(file, conversion, around), code);
    for other in RefusalCode::iter().filter(|other| *other != code) {
        assert_eq!(refused(file, conversion, &accepting(around, other)), code, "{other} is accepted instead");
    }
    let made = prepare(file, conversion, &accepting(around, code)).unwrap();
    assert!(made.bytes.is_some());
    assert_eq!(made.accepted.iter().map(|refusal| refusal.code()).collect::<Vec<_>>(), [code]);
    assert!(code.is_acceptable());
    let after = end(file, &made);
    let again =
        prepare(&after, conversion, around).unwrap_or_else(|refusal| panic!("with nothing to edit: {refusal:?}"));
    assert!(again.bytes.is_none() && again.accepted.is_empty() && again.changes.is_empty());
}

/// Not raised, although there is something to edit.
#[track_caller]
fn passes(file: impl AsRef<[u8]>, conversion: &Conversion<'_>, around: &Circumstances) {
    let made = prepare(file.as_ref(), conversion, around).unwrap();
    assert!(made.bytes.is_some() && made.accepted.is_empty());
}

#[test]
fn other_ca() {
    let of = |file: &str, lines: &str| format!("{file}{lines}");
    let (dn, domain) = ("internaldb.basedn=o=a-CA\n", "securitydomain.name=EXAMPLE\n");
    for around in [plain(), live()] {
        let ours = of(CLONE, &format!("{dn}{domain}"));
        for theirs in ["internaldb.basedn=o=b-CA\n", "securitydomain.name=OTHER\n"] {
            guards(RefusalCode::OtherCa, &ours, &promote_ca(of(MASTER, theirs).as_bytes()), &around);
        }
        for theirs in [
            "",
            dn,
            domain,
            // The same, written in another way.
            "internaldb.basedn=O = A-ca\n",
            "securitydomain.name= example \n",
            // Certificates differ after every renewal.
            "ca.signing.cert=AAAA\n",
        ] {
            passes(of(&ours, "ca.signing.cert=BBBB\n"), &promote_ca(of(MASTER, theirs).as_bytes()), &around);
        }
        // Unknown never separates.
        passes(CLONE, &promote_ca(of(MASTER, dn).as_bytes()), &around);
        passes(&ours, &keep_settings(), &around);
    }
}

/// What differs is named, not what is only written in another way.
#[test]
fn other_ca_names_what_differs() {
    use pki_role::pki::Refusal;
    let ours = format!("{CLONE}internaldb.basedn=o=A\nsecuritydomain.name=ONE\n");
    let theirs = format!("{MASTER}internaldb.basedn=O=a\nsecuritydomain.name=OTHER\n");
    match prepare(ours.as_bytes(), &promote_ca(theirs.as_bytes()), &plain()) {
        Err(Refusal::OtherCa { what, .. }) => assert_eq!(what, "securitydomain.name"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn new_master_is_this_ca() {
    let named = |file: &str, port: &str| format!("{file}machineName=CA3.example.com\n{port}");
    let port = "service.securePort=8443\n";
    let freeipa = "service.securePort=8443\nproxy.securePort=443\n";
    let own_host = Circumstances { new_master_is_this_host: true, ..plain() };
    for (file, make) in [(MASTER, demote_ca as fn(&str) -> Conversion<'static>), (CLONE, redirect_ca)] {
        for (port, new_master, around) in [
            (port, "ca3.example.com:8443", plain()),
            (port, "CA3.EXAMPLE.COM:8443", live()),
            (port, "localhost:8443", plain()),
            (port, "127.0.0.1:8443", plain()),
            (port, "127.8.7.6:8443", plain()),
            (port, "[::1]:8443", plain()),
            (port, "10.0.0.1:8443", own_host.clone()),
            (freeipa, "ca3.example.com:443", plain()),
            (freeipa, "ca3.example.com:8443", plain()),
            // The port is not known.
            ("", "ca3.example.com:9443", plain()),
        ] {
            guards(RefusalCode::NewMasterIsThisCa, named(file, port), &make(new_master), &around);
        }
        for (port, new_master, around) in [
            (port, "ca9.example.com:8443", plain()),
            (port, "ca3.example.com:9443", live()),
            (port, "localhost:9443", plain()),
            (port, "10.0.0.1:8443", live()),
            (port, "10.0.0.1:9443", own_host.clone()),
        ] {
            passes(named(file, port), &make(new_master), &around);
        }
        // The port of server.xml counts, not a stale one of the file.
        let around = Circumstances {
            surroundings: Surroundings { secure_port: Some(9443), ..Surroundings::default() },
            ..plain()
        };
        let stale = named(file, "https.port=8443\nservice.securePort=8443\n");
        guards(RefusalCode::NewMasterIsThisCa, &stale, &make("ca3.example.com:9443"), &around);
        passes(&stale, &make("ca3.example.com:8443"), &around);
        passes(file, &make("ca3.example.com:8443"), &plain());
    }
    // Without a host in the file, this host's own addresses are known all the same.
    guards(RefusalCode::NewMasterIsThisCa, MASTER, &demote_ca("localhost:8443"), &plain());
}

#[test]
fn swapped() {
    let other = |file: &str| format!("{file}ca.crl.M.autoUpdateInterval=240\n");
    for around in [plain(), live()] {
        guards(RefusalCode::Swapped, other(MASTER), &promote_ca(CLONE.as_bytes()), &around);
        // The copy would change nothing; the target's switches are defaults; the other's are.
        for (target, from) in [
            (with(MASTER, "ca.listenToCloneModifications=false"), CLONE.to_owned()),
            (other(&with(MASTER, "ca.crl.M.enableCRLCache")), CLONE.to_owned()),
            (other(MASTER), with(CLONE, "ca.crl.M.enableCRLUpdates")),
            (other(MASTER), with(MASTER, "ca.crl.M.enableCRLCache=True")),
            (other(CLONE), CLONE.to_owned()),
            (other(CLONE), MASTER.to_owned()),
        ] {
            passes(&target, &promote_ca(from.as_bytes()), &around);
        }
    }
}

#[test]
fn backup_as_target() {
    let named = |name: &str| Circumstances { file_name: name.to_owned(), ..plain() };
    let ocsp = Conversion::DemoteOcsp { seconds: None };
    for name in [
        "CS.cfg.pki-role.20260131T210000Z",
        "CS.cfg.pki-role.20260131T210000Z.2",
        "other.cfg.pki-role.1",
        "CS.cfg.bak",
        "CS.cfg.bak.saved",
        "CS.cfg.bak.20260131210000",
        "CS.cfg.1769893200000",
        "CS.cfg.ipabkp",
    ] {
        guards(RefusalCode::BackupAsTarget, MASTER, &demote_ca("ca2.example.com:8443"), &named(name));
        guards(RefusalCode::BackupAsTarget, CLONE, &promote_ca(MASTER.as_bytes()), &named(name));
        guards(RefusalCode::BackupAsTarget, "cs.type=OCSP\n", &ocsp, &named(name));
    }
    for name in
        ["CS.cfg", "", "clone.cfg", "CS.cfg.new", "CS.cfg.", "CS.cfg.pki-role", "CS.cfg.pki-role.x", "bak", "CS.cfgbak"]
    {
        passes(MASTER, &demote_ca("ca2.example.com:8443"), &named(name));
    }
}

#[test]
fn incomplete() {
    let (first, last) = ("accessEvaluator.impl.group.class=G\n", "usrgrp.ldap=internaldb\n");
    let export_first = "# pki-role export of a CA: for promote-ca --from\n";
    let cut_off = |file: &str| format!("{file}usrgrp");
    let incomplete = [
        format!("{MASTER}{first}"),
        format!("{MASTER}auths.impl.A.class=A\n"),
        format!("{MASTER}authz.impl.A.class=A\n"),
        cut_off(MASTER),
        cut_off(&format!("{MASTER}{first}{last}")),
        format!("{export_first}{MASTER}"),
    ];
    let whole = [
        MASTER.to_owned(),
        format!("{MASTER}{first}{last}"),
        format!("{MASTER}{last}"),
        MASTER.trim_end().to_owned(),
        format!("{export_first}{MASTER}# end of pki-role export: 7 parameters\n"),
    ];
    for around in [plain(), live()] {
        for from in &incomplete {
            guards(RefusalCode::Incomplete, CLONE, &promote_ca(from.as_bytes()), &around);
            guards(RefusalCode::Incomplete, CLONE, &restore(from.as_bytes()), &around);
        }
        for from in &whole {
            passes(CLONE, &promote_ca(from.as_bytes()), &around);
        }
    }
    for target in &incomplete[..5] {
        guards(RefusalCode::Incomplete, target, &demote_ca("ca2.example.com:8443"), &live());
        // A plain file is converted, with a warning.
        let made = prepare(target.as_bytes(), &demote_ca("ca2.example.com:8443"), &plain()).unwrap();
        assert!(made.findings.iter().any(|finding| finding.code().to_string() == "incomplete"));
    }
    for target in &whole[..4] {
        passes(target, &demote_ca("ca2.example.com:8443"), &live());
    }
    // A live CA does not lose its issuing points to a backup without any.
    guards(RefusalCode::Incomplete, MASTER, &restore(b"cs.type=CA\nca.certStatusUpdateInterval=0\n"), &live());
    passes(MASTER, &restore(b"cs.type=CA\nca.certStatusUpdateInterval=0\n"), &plain());
}

#[test]
fn other_server() {
    let of = |file: &str, lines: &str| format!("{file}{lines}");
    let ours = of(MASTER, "machineName=ca1.example.com\ninstanceId=pki-tomcat\nservice.securePort=8443\n");
    for around in [plain(), live()] {
        for theirs in [
            "machineName=ca2.example.com\ninstanceId=pki-tomcat\nservice.securePort=8443\n",
            "machineName=ca1.example.com\ninstanceId=other\nservice.securePort=8443\n",
            "machineName=ca1.example.com\ninstanceId=pki-tomcat\nservice.securePort=18443\n",
            // The host is known here and missing there.
            "instanceId=pki-tomcat\nservice.securePort=8443\n",
            "",
        ] {
            guards(RefusalCode::OtherServer, &ours, &restore(of(CLONE, theirs).as_bytes()), &around);
        }
        for theirs in [
            "machineName=CA1.example.com.\n",
            "service.machineName=ca1.example.com\ninstanceId=pki-tomcat\n",
            // A port that nothing reads any more may be stale.
            "machineName=ca1.example.com\nhttps.port=9443\n",
        ] {
            passes(&ours, &restore(of(CLONE, theirs).as_bytes()), &around);
        }
        passes(MASTER, &restore(of(CLONE, "machineName=ca2.example.com\n").as_bytes()), &around);
    }
}

#[test]
fn ends_mixed() {
    let half = with(CLONE, "ca.crl.M.enableCRLUpdates=true");
    let unreadable = with(CLONE, "ca.certStatusUpdateInterval=0 ");
    for around in [plain(), live()] {
        guards(RefusalCode::EndsMixed, MASTER, &restore(half.as_bytes()), &around);
        assert_eq!(refused(MASTER, &restore(unreadable.as_bytes()), &around), RefusalCode::EndsMixed);
        passes(MASTER, &restore(CLONE.as_bytes()), &around);
        passes(&half, &restore(MASTER.as_bytes()), &around);
    }
}

#[test]
fn issuing_point_without_class() {
    for part in ["ca.crl.M.class", "ca.crl.M.description"] {
        for odd in [part.to_owned(), format!("{part}=")] {
            let (master, clone) = (with(MASTER, &odd), with(CLONE, &odd));
            let demote = demote_ca("ca3.example.com:8443");
            guards(RefusalCode::IssuingPointWithoutClass, &master, &demote, &live());
            guards(RefusalCode::IssuingPointWithoutClass, CLONE, &promote_ca(master.as_bytes()), &live());
            guards(RefusalCode::IssuingPointWithoutClass, CLONE, &restore(master.as_bytes()), &live());
            guards(RefusalCode::IssuingPointWithoutClass, &clone, &keep_settings(), &live());
            // What it had, it loses.
            passes(&clone, &promote_ca(MASTER.as_bytes()), &live());
            for (file, conversion) in [(&*master, demote), (CLONE, promote_ca(master.as_bytes()))] {
                let made = prepare(file.as_bytes(), &conversion, &plain()).unwrap();
                let codes: Vec<String> = made.findings.iter().map(|finding| finding.code().to_string()).collect();
                assert!(codes.contains(&"issuing-point-without-class".to_owned()), "{codes:?}");
            }
        }
    }
}

#[test]
fn nothing_would_generate() {
    let disabled = |file: &str| format!("{file}ca.crl.M.enable=false\n");
    let with_second = |file: &str| format!("{}ca.crl.N.class=C\nca.crl.N.description=D\n", disabled(file));
    let enabling =
        |former: &'static [u8]| Conversion::PromoteCa(Promotion { enable: vec!["M".to_owned()], ..promotion(former) });
    let former: &'static str = disabled(MASTER).leak();
    for around in [plain(), live()] {
        guards(RefusalCode::NothingWouldGenerate, CLONE, &promote_ca(former.as_bytes()), &around);
        guards(RefusalCode::NothingWouldGenerate, disabled(CLONE), &keep_settings(), &around);
        let accepted = accepting(&around, RefusalCode::NothingWouldGenerate);
        let made = prepare(CLONE.as_bytes(), &promote_ca(former.as_bytes()), &accepted).unwrap();
        assert_eq!(made.after.role(), Role::Clone);
        // The remedy, and an issuing point that works.
        passes(CLONE, &enabling(former.as_bytes()), &around);
        passes(CLONE, &promote_ca(with_second(MASTER).as_bytes()), &around);
        passes(disabled(CLONE), &promote_ca(MASTER.as_bytes()), &around);
        passes(disabled(MASTER), &demote_ca("ca3.example.com:8443"), &around);
    }
}

#[test]
fn replication_behind() {
    let export = |number: &str| format!("_pki-role.crlNumber.M={number}\n_pki-role.crlNumber.N=99\n{MASTER}");
    let seen = |numbers: &[(&str, u64)]| Circumstances {
        crl_numbers: numbers.iter().map(|(point, number)| ((*point).to_owned(), *number)).collect(),
        ..live()
    };
    guards(RefusalCode::ReplicationBehind, CLONE, &promote_ca(export("18").as_bytes()), &seen(&[("M", 17)]));
    for (number, numbers) in [
        ("17", &[("M", 17)][..]),
        ("16", &[("M", 17)]),
        ("18", &[]),
        ("x", &[("M", 1)]),
        ("18", &[("Z", 1), ("M", 18)]),
    ] {
        passes(CLONE, &promote_ca(export(number).as_bytes()), &seen(numbers));
    }
    passes(CLONE, &promote_ca(MASTER.as_bytes()), &seen(&[("M", 1)]));
    passes(CLONE, &keep_settings(), &seen(&[("M", 1)]));
}

/// Several at once: each has to be accepted.
#[test]
fn each_has_to_be_accepted() {
    let around = Circumstances { file_name: "CS.cfg.bak".to_owned(), ..plain() };
    let conversion = demote_ca("localhost:8443");
    let codes = [RefusalCode::BackupAsTarget, RefusalCode::NewMasterIsThisCa];
    for code in codes {
        assert!(codes.contains(&refused(MASTER, &conversion, &accepting(&around, code))));
    }
    let both = Circumstances { accept: codes.into_iter().collect(), ..around };
    let made = prepare(MASTER.as_bytes(), &conversion, &both).unwrap();
    assert_eq!(made.accepted.iter().map(|refusal| refusal.code()).collect::<Vec<_>>(), codes);
}

/// The fixtures, which are whole and of one topology, raise none.
#[test]
fn whole_files_of_one_topology_pass() {
    let (master, clone) = (fixture("ca-master"), fixture("ca-clone"));
    let new_master: HostPort = "secondary.example.com:8443".parse().unwrap();
    for around in [plain(), live()] {
        passes(&master, &Conversion::DemoteCa { new_master: new_master.clone() }, &around);
        passes(&clone, &promote_ca(&master), &around);
        passes(&clone, &keep_settings(), &around);
        passes(fixture("ocsp-dogtag-master"), &Conversion::DemoteOcsp { seconds: None }, &around);
        passes(fixture("ocsp-clone"), &Conversion::PromoteOcsp { seconds: None }, &around);
    }
}
