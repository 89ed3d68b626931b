//! The structure of a script as text, without positions: two scripts with one shape are one tree.

use crate::shell::*;

/// The shape of a whole script.
pub(in crate::shell) fn shape(script: &Script) -> String {
    node(script, script.body)
}

fn text(script: &Script, text: Text) -> String {
    script.text(text).to_owned()
}

fn words(script: &Script, run: Run) -> String {
    script.words_of(run).iter().map(|it| format!("<{}>", word(script, *it))).collect::<Vec<_>>().join(" ")
}

/// The shape of a word.
pub(in crate::shell) fn word(script: &Script, word: Word) -> String {
    script.parts_of(word).iter().map(|it| part(script, it)).collect::<Vec<_>>().join(" ")
}

fn part(script: &Script, part: &Part) -> String {
    let mark = if part.quoted { "q" } else { "" };
    match part.kind {
        PartKind::Literal(it) => format!("{mark}{:?}", text(script, it)),
        PartKind::Glob(it) => format!("glob({})", text(script, it)),
        PartKind::Tilde(it) => format!("~({})", text(script, it)),
        PartKind::Sequence(it) => format!("seq({})", text(script, it)),
        PartKind::Braces { alternatives } => format!("{{{}}}", words(script, alternatives)),
        PartKind::Parameter { name, subscript, operator, symbol, operands } => {
            let subscript = subscript.map(|it| format!("[{}]", word(script, script.word(it)))).unwrap_or_default();
            let (name, symbol) = (text(script, name), text(script, symbol));
            let operator = if operator == Operator::Plain { String::new() } else { format!(" {operator:?}{symbol}") };
            format!("{mark}${name}{subscript}{operator}{}", words(script, operands))
        }
        PartKind::Command { body } => format!("{mark}$({})", node(script, body)),
        PartKind::Process { body, output } => {
            format!("{}({})", if output { '>' } else { '<' }, node(script, body))
        }
        PartKind::Arithmetic { expression } => {
            format!("{mark}$(({}))", word(script, script.word(expression)))
        }
        PartKind::Unknown => "unknown".to_owned(),
    }
}

fn redirect(script: &Script, redirect: &Redirect) -> String {
    let descriptor = match redirect.descriptor {
        Descriptor::Default => String::new(),
        Descriptor::Number(number) => number.to_string(),
        Descriptor::Variable(name) => format!("{{{}}}", text(script, name)),
    };
    let target = match redirect.target {
        RedirectTarget::Word(it) => word(script, script.word(it)),
        RedirectTarget::Body { body, quoted } => {
            format!("{quoted} {}", word(script, script.word(body)))
        }
    };
    format!(" {descriptor}{:?}<{target}>", redirect.operator)
}

fn assignment(script: &Script, it: &Assignment) -> String {
    let subscript = it.subscript.map(|id| format!("[{}]", word(script, script.word(id)))).unwrap_or_default();
    let value = match it.value {
        AssignedValue::Word(None) => String::new(),
        AssignedValue::Word(Some(id)) => format!("<{}>", word(script, script.word(id))),
        AssignedValue::Array(run) => format!("({})", words(script, run)),
    };
    let (append, argument) = (if it.append { "+" } else { "" }, if it.argument { "arg " } else { "" });
    format!("{argument}{}{subscript}{append}={value} ", text(script, it.name))
}

fn clauses(script: &Script, run: Run) -> String {
    let clause = |it: &Clause| {
        let condition = it.condition.map(|id| node(script, id)).unwrap_or_default();
        format!("[{condition} {} {} {:?}]", words(script, it.patterns), node(script, it.body), it.end)
    };
    script.clauses_of(run).iter().map(clause).collect()
}

fn children(script: &Script, run: Run) -> String {
    script.children_of(run).iter().map(|&id| node(script, id)).collect::<Vec<_>>().join("; ")
}

fn node(script: &Script, id: NodeId) -> String {
    let it = script.node(id);
    let redirects: String = script.redirects_of(it.redirects).iter().map(|it| redirect(script, it)).collect();
    format!("{}{redirects}", kind(script, &it.kind))
}

fn kind(script: &Script, kind: &NodeKind) -> String {
    let sub = |id: NodeId| node(script, id);
    match *kind {
        NodeKind::Simple { assignments, words: run } => {
            let assigned: String = script.assignments_of(assignments).iter().map(|it| assignment(script, it)).collect();
            format!("{assigned}{}", words(script, run))
        }
        NodeKind::List { items } => format!("list({})", children(script, items)),
        NodeKind::Background { body } => format!("{} &", sub(body)),
        NodeKind::AndOr { left, right, or } => {
            format!("({} {} {})", sub(left), if or { "or" } else { "and" }, sub(right))
        }
        NodeKind::Prefixed { prefix, body } => format!("{prefix:?} {}", sub(body)),
        NodeKind::Pipeline { stages } => format!("pipe({})", children(script, stages)),
        NodeKind::Subshell { body } => format!("subshell {}", sub(body)),
        NodeKind::Group { body } => format!("group {}", sub(body)),
        NodeKind::If { clauses: run } => format!("if {}", clauses(script, run)),
        NodeKind::While { until, condition, body } => format!("while {until} {} do {}", sub(condition), sub(body)),
        NodeKind::For { variable, words: run, body, select } => {
            let list = run.map(|run| words(script, run));
            format!("for {select} {} in {list:?} do {}", text(script, variable), sub(body))
        }
        NodeKind::ForArithmetic { expressions, body } => {
            format!("for(({})) do {}", words(script, expressions), sub(body))
        }
        NodeKind::Case { subject, clauses: run } => {
            format!("case {} {}", word(script, script.word(subject)), clauses(script, run))
        }
        NodeKind::Function { name, body } => {
            format!("function {} {}", text(script, name), sub(body))
        }
        NodeKind::Test { words: run } => format!("test {}", words(script, run)),
        NodeKind::Arithmetic { expression } => {
            format!("(({}))", word(script, script.word(expression)))
        }
        NodeKind::Coproc { name, body } => {
            format!("coproc {:?} {}", name.map(|it| text(script, it)), sub(body))
        }
        NodeKind::Unknown => "unknown".to_owned(),
    }
}
