//! How a long verification tells what it is doing, without knowing who listens.

/// Listens to a verification. Called from several threads.
pub trait Progress: Sync {
    /// So many credentials are to be verified.
    fn begin(&self, total: u64);

    /// One more is done.
    fn advance(&self);

    /// The verification is over: nothing more will be told.
    fn end(&self);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: u64) {}
    fn advance(&self) {}
    fn end(&self) {}
}
