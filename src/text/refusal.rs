//! The sentences of refusals, and what to do about each.

use super::finding::incomplete;
use super::list::{list, settings};
use super::{Invocation, one_line};
use crate::pki::{File, RefreshReason, Refusal, Role, Subsystem};

/// What is refused, and what to do.
pub struct Advice {
    /// What failed.
    pub what: String,
    /// What to do, in a sentence; may be empty.
    pub fix: String,
    /// What to type, line by line.
    pub commands: Vec<String>,
}

impl Advice {
    /// Something to do that is not a command.
    pub fn say(what: impl Into<String>, fix: impl Into<String>) -> Advice {
        Advice { what: what.into(), fix: fix.into(), commands: Vec::new() }
    }

    /// Something to type, with what is to be done before.
    pub fn typed(
        what: impl Into<String>,
        fix: impl Into<String>,
        commands: impl IntoIterator<Item = String>,
    ) -> Advice {
        Advice { what: what.into(), fix: fix.into(), commands: commands.into_iter().collect() }
    }
}

fn file(file: File) -> &'static str {
    match file {
        File::Target => "the file",
        File::From => "the file given by --from",
    }
}

/// What `--from` takes. A status is saved beside an export, under the same host's name.
fn name_the_source(invocation: &Invocation) -> String {
    match invocation.command {
        "promote-ca" => "name with --from a CS.cfg or what export-ca printed; a saved status is neither".to_owned(),
        _ => "name a backup of the CS.cfg with --from".to_owned(),
    }
}

