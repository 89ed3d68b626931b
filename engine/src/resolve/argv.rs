//! The one binder of arguments to specs: options, clusters, attached values, `--`, subcommands, forms, operands.
//! Closed-world: what the spec does not list becomes a problem, never nothing.

use super::bound::{BindProblem, Binding, Bound};
use super::flags::{MOST_SHORT, is_flag, is_number_glob, short};
use super::value::{Knowledge, Value};
use crate::shell::Span;
use guardian_rules::{CommandSpec, OptionSpec, Property, Role, Style, Takes};
use smallvec::SmallVec;

/// Binds the arguments (without the program itself) to a spec.
#[must_use]
pub fn bind(spec: CommandSpec<'static>, arguments: &[Value]) -> Binding {
    bind_in(spec, arguments, Vec::new())
}

/// As [`bind`], with an empty list for the options that is there already.
pub(super) fn bind_in(spec: CommandSpec<'static>, arguments: &[Value], options: Vec<Bound>) -> Binding {
    let mut binder = Binder {
        spec,
        arguments,
        at: 0,
        options,
        operands: SmallVec::new(),
        problems: Vec::new(),
        denied: SmallVec::new(),
        spilled: SmallVec::new(),
        numbers: None,
        ended: false,
    };
    binder.run();
    binder.finish()
}

#[derive(Clone)]
pub(super) struct Binder<'a> {
    pub(super) spec: CommandSpec<'static>,
    pub(super) arguments: &'a [Value],
    pub(super) at: usize,
    pub(super) options: Vec<Bound>,
    pub(super) operands: SmallVec<[usize; 8]>,
    pub(super) problems: Vec<(BindProblem, Span)>,
    /// Options that their values turn off.
    pub(super) denied: SmallVec<[OptionSpec<'static>; 2]>,
    /// Patterns of which an option takes the first file.
    pub(super) spilled: SmallVec<[usize; 2]>,
    /// Numbers of which an option takes the first.
    pub(super) numbers: Option<Span>,
    /// Whether the rest are operands.
    pub(super) ended: bool,
}

impl<'a> Binder<'a> {
    fn run(&mut self) {
        if self.spec.style() == Style::Bundled {
            self.bundle();
        }
        while let Some(value) = self.arguments.get(self.at) {
            self.at += 1;
            match value.known() {
                Some(text) if !self.ended && self.is_option(text) => self.option(text, value),
                Some(text) => self.operand(Some(text), value),
                None if !self.ended && self.attached(value) => {}
                None => {
                    if !self.ended && self.may_bring_option(value) {
                        self.problems.push((BindProblem::Uncertain, value.span));
                    }
                    self.operand(None, value);
                }
            }
        }
        if self.spec.subcommand_required() && self.operands.is_empty() && !self.is_info() {
            self.problems.push((BindProblem::Form, Span::default()));
        }
        if self.spec.response_files() {
            self.response_files();
        }
    }

    /// Whether a word that is not known may become an option that matters.
    fn may_bring_option(&self, value: &Value) -> bool {
        value.may_be_option()
            && self.spec.style() != Style::Raw
            && !self.spec.safe_options()
            && !self.options.iter().any(|bound| bound.option.property() == Some(Property::Reads))
            && !(self.spec.plain_options() && has_dot(value))
    }

    /// `@FILE`, which is looked at before anything is taken for an option, a value or an operand.
    fn response_files(&mut self) {
        for value in self.arguments {
            match value.text.strip_prefix('@') {
                Some("") if value.known().is_some() => {}
                Some(file) => self.problems.push((BindProblem::Options(file.to_owned()), value.span)),
                // What may begin with a dash may begin with anything.
                None if value.known().is_none() && value.may_be_option() => {
                    self.problems.push((BindProblem::Uncertain, value.span));
                }
                None => {}
            }
        }
    }

    fn is_option(&self, text: &str) -> bool {
        match self.spec.style() {
            Style::Raw => false,
            Style::SingleDash => (text.len() > 1 && text.starts_with('-')) || self.spec.option(text).is_some(),
            Style::Keyword => {
                (text.len() > 1 && text.starts_with('-'))
                    || self.keyword(text).is_some()
                    || self.spec.option(text).is_some()
            }
            Style::Gnu | Style::Bundled if text == "-" => self.spec.option(text).is_some(),
            Style::Gnu | Style::Bundled => {
                text.len() > 1 && (text.starts_with('-') || (text.starts_with('+') && self.spec.plus()))
                    || self.asks(text)
            }
        }
    }

