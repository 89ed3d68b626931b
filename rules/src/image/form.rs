//! Forms: the ways to use a command.

use super::record::Record;
use super::{EffectSpec, OperandSpec, OptionSpec, Specs, Stdin};
use crate::format::{FORM, NONE, NUMBERS, OPERAND, OPERANDS};
use crate::vocabulary::{Arity, Output, Role};

/// One way to use a command: what its operands mean and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Form<'i> {
    pub(super) specs: Specs<'i>,
    pub(super) record: Record<'i, FORM>,
}

/// Whether a form's guards hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applies {
    /// They do.
    Yes,
    /// That depends on an operand which is not known.
    Maybe,
    /// They do not.
    No,
}

impl PartialEq for Form<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.record == other.record
    }
}

impl<'i> Form<'i> {
    #[inline]
    fn field(self, field: usize) -> u32 {
        self.record.field(field)
    }

    /// The numbers that a field and the one behind it name the first of and the first behind.
    #[inline]
    fn numbers(self, field: usize) -> impl Iterator<Item = u32> + use<'i> {
        let numbers: &[[[u8; 4]; 1]] = self.specs.records(NUMBERS, self.field(field), self.field(field + 1));
        numbers.iter().map(|[number]| u32::from_le_bytes(*number))
    }

    /// Whether its guards hold. `given` has an entry for each option that was given, whose value, where that is known, is only
    /// asked for by few forms; `operand` is the text of the n-th operand as far as it is known, and whether that is all of it.
    pub fn applies<'t, 'v, G>(
        self,
        (given, value): (impl Iterator<Item = (OptionSpec<'i>, G)> + Clone, impl Fn(G) -> Option<&'v str>),
        count: usize,
        operand: impl Fn(usize) -> Option<(&'t str, bool)>,
    ) -> Applies {
        if !(self.field(4) as usize..=self.field(5) as usize).contains(&count) {
            return Applies::No;
        }
        let present = |id: u32| given.clone().any(|(option, _)| option.id == id);
        let mut any = false;
        for id in self.numbers(0) {
            if id == NONE {
                if !any {
                    return Applies::No;
                }
                any = false;
            } else {
                any = any || present(id);
            }
        }
        let holds = !self.numbers(2).any(present)
            && (self.field(20) == self.field(21)
                || given.clone().all(|(option, of)| self.takes_value(option, || value(of))));
        if !holds {
            return Applies::No;
        }
        let text_fits = |start: usize, nth: usize| {
            let (from, to) = (self.field(start), self.field(start + 1));
            match operand(nth) {
                _ if from >= to => Applies::Yes,
                Some((text, true)) if self.specs.any_matches(from, to, text) => Applies::Yes,
                Some((text, false)) => self.specs.begins(from, to, text),
                _ => Applies::No,
            }
        };
        let some_fits = || match self.any().next() {
            None => Applies::Yes,
            Some(_) => (0..count).map(|nth| text_fits(22, nth)).min().unwrap_or(Applies::No),
        };
        text_fits(6, 0).max(text_fits(8, 1)).max(some_fits())
    }

    /// Whether a guard on the option's value, if there is one, holds.
    fn takes_value<'v>(self, option: OptionSpec<'i>, value: impl FnOnce() -> Option<&'v str>) -> bool {
        let number = |i: u32| self.specs.field(NUMBERS, i, 0);
        let mut guards = (self.field(20)..self.field(21)).step_by(3);
        match guards.find(|&i| number(i) == option.id) {
            Some(i) => value().is_some_and(|value| self.specs.any_matches(number(i + 1), number(i + 2), value)),
            None => true,
        }
    }

    /// Groups of options, of each of which one must be there.
    pub fn with(self) -> Vec<Vec<OptionSpec<'i>>> {
        let mut groups = Vec::new();
        let mut group = Vec::new();
        for id in self.numbers(0) {
            if id == NONE {
                groups.push(std::mem::take(&mut group));
            } else {
                group.push(self.specs.option(id));
            }
        }
        groups
    }

    /// Options none of which may be there.
    pub fn without(self) -> impl Iterator<Item = OptionSpec<'i>> {
        let Self { specs, .. } = self;
        self.numbers(2).map(move |id| specs.option(id))
    }

    /// Options with the texts one of which each of their values must be.
    pub fn values(self) -> impl Iterator<Item = (OptionSpec<'i>, Vec<&'i str>)> {
        let Self { specs, .. } = self;
        let field = move |i: u32| specs.field(NUMBERS, i, 0);
        (self.field(20)..self.field(21))
            .step_by(3)
            .map(move |i| (specs.option(field(i)), specs.texts(field(i + 1), field(i + 2)).collect()))
    }

    /// The least and the most operands it is for.
    #[must_use]
    pub fn count(self) -> (u32, Option<u32>) {
        (self.field(4), Some(self.field(5)).filter(|most| *most != NONE))
    }

    /// Texts one of which the first operand must be; any where there are none.
    pub fn first(self) -> impl Iterator<Item = &'i str> {
        self.specs.texts(self.field(6), self.field(7))
    }

    /// The same of the second operand.
    pub fn second(self) -> impl Iterator<Item = &'i str> {
        self.specs.texts(self.field(8), self.field(9))
    }

    /// Texts one of which some operand must be.
    pub fn any(self) -> impl Iterator<Item = &'i str> {
        self.specs.texts(self.field(22), self.field(23))
    }

    /// What its operands are.
    pub fn operands(self) -> impl ExactSizeIterator<Item = OperandSpec> + DoubleEndedIterator {
        let operands: &[[[u8; 4]; OPERAND]] = self.specs.records(OPERANDS, self.field(10), self.field(11));
        operands.iter().map(|[role, arity]| OperandSpec {
            role: Role::from_index(u32::from_le_bytes(*role)).unwrap_or(Role::Code),
            arity: Arity::from_index(u32::from_le_bytes(*arity)).unwrap_or(Arity::One),
        })
    }

    /// Effects where no operand is given.
    pub fn no_operands(self) -> impl Iterator<Item = EffectSpec<'i>> {
        self.specs.effects(self.field(12), self.field(13))
    }

    /// Effects of this use.
    pub fn effects(self) -> impl Iterator<Item = EffectSpec<'i>> {
        self.specs.effects(self.field(14), self.field(15))
    }

    /// What standard input is.
    #[must_use]
    pub fn stdin(self) -> Stdin {
        match self.field(16) {
            0 => Stdin::Data,
            1 => Stdin::Names,
            n => Stdin::Code(Role::from_index(n - 2).unwrap_or(Role::Code)),
        }
    }

    /// What it prints.
    #[must_use]
    pub fn output(self) -> Output {
        Output::from_index(self.field(17)).unwrap_or(Output::Text)
    }

    /// The role of an option's value in this form, where it differs from the option's own.
    #[must_use]
    pub fn role_of(self, option: OptionSpec<'i>) -> Option<Role> {
        let mut pairs = self.numbers(18);
        while let (Some(id), Some(role)) = (pairs.next(), pairs.next()) {
            if id == option.id {
                return Role::from_index(role);
            }
        }
        None
    }
}
