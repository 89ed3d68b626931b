//! Asks the Starlark implementation that Codex uses whether our reader is right: what both read must mean the same,
//! nothing that it rejects may be read here, and nothing that it reads may be rejected here without naming what has
//! to be evaluated. The one leniency we grant ourselves is tabs.
//!
//! `cargo run --release --manifest-path rules/oracle/Cargo.toml -- [SEED] [FILES]`

use std::cell::RefCell;

use guardian_rules::diagnostic::render;
use guardian_rules::execpolicy::load;
use guardian_rules::host::HostTable;
use guardian_rules::rule::Layer;
use starlark::any::ProvidesStaticType;
use starlark::environment::{GlobalsBuilder, Module};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::syntax::{AstModule, Dialect};
use starlark::values::Value;
use starlark::values::list::{ListRef, UnpackList};
use starlark::values::none::NoneType;

mod generate;

/// The rules of a file, one text each.
type Rules = Vec<String>;

#[derive(Default, ProvidesStaticType)]
struct Sink(RefCell<Rules>);

fn words(token: Value<'_>) -> anyhow::Result<String> {
    let text = |value: Value<'_>| Some(format!("{:?}", value.unpack_str()?));
    if let Some(word) = text(token) {
        return Ok(format!("[{word}]"));
    }
    let items = ListRef::from_value(token).ok_or_else(|| anyhow::anyhow!("no word"))?;
    let words: Option<Vec<String>> = items.iter().map(text).collect();
    match words {
        Some(words) if !words.is_empty() => Ok(format!("[{}]", words.join(", "))),
        _ => anyhow::bail!("no words"),
    }
}

#[starlark_module]
fn functions(builder: &mut GlobalsBuilder) {
    fn prefix_rule<'v>(
        pattern: UnpackList<Value<'v>>,
        decision: Option<&'v str>,
        r#match: Option<UnpackList<Value<'v>>>,
        not_match: Option<UnpackList<Value<'v>>>,
        justification: Option<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        anyhow::ensure!(
            r#match.is_none() && not_match.is_none(),
            "examples are not generated"
        );
        let decision = decision.unwrap_or("allow");
        anyhow::ensure!(
            ["allow", "prompt", "forbidden"].contains(&decision),
            "decision"
        );
        anyhow::ensure!(
            justification.is_none_or(|text| !text.trim().is_empty()),
            "justification"
        );
        anyhow::ensure!(!pattern.items.is_empty(), "empty pattern");
        let tokens: anyhow::Result<Vec<String>> =
            pattern.items.iter().map(|token| words(*token)).collect();
        let sink = eval.extra.and_then(|extra| extra.downcast_ref::<Sink>());
        let sink = sink.ok_or_else(|| anyhow::anyhow!("no sink"))?;
        sink.0.borrow_mut().push(format!(
            "{} {decision} {justification:?}",
            tokens?.join(" ")
        ));
        Ok(NoneType)
    }
}

fn theirs(text: &str) -> Result<Rules, String> {
    let dialect = Dialect {
        enable_f_strings: true,
        ..Dialect::Extended
    };
    let ast =
        AstModule::parse("t", text.to_owned(), &dialect).map_err(|problem| problem.to_string())?;
    let sink = Sink::default();
    Module::with_temp_heap(|module| {
        let globals = GlobalsBuilder::standard().with(functions).build();
        let mut evaluator = Evaluator::new(&module);
        evaluator.extra = Some(&sink);
        evaluator.eval_module(ast, &globals).map(drop)
    })
    .map_err(|problem: starlark::Error| problem.to_string())?;
    Ok(sink.0.into_inner())
}

fn ours(text: &str) -> Result<Rules, String> {
    let outcome = load(Layer::User, "t", text, &HostTable::default());
    if outcome.broken {
        return Err(render(&outcome.diagnostics));
    }
    let show = |rule: &guardian_rules::rule::Rule| {
        let token = |token: &guardian_rules::rule::PatternToken| {
            let words: Vec<String> = token
                .words()
                .iter()
                .map(|word| format!("{word:?}"))
                .collect();
            format!("[{}]", words.join(", "))
        };
        let tokens: Vec<String> = rule.pattern.tokens().iter().map(token).collect();
        format!(
            "{} {} {:?}",
            tokens.join(" "),
            rule.decision,
            rule.justification
        )
    };
    Ok(outcome.rules.iter().map(show).collect())
}

fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<u64>());
    let seed = arguments.next().and_then(Result::ok).unwrap_or(1);
    let files = arguments.next().and_then(Result::ok).unwrap_or(100_000);
    let mut dice = generate::Dice::new(seed);
    let (mut both, mut neither, mut wrong) = (0, 0, 0);
    for _ in 0..files {
        let text = generate::file(&mut dice);
        let problem = match (ours(&text), theirs(&text)) {
            (Ok(ours), Ok(theirs)) if ours == theirs => {
                both += 1;
                continue;
            }
            (Ok(ours), Ok(theirs)) => {
                format!("read differently\nours {ours:#?}\ntheirs {theirs:#?}")
            }
            (Ok(_), Err(problem)) if problem.contains("tabs are not allowed") => continue,
            (Ok(_), Err(problem)) => format!("read only here\n{problem}"),
            (Err(problem), Ok(_)) if problem.contains("`starlark` feature") => continue,
            (Err(problem), Ok(_)) => format!("read only there\n{problem}"),
            (Err(_), Err(_)) => {
                neither += 1;
                continue;
            }
        };
        wrong += 1;
        println!("{text}\n{text:?}\n{problem}\n");
    }
    println!("{files} files: {both} read alike, {neither} rejected by both, {wrong} wrong");
    std::process::ExitCode::from(u8::from(wrong > 0))
}
