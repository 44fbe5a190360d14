//! One entry of a tree that leads to a hit, in eight bytes.

/// What an entry leads to: a tree by number, or a thing that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target(u32);

impl Target {
    const THING: u32 = 1 << 31;
    const SYMLINK: u32 = 1 << 30;
    /// Numbers of things and trees stay below this.
    pub(crate) const MOST: u32 = 1 << 30;

    pub(crate) const fn tree(number: u32) -> Self {
        Target(number)
    }

    pub(crate) fn thing(number: u32, symlink: bool) -> Self {
        Target(number | Self::THING | if symlink { Self::SYMLINK } else { 0 })
    }

    /// The tree's number, or the thing's and whether it stands as a symbolic link's target.
    pub(crate) fn get(self) -> Result<u32, (u32, bool)> {
        if self.0 & Self::THING == 0 {
            Ok(self.0)
        } else {
            Err((self.0 & (Self::MOST - 1), self.0 & Self::SYMLINK != 0))
        }
    }
}

/// One remembered entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: u32,
    pub(crate) target: Target,
}
