//! What occurs among the words of a command: the properties that its options set, and what roles its words have. Nearly
//! every question about one of them is answered by a bit.

use guardian_rules::{Property, Role};

/// A set of properties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Properties(u32);

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles(u128);

const _: () = assert!(Property::ALL.len() <= u32::BITS as usize, "every property has a bit");
const _: () = assert!(Role::ALL.len() <= u128::BITS as usize, "every role has a bit");

impl Properties {
    /// Of these properties.
    pub(super) fn of(properties: impl Iterator<Item = Property>) -> Self {
        Self(properties.fold(0, |set, property| set | 1 << property as u32))
    }

    /// Whether this one is among them.
    pub(super) const fn have(self, property: Property) -> bool {
        self.0 & 1 << property as u32 != 0
    }
}

impl Roles {
    /// Of words with these roles.
    pub(super) fn of(roles: impl Iterator<Item = Role>) -> Self {
        Self(roles.fold(0, |set, role| set | 1 << role as u32))
    }

    /// Whether a word has this one.
    pub(crate) const fn have(self, role: Role) -> bool {
        self.0 & 1 << role as u32 != 0
    }

    /// Whether a word has one of these.
    pub(crate) fn have_any(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.have(*role))
    }
}
