//! The seam between what is asked and how it travels, so that tests can stand in for the network.

use super::request::{Request, Response};
use crate::model::Unknown;

/// Carries a request to its host and its answer back.
pub trait Transport: Sync {
    /// Sends once: no retry, no redirect followed, nothing to another host than the request's.
    ///
    /// # Errors
    /// Why there is no answer. An answer of any status is no error.
    fn send(&self, request: &Request) -> Result<Response, TransportError>;

    /// Ends what is under way on other threads, and everything later, with an error: the run is
    /// interrupted. What answers at once need not do anything.
    fn hang_up(&self) {}
}

/// Why there is no answer. It says nothing of the request or of what the other side sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TransportError {
    /// Nothing was sent: the name is unknown, or nobody listens.
    #[error("the host could not be reached")]
    Unreachable,
    /// The connection broke, or what came over it is no HTTP.
    #[error("the connection broke")]
    Broken,
    /// No trusted connection could be made.
    #[error("no trusted connection could be made")]
    Tls,
    /// The proxy refused or failed.
    #[error("the proxy refused or failed")]
    Proxy,
    /// Connecting or answering took too long.
    #[error("no answer came in time")]
    Timeout,
    /// The answer is longer than any that was expected.
    #[error("the answer is too long")]
    TooLong,
    /// The host that the scanned text names leads to an address that is not public.
    #[error("the host has an address that is not public")]
    NotPublic,
    /// The transport was not allowed to carry it, or could not even begin.
    #[error("the request could not be made")]
    Refused,
}

impl TransportError {
    /// Whether the host failed, so that the next request may fare the same.
    pub(super) fn is_of_the_host(self) -> bool {
        !matches!(self, TransportError::TooLong | TransportError::Refused)
    }

    /// What is then to be said of the credential.
    pub fn verdict(self) -> Unknown {
        match self {
            TransportError::Unreachable | TransportError::Broken => Unknown::Network,
            TransportError::Tls => Unknown::Tls,
            TransportError::Proxy => Unknown::Proxy,
            TransportError::Timeout => Unknown::Timeout,
            TransportError::NotPublic => Unknown::PrivateAddress,
            TransportError::TooLong | TransportError::Refused => Unknown::Unexpected,
        }
    }
}
