//! One bounded question to a subsystem of this host: over plain HTTP, or by curl with TLS.

use std::net::SocketAddr;

use super::endpoint::{Asking, Endpoint, FetchError, Question, Response, Scheme, addresses};
use super::{curl, http};

impl Endpoint {
    /// Asks one question.
    pub fn ask(&self, question: &Question<'_>, asking: &Asking<'_>) -> Result<Response, FetchError> {
        let mut answer = Err(FetchError::Closed);
        for address in addresses(self.address) {
            let socket = SocketAddr::new(address, self.port);
            answer = match self.scheme {
                Scheme::Http => http::get(socket, question, asking),
                Scheme::Https => curl::get(socket, question, asking),
            };
            // Only at a closed port is the other loopback address worth a try.
            if answer != Err(FetchError::Closed) {
                break;
            }
        }
        answer
    }
}
