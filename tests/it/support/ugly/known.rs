//! Files that some version of this program once got wrong, or that its authors did, written out so
//! that a change of the generators loses none of them.

/// The file, and why it is here.
pub const FILES: &[(&[u8], &str)] = &[
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
    (b"a=1\rca.crl.MasterCRL.class=1\n\n", "CR, a line, an empty line: without the line, CR and LF are one line end"),
    (
        b"ca.crldbInc=a = \\\n\nca.crl.MasterCRL.class=",
        "before the last line, which has no end, an empty one ends a continuation: its end must stay",
    ),
    (
        b"z=1\na=1\n# c\\a\x0c=\\\n\\\n",
        "what pki-server joins is a comment and a line for the server, and they read the same all the same",
    ),
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

/// Every key that mattered for any of them.
pub const KEYS: &[&str] =
    &["a", "b", "d", "k", "ca.crl.MasterCRL.class", "ca.crl.MasterCRL.enableCRLUpdates", "ca.crl._000", "ca.crldbInc"];

/// Every value that mattered for any of them.
pub const VALUES: &[&str] = &["", "0", "a=b"];
