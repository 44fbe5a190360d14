//! What can be the name of a ref.

/// Whether a name can be a ref's: below `refs/`, and no path by which a folder could be left.
pub(super) fn is_name(name: &[u8]) -> bool {
    name.starts_with(b"refs/")
        && !name.contains(&0)
        && name.split(|&b| b == b'/').all(|part| !part.is_empty() && part != b"." && part != b"..")
}
