//! What an administrator has to know about a conversion, as data with a stable code.

use std::fmt;

/// A warning. [`Warning::code`] is stable; the text is for reading.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant's message tells what its fields are")]
pub enum Warning {
    FormerMasterStillMaster { host: String },
    IssuingPointRemoved { point: String },
    NamesFormerMaster { keys: Vec<String>, host: String },
    PublishingStaysBehind { publishers: Vec<String>, rules: Vec<String>, keys: usize, switched_off: bool },
    PublishingNotRestored,
    ConnectorStaysBehind { connectors: Vec<String> },
    MasterNotListening,
    ShadowedLinesRemoved { key: String, lines: Vec<usize> },
    BookKeyNotRead { value: Option<String> },
    LdapStore,
    NeedlessRefresh { seconds: String },
    RepairedMixed { odd: Vec<String> },
    ValueTrimmed { key: String },
    OtherCa,
    NoActiveIssuingPoint,
    PointWithoutClass { point: String },
    NewMasterIsThisCa { host: String },
    FormerMasterIsThisCa { host: String },
    StopsStart { line: usize, why: &'static str },
}

impl Warning {
    /// The stable code of each warning that there is, for the documentation's test.
    pub const CODES: [&'static str; 19] = [
        "former-master-still-master",
        "issuing-point-removed",
        "names-former-master",
        "publishing-stays-behind",
        "publishing-not-restored",
        "connector-stays-behind",
        "master-not-listening",
        "shadowed-lines-removed",
        "book-key-not-read",
        "ldap-store",
        "needless-refresh",
        "repaired-mixed-role",
        "value-trimmed",
        "other-ca",
        "no-active-issuing-point",
        "issuing-point-without-class",
        "new-master-is-this-ca",
        "former-master-is-this-ca",
        "stops-start",
    ];

    /// The warning's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Warning::FormerMasterStillMaster { .. } => "former-master-still-master",
            Warning::IssuingPointRemoved { .. } => "issuing-point-removed",
            Warning::NamesFormerMaster { .. } => "names-former-master",
            Warning::PublishingStaysBehind { .. } => "publishing-stays-behind",
            Warning::PublishingNotRestored => "publishing-not-restored",
            Warning::ConnectorStaysBehind { .. } => "connector-stays-behind",
            Warning::MasterNotListening => "master-not-listening",
            Warning::ShadowedLinesRemoved { .. } => "shadowed-lines-removed",
            Warning::BookKeyNotRead { .. } => "book-key-not-read",
            Warning::LdapStore => "ldap-store",
            Warning::NeedlessRefresh { .. } => "needless-refresh",
            Warning::RepairedMixed { .. } => "repaired-mixed-role",
            Warning::ValueTrimmed { .. } => "value-trimmed",
            Warning::OtherCa => "other-ca",
            Warning::NoActiveIssuingPoint => "no-active-issuing-point",
            Warning::PointWithoutClass { .. } => "issuing-point-without-class",
            Warning::NewMasterIsThisCa { .. } => "new-master-is-this-ca",
            Warning::FormerMasterIsThisCa { .. } => "former-master-is-this-ca",
            Warning::StopsStart { .. } => "stops-start",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::FormerMasterStillMaster { host } => write!(
                f,
                "the former master ({host}) is still set as master: demote it or keep it off; two masters issue different CRLs under one CRL number"
            ),
            Warning::IssuingPointRemoved { point } => {
                write!(f, "issuing point `{point}` exists only on the clone and goes: the former master has no such lines")
            }
            Warning::NamesFormerMaster { keys, host } => {
                write!(f, "copied values name the former master {host} and go into new CRLs: ")?;
                commas(f, keys)
            }
            Warning::PublishingStaysBehind { publishers, rules, keys, switched_off } => {
                write!(f, "{keys} ca.publish.* settings of the former master are missing here")?;
                list(f, "publishers", publishers)?;
                list(f, "rules", rules)?;
                if *switched_off {
                    f.write_str("; publishing is switched off here (ca.publish.enable)")?;
                }
                f.write_str(": without them OCSP responders go on answering \"good\" for revoked certificates; add --with-publishing")
            }
            Warning::PublishingNotRestored => f.write_str(
                "ca.publish.* differs from the backup and stays as it is; after a promotion --with-publishing put it back with the same option",
            ),
            Warning::ConnectorStaysBehind { connectors } => {
                f.write_str("connectors of the former master are missing here")?;
                list(f, "connectors", connectors)?;
                f.write_str(": they do not follow ca.crl.*, and keys would not be archived")
            }
            Warning::MasterNotListening => f.write_str(
                "this master does not listen to clone modifications: certificates revoked on a clone may be missing from its CRLs",
            ),
            Warning::ShadowedLinesRemoved { key, lines } => {
                write!(f, "earlier lines of {key}, which the server ignored, were removed: ")?;
                commas(f, lines)
            }
            Warning::BookKeyNotRead { value } => {
                f.write_str("OCSP.Responder.store.defStore.refreshInSec")?;
                if let Some(value) = value {
                    write!(f, "={value}")?;
                }
                f.write_str(" is the book's key; Dogtag does not read it, it reads ocsp.store.defStore.refreshInSec")
            }
            Warning::LdapStore => f.write_str(
                "ocsp.storeId=ldapStore: this responder reads CRLs from a directory, the refresh interval has no effect on it",
            ),
            Warning::NeedlessRefresh { seconds } => {
                write!(f, "as a master this responder needs no refresh interval; with {seconds} seconds it reads its store anew for nothing")
            }
            Warning::RepairedMixed { odd } => {
                f.write_str("the file was mixed, neither master nor clone; repaired: ")?;
                commas(f, odd)
            }
            Warning::ValueTrimmed { key } => write!(f, "the blanks at the end of the copied {key} were left out"),
            Warning::OtherCa => f.write_str(
                "the two files have different CA certificates (ca.signing.cert): are they master and clone of one CA?",
            ),
            Warning::NoActiveIssuingPoint => f.write_str("no issuing point is enabled: this CA generates no CRL, whatever its role"),
            Warning::PointWithoutClass { point } => {
                write!(f, "issuing point `{point}` has no ca.crl.{point}.class: the CA does not start with it")
            }
            Warning::NewMasterIsThisCa { host } => write!(f, "the new master {host} is this CA itself: it would send CRL requests to itself"),
            Warning::FormerMasterIsThisCa { host } => write!(
                f,
                "the former master's CS.cfg is this CA's own ({host}): nothing of another master is copied"
            ),
            Warning::StopsStart { line, why } => write!(f, "line {line} {why}: pki-server refuses the file and the service will not start"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, what: &str, names: &[String]) -> fmt::Result {
    if names.is_empty() {
        return Ok(());
    }
    write!(f, "; {what}: ")?;
    commas(f, names)
}

/// The first few; thousands of issuing points must not fill the screen.
fn commas<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    const SHOWN: usize = 6;
    for (nth, item) in items.iter().take(SHOWN).enumerate() {
        if nth > 0 {
            f.write_str(", ")?;
        }
        item.fmt(f)?;
    }
    match items.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
