//! A CA's OCSP publishers follow an OCSP responder that moved.

use super::edit::{Edit, key_of};
use super::parameters::PUBLISH_PREFIX;
use super::{Ca, File, HostPort, Publisher, Refusal, same_host};
use crate::cs_cfg::{Patch, Value};

/// Gives every OCSP publisher that names the old responder the new one's host and port.
///
/// # Errors
/// [`Refusal::NoSuchPublisher`] where none names either of them.
pub fn redirect_publisher<'f>(ca: &Ca, old: &HostPort, new: &HostPort) -> Result<Edit<'f>, Refusal> {
    let publishers = || ca.publishing.publishers.iter().filter(|publisher| publisher.is_ocsp);
    let names = |publisher: &Publisher, wanted: &HostPort| {
        publisher.host.as_ref().is_some_and(|host| same_host(host, wanted.host()))
            && publisher.port.as_ref().is_some_and(|port| *port == wanted.port().to_string())
    };
    let mut patch = Patch::new();
    for publisher in publishers().filter(|publisher| names(publisher, old)) {
        let key = |last: &str| {
            let key = format!("{PUBLISH_PREFIX}publisher.instance.{}.{last}", publisher.name);
            key_of(key, File::Target, None)
        };
        patch.set(key("host")?, new.host_value());
        patch.set(key("port")?, Value::from(u32::from(new.port())));
    }
    if patch.is_empty() && !publishers().any(|publisher| names(publisher, new)) {
        let shown = |part: &Option<String>| part.clone().unwrap_or_else(|| "?".to_owned());
        let named = publishers().map(|publisher| format!("{}:{}", shown(&publisher.host), shown(&publisher.port)));
        return Err(Refusal::NoSuchPublisher { old: old.to_string(), named: named.collect() });
    }
    Ok(Edit::patch(patch, Vec::new()))
}
