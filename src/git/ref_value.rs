//! What one ref says, however refs are kept.

use bstr::BString;

use crate::model::ObjectId;

/// An object, with what a tag peels to where that is told; or another ref's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Id(ObjectId, Option<ObjectId>),
    Symbolic(BString),
}
