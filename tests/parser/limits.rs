//! Where the other parser is known to see something else, and why that is its mistake. Each was held against bash.

/// Why a difference is known; nothing where it is not. What each saw is the first thing in which they differ.
pub fn known(text: &str, ours: &str, theirs: &str) -> Option<&'static str> {
    if ours.starts_with("redirect {") && theirs.starts_with("word {") {
        return Some("it does not know descriptors that the shell picks, `{fd}>`");
    }
    if ours == "( <" && theirs == "((" && text.contains("( (") {
        return Some("it takes `( (` for arithmetic; bash does so only where nothing stands between the two");
    }
    if super::folded(text).lines().any(substitutes_behind_here) {
        return Some("it takes a substitution apart that stands behind the operator of a here-document; bash does not");
    }
    None
}

/// Whether an expansion stands behind `<<` in a line.
fn substitutes_behind_here(line: &str) -> bool {
    let line = line.replace("<<<", "");
    line.split_once("<<").is_some_and(|(_, behind)| behind.contains("${") || behind.contains("$("))
}
