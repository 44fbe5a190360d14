//! Which way of sifting the machine at hand can do.

use super::{portable, tables::Set, tray::Tray};

/// A way of sifting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Machine {
    #[cfg(target_arch = "x86_64")]
    Avx512(super::x86::Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(super::x86::Avx2),
    Any,
}

impl Machine {
    /// The fastest that this machine can do.
    pub(super) fn here() -> Self {
        Self::all_here().into_iter().flatten().next().unwrap_or(Machine::Any)
    }

    /// All that this machine can do, from the fastest.
    pub(super) fn all_here() -> [Option<Self>; 3] {
        #[cfg(target_arch = "x86_64")]
        return [
            super::x86::Avx512::here().map(Machine::Avx512),
            super::x86::Avx2::here().map(Machine::Avx2),
            Some(Machine::Any),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        [Some(Machine::Any), None, None]
    }

    /// Sifts the blocks that are whole in a text, with up to four sets, into the tray.
    pub(super) fn sift(self, sets: &[Set], text: &[u8], tray: &mut Tray) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Machine::Avx512(machine) => machine.sift(sets, text, tray),
            #[cfg(target_arch = "x86_64")]
            Machine::Avx2(machine) => machine.sift(sets, text, tray),
            Machine::Any => portable::sift(sets, text, tray),
        }
    }
}
