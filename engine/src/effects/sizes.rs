//! How much of the disk is taken, where a word says it.

use super::effect::{Effect, EffectKind};
use super::inference::{Context, Inference};
use crate::resolve::Value;
use guardian_rules::Role;

/// So much is more than most disks have left, and many times what any build, test or image takes.
pub(super) const VAST: u64 = 100 << 30;

/// So much a file that is not filled may seem to take and hardly ever does.
const VAST_ROOM: u64 = 200 << 30;

/// What a file is given that is not filled: its size, with holes in it.
pub(crate) const ROOM: &str = "room";

impl Inference<'_> {
    /// The size that a file will have, be it filled or not.
    pub(super) fn sized(&mut self, role: Role, value: &Value, context: Context<'_>) {
        // It may be said by how much the size grows, to which multiple of it, or what it is at the least; or else by how much
        // it shrinks, or what it is at the most. (truncate(1), qemu-img(1))
        let text = value.known().map(|text| text.trim_start_matches(['+', '>', '%', ' ']));
        let vast = if role == Role::Extent { VAST_ROOM } else { VAST };
        if text.and_then(bytes).is_some_and(|bytes| bytes >= vast) {
            let what = if role == Role::Extent { ROOM } else { "the disk is filled" };
            self.add(context.unit, Effect::named(EffectKind::Exhaust, what, value.span, context.cause));
        }
    }
}

/// A number with a unit: `1T`, `1.5T`, `500GB`, `1000`, `0x100`, `1Gx900`. (coreutils manual, "Block size"; dd(1))
pub(super) fn bytes(text: &str) -> Option<u64> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok();
    }
    let factors = text.split('x').map(|factor| {
        let end = factor.find(|c: char| !c.is_ascii_digit()).unwrap_or(factor.len());
        let (number, rest) = factor.split_at_checked(end)?;
        // Of a fraction, the least that it is more than.
        let unit = rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        let power = match unit.bytes().next() {
            None | Some(b'c' | b'C' | b'B') => 0,
            Some(b'w') => 1,
            Some(b'b') => 9,
            Some(b'k' | b'K') => 10,
            Some(b'm' | b'M') => 20,
            Some(b'g' | b'G') => 30,
            Some(b't' | b'T') => 40,
            Some(b'p' | b'P' | b'e' | b'E' | b'z' | b'Z' | b'y' | b'Y' | b'r' | b'R' | b'q' | b'Q') => 50,
            Some(_) => return None,
        };
        // What does not fit is more than anything.
        let number = if number.len() > 19 { u64::MAX } else { number.parse().ok()? };
        Some(number.saturating_mul(1 << power))
    });
    factors.reduce(|all, factor| Some(all?.saturating_mul(factor?))).flatten()
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_units() {
        for (text, size) in [
            ("1000", Some(1000)),
            ("10M", Some(10 << 20)),
            ("500GB", Some(500 << 30)),
            ("1.5T", Some(1 << 40)),
            ("2x450G", Some(900 << 30)),
            ("0x10", Some(16)),
            ("9999999Y", Some(u64::MAX)),
            ("9999999999999999999999", Some(u64::MAX)),
            ("-5", None),
            ("1Gx", None),
            ("", None),
        ] {
            assert_eq!(bytes(text), size, "{text}");
        }
    }
}