/// Explains a refusal.
pub fn refusal(refusal: &Refusal, invocation: &Invocation) -> Advice {
    let name_the_file = || match (invocation.command, &invocation.named_instance) {
        ("status" | "check", _) => "name the CS.cfg of a subsystem".to_owned(),
        (_, Some(_)) => "name the CS.cfg of the subsystem with -i".to_owned(),
        (_, None) => "name the CS.cfg of the subsystem with --to".to_owned(),
    };
    let name_another = |which: File| match which {
        File::Target => name_the_file(),
        File::From => name_the_source(invocation),
    };
    match refusal {
        Refusal::NotACsCfg { file: which } => {
            Advice::say(format!("{} holds no parameter: it is not a CS.cfg", file(*which)), name_another(*which))
        }
        Refusal::WrongSubsystem { file: File::From, wanted, found } => Advice::say(
            format!("the file given by --from belongs to subsystem {found}, not {wanted}"),
            format!("name the CS.cfg of a {wanted} with --from"),
        ),
        Refusal::WrongSubsystem { file: File::Target, wanted, found } => Advice::say(
            format!("the file belongs to subsystem {found}, not {wanted}"),
            match found {
                Subsystem::Ca => "use demote-ca or promote-ca, or name another file",
                Subsystem::Ocsp => "use demote-ocsp or promote-ocsp, or name another file",
                _ => "name the CS.cfg of the right subsystem",
            },
        ),
        Refusal::UnknownSubsystem { file: which } => {
            Advice::say(format!("nothing in {} says which subsystem it belongs to", file(*which)), name_another(*which))
        }
        Refusal::OtherSubsystem { file: which, name } => Advice::say(
            format!("{} belongs to a subsystem without roles (cs.type={})", file(*which), one_line(name)),
            "name the CS.cfg of a CA or of an OCSP responder",
        ),
        Refusal::NothingToConvert { found } => Advice::say(
            format!("{found} masters and clones have the same configuration: there is nothing to convert"),
            "nothing has to be done on this subsystem",
        ),
        Refusal::NothingToCopy { file: File::Target } => Advice::say(
            "this CA has no ca.crl. parameters, so that there are no issuing point settings to keep",
            "promote from the former master's CS.cfg, a backup or an export of it: --from FILE",
        ),
        Refusal::NothingToCopy { file: File::From } => Advice::say(
            "the file given by --from has no line that begins with ca.crl.: there is nothing to copy",
            "name the former master's CS.cfg, a backup or an export of it that still has those lines",
        ),
        Refusal::UnwritableValue { file: which, key, line, why } => {
            let line = line.map_or_else(String::new, |line| format!("line {line} of "));
            Advice::say(
                format!("{line}{}: {} cannot be written: {why}", file(*which), one_line(key)),
                match which {
                    File::From => "correct it in a copy of that file, then use the copy",
                    File::Target => "with the service stopped correct it by hand",
                },
            )
        }
        Refusal::AmbiguousLine { line } => Advice::say(
            format!(
                "line {line} is read differently by the server and by pki-server, and this conversion would have to write there"
            ),
            format!(
                "with the service stopped rewrite line {line} as plain key=value: printable ASCII, no blank or backslash at its end"
            ),
        ),
        Refusal::BranchReference { file: which, key, line } => Advice::say(
            format!(
                "line {line} of {}: {} has the name of a branch, which the server then reads somewhere else",
                file(*which),
                one_line(key)
            ),
            format!(
                "with the service stopped remove line {line}, unless it is meant; then this conversion would have no effect"
            ),
        ),
        Refusal::RefreshInterval { seconds, why } => refresh(*seconds, *why),
        Refusal::NotAClone { role: Role::Master } => Advice::say(
            "this CA is a master, and only a clone redirects to another one",
            "run the command on the clones; nothing has to be redirected on the CA that generates CRLs",
        ),
        Refusal::NotAClone { role } => Advice::say(
            format!("the role of this CA is {role}, and only a clone redirects to a master"),
            "complete its role first, as it is meant: demote-ca makes it a clone",
        ),
        Refusal::RoleNotReached { wanted, found, contradicting } => Advice::say(
            format!("the file would be {found}, not {wanted}, because of {}", settings(contradicting)),
            "with the service stopped correct the lines named by hand",
        ),
        Refusal::SubsystemLost { subsystem } => Advice::say(
            format!("afterwards nothing in the file would say that it belongs to subsystem {subsystem}"),
            format!("add a line cs.type={subsystem}"),
        ),
        Refusal::NotVerified { what } => Advice::say(
            format!(
                "the new bytes were read again and do not say what was planned ({what}); this is a bug of pki-role"
            ),
            "report it, with the file if you may; then convert by hand (see the man page)",
        ),
        Refusal::NoSuchIssuingPoint { id, known } => {
            Advice::say(format!("there is no issuing point `{}`", one_line(id)), format!("name one of {}", list(known)))
        }
        Refusal::NoSuchPublisher { old, named } => Advice::say(
            format!("no OCSP publisher of this CA names {old}"),
            match named.is_empty() {
                true => "this CA has no OCSP publisher: nothing has to be done here".to_owned(),
                false => format!("name the responder as the publishers do: {}", list(named)),
            },
        ),
        _ => acceptable(refusal, invocation),
    }
}

