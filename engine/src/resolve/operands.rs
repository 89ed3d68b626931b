//! Which operand is what: the form that applies, and the role of each operand in it.

use super::argv::Binder;
use super::bound::{BindProblem, Binding, Bound};
use super::flags::{MOST_SHORT, short};
use super::sets::Roles;
use super::value::{JOB, Knowledge, Value};
use crate::shell::Span;
use compact_str::CompactString;
use guardian_rules::{Applies, Arity, CommandSpec, EffectKind, Form, OperandSpec, OptionSpec, Role, Stdin, Takes};
use smallvec::SmallVec;

/// So many letters of a cluster are looked at behind one that nobody described.
const MOST_BEHIND: usize = 8;

impl Binder<'_> {
    /// The words as the spec understands them.
    pub(super) fn bound(&mut self) -> Binding {
        let info = self.is_info() && self.problems.is_empty();
        let given = || (self.options.iter().map(|bound| (bound.option, bound)), |bound| given(bound, self.arguments));
        let small = self.small_words();
        let text_of = |n: usize| {
            let value = self.operands.get(n).and_then(|&i| self.arguments.get(i))?;
            if let Some(small) = small.get(n).filter(|_| value.known().is_some()) {
                return Some((small.as_str(), true));
            }
            Some(match value.known() {
                Some(text) => (text, true),
                // A number of a process, which is none of the texts that forms ask for.
                None if value.knowledge == Knowledge::Number && value.text == JOB => (JOB, true),
                None => (value.beginning(), false),
            })
        };
        let count = self.operands.len();
        let applying = |n: usize| self.spec.forms().find(|f| f.applies(given(), n, text_of) == Applies::Yes);
        let mut form = None;
        // Forms in front of it that would apply if an operand were what it may be.
        let mut possible: SmallVec<[Form<'static>; 2]> = SmallVec::new();
        for other in self.spec.forms() {
            match other.applies(given(), count, text_of) {
                Applies::Yes => {
                    form = Some(other);
                    break;
                }
                Applies::Maybe => possible.push(other),
                Applies::No => {}
            }
        }
        if possible.into_iter().any(|other| !(only_reads(other) && form.is_some_and(only_reads))) {
            self.problems.push((BindProblem::Uncertain, Span::default()));
        }
        if let Some(least) = self.least_operands() {
            // The number of operands is not known: another form may apply when it runs.
            let mut forms = (least..=count.max(least) + 2).chain([64]).map(applying);
            if forms.clone().any(|other| other != form) {
                // It does not matter which, where all of them only read; the fullest then stands for each.
                if forms.all(|other| other.is_some_and(only_reads)) {
                    form = applying(64);
                } else {
                    self.problems.push((BindProblem::Uncertain, Span::default()));
                    form = form.or_else(|| self.spec.forms().last());
                }
            }
        }
        if form.is_none() && !info && self.problems.is_empty() {
            self.problems.push((BindProblem::Form, Span::default()));
        }
        self.binding(form, info)
    }

    /// Whether numbers among the operands are data that does nothing, however many there are.
    pub(super) fn ignores_numbers(&self) -> bool {
        let given = || (self.options.iter().map(|bound| (bound.option, bound)), |bound| given(bound, self.arguments));
        let count = self.operands.len();
        let applies = |form: Form<'static>, n: usize| form.applies(given(), n, |_| Some(("1", true))) != Applies::No;
        self.spec.forms().all(|form| {
            let acts = form.effects().next().is_some() && (count + 1..count + 4).any(|n| applies(form, n));
            !acts && form.operands().all(|operand| operand.role.is_data())
        })
    }

    /// What comes of it, with the roles of the words in this form.
    fn binding(&mut self, form: Option<Form<'static>>, info: bool) -> Binding {
        let operands = self.assign(form);
        if let Some(form) = form {
            self.assign_values(form);
        }
        let (options, problems) = (std::mem::take(&mut self.options), std::mem::take(&mut self.problems));
        Binding {
            properties: Binding::properties(&options),
            operand_roles: Roles::of(operands.iter().map(|(_, role)| *role)),
            value_roles: Roles::of(options.iter().filter_map(|bound| bound.role)),
            spec: self.spec,
            options,
            operands,
            form,
            info,
            problems,
            otherwise: None,
        }
    }

    /// What the values of options are in this form, where nothing else is said.
    fn assign_values(&mut self, form: Form<'static>) {
        for bound in self.options.iter_mut().filter(|bound| bound.role.is_none()) {
            bound.role = form.role_of(bound.option).or(match bound.option.takes() {
                Takes::Required(role) | Takes::Optional(role) => Some(role),
                Takes::Nothing => None,
            });
        }
    }

    /// The operands in small letters, where the program takes either.
    fn small_words(&self) -> Vec<CompactString> {
        if !self.spec.ignores_case() {
            return Vec::new();
        }
        let words = self.operands.iter().map(|&i| self.arguments.get(i));
        words.map(|word| word.map(|word| word.text.to_ascii_lowercase()).unwrap_or_default()).collect()
    }

    /// The options that stand in a cluster behind one that nobody described: what they do counts, and so does the use without
    /// them, as that one may take them for its value.
    pub(super) fn perhaps_behind(&mut self, sign: &str, letters: &str, value: &Value) {
        let at = self.at;
        for (start, letter) in letters.char_indices().take(MOST_BEHIND) {
            let mut room = [0; MOST_SHORT];
            let Some(option) = self.spec.option(short(&mut room, sign, letter)) else { return };
            let behind = letters.get(start + letter.len_utf8()..).filter(|behind| !behind.is_empty());
            let takes = match option.takes() {
                Takes::Required(role) if role.is_command() || option.second().is_some() => return,
                takes => takes,
            };
            let attached = behind.map(|text| Value { text: text.into(), ..value.clone() });
            let given = match takes {
                Takes::Nothing => None,
                Takes::Required(_) => attached.or_else(|| self.arguments.get(at).cloned()),
                Takes::Optional(_) => attached,
            };
            if !self.denied.contains(&option) {
                self.denied.push(option);
                self.options.push(Bound { option, value: given, command: None, role: None, span: value.span });
            }
            if takes != Takes::Nothing {
                return;
            }
        }
    }

    /// `of=…` of which only the keyword is known: where that names what is read or written, what is not known is which.
    pub(super) fn attached_to_keyword(&mut self, value: &Value) -> bool {
        let known = value.text.split_inclusive('=').next().and_then(|flag| self.spec.option(flag));
        let takes = |option: &OptionSpec<'_>| matches!(option.takes(), Takes::Required(role) if !role.is_data());
        let Some(option) = known.filter(|option| !value.many && takes(option)) else {
            return false;
        };
        let behind = |text: &str| text.split_once('=').map_or("", |(_, behind)| behind).to_owned();
        let sketch = value.sketch.as_deref().map(behind).map(Box::from);
        let bound = Value { text: behind(&value.text).into(), sketch, ..value.clone() };
        self.options.push(Bound { option, value: Some(bound), command: None, role: None, span: value.span });
        true
    }

    /// A subcommand that looks like an option, which none in front of it is: `cmake -E copy`.
    pub(super) fn dashed_subcommand(&self, text: &str) -> Option<CommandSpec<'static>> {
        let leads = self.spec.has_subcommands() && self.operands.is_empty();
        let child = if leads { self.spec.subcommand(text) } else { None };
        // A pattern means none that looks so.
        child.filter(|child| child.name().ends_with(text))
    }

    /// Whether an argument is `NAME=value`.
    fn is_assignment(&self, argument: usize) -> bool {
        let name = self.arguments.get(argument).and_then(|v| v.text.split_once('=')).map(|(name, _)| name);
        let plain = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        // A function is one as well, under a name that is none.
        name.is_some_and(|n| plain(n) || n.starts_with("BASH_FUNC_"))
    }

    /// Gives each operand its role.
    fn assign(&mut self, form: Option<Form<'static>>) -> SmallVec<[(usize, Role); 4]> {
        let Some(form) = form else {
            return self.operands.iter().map(|&i| (i, Role::Literal)).collect();
        };
        let roles: SmallVec<[OperandSpec; 8]> = form.operands().collect();
        let required = roles.iter().filter(|r| matches!(r.arity, Arity::One | Arity::Some)).count();
        let mut spare = self.operands.len().saturating_sub(required);
        let mut assigned = SmallVec::with_capacity(self.operands.len());
        let mut left = self.operands.iter().copied();
        for role in &roles {
            let takes = match (role.role, role.arity) {
                // A command goes to the end of the line.
                (Role::Command, _) => {
                    // `--` may stand between a tool's own words and the command.
                    let dashes =
                        left.clone().next().and_then(|i| self.arguments.get(i)).and_then(Value::known) == Some("--");
                    if dashes && left.len() > 1 {
                        left.next();
                    }
                    left.len()
                }
                (Role::Shell | Role::Bash, Arity::One) if Some(role) == roles.last() => left.len(),
                // Assignments end where a word is none.
                (Role::Assignment, _) => left.clone().take_while(|&i| self.is_assignment(i)).count(),
                // And names begin where one is none.
                (Role::Variable, Arity::Many) => {
                    left.clone().take(spare).take_while(|&i| !self.is_assignment(i)).count()
                }
                (_, Arity::One) => 1,
                (_, Arity::Optional) => spare.min(1),
                (_, Arity::Many) => spare,
                (_, Arity::Some) => 1 + spare,
            };
            spare = spare.saturating_sub(match role.arity {
                Arity::One => 0,
                Arity::Some => takes.saturating_sub(1),
                Arity::Optional | Arity::Many => takes,
            });
            assigned.extend(left.by_ref().take(takes).map(|i| (i, role.role)));
        }
        let left: Vec<usize> = left.collect();
        self.incomplete(&roles, required, &assigned);
        for extra in left {
            let span = self.arguments.get(extra).map(|v| v.span).unwrap_or_default();
            self.problems.push((BindProblem::Operand, span));
            assigned.push((extra, Role::Literal));
        }
        let spills = |&(_, &(i, role)): &(usize, &(usize, Role))| self.may_spill(i, role, &roles, &assigned);
        let spilled: SmallVec<[(usize, Option<Role>); 1]> = assigned
            .iter()
            .enumerate()
            .filter(spills)
            .map(|(n, &(i, _))| (i, self.spills_into(n, i, &roles)))
            .collect();
        if let Some((i, _)) = spilled.iter().find(|(_, into)| into.is_none()) {
            let span = self.arguments.get(*i).map(|v| v.span).unwrap_or_default();
            self.problems.push((BindProblem::Uncertain, span));
        }
        assigned.extend(spilled.into_iter().filter_map(|(i, into)| Some((i, into?))));
        assigned
    }

    /// Says so where an operand that must be there is not.
    fn incomplete(&mut self, roles: &[OperandSpec], required: usize, assigned: &[(usize, Role)]) {
        let missing = self.operands.len() < required
            && !self.operands.iter().any(|&i| self.arguments.get(i).is_some_and(|v| v.many));
        let no_command = roles.iter().any(|r| r.role == Role::Command && r.arity == Arity::One)
            && !assigned.iter().any(|(_, role)| *role == Role::Command);
        if (missing || no_command) && !self.is_info() {
            self.problems.push((BindProblem::Form, Span::default()));
        }
    }

    /// Where the number of operands is not known: the least there can be. A glob is at least one word, since bash leaves
    /// what matches nothing as it is.
    fn least_operands(&self) -> Option<usize> {
        let values = || self.operands.iter().filter_map(|&i| self.arguments.get(i));
        values().any(|v| v.many).then(|| values().filter(|v| !v.many || v.knowledge == Knowledge::Pattern).count())
    }

    /// Whether an operand that may become several words may reach roles that are not its own: it does unless its role
    /// takes any number, or all roles are plain data.
    fn may_spill(&self, argument: usize, role: Role, roles: &[OperandSpec], assigned: &[(usize, Role)]) -> bool {
        let many = self.arguments.get(argument).is_some_and(|v| v.many);
        if !many || matches!(role, Role::Command | Role::Shell | Role::Bash | Role::Assignment) {
            return false;
        }
        let variadic = |r: &&OperandSpec| matches!(r.arity, Arity::Many | Arity::Some);
        let plain = roles.iter().all(|r| r.role.is_data());
        if plain && roles.iter().any(|r| variadic(&r)) {
            return false;
        }
        // Several variadic roles, or a fixed one of the same kind in front, make it unclear which takes it.
        let own = roles.iter().filter(|r| r.role == role);
        let behind = || assigned.iter().any(|(_, r)| *r == role);
        !(own.clone().count() == 1 && own.filter(variadic).count() == 1 && behind())
    }

    /// What the others are of the files that the pattern in this place may be, whose first is plain data: `grep [n]ode`.
    fn spills_into(&self, place: usize, argument: usize, roles: &[OperandSpec]) -> Option<Role> {
        let (fixed, behind) = roles.split_at_checked(place + 1)?;
        let [OperandSpec { role, arity: Arity::Many | Arity::Some }] = behind else { return None };
        let files = self.arguments.get(argument).is_some_and(|v| v.knowledge == Knowledge::Pattern && !v.split);
        let first = fixed.iter().all(|r| r.arity == Arity::One) && fixed.last().is_some_and(|r| r.role.is_data());
        (files && first && role.looks()).then_some(*role)
    }
}

/// What an option is given, of a command what runs, where that is known.
fn given<'v>(bound: &'v Bound, arguments: &'v [Value]) -> Option<&'v str> {
    let word = || arguments.get(bound.command.as_ref()?.start);
    bound.value.as_ref().or_else(word).and_then(Value::known)
}

/// Whether a use does no more than read what its operands name.
pub(super) fn only_reads(form: Form<'static>) -> bool {
    let reads = |kind: EffectKind| matches!(kind, EffectKind::Read | EffectKind::Inspect);
    form.operands().all(|operand| operand.role.looks() || matches!(operand.role, Role::Directory | Role::RevPath))
        && form.effects().chain(form.no_operands()).all(|effect| reads(effect.kind))
        && form.stdin() == Stdin::Data
}
