//! A fault of ours must not show what it stumbled over: the message of a panic may quote the bytes at
//! hand. Only the place in our source is told.

use std::panic::{self, Location};

use super::output;

/// From now on a panic says where it happened, and nothing of its message.
pub(super) fn keep_quiet() {
    panic::set_hook(Box::new(|panic| output::complain(&words(panic.location()))));
}

fn words(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(|| "an unknown place".to_owned(), Location::to_string);
    format!(
        "internal error at {place} of version {}; nothing that was printed can be relied on, please \
         report this",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_told() {
        let here = Location::caller();
        assert!(words(Some(here)).contains(&format!("panics.rs:{}", here.line())));
        assert!(words(None).contains("an unknown place"));
    }
}
