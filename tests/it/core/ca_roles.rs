//! Which role a CA's file has, and whether it generates CRLs: one row, one state.

use pki_role::pki::parameters::{CACHE, INTERVAL, LISTENER, UPDATES};
use pki_role::pki::{Ca, Effective, FindingCode, Role, Says, of_server};

use crate::support::conversions::{codes, role_of, server, with};

const MASTER: &str = "ca.certStatusUpdateInterval=600\nca.crl.M.class=C\nca.crl.M.description=D\n\
    ca.crl.M.enableCRLCache=true\nca.crl.M.enableCRLUpdates=true\nca.listenToCloneModifications=true\ncs.type=CA\n";
const CLONE: &str = "ca.certStatusUpdateInterval=0\nca.crl.M.class=C\nca.crl.M.description=D\n\
    ca.crl.M.enableCRLCache=false\nca.crl.M.enableCRLUpdates=false\nca.listenToCloneModifications=false\ncs.type=CA\n\
    master.ca.agent.host=ca2.example.com\nmaster.ca.agent.port=8443\n";

#[track_caller]
fn ca_of(file: &str) -> Ca {
    server(file).ca().unwrap().clone()
}

#[track_caller]
fn roles(file: &str, key: &str, values: &[&str], wanted: Role) {
    for value in values {
        assert_eq!(role_of(with(file, &format!("{key}{value}"))), wanted, "with `{key}{value}` in\n{file}");
    }
}

#[test]
fn a_master_and_a_clone() {
    for (file, role) in [(MASTER, Role::Master), (CLONE, Role::Clone)] {
        assert_eq!(role_of(file), role);
        assert_eq!(codes(&of_server(&server(file))), []);
        assert_eq!(server(file).contradicting(role), Vec::<&pki_role::pki::Setting>::new());
    }
    // A fresh installation has none of these lines, and generates CRLs by the server's defaults.
    let fresh = "ca.crl.M.class=C\nca.crl.M.description=D\ncs.type=CA\n";
    assert_eq!(role_of(fresh), Role::Master);
    assert!(ca_of(fresh).generates() && ca_of(fresh).runs_task() && !ca_of(fresh).listens());
    assert_eq!(codes(&of_server(&server(fresh))), [FindingCode::MasterNotListening]);
}

/// One issuing point in each of its states, with the interval in each of its states.
#[test]
fn one_issuing_point() {
    const ANY: [&str; 4] = ["", "=", "=true", "=True"];
    const NO: [&str; 2] = ["=false", "=FALSE"];
    // enable, cache, updates; the role; whether it generates with the interval at 600, absent, at 0.
    type Values = &'static [&'static str];
    let rows: [(Values, Values, Values, Role, [bool; 3]); 8] = [
        (&ANY, &ANY, &ANY, Role::Master, [true, true, true]),
        (&ANY, &ANY, &NO, Role::Mixed, [false, false, false]),
        // From the database, as long as the task runs.
        (&ANY, &NO, &ANY, Role::Mixed, [true, true, false]),
        (&ANY, &NO, &NO, Role::Clone, [false, false, false]),
        (&NO, &ANY, &ANY, Role::Clone, [false, false, false]),
        (&NO, &ANY, &NO, Role::Clone, [false, false, false]),
        (&NO, &NO, &ANY, Role::Clone, [false, false, false]),
        (&NO, &NO, &NO, Role::Clone, [false, false, false]),
    ];
    for (enable, cache, updates, role, generates) in rows {
        for (enable, cache, updates) in
            enable.iter().flat_map(|e| cache.iter().flat_map(move |c| updates.iter().map(move |u| (e, c, u))))
        {
            for (interval, generates) in ["=600", "", "=0"].iter().zip(generates) {
                let mut file = with(MASTER, &format!("ca.certStatusUpdateInterval{interval}"));
                for (key, value) in [("enable", enable), ("enableCRLCache", cache), ("enableCRLUpdates", updates)] {
                    file = with(&file, &format!("ca.crl.M.{key}{value}"));
                }
                assert_eq!((role_of(&file), ca_of(&file).generates()), (role, generates), "{file}");
            }
        }
    }
}

#[test]
fn several_issuing_points() {
    let (on, off, disabled) = ("", "enableCRLCache=false enableCRLUpdates=false", "enable=false");
    for (one, other, role) in [
        (on, on, Role::Master),
        (on, off, Role::Mixed),
        (off, on, Role::Mixed),
        (off, off, Role::Clone),
        (on, disabled, Role::Master),
        (disabled, off, Role::Clone),
        (disabled, disabled, Role::Clone),
        (on, "enableCRLUpdates=false", Role::Mixed),
        (off, "enableCRLUpdates=false", Role::Mixed),
    ] {
        let lines = |id: &str, lines: &str| {
            let lines = lines.split_whitespace().map(|line| format!("ca.crl.{id}.{line}\n")).collect::<String>();
            format!("ca.crl.{id}.class=C\n{lines}")
        };
        let file = format!("{}{}cs.type=CA\n", lines("A", one), lines("B", other));
        assert_eq!(role_of(&file), role, "{file}");
    }
}

