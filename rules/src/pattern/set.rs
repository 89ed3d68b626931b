//! Many host patterns at once: a trie of labels, from the last label to the first.

use std::collections::HashMap;

use super::{Host, HostPattern};
use crate::image::matches;

/// A set of host patterns with a value for each. Looking up takes a step per label, whatever the number of patterns.
#[derive(Clone, Debug)]
pub struct HostSet<T> {
    values: Vec<T>,
    nodes: Vec<Node>,
}

/// A domain, reached from the root label by label.
#[derive(Clone, Debug, Default)]
struct Node {
    children: HashMap<Box<str>, usize>,
    /// Values for exactly this domain.
    here: Vec<Entry>,
    /// Values for everything below it.
    below: Vec<usize>,
    /// Values for the labels below it that fit a glob.
    labels: Vec<(String, usize)>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    value: usize,
    exact: bool,
}

impl<T> Default for HostSet<T> {
    fn default() -> Self {
        Self { values: Vec::new(), nodes: vec![Node::default()] }
    }
}

impl<T> HostSet<T> {
    /// Adds a pattern.
    pub fn insert(&mut self, pattern: &HostPattern, value: T) {
        let index = self.values.len();
        self.values.push(value);
        let domain = match pattern {
            HostPattern::Exact(host) => host.as_str(),
            HostPattern::Below(domain) | HostPattern::AtOrBelow(domain) | HostPattern::Label(_, domain) => domain,
            HostPattern::Any => "",
        };
        let at = self.node(domain);
        let Some(node) = self.nodes.get_mut(at) else {
            return;
        };
        match pattern {
            HostPattern::Exact(_) => node.here.push(Entry { value: index, exact: true }),
            HostPattern::Below(_) | HostPattern::Any => node.below.push(index),
            HostPattern::AtOrBelow(_) => {
                node.here.push(Entry { value: index, exact: false });
                node.below.push(index);
            }
            HostPattern::Label(glob, _) => node.labels.push((glob.clone(), index)),
        }
    }

    /// The node of a domain, made if it is missing.
    fn node(&mut self, domain: &str) -> usize {
        let mut at = 0;
        for label in labels(domain) {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else {
                return at;
            };
            at = *node.children.entry(Box::from(label)).or_insert(next);
            if at == next {
                self.nodes.push(Node::default());
            }
        }
        at
    }

    /// Calls `found` with the value of each pattern that fits, and with whether the pattern is exactly that host.
    pub fn visit(&self, host: &Host, mut found: impl FnMut(&T, bool)) {
        let mut tell = |value: usize, exact: bool| {
            if let Some(value) = self.values.get(value) {
                found(value, exact);
            }
        };
        let mut at = 0;
        let mut rest = labels(host.as_str()).peekable();
        while let Some(label) = rest.next() {
            let Some(node) = self.nodes.get(at) else {
                return;
            };
            if !host.is_address() {
                node.below.iter().for_each(|value| tell(*value, false));
                if rest.peek().is_none() {
                    let fitting = node.labels.iter().filter(|(glob, _)| matches(glob, label));
                    fitting.for_each(|(_, value)| tell(*value, false));
                }
            }
            match node.children.get(label) {
                Some(child) => at = *child,
                None => return,
            }
        }
        if let Some(node) = self.nodes.get(at) {
            let here = node.here.iter().filter(|entry| entry.exact || !host.is_address());
            here.for_each(|entry| tell(entry.value, entry.exact));
        }
    }

    /// How many patterns there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// The labels of a domain, last first; none of the empty one.
fn labels(domain: &str) -> impl Iterator<Item = &str> {
    domain.rsplit('.').filter(move |_| !domain.is_empty())
}
