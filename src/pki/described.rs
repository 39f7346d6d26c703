//! A file that was read, and what it says about its server: read once for all that is done with it.

use super::{NotAServerError, Server, Surroundings};
use crate::cs_cfg::CsCfg;

/// A document, and the server that it describes.
pub struct Described<'a> {
    /// The document.
    pub document: CsCfg<'a>,
    /// Its server.
    pub server: Result<Server, NotAServerError>,
}

impl<'a> Described<'a> {
    /// Reads a file.
    pub fn of(source: &'a [u8], around: &Surroundings) -> Described<'a> {
        let document = CsCfg::parse(source);
        let server = Server::of(&document, around);
        Described { document, server }
    }
}
