//! Asking for memory before it is read, so that there is other work while it is on its way.

/// Asks for a few bytes: no more than a line of the cache has, which may lie in two.
#[inline]
#[allow(unsafe_code)]
pub(super) fn prefetch(bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        for at in [0, bytes.len().saturating_sub(1)] {
            let place = bytes.as_ptr().wrapping_add(at);
            // SAFETY: this is a hint. It neither reads nor writes as far as a program can tell, and
            // faults at no address whatever.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}
