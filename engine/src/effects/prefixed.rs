//! Paths behind prefixes that say how they are read or written: `png:a`, `label:@a`, `async:file:a`, `concat:a|b`.
//! (ImageMagick, "Image Formats"; ffmpeg-protocols(1).)

use super::addresses::{Address, address};
use super::effect::{Effect, EffectKind};
use super::inference::{Context, Inference};
use crate::resolve::Value;
use guardian_rules::{Role, names};

impl Inference<'_> {
    /// The folder that make is told to install into, where the makefile heeds what it is told; an empty one is none, and what
    /// make or a shell would read otherwise may be any.
    pub(super) fn installed_into(&mut self, value: &Value, context: Context<'_>) {
        let told = value.known().and_then(|text| text.split_once('=')).map(|(_, folder)| folder);
        let told = told.filter(|folder| !folder.is_empty() && !folder.contains(['~', '$', '`', ' ']));
        let folder = Value::exact(told.unwrap_or("/usr/local"), value.span);
        self.path(EffectKind::Write, &folder, Context { tree: true, ..context });
    }

    /// A word in one of these roles.
    pub(super) fn prefixed_in(&mut self, role: Role, value: &Value, context: Context<'_>) {
        if role != Role::PrefixedTo {
            self.prefixed(EffectKind::Read, value, context);
        }
        if role != Role::Prefixed {
            self.prefixed(EffectKind::Write, value, context);
        }
    }

    /// A path, several of them, or what a prefix makes of them. What no prefix is takes nothing away: the path behind it is
    /// judged all the same.
    fn prefixed(&mut self, kind: EffectKind, value: &Value, context: Context<'_>) {
        if value.known().is_none() {
            return self.path(kind, value, context);
        }
        // A pipe may stand behind the prefix of a format: `png:|ls`.
        let opens = value.text.split_once(":|").is_some_and(|(front, _)| front.split(':').all(is_prefix));
        if opens || value.text.starts_with('|') {
            let effect = Effect::named(EffectKind::Execute, "what a name opens", value.span, context.cause);
            return self.add(context.unit, effect);
        }
        for part in value.text.split('|') {
            // Options of ffmpeg's `tee` stand in brackets in front, what is taken of a picture behind.
            let part = part.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(part, |(_, rest)| rest);
            self.behind_prefixes(kind, part, value, context);
        }
    }

    fn behind_prefixes(&mut self, kind: EffectKind, part: &str, value: &Value, context: Context<'_>) {
        let of = |text: &str| Value { text: text.into(), ..value.clone() };
        let listed = |list: &[&str], prefix: &str| list.iter().any(|known| known.eq_ignore_ascii_case(prefix));
        let mut rest = part;
        loop {
            let parted = rest.split_once(':');
            let front = parted.map_or("", |(prefix, _)| prefix);
            let reaches = front.split('+').any(|scheme| listed(names::NETWORK_PREFIXES, scheme));
            if reaches || matches!(address(rest), Address::Host) {
                let kind = if kind == EffectKind::Read { EffectKind::Fetch } else { EffectKind::Send };
                return self.on(kind, &of(rest), context);
            }
            let Some((prefix, behind)) = parted.filter(|(prefix, _)| is_prefix(prefix)) else { break };
            if listed(names::REMOVING_PREFIXES, prefix) {
                self.path(EffectKind::Delete, &of(behind), context);
            }
            if listed(names::SCRIPT_PREFIXES, prefix) {
                let why = format!("what `{prefix}:` does");
                self.unknown(context.unit, &why, value.span, context.cause);
            }
            rest = behind;
            if listed(names::MADE_PREFIXES, prefix) {
                if let Some(file) = rest.strip_prefix('@') {
                    self.path(EffectKind::Read, &of(file), context);
                }
                return;
            }
        }
        if let Some(list) = rest.strip_prefix('@') {
            self.path(EffectKind::Read, &of(list), context);
            return self.unknown(context.unit, "files that a list names", value.span, context.cause);
        }
        let rest = match rest.rsplit_once('[') {
            Some((front, end)) if !front.is_empty() && end.ends_with(']') => front,
            _ => rest,
        };
        if !matches!(rest, "" | "-") {
            self.path(kind, &of(rest), context);
        }
    }
}

/// Whether it may be a prefix.
fn is_prefix(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-,_".contains(c))
}
