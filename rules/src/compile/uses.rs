//! Uses: roles, effects, and the forms that options and operands choose.

use super::Compiler;
use crate::authored::{Block, Form, Usage};
use crate::format::{FORM, NONE};
use crate::vocabulary::{Arity, EffectKind, Output, Role};
use std::collections::BTreeMap;

impl Compiler<'_> {
    pub(super) fn role(&mut self, word: &str) -> u32 {
        match Role::from_word(word) {
            Some(role) => role as u32,
            None => {
                self.problem(&format!("unknown role `{word}`"));
                0
            }
        }
    }

    pub(super) fn effects(&mut self, list: &[String]) -> [u32; 2] {
        let mut effects = Vec::new();
        for text in list {
            let (word, target) =
                text.split_once(' ').map_or((text.as_str(), ""), |(word, target)| (word, target.trim()));
            let Some(kind) = EffectKind::from_word(word) else {
                self.problem(&format!("unknown effect `{text}`"));
                continue;
            };
            let (target_kind, literal) = match target {
                "" => (0, ""),
                "@operands" => (1, ""),
                "@last" => (2, ""),
                "@value" => (3, ""),
                "@1" => (5, ""),
                "@2" => (6, ""),
                "@3" => (7, ""),
                _ if target.starts_with('@') => {
                    self.problem(&format!("unknown target `{target}`"));
                    continue;
                }
                _ => (4, target),
            };
            let tree = literal.len() > 1 && literal.ends_with('/');
            let [offset, length] = self.image.text(if tree { literal.trim_end_matches('/') } else { literal });
            effects.push([kind as u32, target_kind, offset, length, u32::from(tree)]);
        }
        self.image.effects(&effects)
    }

    pub(super) fn forms(&mut self, block: &Block, flags: &BTreeMap<String, u32>) -> Vec<[u32; FORM]> {
        let small = |texts: &[String]| texts.iter().map(|text| text.to_ascii_lowercase()).collect();
        let written = |form: &Form| match block.ignore_case {
            true => {
                Form { first: small(&form.first), second: small(&form.second), any: small(&form.any), ..form.clone() }
            }
            false => form.clone(),
        };
        let mut forms: Vec<[u32; FORM]> = block.forms.iter().map(|form| self.form(&written(form), flags)).collect();
        if block.usage().is_given() || block.forms.is_empty() {
            let base = Form::default();
            let mut record = self.form(&base, flags);
            let usage = self.usage(block.usage());
            record[10..18].copy_from_slice(&usage);
            forms.push(record);
        }
        forms
    }

    pub(super) fn flag_list(&mut self, list: &str, flags: &BTreeMap<String, u32>) -> Vec<u32> {
        let mut ids = Vec::new();
        for flag in list.split_whitespace() {
            match flags.get(flag) {
                Some(&id) => ids.push(id),
                None => self.problem(&format!("a form names `{flag}`, which is not an option of this command")),
            }
        }
        self.whole_options(list, &ids, flags);
        ids
    }

    /// Flags of one entry are spellings of one option, so who names some of them means all, or should not share them.
    fn whole_options(&mut self, list: &str, ids: &[u32], flags: &BTreeMap<String, u32>) {
        let named = |flag: &str| list.split_whitespace().any(|word| word == flag);
        if let Some((flag, id)) = flags.iter().find(|(flag, id)| ids.contains(id) && !named(flag)) {
            let other = flags.iter().find(|(word, same)| *same == id && named(word)).map_or("", |(word, _)| word);
            self.problem(&format!(
                "a form names `{other}` and not `{flag}`, which the same entry lists: the two are one"
            ));
        }
    }

    pub(super) fn form(&mut self, form: &Form, flags: &BTreeMap<String, u32>) -> [u32; FORM] {
        // Groups of `with` are lists of options, each closed by NONE.
        let mut with = Vec::new();
        for group in &form.with {
            with.extend(self.flag_list(group, flags));
            with.push(NONE);
        }
        let with = self.image.numbers(with);
        let without = self.flag_list(&form.without, flags);
        let without = self.image.numbers(without);
        let (min, max) = form.count.as_deref().map_or((0, NONE), |count| {
            parse_count(count).unwrap_or_else(|| {
                self.problem(&format!("count `{count}` is not a number, `N+` or `N-M`"));
                (0, NONE)
            })
        });
        let first = self.image.texts(form.first.iter().map(String::as_str));
        let second = self.image.texts(form.second.iter().map(String::as_str));
        let any = self.image.texts(form.any.iter().map(String::as_str));
        let usage = self.usage(form.usage());
        let mut roles = Vec::new();
        for (list, role) in &form.roles {
            let role = self.role(role);
            for id in self.flag_list(list, flags) {
                roles.extend([id, role]);
            }
        }
        let roles = self.image.numbers(roles);
        let mut values = Vec::new();
        for (list, texts) in &form.values {
            let [from, to] = self.image.texts(texts.iter().map(String::as_str));
            for id in self.flag_list(list, flags) {
                values.extend([id, from, to]);
            }
        }
        let values = self.image.numbers(values);
        let mut record = [0; FORM];
        record[..10].copy_from_slice(&[
            with[0], with[1], without[0], without[1], min, max, first[0], first[1], second[0], second[1],
        ]);
        record[10..18].copy_from_slice(&usage);
        record[18..20].copy_from_slice(&roles);
        record[20..22].copy_from_slice(&values);
        record[22..].copy_from_slice(&any);
        record
    }

    /// Runs of operands, of effects without operands and of effects; standard input; output.
    pub(super) fn usage(&mut self, usage: Usage<'_>) -> [u32; 8] {
        let mut operands = Vec::new();
        for operand in usage.operands.unwrap_or_default() {
            let (word, arity) = match operand.as_bytes().last() {
                Some(b'?' | b'*' | b'+') => operand.split_at(operand.len() - 1),
                _ => (operand.as_str(), ""),
            };
            let role = self.role(word);
            let arity = Arity::from_word(arity).unwrap_or(Arity::One);
            operands.push([role, arity as u32]);
        }
        let operands = self.image.operands(&operands);
        let no_operands = self.effects(usage.no_operands.unwrap_or_default());
        let effects = self.effects(usage.effects.unwrap_or_default());
        let stdin = match usage.stdin {
            None | Some("data") => 0,
            Some("names") => 1,
            Some(word) => self.role(word) + 2,
        };
        let output = usage.output.map_or(0, |word| match Output::from_word(word) {
            Some(output) => output as u32,
            None => {
                self.problem(&format!("unknown output `{word}`"));
                0
            }
        });
        [operands[0], operands[1], no_operands[0], no_operands[1], effects[0], effects[1], stdin, output]
    }
}

fn parse_count(text: &str) -> Option<(u32, u32)> {
    if let Some(min) = text.strip_suffix('+') {
        return Some((min.parse().ok()?, NONE));
    }
    match text.split_once('-') {
        Some((min, max)) => Some((min.parse().ok()?, max.parse().ok()?)),
        None => text.parse().ok().map(|n| (n, n)),
    }
}
