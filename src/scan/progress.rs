//! How a long run tells what it is doing, without knowing who listens.

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading files of a work tree.
    Files,
    /// Decoding and searching git objects.
    Objects,
    /// Finding the commits behind what was found.
    Provenance,
}

/// Listens to a run. Called from several threads, often, so it must be cheap.
pub trait Progress: Sync {
    /// A stage begins; `total` items are to come, if that is known.
    fn begin(&self, stage: Stage, total: Option<u64>);

    /// So many more items and bytes are done.
    fn advance(&self, items: u64, bytes: u64);

    /// The run is over: nothing more will be told.
    fn end(&self);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: Stage, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn end(&self) {}
}
