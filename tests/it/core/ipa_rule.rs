//! The web server's rule on a FreeIPA host: read from any text, edited and put back.

use pki_role::pki::{IpaRule, RuleEdit, RuleEditError, RuleState, VerifiedRule};
use proptest::prelude::*;

const HOST: &str = "ca1.example.com";
const PATTERN: &str = "^/ipa/crl/MasterCRL.bin";
const REST: &str = "/ca/ee/ca/getCRL?op=getCRL&crlIssuingPoint=MasterCRL [L,R=301,NC]";

fn rule(lead: &str, scheme: &str) -> String {
    format!("{lead}RewriteRule {PATTERN} {scheme}://{HOST}{REST}")
}

fn state(text: &str) -> RuleState {
    IpaRule::of(text.as_bytes()).state
}

/// The new text; nothing where there is nothing to do.
fn edited(text: &str, in_force: bool) -> Option<String> {
    let verified = VerifiedRule::of(text.as_bytes(), in_force, Some(HOST)).unwrap()?;
    Some(String::from_utf8(verified.bytes().to_vec()).unwrap())
}

/// Every spelling of FreeIPA's, old and new.
#[test]
fn the_states_of_a_line() {
    for scheme in ["http", "https"] {
        for lead in ["", " ", "\t", "    "] {
            let line = rule(lead, scheme);
            assert_eq!(state(&line), RuleState::InForce, "{line}");
            assert_eq!(state(&format!("# before\n{line}\r\nafter\n")), RuleState::InForce, "{line}");
        }
        for lead in ["#", "# ", "  #", "##", "# # ", "#\t"] {
            let line = rule(lead, scheme);
            assert_eq!(state(&line), RuleState::CommentedOut, "{line}");
        }
    }
    assert_eq!(IpaRule::of(rule("#", "https").as_bytes()).host.as_deref(), Some(HOST));
    assert_eq!(state(&rule("", "http").replace(".bin", "\\.bin$")), RuleState::InForce);
    assert_eq!(state(&rule("", "http").replace("RewriteRule", "rewriterule")), RuleState::InForce);
}

#[test]
fn what_is_no_rule() {
    for line in [
        "",
        "RewriteRule",
        "RewriteRule ^/ipa/crl/MasterCRL.bin",
        "RewriteRule ^/ipa/crl/Other.bin http://a/ [L]",
        "RewriteRule ^/ipa/crl/MasterCRL.binary http://a/ [L]",
        "RewriteRules ^/ipa/crl/MasterCRL.bin http://a/ [L]",
        "# RewriteRule ^/ipa/crl/MasterCRL.bin is commented out on the master",
        "# see RewriteRule ^/ipa/crl/MasterCRL.bin http://a/ [L]",
        // It belongs to the line before, which is a comment.
        "# goes on \\\nRewriteRule ^/ipa/crl/MasterCRL.bin http://a/ [L]",
    ] {
        // Without a target it is one that Apache would not take.
        assert_eq!(state(line), RuleState::Absent, "{line}");
    }
}

/// A line that goes on in the next one is one line.
#[test]
fn a_continued_rule() {
    let text = "a\n  RewriteRule ^/ipa/crl/MasterCRL.bin \\\n  http://ca1.example.com/x [L]\nb\n";
    assert_eq!(state(text), RuleState::InForce);
    let lifted = edited(text, false).unwrap();
    assert_eq!(lifted, text.replace("  RewriteRule", "#  RewriteRule"));
    assert_eq!(edited(&lifted, true).unwrap(), text);
}

#[test]
fn in_place() {
    let text = format!("# VERSION 19\r\nProxyRequests Off\r\n{}\r\n</x>\r\n", rule("# ", "http"));
    let in_force = edited(&text, true).unwrap();
    assert_eq!(in_force, text.replace("# RewriteRule", " RewriteRule"));
    assert_eq!(edited(&in_force, false).unwrap(), text);
    assert_eq!(edited(&text, false), None);
    assert_eq!(edited(&in_force, true), None);
}

/// All that are in force are lifted; one is put in force, of several the one for this host.
#[test]
fn several() {
    let two = format!("{}\n{}\n", rule("", "https"), rule("  ", "http"));
    let lifted = edited(&two, false).unwrap();
    assert_eq!(lifted, format!("#{}\n#{}\n", rule("", "https"), rule("  ", "http")));
    assert_eq!(edited(&lifted, true).unwrap(), format!("#{}\n{}\n", rule("", "https"), rule("  ", "http")));
    let other = rule("#", "http").replace(HOST, "old.example.com");
    let text = format!("{}\n{other}\n", rule("#", "http"));
    assert_eq!(edited(&text, true).unwrap(), format!("{}\n{other}\n", rule("", "http")));
}

