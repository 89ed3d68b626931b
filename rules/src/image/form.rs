//! Forms: the ways to use a command.

use super::{EffectSpec, OperandSpec, OptionSpec, Specs, Stdin};
use crate::format::{FORMS, NONE, NUMBERS, OPERANDS};
use crate::vocabulary::{Arity, Output, Role};

/// One way to use a command: what its operands mean and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Form<'i> {
    pub(super) specs: Specs<'i>,
    pub(super) id: u32,
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
        self.id == other.id
    }
}

impl<'i> Form<'i> {
    fn field(self, field: usize) -> u32 {
        self.specs.field(FORMS, self.id, field)
    }

    /// Whether its guards hold. `given` has an entry for each option that was given, with its value where that is known;
    /// `operand` is the text of the n-th operand as far as it is known, and whether that is all of it.
    pub fn applies<'t, 'v>(
        self,
        given: impl Iterator<Item = (OptionSpec<'i>, Option<&'v str>)> + Clone,
        count: usize,
        operand: impl Fn(usize) -> Option<(&'t str, bool)>,
    ) -> Applies {
        if !(self.field(4) as usize..=self.field(5) as usize).contains(&count) {
            return Applies::No;
        }
        let present = |option: OptionSpec<'i>| given.clone().any(|(other, _)| other == option);
        let option = |i: u32| OptionSpec { specs: self.specs, id: self.specs.field(NUMBERS, i, 0) };
        let mut any = false;
        for i in self.field(0)..self.field(1) {
            if option(i).id == NONE {
                if !any {
                    return Applies::No;
                }
                any = false;
            } else {
                any |= present(option(i));
            }
        }
        let holds = (self.field(2)..self.field(3)).all(|i| !present(option(i)))
            && (self.field(20) == self.field(21)
                || given.clone().all(|(option, value)| self.takes_value(option, value)));
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
    fn takes_value(self, option: OptionSpec<'i>, value: Option<&str>) -> bool {
        let number = |i: u32| self.specs.field(NUMBERS, i, 0);
        let mut guards = (self.field(20)..self.field(21)).step_by(3);
        match guards.find(|&i| number(i) == option.id) {
            Some(i) => value.is_some_and(|value| self.specs.any_matches(number(i + 1), number(i + 2), value)),
            None => true,
        }
    }

    /// Groups of options, of each of which one must be there.
    pub fn with(self) -> Vec<Vec<OptionSpec<'i>>> {
        let mut groups = Vec::new();
        let mut group = Vec::new();
        for option in self.options(0) {
            if option.id == NONE {
                groups.push(std::mem::take(&mut group));
            } else {
                group.push(option);
            }
        }
        groups
    }

    /// Options none of which may be there.
    pub fn without(self) -> impl Iterator<Item = OptionSpec<'i>> {
        self.options(2)
    }

    fn options(self, start: usize) -> impl Iterator<Item = OptionSpec<'i>> {
        let Self { specs, .. } = self;
        (self.field(start)..self.field(start + 1)).map(move |i| OptionSpec { specs, id: specs.field(NUMBERS, i, 0) })
    }

    /// Options with the texts one of which each of their values must be.
    pub fn values(self) -> impl Iterator<Item = (OptionSpec<'i>, Vec<&'i str>)> {
        let Self { specs, .. } = self;
        let field = move |i: u32| specs.field(NUMBERS, i, 0);
        (self.field(20)..self.field(21))
            .step_by(3)
            .map(move |i| (OptionSpec { specs, id: field(i) }, specs.texts(field(i + 1), field(i + 2)).collect()))
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
        (self.field(10) as usize..self.field(11) as usize).map(move |i| {
            let i = u32::try_from(i).unwrap_or(NONE);
            OperandSpec {
                role: Role::from_index(self.specs.field(OPERANDS, i, 0)).unwrap_or(Role::Code),
                arity: Arity::from_index(self.specs.field(OPERANDS, i, 1)).unwrap_or(Arity::One),
            }
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
        let mut i = self.field(18);
        while i < self.field(19) {
            if self.specs.field(NUMBERS, i, 0) == option.id {
                return Role::from_index(self.specs.field(NUMBERS, i + 1, 0));
            }
            i += 2;
        }
        None
    }
}
