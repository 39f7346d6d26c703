//! Which role an OCSP responder's file has: which store the server reads, and at which interval.

use pki_role::pki::{FindingCode, Ocsp, Role, Store, of_server};

use crate::support::conversions::{codes, role_of, server, with};

const GUIDE: &str = "OCSP.Responder.store.defStore.refreshInSec";
const DOGTAG: &str = "ocsp.store.defStore.refreshInSec";

const MASTERS: [&str; 7] = ["", "=", "=0", "=15000", "=+1", "=-1", "=21601"];
const CLONES: [&str; 4] = ["=21600", "=14400", "=+21600", "=014400"];
const UNREADABLE: [&str; 5] = ["=21600 ", "=6h", "=2147483648", "=true", "= 0x5460"];

#[track_caller]
fn ocsp_of(file: &str) -> Ocsp {
    server(file).ocsp().unwrap().clone()
}

fn roles_of_values(file: &str, key: &str) {
    for (values, role) in [(&MASTERS[..], Role::Master), (&CLONES, Role::Clone), (&UNREADABLE, Role::Mixed)] {
        for value in values {
            assert_eq!(role_of(with(file, &format!("{key}{value}"))), role, "with `{key}{value}` in\n{file}");
        }
    }
}

/// A file with the guide's parameters alone is judged by them, whatever they say about the store.
#[test]
fn the_guides_parameters_alone() {
    let class = "cs.type=OCSP\nOCSP.Responder.store.defStore.class=C\n";
    for store in ["", "OCSP.Responder.storeId=defStore\n", "OCSP.Responder.storeId=ldapStore\n"] {
        let file = format!("{class}{store}");
        roles_of_values(&file, GUIDE);
        assert_eq!(ocsp_of(&file).store, Store::Guide);
        assert_eq!(ocsp_of(&file).interval_read(), None);
        assert_eq!(codes(&of_server(&server(with(&file, &format!("{GUIDE}=21600"))))), [FindingCode::GuideKeyNotRead]);
    }
    assert_eq!(role_of("cs.type=OCSP\n"), Role::Master);
}

#[test]
fn a_store_that_is_read_again_at_an_interval() {
    let class = "com.netscape.cms.ocsp.DefStore";
    for (store, key) in [
        ("ocsp.storeId=defStore\nocsp.store.defStore.class=com.netscape.cms.ocsp.DefStore\n", DOGTAG),
        ("ocsp.storeId= defStore \nocsp.store.defStore.class= com.netscape.cms.ocsp.DefStore \n", DOGTAG),
        // Hand-made, without a class.
        ("ocsp.storeId=defStore\nocsp.store.defStore.notFoundAsGood=true\n", DOGTAG),
        // Of another name.
        (&format!("ocsp.storeId=mine\nocsp.store.mine.class={class}\n"), "ocsp.store.mine.refreshInSec"),
        ("ocsp.storeId=mine\nocsp.store.mine.class=DefStore\n", "ocsp.store.mine.refreshInSec"),
        ("ocsp.storeId=ldapStore\nocsp.store.ldapStore.class=DefStore\n", "ocsp.store.ldapStore.refreshInSec"),
    ] {
        let file = format!("cs.type=OCSP\n{store}");
        roles_of_values(&file, key);
        assert_eq!(ocsp_of(&file).interval_read().map(|setting| setting.key.clone()), Some(key.to_owned()), "{file}");
        assert_eq!(codes(&of_server(&server(&file))), [], "{file}");
    }
}

