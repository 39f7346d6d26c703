//! One of each obstacle, and of each error of files and services.

use std::io;
use std::path::PathBuf;

use pki_role::convert::{Obstacle, ObstacleCode};
use pki_role::cs_cfg::StopsStart;
use pki_role::host::answer::Answer;
use pki_role::host::endpoint::{Endpoint, Scheme};
use pki_role::host::services::{Active, ServiceError, ServiceErrorCode};
use pki_role::host::store::{Excess, FileType, LockHolder, StoreError, StoreErrorCode};
use pki_role::pki::{Role, Subsystem};
use strum::IntoEnumIterator;

fn unit() -> String {
    "pki-tomcatd@pki-tomcat.service".to_owned()
}

fn endpoint() -> Endpoint {
    Endpoint { scheme: Scheme::Http, address: None, port: 8080, subsystem: Subsystem::Ca }
}

fn why() -> String {
    "it could not be asked".to_owned()
}

fn obstacle(code: ObstacleCode) -> Vec<Obstacle> {
    let path = || PathBuf::from("/var/lib/pki/my CA/CS.cfg");
    vec![match code {
        ObstacleCode::SameFile => Obstacle::SameFile,
        ObstacleCode::NoIpaProxy => Obstacle::NoIpaProxy,
        ObstacleCode::WhichSubsystem => Obstacle::WhichSubsystem { instance: "pki-tomcat".to_owned() },
        ObstacleCode::BackupDir => Obstacle::BackupDir { path: path() },
        ObstacleCode::WhichSystemctl => Obstacle::WhichSystemctl,
        ObstacleCode::OtherService => Obstacle::OtherService { named: unit(), serving: unit() },
        ObstacleCode::WhichUnit => Obstacle::WhichUnit { instance: "pki-ca".to_owned() },
        ObstacleCode::Running => Obstacle::Running { unit: unit() },
        ObstacleCode::RunningWithoutUnit => Obstacle::RunningWithoutUnit { unit: unit(), endpoint: endpoint() },
        ObstacleCode::StillActive => Obstacle::StillActive { unit: unit(), state: Active::Active },
        ObstacleCode::StartedByOthers => Obstacle::StartedByOthers { unit: unit(), state: Active::Active },
        ObstacleCode::CameDown => {
            Obstacle::CameDown { unit: unit(), state: Some(Active::Failed), answer: Some(Answer::Closed) }
        }
        ObstacleCode::OtherRun => Obstacle::OtherRun {
            unit: unit(),
            pid: 7,
            command: "pki-role demote-ca -i pki-tomcat --new-master a.b:1".to_owned(),
        },
        ObstacleCode::StillRunning => Obstacle::StillRunning { unit: unit(), endpoint: endpoint() },
        ObstacleCode::ServiceUnknown => {
            return [false, true].map(|leaves| Obstacle::ServiceUnknown { unit: unit(), why: why(), leaves }).into();
        }
        ObstacleCode::AsksForPasswords => Obstacle::AsksForPasswords { unit: unit() },
        ObstacleCode::RollbackWithoutAnswer => Obstacle::RollbackWithoutAnswer { why: why() },
        ObstacleCode::WouldNotStart => {
            Obstacle::WouldNotStart { unit: unit(), line: 7, why: StopsStart::MissingDelimiter }
        }
        ObstacleCode::NotAsPlanned => {
            let wanted = Role::Master;
            return vec![
                Obstacle::NotAsPlanned { keys: vec!["ca.crl.M.enable".to_owned()], found: None, wanted },
                Obstacle::NotAsPlanned { keys: vec![], found: Some(Role::Mixed), wanted },
                Obstacle::NotAsPlanned { keys: vec![], found: None, wanted },
            ];
        }
        ObstacleCode::RunsWithAnotherRole => {
            Obstacle::RunsWithAnotherRole { points: vec!["MasterCRL".to_owned()], role: Role::Clone }
        }
        ObstacleCode::NotLive => Obstacle::NotLive,
        ObstacleCode::NotRunning => Obstacle::NotRunning { answer: Answer::Closed },
        ObstacleCode::NoAgentPort => Obstacle::NoAgentPort { why: why() },
        ObstacleCode::GeneratesNothing => Obstacle::GeneratesNothing { role: Role::Clone },
        ObstacleCode::NoBackupNamed => {
            return [vec![], vec![path()]].map(|backups| Obstacle::NoBackupNamed { backups }).into();
        }
        ObstacleCode::Signals => Obstacle::Signals { why: why() },
        ObstacleCode::Interrupted => Obstacle::Interrupted { signal: 15 },
        ObstacleCode::NoInstanceHere => Obstacle::NoInstanceHere { looked_in: vec!["/etc/pki".to_owned()] },
        ObstacleCode::NoStatus => Obstacle::NoStatus { path: "ca1.json".to_owned(), why: why() },
    }]
}

