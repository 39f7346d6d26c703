//! Conversions as pure functions: what surrounds them, and what came of one.

use indexmap::IndexSet;
use pki_role::cs_cfg::CsCfg;
use pki_role::pki::{
    Circumstances, Conversion, Finding, FindingCode, Prepared, Promotion, Refusal, RefusalCode, Role, Server,
    Surroundings, prepare,
};

/// A plain file: no server is at stake.
pub fn plain() -> Circumstances {
    Circumstances { file_name: "CS.cfg".to_owned(), ..Circumstances::default() }
}

/// The file of a server.
pub fn live() -> Circumstances {
    Circumstances { is_live: true, ..plain() }
}

/// The same, going on in spite of a refusal.
pub fn accepting(around: &Circumstances, code: RefusalCode) -> Circumstances {
    Circumstances { accept: IndexSet::from([code]), ..around.clone() }
}

/// A demotion of a CA.
pub fn demote_ca(new_master: &str) -> Conversion<'static> {
    Conversion::DemoteCa { new_master: new_master.parse().unwrap() }
}

/// A CA clone to another master.
pub fn redirect_ca(new_master: &str) -> Conversion<'static> {
    Conversion::RedirectCa { new_master: new_master.parse().unwrap() }
}

/// A promotion as the guide has it.
pub fn promotion(former: &[u8]) -> Promotion<'_> {
    Promotion { former: Some(former), interval: None, with_publishing: false, enable: Vec::new() }
}

/// The same as a conversion.
pub fn promote_ca(former: &[u8]) -> Conversion<'_> {
    Conversion::PromoteCa(promotion(former))
}

/// A promotion that keeps the CA's own issuing point settings.
pub fn keep_settings() -> Conversion<'static> {
    Conversion::PromoteCa(Promotion { former: None, ..promotion(b"") })
}

/// The role's parameters back from a backup.
pub fn restore(backup: &[u8]) -> Conversion<'_> {
    Conversion::Restore { backup, with_publishing: false }
}

/// What a file says about its server.
#[track_caller]
pub fn server(file: impl AsRef<[u8]>) -> Server {
    let file = file.as_ref();
    Server::of(&CsCfg::parse(file), &Surroundings::default())
        .unwrap_or_else(|error| panic!("{error:?}: {}", file.escape_ascii()))
}

/// The role of a file.
#[track_caller]
pub fn role_of(file: impl AsRef<[u8]>) -> Role {
    server(file).role()
}

/// A conversion of a plain file.
pub fn prepared(file: impl AsRef<[u8]>, conversion: &Conversion<'_>) -> Result<Prepared, Refusal> {
    prepare(file.as_ref(), conversion, &plain())
}

/// The bytes that a conversion of `before` ends with.
pub fn end(before: &[u8], prepared: &Prepared) -> Vec<u8> {
    prepared.bytes.as_ref().map_or(before.to_vec(), |verified| verified.bytes().to_vec())
}

/// The bytes of a plain file after a conversion.
#[track_caller]
pub fn converted(file: impl AsRef<[u8]>, conversion: &Conversion<'_>) -> String {
    let prepared = prepared(&file, conversion).unwrap();
    String::from_utf8(end(file.as_ref(), &prepared)).unwrap()
}

/// The code of a refusal.
#[track_caller]
pub fn refused(file: impl AsRef<[u8]>, conversion: &Conversion<'_>, around: &Circumstances) -> RefusalCode {
    prepare(file.as_ref(), conversion, around).map(drop).unwrap_err().code()
}

/// The codes of findings, in order.
pub fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    findings.iter().map(Finding::code).collect()
}

/// The file with a key's line replaced, or taken out where `line` is a key alone.
pub fn with(file: &str, line: &str) -> String {
    let key_of = |line: &str| line.split('=').next().unwrap_or_default().to_owned();
    let kept = file.lines().filter(|other| key_of(other) != key_of(line)).map(|line| format!("{line}\n"));
    let added = if line.contains('=') { format!("{line}\n") } else { String::new() };
    kept.collect::<String>() + &added
}
