//! What refuses an edit unless `--accept` goes on in spite of it: positive evidence of a mistake
//! everywhere, missing information where a server is at stake.

use super::parameters::CRL_PREFIX;
use super::promote::Former;
use super::{
    Ca, Circumstances, Completeness, Conversion, File, HostPort, IssuingPoint, Refusal, Role, Server, Surroundings,
    exported_numbers, same_host,
};
use crate::cs_cfg::{Change, CsCfg};

/// What the guards look at.
pub(super) struct Guarded<'g> {
    /// The conversion.
    pub conversion: &'g Conversion<'g>,
    /// What surrounds it.
    pub around: &'g Circumstances,
    /// The document before the edit.
    pub document: &'g CsCfg<'g>,
    /// The server before the edit.
    pub server: &'g Server,
    /// The file given by `--from`.
    pub from: Option<&'g Former<'g>>,
    /// The OCSP responder, or whatever server, that `--from` describes.
    pub from_server: Option<&'g Server>,
}

impl Guarded<'_> {
    /// Those that can be found before anything is planned.
    pub fn early(&self) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        if is_backup_name(&self.around.file_name) {
            refusals.push(Refusal::BackupAsTarget { name: self.around.file_name.clone() });
        }
        if let Some(from) = self.from_server.filter(|from| from.completeness.is_incomplete()) {
            refusals.push(Refusal::Incomplete { file: File::From, why: from.completeness });
        }
        if self.around.is_live && self.server.completeness.is_incomplete() {
            refusals.push(Refusal::Incomplete { file: File::Target, why: self.server.completeness });
        }
        match (self.conversion, self.from_server) {
            (Conversion::DemoteCa { new_master } | Conversion::RedirectCa { new_master }, _) => {
                refusals.extend(self.new_master_is_this_ca(new_master));
            }
            (Conversion::PromoteCa(_), Some(from)) => {
                refusals.extend(self.other_ca(from));
                refusals.extend(self.replication_behind());
            }
            (Conversion::Restore { .. }, Some(from)) => refusals.extend(self.of_backup(from)),
            _ => {}
        }
        let references = [(File::Target, Some(self.server)), (File::From, self.from_server)];
        let references = references.into_iter().filter(|_| self.around.is_live);
        refusals.extend(references.flat_map(|(file, server)| {
            let all = server.into_iter().flat_map(|server| server.references.iter().cloned());
            all.map(move |reference| Refusal::BranchReference { file, key: reference.key, line: reference.line })
        }));
        refusals.extend(self.points().filter_map(|(file, point)| self.without_class(file, point)));
        refusals.extend(self.nothing_would_generate());
        refusals
    }

    /// The arguments of a promotion look swapped: the target's switches are on (explicitly, where the file
    /// is no whole one), those of `--from` explicitly off, and the copy would change the target.
    pub fn swapped(&self, changes: &[Change]) -> Option<Refusal> {
        let (Conversion::PromoteCa(_), Some(former)) = (self.conversion, self.from) else { return None };
        let copies = changes.iter().any(|change| change.key.starts_with(CRL_PREFIX));
        let ca = self.ca()?;
        let is_master = self.server.completeness != Completeness::Plain && ca.role() == Role::Master;
        let is_swapped = (is_master || ca.is_explicitly(true)) && former.ca.is_explicitly(false) && copies;
        is_swapped.then(|| Refusal::Swapped { theirs: former.server.host.clone() })
    }

    fn ca(&self) -> Option<&Ca> {
        self.server.ca()
    }

    /// The issuing points that the file will have, and the file that they come from.
    fn points(&self) -> impl Iterator<Item = (File, &IssuingPoint)> {
        let (file, ca) = match (self.conversion, self.from_server) {
            (Conversion::PromoteCa(_) | Conversion::Restore { .. }, Some(from)) => (File::From, from.ca()),
            _ => (File::Target, self.ca()),
        };
        ca.into_iter().flat_map(|ca| &ca.issuing_points).map(move |point| (file, point))
    }

    fn without_class(&self, file: File, point: &IssuingPoint) -> Option<Refusal> {
        let lacks = point.lacks();
        let refuses = self.around.is_live && !lacks.is_empty();
        refuses.then(|| Refusal::IssuingPointWithoutClass { file, point: point.id.clone(), lacks, line: point.line })
    }

    fn nothing_would_generate(&self) -> Option<Refusal> {
        let Conversion::PromoteCa(promotion) = self.conversion else { return None };
        let points: Vec<&IssuingPoint> = self.points().map(|(_, point)| point).collect();
        let stays_disabled = |point: &&IssuingPoint| !point.is_enabled() && !promotion.enable.contains(&point.id);
        // A mistyped name after `--enable-issuing-point` has a refusal of its own.
        let all_known = promotion.enable.iter().all(|id| points.iter().any(|point| point.id == *id));
        let refuses = all_known && !points.is_empty() && points.iter().all(stays_disabled);
        refuses.then(|| Refusal::NothingWouldGenerate { points: points.iter().map(|point| point.id.clone()).collect() })
    }

    fn other_ca(&self, from: &Server) -> Option<Refusal> {
        let (what, ours, theirs) = self.server.topology.difference(&from.topology)?;
        Some(Refusal::OtherCa { what, ours, theirs })
    }

    fn new_master_is_this_ca(&self, new_master: &HostPort) -> Option<Refusal> {
        let host = new_master.host();
        let is_loopback = same_host(host, "localhost") || new_master.ip().is_some_and(|address| address.is_loopback());
        let is_host = self.server.is_host(host) || is_loopback || self.around.new_master_is_this_host;
        let is_port = self.server.ports.has_secure(&new_master.port().to_string()).unwrap_or(true);
        (is_host && is_port).then(|| Refusal::NewMasterIsThisCa { address: new_master.to_string() })
    }

    fn replication_behind(&self) -> Option<Refusal> {
        let theirs = exported_numbers(self.from?.document);
        let ours = &self.around.crl_numbers;
        ours.iter().find_map(|(point, ours)| {
            let (_, theirs) = theirs.iter().find(|(theirs, number)| theirs == point && number > ours)?;
            Some(Refusal::ReplicationBehind { point: point.clone(), ours: *ours, theirs: *theirs })
        })
    }

    /// A backup of another server, or one that would leave a mixed role.
    fn of_backup(&self, backup: &Server) -> Vec<Refusal> {
        // What the file alone says, as of the backup: on the host a folder or server.xml may say otherwise.
        let ours = &Server::of_subsystem(self.document, &Surroundings::default(), self.server.subsystem());
        let port = |server: &Server| server.ports.sure_agent().map(|port| port.to_string());
        let differ = |what, ours: Option<String>, theirs: Option<String>| match (ours, theirs) {
            (Some(ours), Some(theirs)) if !same_host(&ours, &theirs) => {
                Some(Refusal::OtherServer { what, ours, theirs: Some(theirs) })
            }
            _ => None,
        };
        let host_missing = ours.host.clone().filter(|_| backup.host.is_none());
        let other = differ("host", ours.host.clone(), backup.host.clone())
            .or_else(|| differ("instance", ours.instance.clone(), backup.instance.clone()))
            .or_else(|| differ("agent port", port(ours), port(backup)))
            .or_else(|| host_missing.map(|ours| Refusal::OtherServer { what: "host", ours, theirs: None }));
        let loses_points = self.around.is_live
            && ours.ca().is_some_and(|ca| !ca.issuing_points.is_empty())
            && backup.ca().is_some_and(|ca| ca.issuing_points.is_empty());
        let incomplete = loses_points.then_some(Refusal::Incomplete { file: File::From, why: Completeness::Plain });
        let is_mixed = backup.role() == Role::Mixed;
        let contradicting = || backup.contradicting(Role::Clone).into_iter().cloned().collect();
        let mixed = is_mixed.then(|| Refusal::EndsMixed { contradicting: contradicting() });
        other.into_iter().chain(incomplete).chain(mixed).collect()
    }
}

/// Whether a file is named like a backup, of this program's or of Dogtag's.
pub(super) fn is_backup_name(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let ours = name.split_once(".pki-role.").is_some_and(|(_, stamp)| stamp.starts_with(|c: char| c.is_ascii_digit()));
    let dogtags = name
        .strip_prefix("CS.cfg.")
        .is_some_and(|rest| rest == "bak" || rest.starts_with("bak.") || rest == "ipabkp" || is_number(rest));
    ours || dogtags
}
