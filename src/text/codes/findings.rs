//! What each code of a finding means, in one sentence, and what to do: for the reference and the man page.

use super::{CodeNote, note};
use crate::pki::{FindingCode, Severity};

/// A finding's code, and how much it matters at most.
pub fn finding_note(code: FindingCode) -> (Severity, CodeNote) {
    use FindingCode as Code;
    let problem = |what, remedy| (Severity::Problem, note(what, remedy));
    let warning = |what, remedy| (Severity::Warning, note(what, remedy));
    match code {
        Code::MixedRole => problem(
            "neither master nor clone: the parameters named contradict the others, or have values with which the server does not come up",
            "demote or promote it, as it is meant",
        ),
        Code::UnknownRole => warning("an OCSP responder whose refresh interval says nothing about its role", ""),
        Code::NoIssuingPoint => warning("a CA without issuing points", ""),
        Code::IssuingPointWithoutClass => problem(
            "an issuing point lacks its class or description: the CA does not start (in a few lines that somebody typed only a warning)",
            "add it, or delete the issuing point's lines",
        ),
        Code::IssuingPointDisabled => warning(
            "an issuing point of a master is disabled (enable=false)",
            "promote with --enable-issuing-point, if CRLs are wanted there",
        ),
        Code::MasterNotListening => warning(
            "a master does not listen to changes made on clones: certificates revoked there may be missing from its CRLs",
            "promote it once more with --keep-settings",
        ),
        Code::NoRedirect => warning("a clone does not redirect agents to the master", "redirect-ca"),
        Code::LeftOverRedirect => warning("a master redirects agents", "promote it once more with --keep-settings"),
        Code::IncompleteRedirect => warning("a redirect lacks its host or port", "redirect-ca"),
        Code::NeedlessRefresh => {
            warning("an OCSP master has a refresh interval", "promote-ocsp without --refresh-in-sec")
        }
        Code::GuideKeyNotRead => {
            warning("the file has the guide's refresh interval, which no Dogtag since version 9 reads", "")
        }
        Code::StopsStart => problem("a line with which pki-server does not start the service", "rewrite the line"),
        Code::BranchReference => warning(
            "a parameter has the name of a branch: the server reads that branch elsewhere",
            "remove the line, unless it is meant",
        ),
        Code::Incomplete => problem("the file is truncated", "put the whole file together first"),
        Code::HardLinked => warning("the file has more than one name; the others keep the old bytes", ""),
        Code::InterruptedRun => warning(
            "a run that stopped the service did not come to its end",
            "run the command again, or start the service; where it is up again, look whether its role is the one that was meant",
        ),
        Code::ServiceDown => problem("the unit is not active", "start it"),
        Code::ServiceNotEnabled => problem("the unit of a CA that generates CRLs would not start at boot", "enable it"),
        Code::NotAnswering => {
            problem("the unit is active, and the subsystem does not say that it runs", "look into its debug log")
        }
        Code::RunsWithAnotherRole => problem("the running server disagrees with its file", "restart it"),
        Code::CrlExpired => problem("the last CRL has expired", "issue one"),
        Code::CrlExpiresSoon => warning("less than a quarter of a CRL's period is left", "issue one"),
        Code::IpaProxyDisagrees => {
            problem("the web server's rule for the CRL contradicts the role", "--with-ipa-proxy")
        }
        Code::FormerMasterStillMaster => warning(
            "the file given by --from generates CRLs: two masters issue different CRLs under one number",
            "demote that host, or keep it off",
        ),
        Code::FormerMasterIsThisCa => {
            warning("the file given by --from is this CA's own", "name the former master's file")
        }
        Code::SettingsFromClone => warning(
            "the file given by --from looks like a clone's: it generates no CRLs and redirects to another CA than this one",
            "name the file of the last master, a backup or an export of it",
        ),
        Code::IssuingPointRemoved => warning("an issuing point that only the clone has is removed", ""),
        Code::ParametersRemoved => {
            warning("an issuing point loses parameters that the former master does not have", "")
        }
        Code::NamesFormerMaster => warning(
            "copied values name the former master, and are written into new CRLs",
            "edit them, with the service stopped, if that host will no longer serve those addresses",
        ),
        Code::PublishingStaysBehind => warning(
            "publishing settings of the former master are missing here: OCSP responders go on answering \"good\" for revoked certificates",
            "promote with --with-publishing, also where the promotion is done already",
        ),
        Code::PublishingNotRestored => {
            warning("the publishing settings differ from the backup and stay", "restore with --with-publishing")
        }
        Code::ConnectorStaysBehind => warning(
            "a connector of the former master, to a KRA for instance, is missing here",
            "with the service stopped copy its lines (ca.connector.<name>.) from the former master's CS.cfg",
        ),
        Code::ShadowedLinesRemoved => {
            warning("earlier lines of a parameter, which the server ignored, were removed", "")
        }
        Code::RepairedMixedRole => warning("the role was mixed and is put right", ""),
        Code::ValueTrimmed => warning("blanks at the end of a copied value were left out", ""),
        Code::RefreshWithoutEffect => warning(
            "the refresh interval has no effect on this responder",
            "see to its role by the settings of its store",
        ),
        Code::LeftOverFilesRemoved => warning("files of an interrupted run were removed", ""),
        Code::ReadinessUnknown => {
            warning("nobody could be asked whether the subsystem runs", "look into its debug log")
        }
        Code::DidNotAnswerBefore => warning(
            "the subsystem did not answer before the demotion, and was not waited for",
            "look into its debug log",
        ),
        Code::ServerMayRun => warning("the file was edited although its server runs, or may run", "restart the server"),
        Code::IpaProxyStaysBehind => warning("the web server's rule for the CRL has to change too", "--with-ipa-proxy"),
        Code::WebServerNotTested => {
            warning("the web server's configuration could not be tested", "apachectl configtest")
        }
        Code::PublishedCrlOld => warning("the CRL that the web server would serve is missing or old", "issue one"),
        Code::NoCaMaster => problem("no CA generates CRLs", "promote one"),
        Code::SeveralCaMasters => problem("more than one CA generates CRLs", "demote all but one"),
        Code::NoStatusUpdateTask => problem(
            "the CA that generates CRLs does not run the status update task",
            "promote it once more with --keep-settings",
        ),
        Code::SeveralStatusUpdateTasks => {
            problem("a CA that does not generate CRLs runs the status update task", "demote it")
        }
        Code::NoOcspMaster => problem("every OCSP responder is a clone", "promote one"),
        Code::SeveralOcspMasters => problem("more than one OCSP responder is a master", "demote all but one"),
        Code::StaleRedirect => warning("a clone redirects to a server that is not the master", "redirect-ca"),
        Code::ImpreciseRedirect => {
            warning("a clone's redirect probably names the master, but not by its full name", "redirect-ca")
        }
        Code::PublisherNamesClone => {
            problem("an active OCSP publisher does not name an OCSP master", "redirect-publisher")
        }
        Code::IssuingPointOnlyOnMaster => {
            warning("a clone lacks an issuing point of the master; a promotion copies it", "")
        }
        Code::PublishingOnlyOnClone => warning(
            "a clone has publishers that the master does not have: no CRL reaches them",
            "promote with --with-publishing, or set them up on the master",
        ),
        Code::SameServerTwice => {
            warning("two of the files are of one server; the later one is left out", "give one file for each server")
        }
        Code::ContradictoryFiles => problem(
            "two of the files are of one server and give it different roles, and nothing says which is the newer one",
            "leave the older one out",
        ),
        Code::UncertainTopology => warning(
            "nothing says to which of several topologies a server belongs",
            "give its whole file, or its status",
        ),
        Code::NothingToCheck => warning("no CA and no OCSP responder is among the files", "name them"),
        Code::CrlConflict => problem(
            "two CAs have issued different CRLs under one number",
            "make sure that only one of them generates, and issue a CRL there",
        ),
        Code::CrlBehind => warning("a clone still shows an older CRL than the master: replication is behind", "wait"),
        Code::MemberMissing => problem(
            "the security domain knows a server that no file describes (a problem only where no CA generates CRLs)",
            "collect its status too",
        ),
        Code::MemberUnknown => warning("the security domain does not know a server", ""),
    }
}