    /// Whether the word just taken is all there is, and asks without a dash: `direnv version`.
    fn asks(&self, text: &str) -> bool {
        self.at == self.arguments.len()
            && self.options.is_empty()
            && self.operands.is_empty()
            && self.spec.option(text).is_some_and(OptionSpec::is_info)
    }

    /// `of=` of `of=file`.
    fn keyword(&self, text: &'a str) -> Option<(OptionSpec<'static>, &'a str)> {
        let at = text.find('=')? + 1;
        Some((self.spec.option(text.get(..at)?)?, text.get(at..)?))
    }

    fn option(&mut self, text: &'a str, value: &'a Value) {
        let style = self.spec.style();
        if text == "--" && self.spec.option("--").is_none() {
            self.ended = true;
            return;
        }
        // Where it is one of them it ends them too; `-` does to whoever takes no options behind operands.
        self.ended |= text == "--" && style == Style::Gnu || text == "-" && !self.spec.interspersed();
        if let Some(option) = self.spec.option(text) {
            // git's other word for it, which leaves `--` to stand in front of paths.
            self.ended |= text == "--end-of-options";
            return self.take(option, None, value, text);
        }
        if let Some(child) = self.dashed_subcommand(text) {
            self.spec = child;
            return;
        }
        if style == Style::Keyword
            && let Some((option, rest)) = self.keyword(text)
        {
            return self.take(option, Some(rest), value, text);
        }
        if style == Style::SingleDash || text.starts_with("--") {
            return self.long(text, value);
        }
        if self.spec.digits() && text.get(1..).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit())) {
            return;
        }
        self.cluster(text, value);
    }

    fn long(&mut self, text: &'a str, value: &'a Value) {
        let (flag, attached) = text.split_once('=').map_or((text, None), |(flag, attached)| (flag, Some(attached)));
        let option =
            self.spec.option(flag).or_else(|| if self.spec.abbreviates() { self.spec.abbreviated(flag) } else { None });
        match option {
            Some(option) => self.take(option, attached, value, flag),
            None => {
                self.problems.push((BindProblem::Option(flag.to_owned()), value.span));
                if flag.len() > 3 {
                    self.perhaps(flag, attached, value);
                }
            }
        }
    }

    /// The options that a flag may stand for if the tool takes shortened ones: what they do counts, and so does the use
    /// without them.
    fn perhaps(&mut self, flag: &str, attached: Option<&str>, value: &'a Value) {
        let at = self.at;
        for (_, option) in self.spec.flags_from(flag) {
            if !self.denied.contains(&option) {
                self.denied.push(option);
                self.take(option, attached, value, flag);
                self.at = at;
            }
        }
    }

    /// `--opt=…` of which only the flag is known, and that it is one word: the value is what is not. A pattern is any number
    /// of words, all with that flag, which may be what takes plain data or names.
    fn attached(&mut self, value: &'a Value) -> bool {
        let matched = value.knowledge == Knowledge::Pattern && !value.split;
        let named = matches!(self.spec.style(), Style::Gnu | Style::Bundled) && (!value.many || matched);
        let fixed = matches!(value.knowledge, Knowledge::Unknown(_) | Knowledge::Pattern);
        if self.spec.style() == Style::Keyword {
            return self.attached_to_keyword(value);
        }
        if named && !value.many && self.attached_number(value) {
            return true;
        }
        let Some((flag, rest)) = value.text.split_once('=').filter(|(flag, _)| named && fixed && is_flag(flag)) else {
            return false;
        };
        let Some(option) = self.spec.option(flag) else { return false };
        let (Takes::Required(role) | Takes::Optional(role)) = option.takes() else { return false };
        if matches!(option.takes(), Takes::Required(role) if role.is_command()) || option.second().is_some() {
            return false;
        }
        if value.many && !matches!(role, Role::Literal | Role::Name) {
            return false;
        }
        let before = flag.len() + 1;
        let sketch = value.sketch.as_deref().and_then(|sketch| sketch.get(before..)).map(Box::from);
        let bound = Value { text: rest.into(), sketch, ..value.clone() };
        if !option.accepts(None) {
            self.problems.push((BindProblem::Value(flag.to_owned()), value.span));
        }
        self.options.push(Bound { option, value: Some(bound), command: None, role: None, span: value.span });
        true
    }

    /// `-j$(nproc)`: an option with a number for its value.
    fn attached_number(&mut self, value: &'a Value) -> bool {
        let digits = value.knowledge == Knowledge::Pattern && value.text.get(2..).is_some_and(is_number_glob);
        let Some(flag) = value.text.get(..2).filter(|flag| digits && flag.starts_with('-')) else {
            return false;
        };
        let Some(option) = self.spec.option(flag).filter(|o| o.takes() != Takes::Nothing && o.second().is_none())
        else {
            return false;
        };
        if matches!(option.takes(), Takes::Required(role) if role.is_command()) || !option.accepts(None) {
            return false;
        }
        let number = Value { from: value.from.clone(), ..Value::number(value.span) };
        self.options.push(Bound { option, value: Some(number), command: None, role: None, span: value.span });
        true
    }

    /// `-abc`, `-n5`, `+x`.
    fn cluster(&mut self, text: &'a str, value: &'a Value) {
        let Some((sign, mut rest)) = text.split_at_checked(1) else { return };
        while let Some(letter) = rest.chars().next() {
            let after = rest.get(letter.len_utf8()..).unwrap_or_default();
            let mut room = [0; MOST_SHORT];
            let flag = short(&mut room, sign, letter);
            let Some(option) = self.spec.option(flag) else {
                let named = if text.len() == 2 { flag.to_owned() } else { format!("{flag} in {text}") };
                self.problems.push((BindProblem::Option(named), value.span));
                return self.perhaps_behind(sign, after, value);
            };
            match option.takes() {
                Takes::Nothing => {
                    self.take(option, None, value, flag);
                    rest = after;
                }
                Takes::Required(_) | Takes::Optional(_) => {
                    let attached = (!after.is_empty()).then_some(after);
                    return self.take(option, attached, value, flag);
                }
            }
        }
    }

    /// `tar xzf a.tgz`: letters without dash, whose values follow in order.
    fn bundle(&mut self) {
        let Some(first) = self.arguments.first() else {
            return;
        };
        let Some(text) = first.known().filter(|t| !t.starts_with('-') && !t.is_empty()) else {
            return;
        };
        let mut found = Vec::new();
        for letter in text.chars() {
            let bare = self.spec.option(&letter.to_string());
            match bare.or_else(|| self.spec.option(&format!("-{letter}"))) {
                Some(option) => found.push(option),
                // Not a cluster: an operand like any other.
                None => return,
            }
        }
        self.at = 1;
        for option in found {
            self.take(option, None, first, text);
        }
    }

    fn take(&mut self, option: OptionSpec<'static>, attached: Option<&str>, at: &'a Value, flag: &str) {
        if attached.is_some() && matches!(option.takes(), Takes::Required(role) if role.is_command()) {
            // Whether the words behind belong to it is for each tool to say.
            self.problems.push((BindProblem::Value(flag.to_owned()), at.span));
        }
        let attached_value = |text: &str| Value { text: text.into(), ..at.clone() };
        let value = match (option.takes(), attached) {
            (Takes::Required(_) | Takes::Optional(_), Some(text)) => Some(attached_value(text)),
            (Takes::Required(role), None) => {
                if let Some(next) = self.arguments.get(self.at) {
                    // A command as an option's value begins here and is found by its role later.
                    if !role.is_command() {
                        if next.many {
                            self.several(next, role);
                        }
                        self.at += 1;
                        Some(next.clone())
                    } else {
                        return self.command_value(option, at, role);
                    }
                } else {
                    // `set -o`: alone, it asks.
                    if !option.is_info() {
                        self.problems.push((BindProblem::Missing(flag.to_owned()), at.span));
                    }
                    None
                }
            }
            (Takes::Optional(Role::Number), None) => self.number_behind(),
            (Takes::Optional(_) | Takes::Nothing, None) => None,
            (Takes::Nothing, Some(_)) => {
                self.problems.push((BindProblem::Option(flag.to_owned()), at.span));
                None
            }
        };
        if self.is_denied(option, value.as_ref().and_then(Value::known).or(attached)) {
            self.denied.push(option);
        }
        // An optional value that is not there is known to be nothing.
        if !option.accepts(value.as_ref().map_or(Some(""), Value::known)) {
            self.problems.push((BindProblem::Value(flag.to_owned()), at.span));
        }
        self.options.push(Bound { option, value, command: None, role: None, span: at.span });
        if let Some(role) = option.second() {
            self.second_value(option, role, at, flag);
        }
    }

    /// `-name *.c`: the first of the files is the value, and the others are operands, where that is all they may be. So it
    /// is with numbers: `ps -p $(pgrep node)`.
    fn several(&mut self, value: &Value, role: Role) {
        let files = value.knowledge == Knowledge::Pattern && !value.split && !self.may_bring_option(value);
        let operands = self.spec.interspersed() && !self.spec.has_subcommands() && self.spec.style() != Style::Keyword;
        if files && operands && (role.looks() || matches!(role, Role::Write | Role::Edit)) {
            self.spilled.push(self.at);
        } else if value.is_numbers() && operands && role == Role::Literal {
            self.numbers = Some(value.span);
        } else {
            self.problems.push((BindProblem::Uncertain, value.span));
        }
    }

    /// `-j 8`: what may have a number takes the next word where that is one.
    fn number_behind(&mut self) -> Option<Value> {
        let next = self.arguments.get(self.at).filter(|next| next.is_number())?;
        self.at += 1;
        Some(Value { many: false, ..next.clone() })
    }

    /// `--arg NAME VALUE`: the word behind the value belongs to the option as well.
    fn second_value(&mut self, option: OptionSpec<'static>, role: Role, at: &'a Value, flag: &str) {
        let Some(value) = self.arguments.get(self.at) else {
            return self.problems.push((BindProblem::Missing(flag.to_owned()), at.span));
        };
        if value.many {
            self.problems.push((BindProblem::Uncertain, value.span));
        }
        self.at += 1;
        self.options.push(Bound { option, value: Some(value.clone()), command: None, role: Some(role), span: at.span });
    }

    /// `-exec rm {} ;`: the words of the command become operands with that role.
    fn command_value(&mut self, option: OptionSpec<'static>, at: &Value, role: Role) {
        let start = self.at;
        let mut end = self.arguments.len();
        while let Some(value) = self.arguments.get(self.at) {
            self.at += 1;
            let text = value.known();
            let ends = match role {
                Role::CommandUntil | Role::CommandBeside => {
                    let previous = self.arguments.get(self.at.wrapping_sub(2)).and_then(Value::known);
                    text == Some(";") || (text == Some("+") && previous == Some("{}"))
                }
                Role::CommandEach => text == Some(";"),
                _ => false,
            };
            if ends {
                end = self.at - 1;
                break;
            }
        }
        self.options.push(Bound { option, value: None, command: Some(start..end), role: Some(role), span: at.span });
    }

    fn operand(&mut self, text: Option<&str>, value: &Value) {
        if self.operands.is_empty() && self.spec.has_subcommands() {
            if let Some(child) = text.and_then(|text| self.spec.subcommand(text)) {
                self.descend(child);
                return;
            }
            if self.spec.subcommand_required() {
                self.problems.push((BindProblem::Subcommand(text.unwrap_or("…").to_owned()), value.span));
                // It may be what the switch in front is set to, as npm has it: what is behind is then the subcommand.
                let front = self.at.checked_sub(2).and_then(|front| self.arguments.get(front));
                if matches!(text, Some("true" | "false")) && front.is_some_and(|front| front.text.starts_with('-')) {
                    return;
                }
            }
        }
        self.operands.push(self.at - 1);
        let goes_on = self.spec.resumes() && self.operands.len() == 1;
        self.ended |= !self.spec.interspersed() && !goes_on;
    }

    /// The subcommand is what the rest is of. Options in front of it that are its own as well are asked for by its forms.
    fn descend(&mut self, child: CommandSpec<'static>) {
        if self.spec.has_global_options() {
            for bound in &mut self.options {
                let own = self.spec.flags_of(bound.option).find_map(|flag| child.option(flag));
                bound.option = own.filter(|own| own.does_as(bound.option)).unwrap_or(bound.option);
            }
        }
        self.spec = child;
        self.ended = false;
    }

    /// Whether all there is besides subcommands is one option that prints and exits.
    pub(super) fn is_info(&self) -> bool {
        let asks = |only: &Bound| {
            only.option.is_info() && (only.value.is_none() || !matches!(only.option.takes(), Takes::Required(_)))
        };
        matches!(self.options.as_slice(), [only] if asks(only)) && self.operands.is_empty()
    }
}

/// Whether a dot stands behind the last wildcard of a pattern, which nothing splits.
fn has_dot(value: &Value) -> bool {
    let tail = value.text.rsplit(['*', '?', '[', ']', '(', ')', '\\']).next().unwrap_or_default();
    value.knowledge == Knowledge::Pattern && !value.split && tail.contains('.')
}
