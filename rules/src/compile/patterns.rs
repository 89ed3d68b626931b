//! What `*` says of the words behind it holds for an exact word too that only leads to subcommands: beside `az * delete`
//! and `az network list`, `az network delete` is the former.

use super::Tree;

/// What stands for any word.
const ANY: &str = "*";

/// Gives exact words that nobody described the subcommands of the pattern beside them.
pub(super) fn reach_behind(tree: &mut Tree) {
    // A name comes before what begins with it, so that what it takes over is taken over in turn.
    let parents: Vec<String> = tree.keys().cloned().collect();
    for parent in parents {
        let Some(node) = tree.get(&parent) else { continue };
        let Some(any) = node.words.get(ANY).cloned() else { continue };
        let exact: Vec<String> =
            node.words.iter().filter(|(word, _)| !word.contains('*')).map(|(_, child)| child.clone()).collect();
        for child in exact {
            take_over(tree, &child, &any);
        }
    }
}

/// Takes over what stands behind the pattern, where nothing is said of it.
fn take_over(tree: &mut Tree, name: &str, any: &str) {
    let leads = tree.get(name).is_some_and(|node| node.id.is_none());
    if name == any || !leads {
        return;
    }
    let words = tree.get(any).map(|node| node.words.clone()).unwrap_or_default();
    for (word, child) in words {
        let Some(node) = tree.get_mut(name) else { return };
        match node.words.get(&word).cloned() {
            None => {
                node.words.insert(word, child);
            }
            Some(own) => take_over(tree, &own, &child),
        }
    }
}
