//! The objects in the output of a tool.

use std::collections::HashMap;

use crate::node::Node;

/// Every object of a file: the top levels, and the items of those that are lists.
pub fn items<'a, 'b>(roots: &'b [Node<'a>]) -> impl Iterator<Item = &'b Node<'a>> {
    roots.iter().flat_map(|root| root.list().unwrap_or(std::slice::from_ref(root)))
}

/// How often each key of a list of variables occurs, to tell those of several environments apart.
pub fn count_keys<'b>(keys: impl Iterator<Item = &'b str>) -> HashMap<&'b str, usize> {
    let mut counts = HashMap::new();
    for key in keys {
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}
