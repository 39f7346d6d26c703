//! What is converted in the fault tests: each conversion, with a file of a few lines, since the runs are
//! thousands.

use pki_role::pki::{Conversion, Promotion};

/// A whole file, as its first and last groups say.
fn whole(lines: &str) -> Vec<u8> {
    format!("accessEvaluator.impl.group.class=x\n{lines}usrgrp.ldap=internaldb\n").into_bytes()
}

fn ca(point: &str, task: &str) -> Vec<u8> {
    let point = format!("ca.crl.MasterCRL.class=x\nca.crl.MasterCRL.description=y\n{point}");
    whole(&format!("{point}{task}cs.type=CA\ndbs.beginSerialNumber=1\nmachineName=ca1.example.com\n"))
}

/// A file for each role.
pub struct Files {
    pub ca_master: Vec<u8>,
    pub ca_clone: Vec<u8>,
    pub ocsp_master: Vec<u8>,
    pub ocsp_clone: Vec<u8>,
}

impl Files {
    pub fn new() -> Files {
        let switches = |value: &str| {
            format!("ca.crl.MasterCRL.enableCRLCache={value}\nca.crl.MasterCRL.enableCRLUpdates={value}\n")
        };
        let publisher = "ca.publish.enable=true\nca.publish.publisher.instance.p.host=ocsp1.example.com\n\
                         ca.publish.publisher.instance.p.pluginName=OCSPPublisher\n\
                         ca.publish.publisher.instance.p.port=8443\n\
                         ca.publish.rule.instance.r.enable=true\nca.publish.rule.instance.r.publisher=p\n";
        let off = "ca.certStatusUpdateInterval=0\nca.listenToCloneModifications=false\n";
        let ocsp = |refresh: &str| {
            let store = "ocsp.store.defStore.class=com.netscape.cms.ocsp.DefStore\n";
            whole(&format!("cs.type=OCSP\nmachineName=o1.example.com\n{store}{refresh}ocsp.storeId=defStore\n"))
        };
        Files {
            ca_master: ca(&format!("{}{publisher}", switches("true")), ""),
            ca_clone: ca(
                &switches("false"),
                &format!("{off}master.ca.agent.host=ca9.example.com\nmaster.ca.agent.port=8443\n"),
            ),
            ocsp_master: ocsp(""),
            ocsp_clone: ocsp("ocsp.store.defStore.refreshInSec=21600\n"),
        }
    }

    /// Each conversion, with what it is made of.
    pub fn conversions(&self) -> Vec<(Conversion<'_>, &[u8])> {
        let Files { ca_master, ca_clone, ocsp_master, ocsp_clone } = self;
        let address = |text: &str| text.parse().unwrap();
        let new_master = || address("ca2.example.com:8443");
        let promotion = |former| Promotion { former, interval: None, with_publishing: false, enable: Vec::new() };
        let (old, new) = (address("ocsp1.example.com:8443"), address("ocsp2.example.com:8443"));
        vec![
            (Conversion::DemoteCa { new_master: new_master() }, ca_master),
            (Conversion::PromoteCa(promotion(Some(ca_master))), ca_clone),
            (Conversion::PromoteCa(promotion(None)), ca_clone),
            (Conversion::RedirectCa { new_master: new_master() }, ca_clone),
            (Conversion::RedirectPublisher { old, new }, ca_master),
            (Conversion::DemoteOcsp { seconds: None }, ocsp_master),
            (Conversion::PromoteOcsp { seconds: None }, ocsp_clone),
            (Conversion::Restore { backup: ca_clone, with_publishing: true }, ca_master),
            (Conversion::Restore { backup: ocsp_master, with_publishing: false }, ocsp_clone),
        ]
    }
}
