//! Files that some version of this program once got wrong, or that its authors did, written out so
//! that a change of the generators loses none of them. Each goes through every law, with every key
//! and value that mattered for any of them.

use std::fmt::Display;

use crate::readers::Map;
use crate::{disputes, laws, transforms};

/// The file, and why it is here.
const FILES: &[(&[u8], &str)] = &[
    // Found by the property tests.
    (b"a=v\\\\\n", "a value that ends in two backslashes: what is put behind it is swallowed by pki-server"),
    (b"a=x\xe2\x80\xa8k=2\n", "U+2028: pki-server alone reads the key k behind it"),
    (b"k=\nca.crl.MasterCRL.class=x\xe2\x80\xa8k=2\n", "the same, and the server reads k elsewhere"),
    (b"\xc2\xa0ca.crl.MasterCRL.class=\n", "a no-break space before a key, which pki-server strips"),
    (b"\xc2\xa0ca.crl.MasterCRL.class=\x80\n", "the same in a line that is not UTF-8"),
    (b"\xc2\xa0ca.crl.MasterCRL.enableCRLUpdates=\x80\n", "the same with a key of the role"),
    (b"a=\n\xc2\xa0ca.crldbInc=\n", "the same, and the key would belong into a file in key order"),
    (b"a=\xc3\xa9\n\xc2\xa0ca.crl._000=\x80\n", "the same behind a line that is UTF-8 but not ASCII"),
    (b"ca.crl._000=a=b\na=v\\\n\x0cca.crl._000=\n", "a continuation whose form feed begins a line for pki-server"),
    // Found by reading, by Dogtag's own loaders, or by hand.
    (b"a=b\\\\\n\nd=e\n", "two backslashes and an empty line: pki-server joins the third line to the first"),
    (b"a=b\\\\\nd=e\n", "two backslashes: pki-server swallows the next key"),
    (b"a=b\\", "a continuation that the end of the file cuts off"),
    (b"a=b\\\n", "the same with a line end"),
    (b"a=b\\\r\n", "the same with CR LF"),
    (b"a=b\\\n   c\n", "an indentation that only the server drops"),
    (b"a=1\rk=2\r", "CR alone ends a line"),
    (b"a=1\r\r\nk=2\n", "CR before CR LF ends one too"),
    (b"a=1\r", "CR at the end of the file"),
    (b"a=x\xc2\x85b=1\n", "U+0085 in a value: a line of its own for pki-server"),
    (b"a=x\x0bb=1\n", "a vertical tab in a value"),
    (b"a=x\x1cb=1\x1dc=2\x1ed=3\n", "file, group and record separators in a value"),
    (b"ca.crl..x=1\nca.crl.=2\nca.crl=3\n", "an issuing point without a name"),
    (b"ca.crl.MasterCRL.class=C \nca.crl.MasterCRL.enableCRLCache=true \n", "values that end in a blank"),
    (b"ca.certStatusUpdateInterval=0\t\n", "a number that ends in a tab"),
    (b"a=1\na=2\nb=3\na=4\n", "one key on three lines"),
    (b"\xef\xbb\xbfa=1\n", "a byte order mark"),
    (b"a\\=b=c\n", "a backslash before the separator"),
    (b"a:b\nk c\nz\n", "separators that only the server knows"),
    (b"# c\\\na=1\n", "a comment that ends in a backslash"),
    (b"  # x=y\n!c=d\n", "comments for one reader alone"),
    (b" \t\n\n=v\n", "lines without a key"),
    (b"a=b", "no line end at all"),
    (b"", "no byte at all"),
    (b"\n", "no property"),
];
const KEYS: &[&str] =
    &["a", "b", "d", "k", "ca.crl.MasterCRL.class", "ca.crl.MasterCRL.enableCRLUpdates", "ca.crl._000", "ca.crldbInc"];
const VALUES: &[&str] = &["", "0", "a=b"];

#[track_caller]
fn holds(law: &str, file: &[u8], why: &str, outcome: Result<(), impl Display>) {
    if let Err(broken) = outcome {
        panic!("{law}: {why}: {}: {broken}", file.escape_ascii());
    }
}

#[test]
fn document() {
    for (file, why) in FILES {
        holds("identity", file, why, laws::identity(file));
        holds("disputes", file, why, disputes::no_dispute_means_the_same_map(file));
        holds("complete disputes", file, why, disputes::complete(file));
        for key in KEYS {
            holds("get", file, why, laws::get(file, key));
            holds("get and put", file, why, laws::get_put(file, key));
            holds("remove", file, why, laws::remove(file, key));
            holds(
                "several",
                file,
                why,
                laws::several(file, &[((*key).to_owned(), None), ("a".to_owned(), Some("1".to_owned()))]),
            );
            for value in VALUES {
                holds("put", file, why, laws::put(file, key, value));
                holds("inverse", file, why, laws::inverse(file, key, value));
                holds("several", file, why, laws::several(file, &[((*key).to_owned(), Some((*value).to_owned()))]));
            }
        }
        for entries in [&[][..], &[("ca.crl.MasterCRL.class", "C"), ("ca.crl._000", "##")]] {
            let entries: Map = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            holds("block", file, why, laws::block(file, &entries));
        }
    }
}

#[test]
fn conversions() {
    let former = b"cs.type=CA\nca.crl.MasterCRL.class=C\nca.crl.Second.class=C\n";
    for (file, why) in FILES {
        for ca in [[b"cs.type=CA\n", *file].concat(), [*file, b"\ncs.type=CA\n"].concat()] {
            holds("demote-ca", &ca, why, transforms::demotion(&ca));
            holds("promote-ca", &ca, why, transforms::promotion(&ca, former));
            let former = [&ca[..], b"\nca.crl.MasterCRL.class=C\n"].concat();
            holds(
                "promote-ca from it",
                &ca,
                why,
                transforms::promotion(b"cs.type=CA\nca.crl.MasterCRL.class=C\n", &former),
            );
        }
    }
}