#[test]
fn without_an_issuing_point_nothing_is_generated() {
    for file in ["ca.certStatusUpdateInterval=600\n", "ca.crl.pageSize=10\nca.crl._000=##\n", "ca.crldbInc=20\n"] {
        let file = format!("{file}cs.type=CA\n");
        assert_eq!((role_of(&file), ca_of(&file).generates()), (Role::Clone, false), "{file}");
        assert!(codes(&of_server(&server(&file))).contains(&FindingCode::NoIssuingPoint), "{file}");
    }
}

#[test]
fn a_value_that_the_server_cannot_read_makes_a_mixed_role() {
    let booleans = ["=true ", "=false ", "=false\t", "= x", "=yes", "=1", "=on", "=0"];
    let numbers = ["=0 ", "=600\t", "=x", "=1h", "=0x0", "=1.5", "=2147483648", "=true", "=-1"];
    let keys = ["ca.crl.M.enable", "ca.crl.M.enableCRLCache", "ca.crl.M.enableCRLUpdates"];
    for file in [MASTER, CLONE, &format!("{MASTER}ca.crl.M.enable=false\n")] {
        for key in keys.into_iter().chain(["ca.listenToCloneModifications"]) {
            roles(file, key, &booleans, Role::Mixed);
        }
        roles(file, "ca.certStatusUpdateInterval", &numbers, Role::Mixed);
    }
}

/// What accompanies the role does not make it.
#[test]
fn the_interval_accompanies() {
    let on = ["", "=", "=600", "=+600", "=0600", "=300", "=2147483647"];
    let off = ["=0", "=00", "=+0", "=-0"];
    for (file, role) in [(MASTER, Role::Master), (CLONE, Role::Clone)] {
        for (values, runs) in [(&on[..], true), (&off[..], false)] {
            for value in values {
                let file = with(file, &format!("{}{value}", INTERVAL.name));
                assert_eq!((role_of(&file), ca_of(&file).runs_task()), (role, runs), "{file}");
                let says = if runs { Says::Master } else { Says::Clone };
                assert_eq!(ca_of(&file).setting(&INTERVAL).says(), says, "{file}");
            }
        }
    }
}

#[test]
fn the_listener_accompanies() {
    for (file, role) in [(MASTER, Role::Master), (CLONE, Role::Clone)] {
        for (value, is_on, says) in [
            ("", false, Says::Either),
            ("=", false, Says::Either),
            ("=false", false, Says::Clone),
            ("=False", false, Says::Clone),
            ("=true", true, Says::Master),
            ("=TRUE", true, Says::Master),
        ] {
            let file = with(file, &format!("{}{value}", LISTENER.name));
            let ca = ca_of(&file);
            assert_eq!((role_of(&file), ca.setting(&LISTENER).says()), (role, says), "{file}");
            // Without the task it does not listen either.
            assert_eq!(ca.listens(), is_on && role == Role::Master, "{file}");
            let is_missed = codes(&of_server(&server(&file))).contains(&FindingCode::MasterNotListening);
            assert_eq!(is_missed, role == Role::Master && !is_on, "{file}");
        }
    }
    let deaf = with(MASTER, "ca.certStatusUpdateInterval=0");
    assert_eq!(codes(&of_server(&server(deaf))), [FindingCode::NoStatusUpdateTask]);
}

#[test]
fn the_redirect_accompanies() {
    let redirect = |file: &str, host: &str, port: &str| {
        let file = with(file, &format!("master.ca.agent.host{host}"));
        with(&file, &format!("master.ca.agent.port{port}"))
    };
    use FindingCode::{IncompleteRedirect, LeftOverRedirect, NoRedirect};
    for (host, port, of_clone, of_master) in [
        ("=x", "=1", None, Some(LeftOverRedirect)),
        ("=x ", "= 1", None, Some(LeftOverRedirect)),
        ("", "", Some(NoRedirect), None),
        ("= ", "=", Some(NoRedirect), None),
        ("=x", "", Some(IncompleteRedirect), Some(LeftOverRedirect)),
        ("=x", "= ", Some(IncompleteRedirect), Some(LeftOverRedirect)),
        ("", "=1", Some(IncompleteRedirect), Some(LeftOverRedirect)),
    ] {
        for (file, role, finding) in [(CLONE, Role::Clone, of_clone), (MASTER, Role::Master, of_master)] {
            let file = redirect(file, host, port);
            assert_eq!(role_of(&file), role, "{file}");
            let wanted: Vec<FindingCode> = finding.into_iter().collect();
            assert_eq!(codes(&of_server(&server(&file))), wanted, "{file}");
        }
    }
    let trimmed = ca_of(&redirect(CLONE, "= x ", "= "));
    assert_eq!(trimmed.redirect(), (Some("x"), None));
}

