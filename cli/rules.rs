//! `guardian rules`: what is in force, what is wrong with it, what matches a command, and changes to the user's file.

mod add;
pub mod args;
mod history;
pub mod list;
mod store;
mod suggest;
mod test;

pub use add::remember;
pub use list::{lines, read};
pub use suggest::{advice, always_admitting, spared_before};

use crate::failure::{Exit, Failure};
use args::{RulesArgs, RulesCommand};

/// Does what was asked.
pub fn rules(args: &RulesArgs) -> Result<Exit, Failure> {
    match &args.command {
        RulesCommand::List(args) => list::list(args),
        RulesCommand::Check(args) => list::check(args),
        RulesCommand::Test(args) => test::test(args),
        RulesCommand::Add(args) => add::add(args),
        RulesCommand::Suggest(args) => suggest::suggest(args),
        RulesCommand::Remove(args) => add::remove(args),
    }
}
