//! What a change prints, where, and its exit code: some whole outputs. Data goes to standard output,
//! messages to standard error.

use std::fs::OpenOptions;

use crate::support::expected::DIFF;
use crate::support::test::{Test, fixture};

const DEMOTE: &str = "demote-ca --to half-role.CS.cfg --new-master ca9.example.com:8443";

const CHANGES: &str = "  \
  stop generating CRLs:
    ca.crl.MasterCRL.enableCRLUpdates: true -> false
  redirect CRL requests to the new master:
    master.ca.agent.host: primary.example.com -> ca9.example.com
    master.ca.agent.port: (absent) -> 8443
";

const REPAIRED: &str = "warning: the role was mixed and is put right: \
    ca.crl.MasterCRL.enableCRLUpdates=true (line 6), master.ca.agent.port (absent) \
    [repaired-mixed-role]\n";

const NEXT: &str =
    "next, unless ca9.example.com is the master already: with this file, on the CS.cfg of the new master:
  pki-role promote-ca --to CS.cfg --from half-role.CS.cfg
";

fn half_role() -> Test {
    Test::new().fixture("ugly/half-role")
}

#[test]
fn a_dry_run_shows_the_diff_and_the_steps_and_touches_nothing() {
    let messages = format!(
        "half-role.CS.cfg: would be: CA mixed -> clone\n{CHANGES}steps: back up, replace; no service is touched\n{REPAIRED}{NEXT}"
    );
    half_role().args(DEMOTE).args("--dry-run").stdout(DIFF).stderr(&messages).run_untouched();
    half_role().args(DEMOTE).args("--dry-run --quiet").stdout(DIFF).run_untouched();
}

#[test]
fn check_is_one_line_with_its_warnings_and_an_exit_code() {
    let line = "half-role.CS.cfg: would change: CA mixed -> clone (3 parameters)\n";
    half_role().args(DEMOTE).args("--check").stdout(line).stderr(REPAIRED).status(1).run_untouched();
    // Where it is not 0, nothing is left out.
    half_role().args(DEMOTE).args("--check --quiet").stdout(line).stderr(REPAIRED).status(1).run_untouched();
    let done = half_role().args(DEMOTE).args("-q").run();
    let line = "half-role.CS.cfg: nothing to do: already as asked (CA clone)\n";
    let done = done.args(DEMOTE).args("--check").stdout(line).run_untouched();
    done.args(DEMOTE).args("--check -q").stdout("").run_untouched();
}

/// What failed is said however quiet the command is to be.
#[test]
fn quiet_hides_no_failure() {
    half_role().ran("demote-ca --to none --new-master a:1 -q").expect(3, &["pki-role: none does not exist", "next:"]);
    half_role().ran("restore --to half-role.CS.cfg -q").expect(2, &["the command does not say from which backup"]);
    let ran = half_role().ran("demote-ca --to half-role.CS.cfg --new-master localhost:8443 --check -q");
    ran.expect(3, &["--accept new-master-is-this-ca"]);
}

#[test]
fn a_demotion() {
    let messages = format!(
        "half-role.CS.cfg: CA mixed -> clone\n{CHANGES}backup: [DIR]/half-role.CS.cfg.pki-role.[STAMP]\n{REPAIRED}{NEXT}"
    );
    let done = half_role().args(DEMOTE).stderr(&messages).run();
    assert_eq!(done.names(), ["half-role.CS.cfg", "half-role.CS.cfg.pki-role.[STAMP]"]);
    let already = "half-role.CS.cfg: nothing to do: already as asked (CA clone)\n";
    done.args(DEMOTE).args("--diff").stderr(already).run_untouched();
    half_role().args(DEMOTE).args("--diff").stdout(DIFF).stderr(&messages).run();
    half_role().args(DEMOTE).args("-q").run();
}

