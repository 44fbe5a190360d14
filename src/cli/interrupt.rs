//! Ctrl-C and termination: the first asks the run to stop and report what it has, the second ends
//! the process at once.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// The exit code of a run that a signal ended.
const INTERRUPTED: i32 = 130;

/// A flag that a signal sets.
pub(super) fn watch() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    // Without a handler the system's own default ends the process, which is safe too.
    let _ = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::SeqCst) {
            process::exit(INTERRUPTED);
        }
    });
    stop
}
