//! An invocation's arguments, as its spec understands them: what the binder says, and what is asked of that.

use super::sets::{Properties, Roles};
use super::state::Directory;
use super::value::Value;
use crate::shell::Span;
use guardian_rules::{CommandSpec, Form, OptionSpec, Output, Property, Role};
use smallvec::SmallVec;
use std::ops::Range;

/// An invocation's arguments, as its spec understands them.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The program's spec, or the subcommand's.
    pub spec: CommandSpec<'static>,
    /// Options in order.
    pub options: Vec<Bound>,
    /// Operands in order: index into argv, and what the form says each is.
    pub operands: SmallVec<[(usize, Role); 4]>,
    /// The form that applies; nothing where none does.
    pub form: Option<Form<'static>>,
    /// Whether it is only a question for help or a version.
    pub info: bool,
    /// What the spec does not cover.
    pub problems: Vec<(BindProblem, Span)>,
    /// The properties that its options set.
    pub(super) properties: Properties,
    /// The roles that its operands have.
    pub(crate) operand_roles: Roles,
    /// The roles that the values of its options have.
    pub(crate) value_roles: Roles,
    /// The same words without the options that another of them may take back, or with the files that one may be besides
    /// an option's value, where that makes a difference.
    pub otherwise: Option<Box<Self>>,
}

impl Binding {
    /// The properties that options set.
    pub(super) fn properties(options: &[Bound]) -> Properties {
        Properties::of(options.iter().filter_map(Bound::property))
    }

    /// What the form that applies says it prints.
    #[must_use]
    pub fn output(&self) -> Output {
        self.form.map_or(Output::Text, |form| form.output())
    }

    /// Where the relative paths of the command start: its directory, or what an option such as `-C` says.
    #[must_use]
    pub fn directory(&self, here: &Directory) -> Directory {
        if !self.value_roles.have(Role::Directory) {
            return here.clone();
        }
        let options = self.options.iter().filter(|b| b.role == Some(Role::Directory)).filter_map(|b| b.value.as_ref());
        options.fold(here.clone(), |directory, value| match value.known() {
            Some(path) => directory.at(path),
            // Were none made, some tools would stay where they are.
            None if value.is_made() && !value.many => {
                let mut one = directory.at(&value.text);
                if !value.there {
                    one.join_with(&directory);
                }
                one
            }
            None => Directory::Unknown,
        })
    }

    /// Whether an option sets the property.
    #[must_use]
    pub fn has(&self, property: Property) -> bool {
        self.properties.have(property)
    }

    /// Its operands among the invocation's arguments, each with what it is.
    pub(crate) fn operands_in<'b>(
        &'b self,
        arguments: &'b [Value],
    ) -> impl DoubleEndedIterator<Item = (Role, &'b Value)> + Clone {
        self.operands.iter().filter_map(|(at, role)| Some((*role, arguments.get(*at)?)))
    }

    /// Those that have this role.
    pub(crate) fn operands_of<'b>(
        &'b self,
        wanted: Role,
        arguments: &'b [Value],
    ) -> impl DoubleEndedIterator<Item = &'b Value> + Clone {
        self.operands_in(arguments).filter(move |(role, _)| *role == wanted).map(|(_, word)| word)
    }

    /// Those that name something: all that are more than data.
    pub(crate) fn named_operands<'b>(
        &'b self,
        arguments: &'b [Value],
    ) -> impl DoubleEndedIterator<Item = &'b Value> + Clone {
        self.operands_in(arguments).filter(|(role, _)| !role.is_data()).map(|(_, word)| word)
    }
}

/// An option that was given.
#[derive(Clone, Debug)]
pub struct Bound {
    /// Which.
    pub option: OptionSpec<'static>,
    /// Its value, if it has one.
    pub value: Option<Value>,
    /// The arguments that are a command of its own (`-exec … ;`), as a range of the invocation's arguments.
    pub command: Option<Range<usize>>,
    /// What the value is in this form.
    pub role: Option<Role>,
    /// Where the flag stands.
    pub span: Span,
}

impl Bound {
    /// The property that it sets, unless its value says that it does nothing.
    fn property(&self) -> Option<Property> {
        let property = self.option.property()?;
        (!self.option.is_harmless(self.value.as_ref().and_then(Value::known))).then_some(property)
    }
}

/// Why an invocation is not covered by its spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindProblem {
    /// An option that is not listed.
    Option(String),
    /// A subcommand that is not listed, or not known.
    Subcommand(String),
    /// More operands than the spec has roles for.
    Operand,
    /// No form covers this combination.
    Form,
    /// A word that may turn into an option, or into several words, where that matters.
    Uncertain,
    /// An option with a value that is not described.
    Value(String),
    /// A required value is missing.
    Missing(String),
    /// A word that brings options of this file.
    Options(String),
    /// An option that another word may take back.
    Retracted(String),
}
