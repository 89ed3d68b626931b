//! What will *run*: a syntax tree to the invocations it leads to. Follows variables, directories, functions, wrappers
//! and inner scripts; knows what words are (by specs), not what they do to the world.

mod argv;
mod arithmetic;
mod arrays;
mod buffers;
mod builtin;
mod code;
mod command;
mod control;
mod dialect;
mod expand;
mod files;
mod found;
mod glob;
mod identify;
mod includes;
mod json;
mod lookup;
mod nested;
mod operands;
mod parameter;
mod positional;
mod print;
mod printf;
mod project;
mod redirect;
mod resolution;
mod retract;
mod shared;
mod state;
mod value;
mod walk;
mod word;

pub use argv::{BindProblem, Binding, Bound, bind};
pub(crate) use buffers::Buffers;
pub use dialect::Action;
pub(crate) use dialect::{OWN, WHOEVER};
pub use found::NamePattern;
pub use lookup::Lookup;
pub use resolution::{Input, Invocation, Limits, Note, NoteKind, Piped, Resolution, Written};
pub use state::{Directory, below};
pub(crate) use value::HOLE;
pub use value::{Knowledge, Unit, Value, Why};
pub use walk::resolve;
pub(crate) use walk::{Scene, resolve_argv, resolve_in};
