//! One of each refusal, more where a field decides the sentence.

use pki_role::cs_cfg::UnwritableError;
use pki_role::pki::{Completeness, File, RefreshReason, Refusal, RefusalCode, Role, Subsystem};
use strum::IntoEnumIterator;

use super::settings;

fn text(text: &str) -> String {
    text.to_owned()
}

fn of(code: RefusalCode) -> Vec<Refusal> {
    let files = [File::Target, File::From];
    let point = || text("MasterCRL");
    match code {
        RefusalCode::NotACsCfg => files.map(|file| Refusal::NotACsCfg { file }).to_vec(),
        RefusalCode::WrongSubsystem => vec![
            Refusal::WrongSubsystem { file: File::Target, wanted: Subsystem::Ca, found: Subsystem::Ocsp },
            Refusal::WrongSubsystem { file: File::Target, wanted: Subsystem::Ocsp, found: Subsystem::Ca },
            Refusal::WrongSubsystem { file: File::From, wanted: Subsystem::Ca, found: Subsystem::Kra },
        ],
        RefusalCode::UnknownSubsystem => files.map(|file| Refusal::UnknownSubsystem { file }).to_vec(),
        RefusalCode::OtherSubsystem => files.map(|file| Refusal::OtherSubsystem { file, name: text("X") }).to_vec(),
        RefusalCode::NothingToConvert => vec![Refusal::NothingToConvert { found: Subsystem::Kra }],
        RefusalCode::NothingToCopy => files.map(|file| Refusal::NothingToCopy { file }).to_vec(),
        RefusalCode::UnwritableValue => files
            .map(|file| {
                let why = UnwritableError::Blank;
                Refusal::UnwritableValue { file, key: text("ca.crl.M.x"), line: Some(7), why }
            })
            .to_vec(),
        RefusalCode::AmbiguousLine => vec![Refusal::AmbiguousLine { line: 7 }],
        RefusalCode::BranchReference => {
            files.map(|file| Refusal::BranchReference { file, key: text("ca.crl"), line: 7 }).to_vec()
        }
        RefusalCode::RefreshInterval => {
            use RefreshReason::{MarksClone, MarksNoClone, Negative, Zero};
            [MarksClone, MarksNoClone, Negative, Zero].map(|why| Refusal::RefreshInterval { seconds: 1, why }).to_vec()
        }
        RefusalCode::NotAClone => vec![Refusal::NotAClone { role: Role::Master }],
        RefusalCode::RoleNotReached => {
            let (wanted, found) = (Role::Clone, Role::Mixed);
            vec![Refusal::RoleNotReached { wanted, found, contradicting: settings() }]
        }
        RefusalCode::SubsystemLost => vec![Refusal::SubsystemLost { subsystem: Subsystem::Ocsp }],
        RefusalCode::NotVerified => vec![Refusal::NotVerified { what: "another parameter changed" }],
        RefusalCode::NoSuchIssuingPoint => {
            vec![Refusal::NoSuchIssuingPoint { id: text("Master CRL"), known: vec![point()] }]
        }
        RefusalCode::NoSuchPublisher => [vec![], vec![text("ocsp1.example.com:10443")]]
            .map(|named| Refusal::NoSuchPublisher { old: text("ocsp2.example.com:10443"), named })
            .to_vec(),
        RefusalCode::OtherCa => {
            vec![Refusal::OtherCa { what: "internaldb.basedn", ours: text("o=a"), theirs: text("o=b") }]
        }
        RefusalCode::NewMasterIsThisCa => vec![Refusal::NewMasterIsThisCa { address: text("localhost:8443") }],
        RefusalCode::Swapped => vec![Refusal::Swapped { theirs: Some(text("ca2.example.com")) }],
        RefusalCode::BackupAsTarget => vec![Refusal::BackupAsTarget { name: text("CS.cfg.bak") }],
        RefusalCode::Incomplete => {
            let all = [
                Completeness::Plain,
                Completeness::LacksEnd,
                Completeness::EndsInsideLine,
                Completeness::ExportLacksEnd,
            ];
            all.into_iter().flat_map(|why| files.map(|file| Refusal::Incomplete { file, why })).collect()
        }
        RefusalCode::OtherServer => [Some(text("b")), None]
            .map(|theirs| Refusal::OtherServer { what: "host", ours: text("a"), theirs })
            .to_vec(),
        RefusalCode::EndsMixed => vec![Refusal::EndsMixed { contradicting: settings() }],
        RefusalCode::IssuingPointWithoutClass => files
            .map(|file| {
                let lacks = vec!["class", "description"];
                Refusal::IssuingPointWithoutClass { file, point: point(), lacks, line: Some(7) }
            })
            .to_vec(),
        RefusalCode::NothingWouldGenerate => {
            [vec![], vec![text("Master CRL")]].map(|points| Refusal::NothingWouldGenerate { points }).to_vec()
        }
        RefusalCode::ReplicationBehind => vec![Refusal::ReplicationBehind { point: point(), ours: 1, theirs: 2 }],
    }
}

/// All of them; a new one does not compile before it is here.
pub fn refusals() -> Vec<Refusal> {
    RefusalCode::iter().flat_map(of).collect()
}
