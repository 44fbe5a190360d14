//! Verification against a server on the loopback address that speaks the services' real shapes:
//! which bytes go where for each kind, what every answer means, and what happens when the network
//! does its worst.

#![cfg(feature = "verify")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

#[path = "verify/ambiguous.rs"]
mod ambiguous;
#[path = "verify/bench.rs"]
mod bench;
#[path = "verify/bytes.rs"]
mod bytes;
#[path = "verify/cookbook.rs"]
mod cookbook;
#[path = "verify/crowd.rs"]
mod crowd;
#[path = "verify/elsewhere.rs"]
mod elsewhere;
#[path = "verify/failures.rs"]
mod failures;
#[path = "verify/program.rs"]
mod program;
#[path = "verify/server.rs"]
mod server;
