//! Sources that are wrong, damaged or malicious: each ends soon, with the right code and a sentence
//! that helps; nothing of them is run and nothing outside of them is read unasked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.
#![allow(clippy::print_stderr)] // A test that cannot run here says so.

#[path = "hostile/configured.rs"]
mod configured;
#[path = "hostile/damaged.rs"]
mod damaged;
#[path = "hostile/elsewhere.rs"]
mod elsewhere;
#[path = "hostile/in_the_way.rs"]
mod in_the_way;
#[path = "hostile/output.rs"]
mod output;
#[path = "hostile/shapes.rs"]
mod shapes;
mod support;
#[path = "hostile/table.rs"]
mod table;
#[path = "hostile/wrong.rs"]
mod wrong;
