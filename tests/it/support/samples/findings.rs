//! One of each finding, more where a field decides the sentence.

use pki_role::cs_cfg::StopsStart;
use pki_role::pki::{
    Activity, Completeness, Finding, FindingCode, Role, RuleState, Store, Subsystem, SubsystemState, Timestamp,
};
use strum::IntoEnumIterator;

use super::settings;

fn of(code: FindingCode) -> Finding {
    let text = |text: &str| text.to_owned();
    let point = text("MasterCRL");
    let points = vec![point.clone()];
    let unit = text("pki-tomcatd@pki-tomcat.service");
    let (host, port) = (text("ca1.example.com"), text("8443"));
    let (some_host, some_port) = (Some(host.clone()), Some(port.clone()));
    let (number, next_update) = (Some(7), Timestamp::from_unix(1_769_893_200).unwrap());
    let (answer, role, rule) = (SubsystemState::NotUp, Role::Master, RuleState::InForce);
    let (subsystem, contradicting, keys) = (Subsystem::Ca, settings(), vec![text("ca.crl.M.x")]);
    match code {
        FindingCode::MixedRole => Finding::MixedRole { contradicting },
        FindingCode::UnknownRole => Finding::UnknownRole { store: Store::Unset },
        FindingCode::NoIssuingPoint => Finding::NoIssuingPoint,
        FindingCode::IssuingPointWithoutClass => {
            Finding::IssuingPointWithoutClass { point, lacks: vec!["class"], in_whole_file: true }
        }
        FindingCode::IssuingPointDisabled => Finding::IssuingPointDisabled { points },
        FindingCode::MasterNotListening => Finding::MasterNotListening,
        FindingCode::NoRedirect => Finding::NoRedirect,
        FindingCode::LeftOverRedirect => Finding::LeftOverRedirect { host: some_host, port: some_port },
        FindingCode::IncompleteRedirect => Finding::IncompleteRedirect { host: some_host, port: None },
        FindingCode::NeedlessRefresh => Finding::NeedlessRefresh { seconds: 15000 },
        FindingCode::GuideKeyNotRead => Finding::GuideKeyNotRead { value: Some(text("21600")), read: None },
        FindingCode::StopsStart => Finding::StopsStart { line: 7, why: StopsStart::NotUtf8 },
        FindingCode::BranchReference => Finding::BranchReference { key: text("ca.crl"), line: 7 },
        FindingCode::Incomplete => Finding::Incomplete { why: Completeness::LacksEnd },
        FindingCode::HardLinked => Finding::HardLinked { links: 2 },
        FindingCode::InterruptedRun => {
            Finding::InterruptedRun { command: text("pki-role promote-ca -i x --keep-settings"), unit, up_as: None }
        }
        FindingCode::ServiceDown => Finding::ServiceDown { unit, state: Activity::Failed },
        FindingCode::ServiceNotEnabled => Finding::ServiceNotEnabled { unit },
        FindingCode::NotAnswering => Finding::NotAnswering { answer, status: None },
        FindingCode::RunsWithAnotherRole => Finding::RunsWithAnotherRole { points, file: role },
        FindingCode::CrlExpired => Finding::CrlExpired { point, number, next_update },
        FindingCode::CrlExpiresSoon => Finding::CrlExpiresSoon { point, number, next_update },
        FindingCode::IpaProxyDisagrees => Finding::IpaProxyDisagrees { rule, role },
        FindingCode::FormerMasterStillMaster => Finding::FormerMasterStillMaster { host: some_host },
        FindingCode::FormerMasterIsThisCa => Finding::FormerMasterIsThisCa { host },
        FindingCode::SettingsFromClone => Finding::SettingsFromClone { host: some_host, master: host },
        FindingCode::IssuingPointRemoved => Finding::IssuingPointRemoved { point },
        FindingCode::ParametersRemoved => Finding::ParametersRemoved { point, keys },
        FindingCode::NamesFormerMaster => Finding::NamesFormerMaster { keys, host },
        FindingCode::PublishingStaysBehind => {
            let (publishers, rules) = (vec![text("p")], vec![text("r")]);
            Finding::PublishingStaysBehind { publishers, rules, keys: 2, switched_off: true }
        }
        FindingCode::PublishingNotRestored => Finding::PublishingNotRestored,
        FindingCode::ConnectorStaysBehind => Finding::ConnectorStaysBehind { connectors: vec![text("KRA")] },
        FindingCode::ShadowedLinesRemoved => Finding::ShadowedLinesRemoved { key: text("a"), lines: vec![1, 2] },
        FindingCode::RepairedMixedRole => Finding::RepairedMixedRole { contradicting },
        FindingCode::ValueTrimmed => Finding::ValueTrimmed { key: text("a") },
        FindingCode::RefreshWithoutEffect => Finding::RefreshWithoutEffect { store: Store::Other(text("ldapStore")) },
        FindingCode::LeftOverFilesRemoved => Finding::LeftOverFilesRemoved { names: vec![text("CS.cfg.tmp")] },
        FindingCode::ReadinessUnknown => Finding::ReadinessUnknown { why: text("its ports are not known") },
        FindingCode::DidNotAnswerBefore => Finding::DidNotAnswerBefore { answer, status: Some(503) },
        FindingCode::ServerMayRun => Finding::ServerMayRun { unit },
        FindingCode::IpaProxyStaysBehind => Finding::IpaProxyStaysBehind { rule, role },
        FindingCode::WebServerNotTested => Finding::WebServerNotTested { why: text("it is not here") },
        FindingCode::PublishedCrlOld => Finding::PublishedCrlOld { file: text("MasterCRL.bin"), age_seconds: None },
        FindingCode::NoCaMaster => Finding::NoCaMaster { cas: vec![0], missing: vec![host] },
        FindingCode::SeveralCaMasters => Finding::SeveralCaMasters { masters: vec![0, 1] },
        FindingCode::NoStatusUpdateTask => Finding::NoStatusUpdateTask,
        FindingCode::SeveralStatusUpdateTasks => Finding::SeveralStatusUpdateTasks,
        FindingCode::NoOcspMaster => Finding::NoOcspMaster { responders: vec![0] },
        FindingCode::SeveralOcspMasters => Finding::SeveralOcspMasters { masters: vec![0, 1] },
        FindingCode::StaleRedirect => Finding::StaleRedirect { host, port, masters: vec![0] },
        FindingCode::ImpreciseRedirect => Finding::ImpreciseRedirect { host, master: 0 },
        FindingCode::ContradictoryFiles => {
            Finding::ContradictoryFiles { taken: text("a.cfg"), left_out: text("b.cfg") }
        }
        FindingCode::UncertainTopology => Finding::UncertainTopology { with: 0 },
        FindingCode::PublisherNamesClone => {
            let (host, port) = (Some(host), Some(port));
            Finding::PublisherNamesClone { publisher: text("p"), host, port, responder: None, generates: true }
        }
        FindingCode::IssuingPointOnlyOnMaster => Finding::IssuingPointOnlyOnMaster { points },
        FindingCode::PublishingOnlyOnClone => Finding::PublishingOnlyOnClone { publishers: vec![text("p")] },
        FindingCode::SameServerTwice => {
            Finding::SameServerTwice { other: 0, taken: "a.cfg".to_owned(), left_out: "b.json".to_owned() }
        }
        FindingCode::NothingToCheck => Finding::NothingToCheck,
        FindingCode::CrlConflict => Finding::CrlConflict { point, number: 7, others: vec![0] },
        FindingCode::CrlBehind => Finding::CrlBehind { point, here: 6, master: 7 },
        FindingCode::MemberMissing => Finding::MemberMissing { subsystem, host, port: 8443, no_generator: true },
        FindingCode::MemberUnknown => Finding::MemberUnknown { subsystem },
    }
}

/// All of them; a new one does not compile before it is here.
pub fn findings() -> Vec<Finding> {
    FindingCode::iter().map(of).collect()
}
