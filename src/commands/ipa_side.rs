//! The web server's rule beside a CA, on a FreeIPA host.

use super::place::Place;
use crate::cli::ChangeCommand;
use crate::convert::{Failure, Obstacle};
use crate::host::ipa_proxy::{INSTANCE, ProxyFile};
use crate::host::roots::Roots;
use crate::pki::{Server, Subsystem};

/// The web server's file beside the server of a live file: only FreeIPA's own CA has one.
pub fn proxy_beside(place: &Place, subsystem: Option<Subsystem>, roots: &Roots) -> Option<ProxyFile> {
    let is_ipa_ca = subsystem == Some(Subsystem::Ca) && place.instance.as_ref()?.name == INSTANCE;
    is_ipa_ca.then(|| ProxyFile::find(roots)).flatten()
}

/// The same for a command that may have to change it.
///
/// # Errors
/// [`Failure`] where it has to be changed and there is none.
pub fn proxy_of(
    command: &ChangeCommand,
    place: &Place,
    server: Option<&Server>,
    roots: &Roots,
) -> Result<Option<ProxyFile>, Failure> {
    match proxy_beside(place, server.map(Server::subsystem), roots) {
        None if command.with_ipa_proxy() => Err(Failure::refused(Obstacle::NoIpaProxy)),
        file => Ok(file),
    }
}