/// All obstacles.
pub fn obstacles() -> Vec<Obstacle> {
    ObstacleCode::iter().flat_map(obstacle).collect()
}

fn store(code: StoreErrorCode) -> StoreError {
    let path = PathBuf::from("/var/lib/pki/my CA/CS.cfg");
    let source = || io::Error::other("a reason");
    let step = "writing";
    match code {
        StoreErrorCode::NotFound => StoreError::NotFound { path },
        StoreErrorCode::DanglingLink => StoreError::DanglingLink { path, target: PathBuf::from("nowhere") },
        StoreErrorCode::PermissionDenied => StoreError::PermissionDenied { step, path, source: source() },
        StoreErrorCode::Unreadable => StoreError::Unreadable { path, source: source() },
        StoreErrorCode::NotAFile => StoreError::NotAFile { path, kind: FileType::Socket },
        StoreErrorCode::TooLarge => StoreError::TooLarge { path, excess: Excess::Lines },
        StoreErrorCode::ContainsNul => StoreError::ContainsNul { path, offset: 7 },
        StoreErrorCode::NoData => StoreError::NoData { path, seconds: 30 },
        StoreErrorCode::Interrupted => StoreError::Interrupted { path },
        StoreErrorCode::Locked => {
            StoreError::Locked { path, holder: Some(LockHolder { pid: 7, command: Some("pki-role".to_owned()) }) }
        }
        StoreErrorCode::ChangedMeanwhile => StoreError::ChangedMeanwhile { path },
        StoreErrorCode::PathMoved => StoreError::PathMoved { path, is_replaced: false },
        StoreErrorCode::InTheWay => StoreError::InTheWay { path },
        StoreErrorCode::NotPrivate => StoreError::NotPrivate { path },
        StoreErrorCode::BindMounted => StoreError::BindMounted { path },
        StoreErrorCode::Immutable => StoreError::Immutable { path },
        StoreErrorCode::AppendOnly => StoreError::AppendOnly { path },
        StoreErrorCode::Io => StoreError::Io { step, path, source: io::Error::from(io::ErrorKind::StorageFull) },
        StoreErrorCode::NotFlushed => StoreError::NotFlushed { path, source: source() },
        StoreErrorCode::NotReadBack => StoreError::NotReadBack { path, source: source() },
    }
}

/// All errors of files.
pub fn stores() -> Vec<StoreError> {
    StoreErrorCode::iter().map(store).collect()
}

fn service(code: ServiceErrorCode) -> ServiceError {
    let (unit, output, status, seconds) = (unit(), "a reason".to_owned(), "exit status: 1".to_owned(), 60);
    let verb = "show";
    match code {
        ServiceErrorCode::NoSystemctl => {
            ServiceError::NoSystemctl { program: PathBuf::from("systemctl"), source: io::Error::other("a reason") }
        }
        ServiceErrorCode::PermissionDenied => ServiceError::PermissionDenied { verb: "stop", unit, output },
        ServiceErrorCode::StopFailed => ServiceError::StopFailed { unit, status, output },
        ServiceErrorCode::StartFailed => ServiceError::StartFailed { unit, status, output },
        ServiceErrorCode::StopTimedOut => ServiceError::StopTimedOut { unit, seconds },
        ServiceErrorCode::StartTimedOut => ServiceError::StartTimedOut { unit, seconds },
        ServiceErrorCode::SystemctlFailed => ServiceError::SystemctlFailed { verb, unit, status, output },
        ServiceErrorCode::SystemctlTimedOut => ServiceError::SystemctlTimedOut { verb, unit },
        ServiceErrorCode::NoUnitState => ServiceError::NoUnitState { unit, printed: "?".to_owned(), status, output },
        ServiceErrorCode::UnitNotFound => ServiceError::UnitNotFound { unit },
        ServiceErrorCode::UnitMasked => ServiceError::UnitMasked { unit },
        ServiceErrorCode::UnitBroken => ServiceError::UnitBroken { unit },
        ServiceErrorCode::UnitUnsettled => ServiceError::UnitUnsettled { unit, state: Active::Activating, seconds },
        ServiceErrorCode::NotReady => {
            ServiceError::NotReady { unit, endpoint: endpoint(), seconds, answer: Answer::NotFound }
        }
        ServiceErrorCode::NotActive => ServiceError::NotActive { unit, state: Active::Failed },
        ServiceErrorCode::Interrupted => ServiceError::Interrupted { signal: 15 },
    }
}

/// All errors of services.
pub fn services() -> Vec<ServiceError> {
    ServiceErrorCode::iter().map(service).collect()
}
