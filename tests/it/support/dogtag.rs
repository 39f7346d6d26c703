//! A small server that answers as a CA of Dogtag does, in the spelling of version 10 or 11.

use std::collections::BTreeMap;

use super::small_server::{Reply, SmallServer};

pub const STATUS: &str = "/ca/admin/ca/getStatus";
pub const DOMAIN: &str = "/ca/rest/securityDomain/domainInfo";
pub const DOMAIN_V2: &str = "/ca/v2/securityDomain/domainInfo";

/// What a CA answers, by target. Everything else is 404.
#[derive(Clone, Default)]
pub struct Answers(BTreeMap<String, Reply>);

impl Answers {
    /// A CA of version 10 that runs.
    pub fn running() -> Answers {
        Answers::default().with(STATUS, Reply::xml("CA", "running"))
    }

    pub fn with(mut self, target: &str, reply: Reply) -> Answers {
        self.0.insert(target.to_owned(), reply);
        self
    }

    pub fn crl(self, point: &str, reply: Reply) -> Answers {
        self.with(&crl_target(point), reply)
    }

    /// The running server's cache of an issuing point is on, or off.
    pub fn cache(self, point: &str, is_on: bool) -> Answers {
        let page = match is_on {
            true => variable("isOnCRL", "false"),
            false => error(&format!("CRL cache is not enabled for {point} issuing point.")),
        };
        self.with(&cache_target(point), Reply::ok(page))
    }

    pub fn serve(self) -> SmallServer {
        SmallServer::routed(move |target| self.0.get(target).cloned().unwrap_or(Reply::Body(404, "no".to_owned())))
    }
}

pub fn crl_target(point: &str) -> String {
    format!("/ca/ee/ca/getCRL?op=getCRL&crlIssuingPoint={point}")
}

pub fn cache_target(point: &str) -> String {
    format!("/ca/ee/ca/getCRL?op=checkCRLcache&crlIssuingPoint={point}&certSerialNumber=1")
}

/// A page that reports an error.
pub fn error(text: &str) -> String {
    variable("errorDetails", &format!("\"{text}\""))
}

pub fn variable(name: &str, value: &str) -> String {
    format!("<HTML>\n<SCRIPT>\nvar header = new Object();\nheader.{name} = {value};\n</SCRIPT>\n</HTML>")
}
