//! Files that once went wrong, each as target and as `--from`: a refusal that is not the program's own
//! fault, or what the guide makes of it, which a second run leaves alone and a restore undoes.

use crate::support::guide::{self, Steps};
use crate::support::test::{Test, codes};
use crate::support::ugly::known::FILES;

const FORMER: &[u8] = b"cs.type=CA\nca.crl.MasterCRL.class=C\nca.crl.Second.class=C\n";

#[track_caller]
fn converts(target: &[u8], args: &str, from: &[u8], steps: &Steps, why: &str) {
    let test = Test::new().file("CS.cfg", target).file("from.cfg", from);
    let shown = format!("{args}: {why}: {}", target.escape_ascii());
    let args = format!("{args} --to CS.cfg --output json");
    let ran = test.ran(&args);
    let done = ran.json();
    if ran.code == Some(3) {
        assert_ne!(done["error"]["code"], "not-verified", "{shown}");
        return test.assert_holds("CS.cfg", target, &shown);
    }
    assert_eq!(ran.code, Some(0), "{shown}");
    let after = test.read("CS.cfg");
    guide::assert_follows(target, &after, steps);
    assert_eq!(test.ran(&args).code, Some(0), "{shown}");
    test.assert_holds("CS.cfg", &after, &shown);
    let is_shadowed = codes(&done["warnings"]).contains(&"shadowed-lines-removed".to_owned());
    if let Some(backup) = done["backup"].as_str().filter(|_| !is_shadowed) {
        test.ran(&format!("restore --to CS.cfg --no-backup --accept ends-mixed --from {backup}")).expect(0, &[]);
        test.assert_holds("CS.cfg", target, &shown);
    }
}

#[test]
fn demotions() {
    for (file, why) in FILES {
        let ca = [*file, b"\ncs.type=CA\n"].concat();
        let steps = guide::demote_ca(&ca, "ca2.example.com", "8443");
        converts(&ca, "demote-ca --new-master ca2.example.com:8443", b"", &steps, why);
    }
}

#[test]
fn promotions() {
    for (file, why) in FILES {
        let ca = [b"cs.type=CA\n", *file].concat();
        converts(&ca, "promote-ca --from from.cfg", FORMER, &guide::promote_ca(FORMER, "600"), why);
    }
}

#[test]
fn as_former_master() {
    for (file, why) in FILES {
        let former = [b"cs.type=CA\n", *file, b"\nca.crl.MasterCRL.class=C\n"].concat();
        let steps = guide::promote_ca(&former, "600");
        converts(b"cs.type=CA\nca.crl.MasterCRL.class=C\n", "promote-ca --from from.cfg", &former, &steps, why);
    }
}
