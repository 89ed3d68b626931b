//! When what is known is looked up, and when it is looked through.

/// So many at most are looked through one by one, each time something is looked for among them. Nearly every command comes to
/// fewer: to compare them costs less than to hash one, and no index is taken from the heap. Past that an index is made, so
/// that each costs the same however many there are.
pub(crate) const FEW: usize = 32;
