//! A build without the feature `verify` holds no network code at all: not even the system's calls for
//! it are among the symbols that the program asks of the system's libraries.
//!
//! `cargo test --no-default-features --test no_network` looks at such a build. With the feature the
//! same look must find them, or it would prove nothing.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::{collections::BTreeSet, process::Command};

/// The names of the dynamic symbols, without versions.
fn symbols() -> BTreeSet<String> {
    let listed = Command::new("nm").args(["-D", env!("CARGO_BIN_EXE_cfleaks")]).output();
    let text = String::from_utf8(listed.expect("`nm` is there, as the linker is").stdout).unwrap();
    let names = text.lines().filter_map(|line| line.split_whitespace().last());
    names.map(|name| name.split('@').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn sockets_are_there_only_with_verification() {
    let symbols = symbols();
    assert!(symbols.contains("read") || symbols.contains("read64"), "no symbols were read");
    for name in ["socket", "getaddrinfo", "connect"] {
        assert_eq!(symbols.contains(name), cfg!(feature = "verify"), "{name}");
    }
    for name in ["gethostbyname", "gethostbyname_r", "res_query", "bind", "listen", "accept4"] {
        assert!(cfg!(feature = "verify") || !symbols.contains(name), "{name}");
    }
}
