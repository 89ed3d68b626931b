//! What the reader of literals reads, evaluation comes to as well; and what needs evaluating comes to what it says,
//! within limits.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use guardian_rules::diagnostic;
use guardian_rules::execpolicy::{GivenCall, LoadOutcome, Unevaluated, load, load_evaluated};
use guardian_rules::host::HostTable;
use guardian_rules::rule::Layer;
use guardian_starlark::evaluate;

fn printed(outcome: &LoadOutcome) -> Vec<String> {
    let rules = outcome.rules.iter().map(ToString::to_string);
    let hosts = outcome.hosts.iter().map(ToString::to_string);
    rules.chain(hosts).chain(outcome.network.iter().map(ToString::to_string)).collect()
}

fn evaluated(text: &str) -> LoadOutcome {
    load_evaluated(Layer::User, "my.rules", text, &HostTable::default(), &evaluate)
}

/// The text with something in front that no reader of literals reads, so that all of it is evaluated.
fn forced(text: &str) -> String {
    format!("def _unused():\n    return None\n{text}")
}

/// The `rules` blocks that are followed by a `reads` block.
fn readable(document: &str) -> Vec<String> {
    let blocks: Vec<(&str, String)> = document
        .split("\n```")
        .filter_map(|part| part.split_once('\n'))
        .map(|(kind, text)| (kind, format!("{text}\n")))
        .collect();
    let pairs = blocks.windows(3).filter(|window| window[0].0 == "rules" && window.iter().any(|b| b.0 == "reads"));
    pairs.map(|window| window[0].1.clone()).collect()
}

#[test]
fn both_read_alike() {
    let documents = [include_str!("../rules/tests/language/reads.md"), include_str!("../rules/RULES.md")];
    let mut texts: Vec<String> = documents.iter().flat_map(|document| readable(document)).collect();
    assert!(texts.len() > 15, "only {} texts", texts.len());
    // Tabs are a leniency of ours.
    texts.retain(|text| !text.contains('\t'));
    for text in texts {
        let read = load(Layer::User, "my.rules", &text, &HostTable::default());
        assert!(!read.broken, "{text}");
        let text = forced(&text);
        let evaluated = evaluated(&text);
        assert!(!evaluated.broken, "{text}\n{}", diagnostic::render(&evaluated.diagnostics));
        assert_eq!(printed(&read), printed(&evaluated), "{text}");
    }
}

#[test]
fn loops_functions_and_conditions_come_to_rules() {
    let outcome = evaluated(
        "TOOLS = [name + \"-cli\" for name in (\"a\", \"b\")]\n\
         def deny(word, why = \"not here\"):\n    prefix_rule([word], \"forbidden\", justification = why)\n\
         for tool in TOOLS:\n    deny(tool)\n\
         if len(TOOLS) > 1:\n    prefix_rule(pattern = [f\"{TOOLS[0]}\", [\"x\", \"y\"]], match = [\"a-cli x\"])\n\
         else:\n    prefix_rule([\"never\"])\n\
         network_rule(**{\"host\": \"example.com\", \"protocol\": \"https\", \"decision\": \"deny\"})\n\
         host_executable(\"a-cli\", [\"/opt/%s/a-cli\" % d for d in [\"x\"]])\n",
    );
    assert!(!outcome.broken, "{}", diagnostic::render(&outcome.diagnostics));
    assert_eq!(
        printed(&outcome),
        [
            "prefix_rule(pattern=[\"a-cli\"], decision=\"forbidden\", justification=\"not here\")",
            "prefix_rule(pattern=[\"b-cli\"], decision=\"forbidden\", justification=\"not here\")",
            "prefix_rule(pattern=[\"a-cli\", [\"x\", \"y\"]], decision=\"allow\", match=[\"a-cli x\"])",
            "host_executable(name=\"a-cli\", paths=[\"/opt/x/a-cli\"])",
            "network_rule(host=\"example.com\", protocol=\"https\", decision=\"forbidden\")",
        ]
    );
    let lines: Vec<u32> = outcome.rules.iter().map(|rule| rule.origin.line).collect();
    assert_eq!(lines, [3, 3, 7], "a rule stands where it is called");
}

/// What is wrong with a rule is said in the same words, and what restricts holds in spite of it.
#[test]
fn a_mistake_in_what_was_evaluated_fails_closed() {
    let outcome = evaluated(
        "for word in [\"a\"]:\n    prefix_rule([word], \"forbidden\", match = [\"b\"])\n\
         for word in [\"c\"]:\n    prefix_rule([word], decison = \"allow\")\n",
    );
    let text = diagnostic::render(&outcome.diagnostics);
    assert!(outcome.broken && text.contains("did you mean `decision`?"), "{text}");
    assert!(text.contains("my.rules:2:5: "), "{text}");
    assert_eq!(outcome.rules.len(), 1, "{text}");
}

#[test]
fn what_cannot_be_evaluated_keeps_what_could_be_read() {
    let outcome = evaluated("prefix_rule([\"rm\"], \"forbidden\")\nfor x in [1]:\n    prefix_rule([missing])\n");
    let text = diagnostic::render(&outcome.diagnostics);
    assert!(outcome.broken && text.contains("my.rules:3:18: ") && text.contains("missing"), "{text}");
    assert_eq!(printed(&outcome), ["prefix_rule(pattern=[\"rm\"], decision=\"forbidden\")"]);
    assert_eq!(outcome.lost.len(), 1);
}

#[test]
fn evaluation_is_bounded() {
    let nested = format!("def f():\n    return 1\nx = {}1{}\n", "[".repeat(40), "]".repeat(40));
    let chain = format!("def f():\n    return 1\nx = {}1\n", "- ".repeat(100_000));
    let indented: String = (0..200).map(|depth| format!("{}if True:\n", " ".repeat(depth))).collect();
    for text in [
        "def f():\n    for a in range(1000000):\n        for b in range(1000000):\n            pass\nf()\n",
        "def f(x):\n    return f(x)\nf(1)\n",
        "x = [[a] for a in range(1000000)]\n",
        "x = \"a\" * 10000000000\n[y for y in x]\n",
        "def f():\n    y = \"a\"\n    for _ in range(60):\n        y = y + y\nf()\n",
        "x = [0]\nx.append(x)\nprefix_rule([y for y in [\"a\"]], match = x)\n",
        "load(\"other.rules\", \"x\")\n",
        &nested,
        &chain,
        &indented,
    ] {
        let outcome = evaluated(text);
        let short: String = text.chars().take(80).collect();
        assert!(outcome.broken && outcome.rules.is_empty(), "{short}");
    }
}

#[test]
fn calls_carry_where_they_stand() {
    let calls: Result<Vec<GivenCall>, Unevaluated> = evaluate("x = 1\nprefix_rule([\"a\"])\n");
    let spans: Vec<_> = calls.unwrap().iter().map(|call| (call.span.start, call.span.end)).collect();
    assert_eq!(spans, [(6, 24)]);
}
