//! Patches as coding agents write them, from `*** Begin Patch` to `*** End Patch`: which files they add, change, move and
//! delete. Lines of a file stand behind a sign; a directive that is not known may do anything.

use super::{Action, Actions};
use guardian_rules::EffectKind;

pub(super) fn read(text: &str, actions: &mut Actions) {
    // Blanks around a directive count for nothing.
    let mut lines = text.trim().lines().map(str::trim);
    if lines.next() != Some("*** Begin Patch") {
        return actions.unknown("a patch that is not understood");
    }
    let mut changed = None;
    for directive in lines.filter_map(|line| line.strip_prefix("*** ")) {
        match directive.split_once(": ") {
            Some(("Add File", path)) => actions.push(Action::on(EffectKind::Write, path)),
            Some(("Update File", path)) => {
                actions.push(Action::on(EffectKind::Read, path));
                actions.push(Action::on(EffectKind::Write, path));
                changed = Some(path);
            }
            Some(("Delete File", path)) => actions.push(Action::on(EffectKind::Delete, path)),
            Some(("Move to", path)) => {
                actions.push(Action::on(EffectKind::Write, path));
                match changed.take() {
                    Some(from) => actions.push(Action::on(EffectKind::Delete, from)),
                    None => actions.unknown("a patch that moves what it does not name"),
                }
            }
            None if matches!(directive, "End Patch" | "End of File") => {}
            _ => actions.unknown("a part of a patch that is not understood"),
        }
    }
}