/// The interval says nothing then: never a master, never a clone.
#[test]
fn a_store_without_an_interval_or_none() {
    let ldap = "ocsp.store.ldapStore.class=com.netscape.cms.ocsp.LDAPStore\n";
    let def = "ocsp.store.defStore.class=com.netscape.cms.ocsp.DefStore\n";
    let other = |id: &str| Store::Other(id.to_owned());
    for (store, wanted) in [
        ("ocsp.storeId=ldapStore\n", other("ldapStore")),
        ("ocsp.storeId=\n", Store::Unset),
        ("ocsp.storeId= \n", Store::Unset),
        ("", Store::Unset),
        ("ocsp.storeId=mine\n", other("mine")),
        ("ocsp.storeId=mine\nocsp.store.mine.class=com.example.Store\n", other("mine")),
        ("ocsp.storeId=mine\nocsp.store.mine.class=com.example.MyDefStore\n", other("mine")),
        ("ocsp.storeId=DEFSTORE\n", other("DEFSTORE")),
        // The server's names of stores end at a dot.
        ("ocsp.storeId=a.b\nocsp.store.a.b.class=com.netscape.cms.ocsp.DefStore\n", other("a.b")),
    ] {
        for value in MASTERS.iter().chain(&CLONES).chain(&UNREADABLE) {
            let file = with(&format!("cs.type=OCSP\n{ldap}{def}{store}"), &format!("{DOGTAG}{value}"));
            assert_eq!((role_of(&file), ocsp_of(&file).store), (Role::Unknown, wanted.clone()), "{file}");
            assert_eq!(ocsp_of(&file).interval_read(), None, "{file}");
            assert_eq!(codes(&of_server(&server(&file))), [FindingCode::UnknownRole], "{file}");
        }
    }
    // A store that is named, with no line of its own: `defStore` alone is known by its name.
    assert_eq!(role_of("cs.type=OCSP\nocsp.storeId=defStore\n"), Role::Unknown);
}

#[test]
fn both_families_must_agree() {
    let file = "OCSP.Responder.store.defStore.class=C\ncs.type=OCSP\nocsp.storeId=defStore\nocsp.store.defStore.class=DefStore\n";
    for (guide, dogtag, role) in [
        ("", "", Role::Master),
        ("=15000", "", Role::Master),
        ("=0", "=15000", Role::Master),
        ("=21600", "=21600", Role::Clone),
        ("=21600", "=14400", Role::Clone),
        ("=21600", "", Role::Mixed),
        ("", "=14400", Role::Mixed),
        ("=21600", "=0", Role::Mixed),
        ("=15000", "=21600", Role::Mixed),
        ("=21600", "=x", Role::Mixed),
        ("=x", "=21600", Role::Mixed),
    ] {
        let file = with(&with(file, &format!("{GUIDE}{guide}")), &format!("{DOGTAG}{dogtag}"));
        assert_eq!(role_of(&file), role, "{file}");
    }
    // Where the server reads neither, they cannot disagree about a role.
    let ldap = with(&with(file, "ocsp.storeId=ldapStore"), &format!("{GUIDE}=21600"));
    assert_eq!(role_of(ldap), Role::Unknown);
}

#[test]
fn an_interval_without_need_is_named() {
    let file = "cs.type=OCSP\nocsp.storeId=defStore\nocsp.store.defStore.class=DefStore\n";
    for (value, is_named) in
        [("", false), ("=0", false), ("=-1", false), ("=15000", true), ("=1", true), ("=21600", false)]
    {
        let findings = codes(&of_server(&server(with(file, &format!("{DOGTAG}{value}")))));
        let wanted: &[FindingCode] = if is_named { &[FindingCode::NeedlessRefresh] } else { &[] };
        assert_eq!(findings, wanted, "{value}");
    }
}

#[test]
fn the_guides_parameter_is_named_where_nothing_reads_it() {
    let dogtag = "cs.type=OCSP\nocsp.storeId=defStore\nocsp.store.defStore.class=DefStore\n";
    let both = format!("{dogtag}{GUIDE}=15000\n");
    assert_eq!(codes(&of_server(&server(both))), [FindingCode::GuideKeyNotRead]);
    // Others of the guide's parameters do no harm.
    assert_eq!(codes(&of_server(&server(format!("{dogtag}OCSP.Responder.storeId=defStore\n")))), []);
}
