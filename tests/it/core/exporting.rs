//! An export gives a promotion what the CS.cfg itself would, and shows when it was cut off.

use pki_role::cs_cfg::CsCfg;
use pki_role::pki::{Completeness, Server, Surroundings, export_ca, exported_numbers};
use proptest::prelude::*;

use crate::support::conversions::{codes, end, prepared, promote_ca, role_of, server};
use crate::support::files::fixture;
use crate::support::ugly::servers::{ca, former};

const PREFIXES: [&str; 3] = ["ca.crl.", "ca.publish.", "ca.connector."];

fn exported(file: &[u8]) -> Vec<u8> {
    export_ca(&CsCfg::parse(file), &[], &[])
}

fn parameters(file: &[u8], prefix: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let cfg = CsCfg::parse(file);
    cfg.below(prefix.as_bytes()).map(|read| (read.key().to_vec(), read.value().into_owned())).collect()
}

/// Both give the same file and the same findings.
fn promotes_alike(target: &[u8], former: &[u8]) -> Result<(), TestCaseError> {
    let export = exported(former);
    for prefix in PREFIXES {
        prop_assert_eq!(parameters(&export, prefix), parameters(former, prefix), "{}", former.escape_ascii());
    }
    if prepared(target, &promote_ca(former)).is_ok() {
        let [whole, small] = [former, &export].map(|from| prepared(target, &promote_ca(from)));
        prop_assert_eq!(whole.as_ref().map(|made| &made.bytes), small.as_ref().map(|made| &made.bytes));
        let codes = [whole, small].map(|made| made.map(|made| codes(&made.findings)));
        prop_assert_eq!(&codes[0], &codes[1]);
    }
    Ok(())
}

proptest! {
    #[test]
    fn an_export_of_an_ugly_file_says_the_same(file in former()) {
        promotes_alike(b"a=1\ncs.type=CA\nz=1\n", &file)?;
    }

    #[test]
    fn an_export_of_an_export_is_the_same(file in ca()) {
        let export = exported(&file);
        let again = exported(&export);
        prop_assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&export));
    }
}

#[test]
fn a_promotion_from_an_export_is_one_from_the_file() {
    let (clone, master) = (fixture("ca-clone"), fixture("ca-master"));
    promotes_alike(&clone, &master).unwrap();
    promotes_alike(&clone, &fixture("expected/ca-master.demoted")).unwrap();
    // A file out of key order takes the lines in the order in which they come: key order both times.
    let unsorted = [b"z=1\n", &clone[..]].concat();
    promotes_alike(&unsorted, &master).unwrap();
    let longer = b"ca.crl.M.autoUpdateInterval=1\nca.crl.M.autoUpdateInterval.effectiveAtStart=true\nca.crl.M.class=C\ncs.type=CA\n";
    promotes_alike(b"z=1\ncs.type=CA\n", longer).unwrap();
    assert!(CsCfg::parse(&exported(longer)).is_in_key_order());
}

#[test]
fn an_export_says_whose_it_is() {
    for name in ["ca-master", "ca-clone"] {
        let file = fixture(name);
        let (whole, export) = (server(&file), server(exported(&file)));
        assert_eq!(export.role(), whole.role());
        assert_eq!((&export.host, &export.instance, &export.topology), (&whole.host, &whole.instance, &whole.topology));
        assert_eq!(export.ports.agent, whole.ports.agent);
        assert_eq!(export.ca().unwrap().publishing, whole.ca().unwrap().publishing);
        assert_eq!(export.ca().unwrap().connectors, whole.ca().unwrap().connectors);
        assert_eq!(export.completeness, Completeness::Plain);
        assert!(exported(&file).len() < file.len() / 2);
    }
}

/// What only the host knows is added where the file is silent.
#[test]
fn what_the_host_knows_is_added() {
    let identity = [("instanceId", "pki-tomcat".to_owned()), ("service.securePort", "8443".to_owned())];
    let silent = server(export_ca(&CsCfg::parse(b"ca.crl.M.class=C\n"), &[], &identity));
    assert_eq!((silent.instance.as_deref(), silent.ports.agent), (Some("pki-tomcat"), Some(8443)));
    let speaks = b"ca.crl.M.class=C\ninstanceId=other\nservice.securePort=9443\n";
    let speaks = server(export_ca(&CsCfg::parse(speaks), &[], &identity));
    assert_eq!((speaks.instance.as_deref(), speaks.ports.agent), (Some("other"), Some(9443)));
}

#[test]
fn crl_numbers_go_along() {
    let numbers = [("MasterCRL".to_owned(), 17), ("Other".to_owned(), u64::MAX)];
    let export = export_ca(&CsCfg::parse(b"ca.crl.MasterCRL.class=C\n"), &numbers, &[]);
    assert_eq!(exported_numbers(&CsCfg::parse(&export)), numbers);
    assert_eq!(exported_numbers(&CsCfg::parse(b"_pki-role.crlNumber.M=x\n_pki-role.crlNumber.N=-1\nM=1\n")), []);
    // They are no parameters of the CA, and are not copied.
    let made = prepared("cs.type=CA\n", &promote_ca(&export)).unwrap();
    assert!(!String::from_utf8_lossy(&end(b"", &made)).contains("crlNumber"));
}

/// Wherever an export is cut off, that shows, unless only the last line's end, or its count, is missing.
#[test]
fn an_export_that_was_cut_off_shows() {
    let export = exported(&fixture("ca-master"));
    let last_line = export[..export.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    // The first digit of the count is enough.
    let is_whole_from = last_line + "# end of pki-role export: 1".len();
    for length in 0..=export.len() {
        // So few lines that they are no CA's are refused for that.
        if let Ok(cut_off) = Server::of(&CsCfg::parse(&export[..length]), &Surroundings::default()) {
            assert_eq!(cut_off.completeness.is_incomplete(), length < is_whole_from, "{length} of {}", export.len());
        }
    }
    assert_eq!(role_of(&export), role_of(fixture("ca-master")));
}