/// The refusals that `--accept` goes on in spite of. Accepting comes last: it is for those who know
/// better.
fn acceptable(refusal: &Refusal, invocation: &Invocation) -> Advice {
    let accept = invocation.again().option("--accept", refusal.code().to_string());
    let advice = |what: String, fix: &str| match invocation.command {
        // It accepts nothing.
        "export-ca" => Advice::say(what, fix),
        _ => Advice::typed(what, format!("{fix}; if it is meant all the same:"), [accept.to_string()]),
    };
    match refusal {
        Refusal::OtherCa { what, ours, theirs } => advice(
            format!(
                "the file given by --from is of another CA: its {what} is {}, and here it is {}",
                one_line(theirs),
                one_line(ours)
            ),
            "name the file of this CA's former master",
        ),
        Refusal::NewMasterIsThisCa { address } => advice(
            format!("the new master {} is this CA itself", one_line(address)),
            "run the command on the old master, and name the new one",
        ),
        Refusal::Swapped { theirs } => advice(
            format!(
                "the arguments look swapped: this CA generates CRLs, and the one of --from{} does not",
                theirs.as_ref().map(|host| format!(" ({})", one_line(host))).unwrap_or_default()
            ),
            "the clone to promote belongs after --to, the former master's file after --from",
        ),
        Refusal::BackupAsTarget { name } => advice(
            format!("the file to change is named like a backup: {}", one_line(name)),
            match invocation.command {
                "promote-ca" | "restore" => "name the CS.cfg itself with --to; a backup belongs after --from",
                _ => "name the CS.cfg itself with --to",
            },
        ),
        Refusal::Incomplete { file: which, why } => advice(
            format!("{} is incomplete: {}", file(*which), incomplete(*why)),
            match which {
                File::From => "copy the file again from its host, or name a whole backup",
                File::Target => {
                    "put together the whole file first: the newest archives/CS.cfg.bak.* beside it is Dogtag's own copy; compare its dbs.* ranges with the directory before you start with it"
                }
            },
        ),
        Refusal::OtherServer { what, ours, theirs } => advice(
            match theirs {
                Some(theirs) => format!(
                    "the backup is of another server: its {what} is {}, and here it is {}",
                    one_line(theirs),
                    one_line(ours)
                ),
                None => {
                    format!("the backup does not say of which {what} it is, and the file does ({})", one_line(ours))
                }
            },
            "name a backup of this very file",
        ),
        Refusal::EndsMixed { contradicting } => advice(
            format!("the restored role would be mixed: {}", settings(contradicting)),
            "name another backup, or promote or demote the server as it is meant",
        ),
        Refusal::IssuingPointWithoutClass { file: which, point, lacks, line } => advice(
            format!(
                "{}{}: issuing point `{}` has no {}, and a CA does not start with it",
                line.map_or_else(String::new, |line| format!("line {line} of ")),
                file(*which),
                one_line(point),
                lacks.join(" and no ")
            ),
            "add what it lacks, or delete its lines, in a copy of that file",
        ),
        Refusal::NothingWouldGenerate { points } => {
            let enable = points.first().map_or_else(
                || invocation.again(),
                |point| invocation.again().option("--enable-issuing-point", point.clone()),
            );
            Advice::typed(
                format!(
                    "no issuing point would generate CRLs, since all are disabled (enable=false): {}",
                    list(points)
                ),
                "enable the one that is to generate; or, if no CRL is wanted:",
                [enable.to_string(), accept.to_string()],
            )
        }
        Refusal::ReplicationBehind { point, ours, theirs } => advice(
            format!(
                "the last CRL of {} here has number {ours}, and the former master's has {theirs}: replication is behind",
                one_line(point)
            ),
            "wait until status shows that number here, then run the same command again",
        ),
        _ => Advice::say(refusal.code().to_string(), ""),
    }
}

fn refresh(seconds: i32, why: RefreshReason) -> Advice {
    let (what, fix) = match why {
        RefreshReason::MarksClone => (
            "mark a clone (21600 in the guide, 14400 as the installer writes it): a master must not have that interval",
            "leave --refresh-in-sec out to remove the parameter, or give another number (the guide's example: 15000)",
        ),
        RefreshReason::Zero => (
            "are not an interval: the guide removes the parameter, or gives it another number than 0",
            "leave --refresh-in-sec out to remove the parameter, or give another number (the guide's example: 15000)",
        ),
        RefreshReason::MarksNoClone => (
            "do not mark a clone: that is 21600 (the guide) or 14400 (the installer)",
            "leave --refresh-in-sec out: the guide's number is 21600",
        ),
        RefreshReason::Negative => ("are not an interval", "leave --refresh-in-sec out, or give a number above 0"),
    };
    Advice::say(format!("{seconds} seconds {what}"), fix)
}
