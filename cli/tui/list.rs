//! Things in order, one of them chosen, of which some are in view.

/// A list.
#[derive(Debug)]
pub struct List<T> {
    /// What there is.
    pub items: Vec<T>,
    /// Which is chosen.
    pub at: usize,
    /// The first line in view.
    pub top: usize,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new(), at: 0, top: 0 }
    }
}

impl<T> List<T> {
    /// What is chosen.
    pub fn chosen(&self) -> Option<&T> {
        self.items.get(self.at)
    }

    /// Chooses another, so many further on, or back.
    pub fn go(&mut self, by: isize) {
        self.at = self.at.saturating_add_signed(by).min(self.items.len().saturating_sub(1));
    }

    /// Whether the last is chosen.
    pub fn is_at_end(&self) -> bool {
        self.at + 1 >= self.items.len()
    }

    /// Other things; what was chosen stays so, if it is still there.
    pub fn replace<K: PartialEq>(&mut self, items: Vec<T>, key: impl Fn(&T) -> K) {
        let chosen = self.chosen().map(&key);
        let place = chosen.and_then(|chosen| items.iter().position(|item| key(item) == chosen));
        self.items = items;
        self.at = place.unwrap_or(self.at);
        self.go(0);
    }

    /// Moves the view so that lines `from..to` are in it, as far as they fit.
    pub fn reveal(&mut self, from: usize, to: usize, height: usize) {
        if to > self.top + height {
            self.top = to.saturating_sub(height);
        }
        self.top = self.top.min(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_stays_so_while_the_list_changes() {
        let mut list = List { items: vec!["a", "b", "c"], at: 1, top: 0 };
        list.replace(vec!["z", "a", "b"], |item| *item);
        assert_eq!(list.chosen(), Some(&"b"));
        list.replace(vec!["y"], |item| *item);
        assert_eq!(list.chosen(), Some(&"y"));
        list.replace(Vec::new(), |item| *item);
        assert_eq!((list.chosen(), list.at), (None, 0));
    }

    #[test]
    fn one_goes_no_further_than_the_ends() {
        let mut list = List { items: vec![1, 2, 3], at: 0, top: 0 };
        list.go(-5);
        assert_eq!(list.at, 0);
        list.go(isize::MAX);
        assert!(list.is_at_end());
    }

    #[test]
    fn the_view_follows() {
        let mut list = List { items: vec![0; 100], at: 0, top: 0 };
        list.reveal(20, 22, 10);
        assert_eq!(list.top, 12);
        list.reveal(15, 16, 10);
        assert_eq!(list.top, 12);
        list.reveal(3, 5, 10);
        assert_eq!(list.top, 3);
        // What does not fit is shown from its beginning.
        list.reveal(30, 50, 10);
        assert_eq!(list.top, 30);
    }
}
