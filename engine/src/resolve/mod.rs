//! What will *run*: a syntax tree to the invocations it leads to. Follows variables, directories, functions, wrappers
//! and inner scripts; knows what words are (by specs), not what they do to the world.

mod argv;
mod command;
mod dialect;
mod expand;
mod nested;
mod state;
mod value;
mod walk;

pub use argv::{BindProblem, Binding, Bound, bind};
pub use dialect::Action;
pub use state::Directory;
pub use value::{Knowledge, Unit, Value, Why};
pub use walk::{
    Input, Invocation, Limits, Note, NoteKind, Resolution, Written, resolve, resolve_argv,
};