/// A block of 170 lines is shown in a few.
#[test]
fn a_promotion() {
    let messages = "\
ca-clone.CS.cfg: CA clone -> master
  removed: the former master does not have it:
    ca.crl.DeltaUsers.profileCertsOnly: false -> (removed)
  maintain the CRL cache:
    ca.crl.DeltaUsers.enableCRLCache: false -> true
    ca.crl.MasterCRL.enableCRLCache: false -> true
  generate CRLs:
    ca.crl.DeltaUsers.enableCRLUpdates: false -> true
    ca.crl.MasterCRL.enableCRLUpdates: false -> true
  copied from the former master (4 parameters):
    ca.crl.MasterCRL.autoUpdateInterval: 240 -> 120
    ca.crl.MasterCRL.autoUpdateInterval.effectiveAtStart: (absent) -> true
    ca.crl.MasterCRL.nextUpdateGracePeriod: 0 -> 60
    and 1 more (-v shows all)
  turn the status update task on:
    ca.certStatusUpdateInterval: 0 -> 300
  listen to changes made on clones:
    ca.listenToCloneModifications: false -> true
  stop redirecting CRL requests:
    master.ca.agent.host: primary.example.com -> (removed)
    master.ca.agent.port: 8443 -> (removed)
warning: the file given by --from generates CRLs (primary.example.com): two masters issue different CRLs under one number; a copy may have been taken before the demotion [former-master-still-master]
  fix: make sure that the former master is demoted (demote-ca on its host), or keep it off
warning: 12 of the former master's publishing settings (ca.publish.*) are missing here; publishers: OCSPPublisher-primary-example-com-10443; rules: ocsprule-primary-example-com-10443; publishing is off here (ca.publish.enable): the new CRLs are not published, and OCSP responders go on answering \"good\" for revoked certificates [publishing-stays-behind]
  fix: promote with --with-publishing, also where the promotion is done already
warning: connectors of the former master are missing here: KRA: keys are not archived without the connector to a KRA [connector-stays-behind]
  fix: with the service stopped copy every line of the file given by --from that begins with ca.connector.KRA. into this CA's CS.cfg; its .host must be the KRA's full name, and its .nickName a certificate of this instance
warning: copied values name the former master primary.example.com: ca.crl.DeltaUsers.extension.AuthorityInformationAccess.accessLocation0=http://primary.example.com/pki/ca.crt, ca.crl.DeltaUsers.extension.IssuingDistributionPoint.pointName=http://primary.example.com/crl/DeltaUsers.crl: they are written into new CRLs [names-former-master]
  fix: if that host will no longer serve those addresses, edit them here, with the service stopped
warning: issuing point `DeltaUsers` loses 1 parameter: ca.crl.DeltaUsers.profileCertsOnly: the former master does not have it [parameters-removed]
next: on every other clone, so that it follows this master:
  pki-role redirect-ca --to CS.cfg --new-master secondary.example.com:8443
to have a CRL issued now, as an agent of this CA:
  pki-role issue-crl --to CS.cfg --agent-cert agent.pem --agent-key agent.key --cacert ca.pem
";
    let test = Test::new().fixture("ca-clone").fixture("ca-master");
    let args = "promote-ca --from ca-master.CS.cfg --to ca-clone.CS.cfg --cert-status-update-interval 300 --no-backup";
    let done = test.args(args).stderr(messages).run();
    assert_eq!(done.names(), ["ca-clone.CS.cfg", "ca-master.CS.cfg"]);
    assert_eq!(done.read("ca-master.CS.cfg"), fixture("ca-master"));
}

/// A clone has no settings that a master would take over: the command was probably meant for another host.
#[test]
fn a_demotion_of_what_was_a_clone() {
    let test = Test::new().fixture("ca-clone");
    let ran = test.ran("demote-ca --to ca-clone.CS.cfg --new-master ca9.example.com:8443 --dry-run");
    ran.expect(0, &["CA clone, stays clone", "note: this CA was a clone before: a move begins on the CA that"]);
    assert!(!ran.error.contains("promote-ca"), "{}", ran.error);
}

#[test]
fn verbose_shows_every_parameter() {
    let test = Test::new().fixture("ca-clone").fixture("ca-master");
    let ran = test.ran("promote-ca --from ca-master.CS.cfg --to ca-clone.CS.cfg --dry-run -v");
    ran.expect(0, &["    ca.crl.pageSize: 100 -> 500\n", "  copied from the former master:\n"]);
    assert!(!ran.error.contains("more"), "{}", ran.error);
}

#[test]
fn ocsp_responders() {
    let messages = "\
ocsp-master.CS.cfg: OCSP master -> clone
  re-read the replicated CRLs at this interval, in seconds:
    OCSP.Responder.store.defStore.refreshInSec: 15000 -> 21600
warning: OCSP.Responder.store.defStore.refreshInSec is the guide's parameter: no Dogtag since version 9 reads it [guide-key-not-read]
next: on the host of the new master:
  pki-role promote-ocsp --to CS.cfg
";
    Test::new().fixture("ocsp-master").args("demote-ocsp --no-backup --to ocsp-master.CS.cfg").stderr(messages).run();
    let messages = "\
ocsp-dogtag-clone.CS.cfg: OCSP clone -> master
  receive CRLs from the CA; do not re-read the replicated ones at an interval:
    ocsp.store.defStore.refreshInSec: 14400 -> (removed)
next: on the CA that generates CRLs, unless its publisher names this responder already; old-responder:8443 stands for the one that it names:
  pki-role redirect-publisher --to CS.cfg --old-responder old-responder:8443 --new-responder secondary.example.com:10443
";
    let test = Test::new().fixture("ocsp-dogtag-clone");
    test.args("promote-ocsp --no-backup --config ocsp-dogtag-clone.CS.cfg").stderr(messages).run();
}