/// What `ipa-crlgen-manage` leaves, up to 4.11 and from 4.12 on: it never touches the redirect.
#[test]
fn states_of_freeipa() {
    let switched = |file: &str, on: bool| {
        let file = with(file, &format!("ca.crl.M.enableCRLCache={on}"));
        with(&file, &format!("ca.crl.M.enableCRLUpdates={on}"))
    };
    let without = |file: &str, keys: &[&str]| keys.iter().fold(file.to_owned(), |file, key| with(&file, key));
    let first_master = without(&with(MASTER, "ca.listenToCloneModifications=true"), &[INTERVAL.name]);
    use FindingCode::{LeftOverRedirect, NoRedirect, NoStatusUpdateTask};
    for (what, file, role, runs_task, findings) in [
        ("the first master", first_master.clone(), Role::Master, true, vec![]),
        ("enabled by 4.11", switched(CLONE, true), Role::Master, false, vec![NoStatusUpdateTask, LeftOverRedirect]),
        (
            "enabled by 4.12",
            switched(&without(&with(CLONE, "ca.listenToCloneModifications=true"), &[INTERVAL.name]), true),
            Role::Master,
            true,
            vec![LeftOverRedirect],
        ),
        ("disabled by 4.11", switched(&first_master, false), Role::Clone, true, vec![NoRedirect]),
        (
            "disabled by 4.12",
            switched(
                &with(&with(&first_master, "ca.listenToCloneModifications=false"), "ca.certStatusUpdateInterval=0"),
                false,
            ),
            Role::Clone,
            false,
            vec![NoRedirect],
        ),
    ] {
        assert_eq!((role_of(&file), ca_of(&file).runs_task()), (role, runs_task), "{what}\n{file}");
        assert_eq!(codes(&of_server(&server(&file))), findings, "{what}\n{file}");
    }
}

#[test]
fn contradicting_parameters_are_named() {
    let file = with(&with(CLONE, "ca.crl.M.enableCRLUpdates"), "ca.certStatusUpdateInterval=0 ");
    let server = server(&file);
    let named: Vec<_> = server.contradicting(Role::Clone).iter().map(|setting| (&*setting.key, setting.line)).collect();
    assert_eq!(named, [("ca.certStatusUpdateInterval", Some(8)), ("ca.crl.M.enableCRLUpdates", None)]);
    let ca = server.ca().unwrap();
    assert_eq!(ca.setting(&INTERVAL).effective, Effective::Unreadable);
    assert_eq!(ca.setting(&INTERVAL).readable_value(), Some("0".to_owned()));
    let point = &ca.issuing_points[0];
    assert!(
        point.setting(&UPDATES).is_default() && point.setting(&UPDATES).is(true) && point.setting(&CACHE).is(false)
    );
}

#[test]
fn issuing_points_are_distinguished_from_keys_that_look_like_them() {
    let file = "ca.crl.b.x=1\nca.crl.a.extension.y.z=1\nca.crl.b.class=C\nca.crl._000=##\nca.crl._odd.x=1\n\
        ca.crl.pageSize=1\nca.crldbInc=1\nca.crl=1\nca.crlx.c.d=1\nxca.crl.e.f=1\nca.Crl.g.h=1\nca.crl..i=1\n\
        ca.crl.d.class= \nca.crl.d.description=x\n";
    let points = ca_of(&format!("cs.type=CA\n{file}")).issuing_points;
    let points: Vec<_> =
        points.iter().map(|point| (&*point.id, point.has_class, point.has_description, point.line)).collect();
    assert_eq!(
        points,
        [
            ("", false, false, Some(13)),
            ("a", false, false, Some(3)),
            ("b", true, false, Some(2)),
            ("d", false, true, Some(14))
        ]
    );
}

#[test]
fn names_that_look_alike_are_shown_once() {
    let file = b"cs.type=CA\nca.crl.\xfe.class=C\nca.crl.\xff.class=C\n";
    assert_eq!(server(file).ca().unwrap().issuing_points.len(), 1);
}
