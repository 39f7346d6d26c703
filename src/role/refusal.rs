//! Why a conversion is refused: nothing was touched, and what would have to be mended.

use thiserror::Error;

use super::{Role, Subsystem};
use crate::cs_cfg::{Blocked, Unwritable};

/// A conversion that cannot be made of these files.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "each variant's message tells what its fields are")]
pub enum Refusal {
    #[error("{file} holds no property: it is not a CS.cfg")]
    NotACsCfg { file: File },
    #[error("{file} belongs to subsystem {found}, not {wanted}")]
    WrongSubsystem { file: File, wanted: Subsystem, found: Subsystem },
    #[error("{file} names no subsystem (no cs.type) and holds no key that tells one")]
    UnknownSubsystem { file: File },
    #[error("{file} belongs to a subsystem without roles (cs.type={name})")]
    OtherSubsystem { file: File, name: String },
    #[error("{found} masters and clones have the same configuration: there is nothing to convert")]
    SameConfiguration { found: Subsystem },
    #[error("the former master's CS.cfg holds no line that begins with `ca.crl.`: there is nothing to copy")]
    NothingToCopy,
    #[error(
        "line {line} of the former master's CS.cfg belongs to issuing point `{point}`, which has no `{key}`: the CA would not start with it"
    )]
    PointWithoutClass { point: String, key: String, line: usize },
    #[error("line {line} of {file}, key `{key}`, cannot be written: {why}")]
    Unwritable { file: File, key: String, line: usize, why: Unwritable },
    #[error(
        "line {line} is read differently by the server and by pki-server, and this conversion would have to write there"
    )]
    Disputed { line: usize },
    #[error("{seconds} seconds {why}")]
    RefreshInterval { seconds: i32, why: RefreshReason },
    #[error("this CA is {role}, not a clone: only a clone follows a master")]
    NotAClone { role: Role },
    #[error("the backup is of another server: it names host {theirs}, the file names {ours}")]
    OtherServer { ours: String, theirs: String },
    #[error("the file would still be {role}, because of {odd}")]
    RoleNotReached { role: Role, odd: String },
    #[error("the file names no subsystem (no cs.type), and its keys would no longer tell {subsystem}")]
    SubsystemLost { subsystem: Subsystem },
    #[error("the new bytes failed their proof ({what}); this is a bug of pki-role")]
    Unproven { what: &'static str },
}

/// Which of the files is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// The file to convert.
    Target,
    /// The file given by `--from`.
    From,
}

/// Why an OCSP refresh interval does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshReason {
    /// It marks a clone.
    MarksClone,
    /// 0 is not allowed by the book.
    Zero,
    /// It does not mark a clone.
    MarksNoClone,
    /// Negative.
    Negative,
}

impl Refusal {
    /// The refusal's stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotACsCfg { .. } => "not-a-cs-cfg",
            Refusal::WrongSubsystem { .. } => "wrong-subsystem",
            Refusal::UnknownSubsystem { .. } | Refusal::OtherSubsystem { .. } | Refusal::SubsystemLost { .. } => {
                "unknown-subsystem"
            }
            Refusal::SameConfiguration { .. } => "nothing-to-convert",
            Refusal::NothingToCopy => "nothing-to-copy",
            Refusal::PointWithoutClass { .. } => "issuing-point-without-class",
            Refusal::Unwritable { .. } => "unwritable-value",
            Refusal::Disputed { .. } => "disputed-line",
            Refusal::RefreshInterval { .. } => "refresh-interval",
            Refusal::NotAClone { .. } => "not-a-clone",
            Refusal::OtherServer { .. } => "other-server",
            Refusal::RoleNotReached { .. } => "role-not-reached",
            Refusal::Unproven { .. } => "unproven",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Refusal::NotACsCfg { file } => {
                let option = match file {
                    File::Target => "--to or --instance",
                    File::From => "--from",
                };
                format!("name the CS.cfg of the subsystem with {option}")
            }
            Refusal::WrongSubsystem { file: File::From, wanted, .. } => {
                format!("name the CS.cfg of the other {wanted}, or a backup of it, with --from")
            }
            Refusal::WrongSubsystem { found, .. } => match found {
                Subsystem::Ca => "use demote-ca or promote-ca, or name another file".to_owned(),
                Subsystem::Ocsp => "use demote-ocsp or promote-ocsp, or name another file".to_owned(),
                _ => "name the CS.cfg of the right subsystem".to_owned(),
            },
            Refusal::UnknownSubsystem { .. } => {
                "if it is the right file, add a line `cs.type=CA` or `cs.type=OCSP`".to_owned()
            }
            Refusal::SubsystemLost { subsystem } => format!("add a line `cs.type={subsystem}`, then try again"),
            Refusal::OtherSubsystem { .. } => "name the CS.cfg of a CA or of an OCSP responder".to_owned(),
            Refusal::SameConfiguration { .. } => "nothing has to be done on this subsystem".to_owned(),
            Refusal::NothingToCopy => {
                "name the former master's CS.cfg, or a backup of it that still holds its `ca.crl.` lines".to_owned()
            }
            Refusal::PointWithoutClass { key, point, .. } => format!(
                "in a copy of that file add `{key}=com.netscape.ca.CRLIssuingPoint`, or delete its lines of `{point}`; then promote from the copy"
            ),
            Refusal::Unwritable { file: File::From, line, .. } => {
                format!("mend line {line} in a copy of that file, then use the copy")
            }
            Refusal::Unwritable { line, .. } => format!("mend line {line} by hand"),
            Refusal::Disputed { line } => format!(
                "with the service stopped rewrite line {line} as plain key=value (no backslash or blank at its end, nothing but printable ASCII), then try again"
            ),
            Refusal::RefreshInterval { why, .. } => match why {
                RefreshReason::Negative => "leave --refresh-in-sec out, or give a number above 0".to_owned(),
                RefreshReason::MarksNoClone => "leave --refresh-in-sec out: the book's number is 21600".to_owned(),
                _ => "leave --refresh-in-sec out to delete the key, or give another number (the book's example: 15000)"
                    .to_owned(),
            },
            Refusal::NotAClone { .. } => {
                "make it a clone first: pki-role demote-ca --to FILE --new-master HOST:PORT".to_owned()
            }
            Refusal::OtherServer { .. } => "give --from a backup of this very file".to_owned(),
            Refusal::RoleNotReached { .. } => "mend the named line by hand, then try again".to_owned(),
            Refusal::Unproven { .. } => "report it, with the file if you may".to_owned(),
        }
    }
}

impl From<Blocked> for Refusal {
    fn from(blocked: Blocked) -> Refusal {
        Refusal::Disputed { line: blocked.line }
    }
}

impl std::fmt::Display for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            File::Target => "the file",
            File::From => "the file given by --from",
        })
    }
}

impl std::fmt::Display for RefreshReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            RefreshReason::MarksClone => "mark a clone (21600 in the book, 14400 as the installer writes it): a master must not have that interval",
            RefreshReason::Zero => "are no interval: the book deletes the key, or gives it another number than 0",
            RefreshReason::MarksNoClone => "do not mark a clone: that is 21600 (the book) or 14400 (the installer)",
            RefreshReason::Negative => "are no interval",
        })
    }
}
