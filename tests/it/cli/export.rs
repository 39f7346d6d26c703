//! `export-ca`: what `promote-ca --from` needs of a CA, and nothing else.

use crate::support::readers::{java, python};
use crate::support::test::{Test, codes, fixture};

/// The export of a fixture, or of a live file.
fn exported(test: &Test, target: &str) -> String {
    let ran = test.ran(&format!("export-ca {target}"));
    ran.expect(0, &[]);
    assert_eq!(ran.error, "");
    ran.out
}

/// A promotion from the export gives what one from the file gives, before and after its demotion.
#[test]
fn there_and_into_a_promotion() {
    for (former, more) in [("ca-master", ""), ("ca-master", "--with-publishing"), ("expected/ca-master.demoted", "")] {
        let test = Test::new().file("old.cfg", fixture(former)).fixture("ca-clone");
        let test = test.file("other.cfg", fixture("ca-clone"));
        let export = exported(&test, "--to old.cfg");
        let test = test.file("export", &export);
        let whole = test.json(&format!("promote-ca --from old.cfg --to ca-clone.CS.cfg {more}"), 0);
        let from_export = test.json(&format!("promote-ca --from export --to other.cfg {more}"), 0);
        test.assert_holds("other.cfg", &test.read("ca-clone.CS.cfg"), former);
        assert_eq!(whole["warnings"], from_export["warnings"], "{former}");
    }
}

/// Serial number ranges, passwords' places and whatever else a CS.cfg has stay on their host.
#[test]
fn it_holds_what_is_needed_and_nothing_else() {
    let test = Test::new().fixture("ca-master");
    let export = exported(&test, "--to ca-master.CS.cfg");
    let map = java(export.as_bytes());
    assert_eq!(Some(&map), python(export.as_bytes()).as_ref());
    let is_needed = |key: &str| {
        ["ca.crl.", "ca.publish.", "ca.connector."].iter().any(|prefix| key.starts_with(prefix))
            || [
                "ca.certStatusUpdateInterval",
                "ca.listenToCloneModifications",
                "cs.type",
                "instanceId",
                "internaldb.basedn",
                "machineName",
                "master.ca.agent.host",
                "master.ca.agent.port",
                "pkicreate.agent_secure_port",
                "securitydomain.name",
                "service.machineName",
                "service.securePort",
            ]
            .contains(&key)
    };
    let whole = java(&fixture("ca-master"));
    for (key, value) in &map {
        assert!(is_needed(key), "{key}");
        assert_eq!(whole.get(key), Some(value), "{key}");
    }
    let missing: Vec<_> = whole.keys().filter(|key| is_needed(key) && !map.contains_key(*key)).collect();
    assert_eq!(missing, [""; 0]);
    let lines: Vec<&str> = export.lines().collect();
    assert_eq!(lines[0], "# pki-role export of a CA: for promote-ca --from");
    assert_eq!(lines[lines.len() - 1], format!("# end of pki-role export: {} parameters", map.len()));
}

/// A copy that a broken connection cut off is refused, wherever it ends.
#[test]
fn a_truncated_export() {
    let test = Test::new().fixture("ca-master").fixture("ca-clone");
    let export = exported(&test, "--to ca-master.CS.cfg");
    let last = export.trim_end().rfind('\n').unwrap();
    let middle = export.find("ca.crl.MasterCRL.enable").unwrap();
    let args = "promote-ca --from cut --to ca-clone.CS.cfg";
    for end in [last, last + 1, last + 10, middle, middle + 7] {
        let test = Test::new().fixture("ca-clone").file("cut", &export[..end]);
        assert_eq!(test.refused(args), "incomplete", "{end}");
    }
    test.file("cut", &export[..last]).ran(args).expect(3, &["an export without its last line", "copy the file again"]);
    // The last line's end may be missing, and lines may end as on Windows.
    for whole in [export.trim_end().to_owned(), export.replace('\n', "\r\n"), format!("{export}\n")] {
        Test::new().fixture("ca-clone").file("cut", whole).json(args, 0);
    }
}

/// The instance's name and port, as only the host knows them.
#[test]
fn of_an_instance() {
    let server_xml = r#"<Server><Service name="Catalina">
        <Connector port="8080" protocol="HTTP/1.1"/>
        <Connector port="8543" scheme="https" secure="true" SSLEnabled="true"/>
    </Service></Server>"#;
    let six_lines = fixture("six-lines/master");
    let test = Test::new().file("etc/pki/x/ca/CS.cfg", &six_lines).file("etc/pki/x/server.xml", server_xml);
    let map = java(exported(&test, "--root . -i x").as_bytes());
    assert_eq!((&*map["cs.type"], &*map["service.securePort"]), ("CA", "8543"));
    // A file that is not whole is not exported.
    let cut = &fixture("ca-master")[..20_000];
    let test = Test::new().file("etc/pki/x/ca/CS.cfg", cut);
    test.ran("export-ca --root . -i x").expect(3, &["the file is incomplete"]);
    test.ran("export-ca --root . -i y").expect(3, &["there is no instance y", "pki-role status --root .\n"]);
}

/// The commands that a demotion prints: an export here, a promotion there.
#[test]
fn a_demotion_names_it() {
    let test = Test::new().file("etc/pki/x/ca/CS.cfg", fixture("ca-master"));
    let ran = test.ran("demote-ca --root . -i x --new-master ca9.example.com:8443");
    ran.expect(
        0,
        &[
            "  pki-role export-ca -i x --root . > old-master.export\n",
            "  pki-role promote-ca -i x --from old-master.export\n",
        ],
    );
    let done = test.json("promote-ca --root . -i x --keep-settings", 0);
    assert!(!codes(&done["warnings"]).contains(&"issuing-point-without-class".to_owned()));
}
