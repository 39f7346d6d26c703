//! The sentences of findings that a conversion gives.

use super::escape::one_line;
use super::explanation::{Explanation, explained, state, store_of};
use super::list::{count, list, settings};
use crate::pki::Finding;
use crate::pki::parameters::CONNECTOR_PREFIX;

/// Explains a finding about a conversion.
pub(super) fn of_conversion(finding: &Finding) -> Option<Explanation> {
    Some(match finding {
        Finding::FormerMasterStillMaster { host } => explained(
            format!(
                "the file given by --from generates CRLs{}",
                host.as_ref().map(|host| format!(" ({})", one_line(host))).unwrap_or_default()
            ),
            "two masters issue different CRLs under one number; a copy may have been taken before the demotion",
            "make sure that the former master is demoted (demote-ca on its host), or keep it off",
        ),
        Finding::FormerMasterIsThisCa { host } => explained(
            format!("the file given by --from is this CA's own ({})", one_line(host)),
            "nothing of another master is copied",
            "name the former master's file, unless this CA was the master before",
        ),
        Finding::SettingsFromClone { host, master } => explained(
            format!(
                "the file given by --from looks like a clone's{}: it generates no CRLs and redirects to {}",
                host.as_ref().map(|host| format!(" ({})", one_line(host))).unwrap_or_default(),
                one_line(master)
            ),
            "a clone may lack issuing points and settings that only the master had",
            format!(
                "if the last master was {}, promote with --from its file, a backup or an export of it",
                one_line(master)
            ),
        ),
        Finding::IssuingPointRemoved { point } => explained(
            format!("issuing point `{}` exists only here and is removed", one_line(point)),
            "the former master does not have it",
            "",
        ),
        Finding::ParametersRemoved { point, keys } => explained(
            format!("issuing point `{}` loses {}: {}", one_line(point), count(keys.len(), "parameter"), list(keys)),
            if keys.len() == 1 { "the former master does not have it" } else { "the former master does not have them" },
            "",
        ),
        Finding::NamesFormerMaster { keys, host } => explained(
            format!("copied values name the former master {}: {}", one_line(host), list(keys)),
            "they are written into new CRLs",
            "if that host will no longer serve those addresses, edit them here, with the service stopped",
        ),
        Finding::PublishingStaysBehind { publishers, rules, keys, switched_off } => {
            let mut what =
                format!("{} of the former master's publishing settings (ca.publish.*) are missing here", keys);
            for (part, names) in [("publishers", publishers), ("rules", rules)] {
                if !names.is_empty() {
                    what += &format!("; {part}: {}", list(names));
                }
            }
            if *switched_off {
                what += "; publishing is off here (ca.publish.enable)";
            }
            explained(
                what,
                "the new CRLs are not published, and OCSP responders go on answering \"good\" for revoked certificates",
                "promote with --with-publishing, also where the promotion is done already",
            )
        }
        Finding::PublishingNotRestored => explained(
            "the publishing settings (ca.publish.*) differ from the backup and stay as they are",
            "",
            "after a promotion with --with-publishing restore with that option too",
        ),
        Finding::ConnectorStaysBehind { connectors } => explained(
            format!("connectors of the former master are missing here: {}", list(connectors)),
            "keys are not archived without the connector to a KRA",
            format!(
                "with the service stopped copy every line of the file given by --from that begins with {} into this \
                 CA's CS.cfg; its .host must be the KRA's full name, and its .nickName a certificate of this instance",
                list(&connectors.iter().map(|name| format!("{CONNECTOR_PREFIX}{name}.")).collect::<Vec<_>>())
            ),
        ),
        Finding::ShadowedLinesRemoved { key, lines } => explained(
            format!("earlier lines of {} were removed: {}", one_line(key), list(lines)),
            "the server ignored them, and other programs read the first one",
            "",
        ),
        Finding::RepairedMixedRole { contradicting } => {
            explained(format!("the role was mixed and is put right: {}", settings(contradicting)), "", "")
        }
        Finding::ValueTrimmed { key } => explained(
            format!("blanks at the end of the copied {} were left out", one_line(key)),
            "the two readers of the file disagree on them",
            "",
        ),
        Finding::RefreshWithoutEffect { store } => explained(
            format!("the refresh interval has no effect on this responder: {}", store_of(store)),
            "",
            "see to its role by the settings of that store",
        ),
        Finding::LeftOverFilesRemoved { names } => {
            explained(format!("files of an interrupted run were removed: {}", list(names)), "", "")
        }
        Finding::ReadinessUnknown { why } => explained(
            format!("the unit is active, but nobody could be asked whether the subsystem runs ({})", one_line(why)),
            "with one bad value in CS.cfg the unit is active and the subsystem never comes up",
            "look into the debug log of the subsystem, usually below /var/log/pki",
        ),
        Finding::DidNotAnswerBefore { answer, status } => explained(
            format!("before the demotion {}, and it was not waited for afterwards", state(*answer, *status)),
            "",
            "look into the debug log of the subsystem, usually below /var/log/pki",
        ),
        Finding::ServerMayRun { unit } => explained(
            format!("the file is edited although its server ({}) runs, or may run", one_line(unit)),
            "the server may overwrite the edit, and does not read it before its next start",
            "restart the server, then look at its role with status",
        ),
        _ => return None,
    })
}
