//! `guardian rules add` and `remove`: one rule more or less in the user's file, and everything else in it as it was.

use super::args::{AddArgs, RemoveArgs};
use super::store;
use crate::config::commands::Commands;
use crate::config::disk::Disk;
use crate::config::place::Places;
use crate::failure::{Exit, Failure};
use crate::output;
use guardian_rules::date::Date;
use guardian_rules::execpolicy::{self, LoadOutcome};
use guardian_rules::host::HostTable;
use guardian_rules::rule::{Layer, Origin, PrefixPattern, Rule};
use guardian_rules::{Decision, Specs};
use std::path::Path;

/// Adds.
pub fn add(args: &AddArgs) -> Result<Exit, Failure> {
    let places = Places::of_host();
    let rule = rule_of(args)?;
    if rule.decision == Decision::Allow && !args.force {
        super::suggest::vet_words(&args.pattern, args.exact, known(&places)?)?;
    }
    let path = store::file(&places)?;
    let shown = places.shown(&path);
    match append(&path, &shown, rule)? {
        Added::New(rule) => output::data(&format!("{shown}: added {}\n  {rule}\n", rule.id()))?,
        Added::Known(line) => output::data(&format!("{shown}:{line}: says so already\n"))?,
    }
    Ok(Exit::Done)
}

/// What is known of commands, as far as folders say so: a setting could not be settled without a directory.
fn known(places: &Places) -> Result<Specs<'static>, Failure> {
    Commands::load(places, &[], &Disk::default())
        .map(|commands| commands.knowledge.specs())
        .map_err(Failure::configuration)
}

/// Adds rules for good, as a person said at a prompt.
pub fn remember(places: &Places, rules: &[Rule]) -> Result<String, Failure> {
    let path = store::file(places)?;
    let shown = places.shown(&path);
    for rule in rules {
        append(&path, &shown, rule.clone())?;
    }
    Ok(shown)
}

/// What became of it.
enum Added {
    New(Box<Rule>),
    Known(u32),
}

/// The rule that was asked for, with its own words as an example.
fn rule_of(args: &AddArgs) -> Result<Rule, Failure> {
    let words = args.pattern.iter().map(String::as_str);
    let pattern = PrefixPattern::from_words(words).ok_or_else(|| Failure::usage("a rule needs at least one word"))?;
    let expires = match &args.expires {
        None => None,
        Some(text) => Some(
            Date::parse(text)
                .ok_or_else(|| Failure::usage(format!("`{text}` is no date")).help("write it as in 2026-12-31"))?,
        ),
    };
    if args.justification.as_deref().is_some_and(|text| text.trim().is_empty()) {
        return Err(Failure::usage("the justification is empty"));
    }
    if args.exact && Decision::from(args.decision).restricts() {
        return Err(Failure::usage(
            "--exact is for what is allowed: a word more would get round a rule that restricts",
        ));
    }
    let cwd = match &args.below {
        None => None,
        Some(folder) => Some(crate::setup::existing_folder(Path::new(folder), "--below")?),
    };
    Ok(Rule {
        justification: args.justification.clone(),
        placement: args.placement.map(Into::into),
        accept_high: args.accept_high,
        exact: args.exact,
        expires,
        cwd,
        ..Rule::new(pattern, args.decision.into(), Origin::without_file(Layer::User))
    })
}

fn append(path: &Path, shown: &str, mut rule: Rule) -> Result<Added, Failure> {
    if rule.examples.is_empty() {
        let first = |token: &guardian_rules::rule::PatternToken| token.words().first().cloned();
        rule.examples = vec![rule.pattern.tokens().iter().filter_map(first).collect()];
    }
    store::edit(path, |text| {
        let now = read(shown, text)?;
        if let Some(known) = now.rules.iter().find(|own| says_the_same(own, &rule)) {
            return Ok((None, Added::Known(known.origin.line)));
        }
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let new = format!("{text}{gap}{rule}\n");
        let then = read(shown, &new)?;
        if then.rules.len() != now.rules.len() + 1 {
            return Err(Failure::internal(format!("the rule would not be read back: {rule}")));
        }
        Ok((Some(new), Added::New(Box::new(rule))))
    })
}

/// Whether a rule decides as another does, whatever it says of the reasons.
fn says_the_same(own: &Rule, other: &Rule) -> bool {
    let parts =
        |rule: &Rule| (rule.decision, rule.placement, rule.accept_high, rule.exact, rule.expires, rule.cwd.clone());
    own.pattern == other.pattern && parts(own) == parts(other)
}

/// The file's rules. What is broken is mended by hand first: a change to it could lose what nobody can read.
fn read(shown: &str, text: &str) -> Result<LoadOutcome, Failure> {
    let outcome = execpolicy::load(Layer::User, shown, text, &HostTable::default());
    if outcome.broken {
        return Err(Failure {
            diagnostics: outcome.diagnostics,
            ..Failure::usage(format!("{shown} has errors, so it is not changed"))
                .help("mend it first; `guardian rules check` shows everything that is wrong")
        });
    }
    Ok(outcome)
}

/// Removes.
pub fn remove(args: &RemoveArgs) -> Result<Exit, Failure> {
    let places = Places::of_host();
    let path = store::file(&places)?;
    let shown = places.shown(&path);
    let rule = store::edit(&path, |text| {
        let now = read(&shown, text)?;
        let rule = now.rules.iter().find(|rule| rule.id().to_string() == args.id);
        let Some(rule) = rule else {
            return Err(Failure::usage(format!("{shown} has no rule {}", args.id))
                .help("`guardian rules list` shows all rules with their ids and places"));
        };
        let new = without(text, rule).filter(|new| {
            let then = execpolicy::load(Layer::User, &shown, new, &HostTable::default());
            let left = now.rules.iter().filter(|own| own.id() != rule.id());
            !then.broken && then.rules.iter().map(Rule::id).eq(left.map(Rule::id))
        });
        let Some(new) = new else {
            return Err(Failure::usage(format!(
                "{shown}:{}: this rule does not stand alone on its lines",
                rule.origin.line
            ))
            .help("remove it with an editor"));
        };
        Ok((Some(new), rule.clone()))
    })?;
    output::data(&format!("{shown}: removed\n  {rule}\n"))?;
    Ok(Exit::Done)
}

/// The text without the lines of the rule's statement: the fewest that read as the rule by themselves.
fn without(text: &str, rule: &Rule) -> Option<String> {
    let first = usize::try_from(rule.origin.line).ok()?.checked_sub(1)?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let rest = lines.get(first..)?;
    let taken = (1..=rest.len().min(MOST_LINES)).find(|count| {
        let statement = rest.get(..*count).unwrap_or_default().concat();
        let outcome = execpolicy::load(Layer::User, "", &statement, &HostTable::default());
        !outcome.broken
            && matches!(outcome.rules.as_slice(), [only] if only.id() == rule.id())
            && outcome.network.is_empty()
            && outcome.hosts.is_empty()
    })?;
    Some(lines.get(..first)?.concat() + &rest.get(taken..)?.concat())
}

/// A statement of more lines is removed by hand.
const MOST_LINES: usize = 200;