#[test]
fn appended() {
    let line = rule("", "http");
    for (text, wanted) in [
        ("", format!("{line}\n")),
        ("a\n", format!("a\n{line}\n")),
        ("a", format!("a\n{line}")),
        ("a\r\nb\r\n", format!("a\r\nb\r\n{line}\r\n")),
        ("a\r\nb", format!("a\r\nb\r\n{line}")),
    ] {
        assert_eq!(edited(text, true).unwrap(), wanted, "{text:?}");
    }
    let refused = |text: &str, host: Option<&str>| VerifiedRule::of(text.as_bytes(), true, host).unwrap_err();
    for host in [None, Some(""), Some("a b"), Some("a\nb"), Some("a/b"), Some("-a"), Some("a:1")] {
        assert_eq!(refused("a\n", host), RuleEditError::NoHost, "{host:?}");
    }
    // The last line would swallow it.
    assert_eq!(refused("# a \\", Some(HOST)), RuleEditError::NotVerified);
    let verified = VerifiedRule::of(b"", true, Some(HOST)).unwrap().unwrap();
    assert_eq!(verified.edit(), &RuleEdit::Append { host: HOST.to_owned() });
}

#[test]
fn put_back_only_over_the_rule() {
    let before = format!("a\n{}\nb", rule("#", "http"));
    let now = edited(&before, true).unwrap();
    assert_eq!(VerifiedRule::back(now.as_bytes(), before.as_bytes()).unwrap().bytes(), before.as_bytes());
    let changed = format!("{now}c");
    let refused = VerifiedRule::back(changed.as_bytes(), before.as_bytes());
    assert_eq!(refused, Err(RuleEditError::NotVerified));
}

/// Lines of any kind, the rule's among them, each with its end.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let lead = prop::sample::select(vec!["", " ", "\t", "#", "# ", "  #", "##", "# # "]);
    let scheme = prop::sample::select(vec!["http", "https", "ftp"]);
    let target = prop::sample::select(vec![HOST, "ca2.example.com"]);
    let of_rule = (lead, scheme, target).prop_map(|(lead, scheme, host)| rule(lead, scheme).replace(HOST, host));
    let other =
        prop::sample::select(vec!["", "ProxyRequests Off", "# text", "a \\", "\\", "RewriteEngine on", "\u{e4}"]);
    let line = prop_oneof![
        of_rule.prop_map(String::into_bytes),
        other.prop_map(|line| line.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..6)
    ];
    let end = prop::sample::select(vec!["\n", "\n", "\r\n", ""]);
    prop::collection::vec((line, end), 0..8)
        .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end.as_bytes().to_vec()].concat()).collect())
}

/// The lines of a text that do not speak of the rule, without their ends.
fn others(text: &[u8]) -> Vec<Vec<u8>> {
    let lines = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec());
    lines.filter(|line| !line.is_empty() && !String::from_utf8_lossy(line).contains("MasterCRL.bin")).collect()
}

proptest! {
    #[test]
    fn any_text_is_read(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = IpaRule::of(&text);
    }

    /// Only lines of the rule change, the state is the one that was asked for, and a second edit
    /// changes nothing.
    #[test]
    fn only_the_rule_changes(text in text(), in_force: bool) {
        let Ok(verified) = VerifiedRule::of(&text, in_force, Some(HOST)) else { return Ok(()) };
        let Some(verified) = verified else {
            prop_assert_eq!(IpaRule::of(&text).state == RuleState::InForce, in_force);
            return Ok(());
        };
        prop_assert_eq!(IpaRule::of(verified.bytes()).state == RuleState::InForce, in_force);
        prop_assert_eq!(others(&text), others(verified.bytes()));
        prop_assert_eq!(VerifiedRule::of(verified.bytes(), in_force, Some(HOST)), Ok(None));
        let back = VerifiedRule::back(verified.bytes(), &text).unwrap();
        prop_assert_eq!(back.bytes(), text);
    }

    /// A rule that is lifted and put in force again is the first one, byte for byte, where it is the only one.
    #[test]
    fn lifting_has_an_inverse(text in text()) {
        if IpaRule::of(&text).lines.iter().filter(|line| line.is_in_force).count() != 1
            || IpaRule::of(&text).lines.len() != 1 { return Ok(()); }
        let lifted = VerifiedRule::of(&text, false, Some(HOST)).unwrap().unwrap();
        if IpaRule::of(lifted.bytes()).state != RuleState::CommentedOut { return Ok(()); }
        let again = VerifiedRule::of(lifted.bytes(), true, Some(HOST)).unwrap().unwrap();
        prop_assert_eq!(again.bytes(), text);
    }
}
