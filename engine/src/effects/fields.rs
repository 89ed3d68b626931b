//! Several settings in one word: `type=local,dest=/x`, `id=a,src=/y`, `%output{/z}`. Which of them are paths each tool
//! says for itself; what is written as one is taken for one.

use super::effect::EffectKind;
use super::inference::{Context, Inference};
use super::roles::names_path;
use crate::resolve::{Knowledge, Value};
use guardian_rules::paths::last_name;
use smallvec::SmallVec;

impl Inference<'_> {
    /// An effect on each path among the settings; what is read of one is all that lies below.
    pub(super) fn fields(&mut self, kind: EffectKind, value: &Value, context: Context<'_>) {
        if !matches!(value.knowledge, Knowledge::Exact | Knowledge::Pattern) {
            return;
        }
        if let Some(file) = value.text.strip_prefix('@') {
            return self.path(EffectKind::Read, &Value { text: file.into(), ..value.clone() }, context);
        }
        let context = Context { tree: context.tree || kind == EffectKind::Read, ..context };
        for setting in settings(&value.text) {
            if names_path(setting) || last_name(setting).starts_with('.') {
                self.path(kind, &Value { text: self.expanded(setting), ..value.clone() }, context);
            }
        }
    }
}

/// The values of the settings: what stands in braces, or else behind each name, or for all of them.
fn settings(text: &str) -> SmallVec<[&str; 4]> {
    let blank = |c: char| c.is_whitespace() || matches!(c, '>' | '"' | '\'');
    if text.contains('{') {
        return text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .map(|v| v.trim_matches(blank))
            .collect();
    }
    let value = |field: &'_ str| field.split_once('=').map_or(0, |(name, _)| name.len() + 1);
    text.split(',').map(|field| field.get(value(field)..).unwrap_or_default().trim_matches(blank)).collect()
}

#[cfg(test)]
mod tests {
    use super::settings;

    #[test]
    fn settings_are_taken_apart() {
        assert_eq!(*settings("type=local,dest=/a"), ["local", "/a"]);
        assert_eq!(*settings("/a"), ["/a"]);
        assert_eq!(*settings("x = '/a=b'"), ["/a=b"]);
        assert_eq!(*settings("%{url}/b%output{>>/a}x"), ["url", "/a"]);
    }
}
