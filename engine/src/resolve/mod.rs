//! What will *run*: a syntax tree to the invocations it leads to. Follows variables, directories, functions, wrappers
//! and inner scripts; knows what words are (by specs), not what they do to the world.

// What the walk goes by, keeps and finds.
mod buffers;
mod left;
mod limit;
mod resolution;
mod shared;
mod state;
mod walk;
mod walker;

// Words: what each may be when its program sees it.
mod arithmetic;
mod arrays;
mod assigned;
mod evaluates;
mod expand;
mod fish;
mod glob;
mod parameter;
mod parted;
mod positional;
mod value;
mod ways;
mod word;
mod zsh;

// Commands: which program each name is, and what its words are to it.
mod argv;
mod bound;
mod builtin;
mod command;
mod control;
mod flags;
mod identify;
mod lasting;
mod lookup;
mod operands;
mod readings;
mod redirect;
mod references;
mod retract;
mod sets;
mod traps;
mod unlisted;

// Code and commands within commands.
mod beside;
mod code;
mod dialect;
mod files;
mod guessed;
mod holes;
mod includes;
mod json;
mod make_text;
mod nested;
mod project;
mod spoken;

// What commands print, and find.
mod found;
mod lies;
mod print;
mod printf;

// Files that the script itself makes, and who runs them.
mod contents;
mod filled;
mod led;
mod made;
mod named;
mod sources;
mod tasks;

pub use argv::bind;
pub use bound::{BindProblem, Binding, Bound};
pub(crate) use buffers::Buffers;
pub use dialect::Action;
pub(crate) use dialect::{OWN, WHOEVER};
pub use found::NamePattern;
pub(crate) use identify::HIDES;
pub use identify::SYSTEM_FOLDERS;
pub use left::Left;
pub(crate) use left::left;
pub(crate) use limit::MORE_FILES;
pub use lookup::Lookup;
pub(crate) use made::names_module;
pub use resolution::{Input, Invocation, Limits, Note, NoteKind, Piped, Reach, Resolution, Written};
pub use state::Directory;
pub(crate) use state::upward;
pub(crate) use unlisted::unlisted_outputs;
pub(crate) use value::{DIGIT, HOLE, JOB};
pub use value::{Knowledge, Unit, Value, Why};
pub use walk::resolve;
pub(crate) use walk::{resolve_argv, resolve_in};
pub use walker::Scene;