/// Values of a file must not control a terminal.
#[test]
fn hidden_characters_are_escaped() {
    let hidden = "\u{202e}\u{200b}\u{feff}\u{61c}\u{e0041}";
    let file =
        format!("ca.certStatusUpdateInterval=0\x1b[31m\nca.crl.M.class=C\ncs.type=CA\nmachineName={hidden}h\x07\n");
    let test = Test::new().file("CS.cfg", file).file("from", "ca.crl.M.class=C\ncs.type=CA\n");
    let output = test.command().args("promote-ca --from from --to CS.cfg --dry-run".split(' ')).output().unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(messages.contains("    ca.certStatusUpdateInterval: 0\\x1b[31m -> 600\n"), "{messages}");
    // Into a pipe a diff goes as it is: `patch` must be able to use it.
    assert!(output.stdout.windows(6).any(|bytes| bytes == b"=0\x1b[31"));
    let is_plain = |c: char| c == '\n' || !(c.is_control() || hidden.contains(c));
    let status = test.ran("status CS.cfg");
    for text in [&messages, &status.out, &test.ran("status CS.cfg --output json").out] {
        assert!(text.chars().all(is_plain), "{text:?}");
    }
    assert!(status.out.contains("\\u{202e}\\u{200b}\\u{feff}\\u{61c}\\u{e0041}h\\x07"), "{}", status.out);
}

/// No CRL can be had where nothing generates: what asks for one is not printed.
#[test]
fn a_promotion_after_which_nothing_generates() {
    let new = "ca.crl.B.class=C\nca.crl.B.description=D\ncs.type=CA\nmachineName=h.example.com\nservice.securePort=1\n";
    let messages = |enable: &str, more: &str| {
        let file = format!(
            "ca.crl.A.class=C\nca.crl.A.description=D\nca.crl.A.enable={enable}\ncs.type=CA\nmachineName=o.example.com\n"
        );
        let test = Test::new().file("old.cfg", &file).file("new.cfg", new);
        let ran = test.ran(&format!("promote-ca --from old.cfg --to new.cfg --no-backup {more}"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.error
    };
    assert!(messages("true", "").contains("pki-role issue-crl "), "{}", messages("true", ""));
    let none = messages("false", "--accept nothing-would-generate");
    assert!(!none.contains("issue-crl"), "{none}");
    assert!(none.contains("[issuing-point-disabled]"), "{none}");
}

/// `/dev/full` is a file on a disk without room.
#[test]
fn what_could_not_be_printed_is_not_success() {
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    for (mode, code) in [("--dry-run", 4), ("--check", 1), ("--output json", 0), ("--dry-run --output json", 4)] {
        let test = half_role().args(DEMOTE).args("--no-backup").args(mode);
        let ended = test.command().stdout(full()).output().unwrap();
        assert_eq!(ended.status.code(), Some(code), "{mode}");
        let messages = String::from_utf8_lossy(&ended.stderr).into_owned();
        let phrase = "pki-role: standard output cannot be written: No space left on device";
        assert!(messages.contains(phrase), "{mode}: {messages}");
    }
    for args in ["status half-role.CS.cfg", "check half-role.CS.cfg", "export-ca --to half-role.CS.cfg", "generate man"]
    {
        let ended = half_role().args(args).command().stdout(full()).output().unwrap();
        assert!(matches!(ended.status.code(), Some(1 | 4)), "{args}: {ended:?}");
    }
}

/// A reader that closed the pipe has seen enough.
#[test]
fn a_broken_pipe_is_success() {
    for (mode, status) in [("--dry-run", 0), ("--diff", 0), ("--output json", 0), ("--check", 1)] {
        let test = half_role().args(DEMOTE).args("--no-backup").args(mode);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let both = writer.try_clone().unwrap();
        let ended = test.command().stdout(writer).stderr(both).status().unwrap();
        assert_eq!(ended.code(), Some(status), "{mode}");
    }
}
