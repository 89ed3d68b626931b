//! Evaluates `.rules` files that need more than literals: loops, functions, conditions, comprehensions. What a file calls
//! with which values is all that comes of it; what these calls mean is for `guardian_rules::execpolicy` to say, as it does
//! of the calls that it reads itself.
//!
//! Nothing can be loaded or printed, and evaluation ends at a limit of steps, of memory and of calls in each other.

use std::cell::RefCell;

use guardian_rules::diagnostic::Span;
use guardian_rules::execpolicy::{Given, GivenCall, Unevaluated};
use starlark::any::ProvidesStaticType;
use starlark::codemap::FileSpanRef;
use starlark::collections::SmallMap;
use starlark::environment::{GlobalsBuilder, Module};
use starlark::eval::{BeforeStmtFunc, BeforeStmtFuncDyn, Evaluator};
use starlark::starlark_module;
use starlark::syntax::{AstModule, Dialect};
use starlark::values::Value;
use starlark::values::list::ListRef;
use starlark::values::none::NoneType;
use starlark::values::tuple::{TupleRef, UnpackTuple};

/// How many steps a file may take. A thousand rules from a loop take some thousands.
const MOST_STEPS: u64 = 200_000;
/// How much memory its values may take, in bytes; looked at before each statement and every thousand steps.
const MOST_MEMORY: usize = 8 << 20;
/// How deep calls may stand in each other.
const MOST_CALLS: usize = 64;
/// How deep lists may stand in each other in what a function is called with. A rule needs three.
const MOST_NESTED: usize = 8;
/// How many values all calls together may be given.
const MOST_GIVEN: usize = 1 << 20;

/// What was called so far, and how many values more may be given.
#[derive(ProvidesStaticType)]
struct Sink {
    calls: RefCell<Vec<GivenCall>>,
    budget: RefCell<usize>,
}

/// All calls of rule functions that the file comes to, in order.
///
/// # Errors
/// Where it cannot be evaluated, and why.
pub fn evaluate(text: &str) -> Result<Vec<GivenCall>, Unevaluated> {
    let dialect = Dialect { enable_f_strings: true, ..Dialect::Extended };
    let ast = AstModule::parse("rules", text.to_owned(), &dialect).map_err(|error| problem(&error))?;
    let sink = Sink { calls: RefCell::default(), budget: RefCell::new(MOST_GIVEN) };
    Module::with_temp_heap(|module| {
        let globals = GlobalsBuilder::standard().with(functions).build();
        let mut evaluator = Evaluator::new(&module);
        evaluator.extra = Some(&sink);
        evaluator.before_stmt_for_dap(BeforeStmtFunc::from_dyn(Box::new(Watch)));
        evaluator.set_max_tick_count(MOST_STEPS)?;
        evaluator.set_max_heap_size(MOST_MEMORY)?;
        evaluator.set_max_callstack_size(MOST_CALLS)?;
        evaluator.eval_module(ast, &globals).map(drop)
    })
    .map_err(|error: starlark::Error| problem(&error))?;
    Ok(sink.calls.into_inner())
}

/// Looks at the memory before each statement: between two checks of its own, the interpreter would let a few statements
/// double a value too often.
struct Watch;

impl<'e> BeforeStmtFuncDyn<'e> for Watch {
    fn call<'v>(&mut self, _: FileSpanRef<'_>, _: bool, eval: &mut Evaluator<'v, '_, 'e>) -> starlark::Result<()> {
        if eval.heap().allocated_bytes() > MOST_MEMORY {
            return Err(starlark::Error::new_other(anyhow::anyhow!("its values take more than 8 MiB")));
        }
        Ok(())
    }
}

/// The error in a line.
fn problem(error: &starlark::Error) -> Unevaluated {
    let text = error.without_diagnostic().to_string();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it cannot be evaluated");
    let span = error.span().map_or_else(Span::default, |at| bytes(at.span.begin().get(), at.span.end().get()));
    Unevaluated { span, message: line.to_owned() }
}

fn bytes(start: u32, end: u32) -> Span {
    let offset = |at| usize::try_from(at).unwrap_or(usize::MAX);
    Span::new(offset(start), offset(end))
}

#[starlark_module]
fn functions(builder: &mut GlobalsBuilder) {
    fn prefix_rule<'v>(
        #[starlark(args)] args: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] kwargs: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        record("prefix_rule", &args, kwargs, eval)
    }

    fn network_rule<'v>(
        #[starlark(args)] args: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] kwargs: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        record("network_rule", &args, kwargs, eval)
    }

    fn host_executable<'v>(
        #[starlark(args)] args: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] kwargs: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        record("host_executable", &args, kwargs, eval)
    }
}

fn record<'v>(
    name: &'static str,
    args: &UnpackTuple<Value<'v>>,
    kwargs: SmallMap<String, Value<'v>>,
    eval: &Evaluator<'v, '_, '_>,
) -> anyhow::Result<NoneType> {
    let sink = eval.extra.and_then(|extra| extra.downcast_ref::<Sink>());
    let sink = sink.ok_or_else(|| anyhow::anyhow!("rules cannot be taken down here"))?;
    let mut budget = sink.budget.borrow_mut();
    let mut arguments = Vec::new();
    for value in &args.items {
        arguments.push((None, given(*value, 0, &mut budget)?));
    }
    for (keyword, value) in kwargs {
        arguments.push((Some(keyword), given(value, 0, &mut budget)?));
    }
    let place = eval.call_stack_top_location();
    let span = place.as_ref().map_or_else(Span::default, |at| bytes(at.span.begin().get(), at.span.end().get()));
    sink.calls.borrow_mut().push(GivenCall { name, span, arguments });
    Ok(NoneType)
}

fn given(value: Value<'_>, depth: usize, budget: &mut usize) -> anyhow::Result<Given> {
    anyhow::ensure!(depth < MOST_NESTED, "lists stand more than {MOST_NESTED} deep in each other");
    let size = 1 + value.unpack_str().map_or(0, |text| text.len() / 16);
    *budget = budget.checked_sub(size).ok_or_else(|| anyhow::anyhow!("the rules of this file are too large"))?;
    if let Some(text) = value.unpack_str() {
        return Ok(Given::Text(text.to_owned()));
    }
    if let Some(truth) = value.unpack_bool() {
        return Ok(Given::Truth(truth));
    }
    if value.is_none() {
        return Ok(Given::Nothing);
    }
    if let Some(items) = ListRef::from_value(value) {
        return items.iter().map(|item| given(item, depth + 1, budget)).collect::<anyhow::Result<_>>().map(Given::List);
    }
    if let Some(items) = TupleRef::from_value(value) {
        return items
            .iter()
            .map(|item| given(item, depth + 1, budget))
            .collect::<anyhow::Result<_>>()
            .map(Given::Tuple);
    }
    if value.get_type() == "int" {
        return Ok(Given::Number);
    }
    anyhow::bail!("a rule takes strings, lists and truth values, and nothing of the type {}", value.get_type())
}
