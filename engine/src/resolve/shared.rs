//! Tables that few scripts fill, and that copies share until one of them writes.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::ops::Deref;
use std::rc::Rc;

/// A table by name. There are few names, so nobody gains by choosing ones that collide.
pub(super) type Table<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// What has a value that is empty.
pub(super) trait Empty: Clone + Default + 'static {
    /// That value.
    const EMPTY: &'static Self;
}

impl<K: Clone + 'static, V: Clone + 'static> Empty for Table<K, V> {
    const EMPTY: &'static Self = &HashMap::with_hasher(BuildHasherDefault::new());
}

impl<T: Clone + 'static> Empty for Vec<T> {
    const EMPTY: &'static Self = &Self::new();
}

/// Something shared, on the heap only once something is in it.
#[derive(Debug)]
pub(super) struct Shared<T>(Option<Rc<T>>);

impl<T: Empty> Shared<T> {
    /// The value, to be changed for this copy alone.
    pub(super) fn make_mut(&mut self) -> &mut T {
        Rc::make_mut(self.0.get_or_insert_default())
    }

    /// Whether nobody has changed either since one was copied from the other.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Empty> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::EMPTY)
    }
}
