//! `redirect-publisher`: a CA's OCSP publisher follows an OCSP responder that moved.

use serde_json::json;

use crate::support::readers::java;
use crate::support::test::{Test, fixture, fixture_text};

const HOST: &str = "ca.publish.publisher.instance.OCSPPublisher-primary-example-com-10443.host";
const PORT: &str = "ca.publish.publisher.instance.OCSPPublisher-primary-example-com-10443.port";
const MOVE: &str = "redirect-publisher --to ca-master.CS.cfg --old-responder primary.example.com:10443";

#[test]
fn it_follows() {
    let test = Test::new().fixture("ca-master");
    let before = java(&fixture("ca-master"));
    assert_eq!((&*before[HOST], &*before[PORT]), ("primary.example.com", "10443"));
    let args = format!("{MOVE} --new-responder ocsp2.example.com:8444");
    let untouched = test.state();
    test.ran(&format!("{args} --check")).expect(1, &[]);
    test.ran(&format!("{args} --dry-run")).expect(0, &["the publisher follows the responder"]);
    assert_eq!(test.state(), untouched);
    let done = test.json(&args, 0);
    assert_eq!((&done["role_before"], &done["role_after"]), (&json!("master"), &json!("master")));
    let mut wanted = before.clone();
    wanted.insert(HOST.to_owned(), "ocsp2.example.com".to_owned());
    wanted.insert(PORT.to_owned(), "8444".to_owned());
    assert_eq!(java(&test.read("ca-master.CS.cfg")), wanted);
    // The same again, and the way back.
    assert_eq!(test.json(&args, 0)["changed"], json!(false));
    let back = "redirect-publisher --to ca-master.CS.cfg --old-responder OCSP2.example.com:8444 --new-responder primary.example.com:10443";
    test.json(back, 0);
    test.assert_holds("ca-master.CS.cfg", &fixture("ca-master"), "there and back");
}

#[test]
fn every_publisher_that_names_the_old_one_follows() {
    let copy: String = fixture_text("ca-master")
        .lines()
        .filter(|line| line.starts_with("ca.publish.publisher.instance.OCSPPublisher-"))
        .map(|line| format!("{}\n", line.replace("OCSPPublisher-primary-example-com-10443", "Zweiter")))
        .collect();
    assert!(copy.contains("Zweiter.host="));
    let test = Test::new().file("CS.cfg", fixture_text("ca-master") + &copy);
    test.json(
        "redirect-publisher --to CS.cfg --old-responder primary.example.com:10443 --new-responder o.example.com:1",
        0,
    );
    let after = java(&test.read("CS.cfg"));
    assert_eq!(
        (&*after[HOST], &*after["ca.publish.publisher.instance.Zweiter.host"]),
        ("o.example.com", "o.example.com")
    );
}

#[test]
fn what_no_publisher_names() {
    let test = Test::new().fixture("ca-master").fixture("ca-clone").fixture("ocsp-master");
    let args = |file: &str, old: &str| {
        format!("redirect-publisher --to {file}.CS.cfg --old-responder {old} --new-responder o.example.com:1")
    };
    for old in ["primary.example.com:443", "other.example.com:10443"] {
        assert_eq!(test.refused(&args("ca-master", old)), "no-such-publisher");
        let phrases = [&*format!("no OCSP publisher of this CA names {old}"), "primary.example.com:10443"];
        test.ran(&args("ca-master", old)).expect(3, &phrases);
    }
    assert_eq!(test.refused(&args("ca-clone", "primary.example.com:10443")), "no-such-publisher");
    test.ran(&args("ca-clone", "primary.example.com:10443")).expect(3, &["this CA has no OCSP publisher"]);
    assert_eq!(test.refused(&args("ocsp-master", "primary.example.com:10443")), "wrong-subsystem");
}
