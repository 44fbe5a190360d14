//! The `cfleaks` binary: everything is in the library's `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cfleaks::cli::run()
}
