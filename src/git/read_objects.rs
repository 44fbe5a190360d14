//! What understanding a revision needs of an object store, whoever reads it.

use crate::model::{ObjectId, ObjectKind};

/// Objects by id and by the beginning of it; an error is in words.
pub trait ReadObjects {
    /// Kind and content of a commit or tag; the content of trees and blobs is never looked at and may
    /// be left empty. `None` if the object is not there.
    ///
    /// # Errors
    ///
    /// The object is there and damaged.
    fn read(&self, id: &ObjectId) -> Result<Option<(ObjectKind, Vec<u8>)>, String>;

    /// All ids that begin with 4 to 39 hex digits of either case.
    ///
    /// # Errors
    ///
    /// The objects could not be listed.
    fn with_prefix(&self, hex: &str) -> Result<Vec<ObjectId>, String>;
}
