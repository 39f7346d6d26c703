//! One of each error of the web server's rule.

use std::io;
use std::path::PathBuf;

use pki_role::host::ipa_proxy::{IpaProxyError, IpaProxyErrorCode};
use pki_role::host::services::{Active, ServiceError};
use strum::IntoEnumIterator;

fn ipa_proxy(code: IpaProxyErrorCode) -> Vec<IpaProxyError> {
    let path = PathBuf::from("/etc/httpd/conf.d/ipa-pki-proxy.conf");
    let unit = || "httpd.service".to_owned();
    vec![match code {
        IpaProxyErrorCode::IpaProxyFile => return super::stores().into_iter().map(IpaProxyError::from).collect(),
        IpaProxyErrorCode::WebServerConfigBroken => IpaProxyError::WebServerConfigBroken {
            command: "apachectl configtest".to_owned(),
            output: "Syntax error on line 3".to_owned(),
        },
        IpaProxyErrorCode::WebServerNotReloaded => {
            let source =
                ServiceError::NoSystemctl { program: "systemctl".into(), source: io::Error::other("a reason") };
            IpaProxyError::WebServerNotReloaded { unit: unit(), source }
        }
        IpaProxyErrorCode::WebServerDown => IpaProxyError::WebServerDown { unit: unit(), state: Active::Failed },
        IpaProxyErrorCode::HostNameUnknown => IpaProxyError::HostNameUnknown { path },
        IpaProxyErrorCode::RuleNotVerified => IpaProxyError::RuleNotVerified { path },
    }]
}

/// All errors of the web server's rule.
pub fn ipa_proxies() -> Vec<IpaProxyError> {
    IpaProxyErrorCode::iter().flat_map(ipa_proxy).collect()
}
