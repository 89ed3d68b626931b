//! Holds how complete the specs and their examples are: each option that adds an effect occurs in a case, each command
//! has a harmless and a harmful example as far as it can be either, and each word of the vocabulary is used.
//!
//! `GUARDIAN_MISSING=git cargo test --test completeness` looks at the files whose names contain `git` alone.

mod world;

use guardian_engine::assess::risk;
use guardian_engine::assess::stage::Stage;
use guardian_engine::resolve::{Limits, Scene, Value, bind, resolve};
use guardian_engine::shell::Span;
use guardian_engine::{ApprovalPolicy, Cause, Effect, NoFacts, RiskLevel, Source, shell};
use guardian_rules::image::EffectSpec;
use guardian_rules::vocabulary::{Arity, Config, EffectKind, Output, Project, Property, Role, Style};
use guardian_rules::{CommandSpec, EffectTarget, Form, OptionSpec, Stdin, Takes, built_in};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

/// The programs that people and agents run most.
const MOST_USED: &str = include_str!("completeness/most-used.txt");
/// Commands with one side only, though their spec does not show it; each with the reason.
const ONE_SIDED: &str = include_str!("completeness/one-sided.txt");

/// The commands of all `cases` blocks.
fn cases() -> Vec<String> {
    let mut commands = Vec::new();
    for folder in ["rules/commands", "tests/cases"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            let mut inside = false;
            for line in text.lines() {
                inside = if line.starts_with("```") { line == "```cases" } else { inside };
                if inside && let Some((command, _)) = line.rsplit_once(" # ") {
                    commands.push(command.trim().replace("\\n", "\n"));
                }
            }
        }
    }
    commands
}

/// Whatever may call a dry run off, the command is judged without it as well.
#[test]
fn a_dry_run_that_is_taken_back_is_none() {
    let mut seen = 0;
    for (name, spec) in described() {
        for (flag, _) in spec.flags().filter(|(_, option)| option.property() == Some(Property::DryRun)) {
            let bare = flag.trim_start_matches('-');
            let attached = format!("{flag}=false");
            let ways = [
                vec![flag.to_owned(), format!("--no-{bare}")],
                vec![format!("--no-{bare}"), flag.to_owned()],
                vec![flag.to_owned(), "false".to_owned()],
                vec![flag.to_owned(), "--not-described".to_owned()],
                if flag.starts_with("--") { vec![attached] } else { vec![flag.to_owned(), attached] },
            ];
            for words in ways {
                let values: Vec<Value> =
                    words.iter().map(|word| Value::exact(word.as_str(), Span::default())).collect();
                let otherwise = bind(spec, &values).otherwise;
                assert!(otherwise.is_some_and(|o| !o.has(Property::DryRun)), "{name} {words:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

/// Every described command once, by its name.
fn described() -> BTreeMap<&'static str, CommandSpec<'static>> {
    fn below(spec: CommandSpec<'static>, found: &mut BTreeMap<&'static str, CommandSpec<'static>>) {
        if !spec.file().is_empty() && found.insert(spec.name(), spec).is_some() {
            return; // A word may lead back to where it stands: `ip -6 -6`.
        }
        spec.subcommands().for_each(|(_, child)| below(child, found));
    }
    let mut found = BTreeMap::new();
    built_in().programs().for_each(|(_, spec)| below(spec, &mut found));
    found
}

/// An option as its authors see it: several commands of a file that list the same share its example.
type Listed = (&'static str, Vec<&'static str>, String);

fn listed(spec: CommandSpec<'static>, option: OptionSpec<'static>) -> Listed {
    let flags = spec.flags().filter(|(_, own)| *own == option).map(|(flag, _)| flag).collect();
    let effects: Vec<_> = option.effects().map(|e| (e.kind, format!("{:?}", e.target))).collect();
    (spec.file(), flags, format!("{:?} {effects:?}", option.takes()))
}

/// The command with the shortest name that lists an option: one that its subcommands take over is that of the program.
static HOLDERS: LazyLock<BTreeMap<Listed, &'static str>> = LazyLock::new(|| {
    let mut holders: BTreeMap<Listed, &'static str> = BTreeMap::new();
    for (name, spec) in described() {
        for (_, option) in spec.flags() {
            let holder = holders.entry(listed(spec, option)).or_insert(name);
            if name.split(' ').count() < holder.split(' ').count() {
                *holder = name;
            }
        }
    }
    holders
});

/// The command whose option it is: this one, or one of those that lead to it.
fn holder(spec: CommandSpec<'static>, option: OptionSpec<'static>) -> CommandSpec<'static> {
    let lists = |command: &CommandSpec<'static>| command.flags().any(|(_, own)| own == option);
    heads(spec).into_iter().find(lists).unwrap_or(spec)
}

/// Whether an option is this command's own.
fn owns(spec: CommandSpec<'static>, option: OptionSpec<'static>) -> bool {
    let holder = holder(spec, option);
    holder.name() == spec.name() && HOLDERS.get(&listed(spec, option)).is_some_and(|name| *name == spec.name())
}

/// The commands that lead to this one.
fn heads(spec: CommandSpec<'static>) -> Vec<CommandSpec<'static>> {
    let mut words = spec.name().split(' ');
    let mut above = words.next().and_then(|name| built_in().program(name));
    let mut heads = Vec::new();
    while let Some(command) = above.filter(|command| command.name() != spec.name()) {
        heads.push(command);
        above = words.next().and_then(|word| command.subcommand(word));
    }
    heads
}

/// Whether it is listed for more than being there.
fn adds_an_effect(option: OptionSpec<'static>) -> bool {
    let plain =
        |role| matches!(role, Role::Literal | Role::Parameter | Role::Resource | Role::Inspect | Role::Directory);
    option.effects().next().is_some()
        || match option.takes() {
            Takes::Nothing => false,
            Takes::Required(role) | Takes::Optional(role) => !plain(role),
        }
}

/// What the cases show.
#[derive(Default)]
struct Shown {
    options: BTreeSet<Listed>,
    risks: BTreeMap<&'static str, BTreeSet<RiskLevel>>,
    /// The commands that lead to one that is shown: `git` and `git remote` to `git remote add`.
    leads: BTreeSet<&'static str>,
}

static SHOWN: LazyLock<Shown> = LazyLock::new(|| {
    let mut shown = Shown::default();
    let guardian = world::engine(ApprovalPolicy::Untrusted);
    for case in cases() {
        let request = world::request(&case);
        let script = shell::parse(&case);
        let (directory, workspace) = ("/repo".into(), &request.workspace);
        let scene = Scene { directory, workspace, specs: built_in(), facts: &NoFacts, limits: Limits::default() };
        let resolution = resolve(script, scene);
        let verdict = guardian.decide(&request);
        for invocation in resolution.invocations {
            let Some(binding) = &invocation.binding else { continue };
            shown.leads.extend(heads(binding.spec).iter().map(|head| head.name()));
            for bound in &binding.options {
                let listed = listed(holder(binding.spec, bound.option), bound.option);
                // An option of the program shows its harm in front of any subcommand.
                let holder = HOLDERS.get(&listed).copied().unwrap_or_default();
                shown.risks.entry(holder).or_default().insert(verdict.risk);
                shown.options.insert(listed);
            }
        }
        for invoked in verdict.trace.invocations() {
            let Some((name, _)) = invoked.spec else { continue };
            let own = verdict.trace.findings().filter(|finding| finding.unit == invoked.unit);
            let risk = own.filter(|f| matches!(f.source, Source::Risk(_))).map(|f| f.risk).max();
            // What a wrapper runs is what is harmful about it.
            let risks = shown.risks.entry(name).or_default();
            risks.extend([risk.unwrap_or(RiskLevel::Low), verdict.risk]);
        }
    }
    shown
});

/// Whether some use of it does nothing harmful by itself, and whether anything that it lists is harmful by itself.
fn sides(spec: CommandSpec<'static>) -> (bool, bool) {
    let harmful = |effect: EffectSpec<'static>| {
        !matches!(effect.target, EffectTarget::Literal(text) if text.starts_with("project"))
            && risk::rate(&Effect::plain(effect.kind, Span::default(), Cause::Spec("")), Stage::Unsaid, &NoFacts).risk
                > RiskLevel::Low
    };
    let quiet = |form: &Form<'static>| {
        !form.effects().any(harmful) && !form.operands().any(|o| o.arity != Arity::Optional && changes(o.role))
    };
    let loud = |form: &Form<'static>| {
        form.effects().chain(form.no_operands()).any(harmful) || form.operands().any(|o| changes(o.role))
    };
    let options = spec.flags().any(|(_, option)| option.effects().any(harmful) && owns(spec, option));
    let harmless = !spec.subcommand_required() && spec.forms().any(|form| quiet(&form));
    (harmless, options || spec.forms().any(|form| loud(&form)))
}

/// Whether a word in this role may well be a harm: something is changed, run or told to others.
const fn changes(role: Role) -> bool {
    !matches!(
        role,
        Role::Literal
            | Role::Read
            | Role::ReadTree
            | Role::Inspect
            | Role::InspectTree
            | Role::Directory
            | Role::Resource
            | Role::Variable
            | Role::Assignment
    )
}

/// Fails where something is missing, in the files that are looked at.
fn held(what: &str, missing: impl IntoIterator<Item = (String, &'static str)>) {
    let part = std::env::var("GUARDIAN_MISSING").unwrap_or_default();
    let missing = missing.into_iter().filter(|(_, file)| file.contains(&part));
    let lines: Vec<String> = missing.map(|(line, file)| format!("{file}: {line}")).collect();
    assert!(lines.is_empty(), "{what}:\n{}", lines.join("\n"));
}

#[test]
fn each_option_that_adds_an_effect_occurs_in_a_case() {
    let shown = &SHOWN;
    let mut missing = BTreeMap::new();
    for (name, spec) in described() {
        for (_, option) in spec.flags().filter(|(_, option)| adds_an_effect(*option)) {
            let own = listed(spec, option);
            if !shown.options.contains(&own) {
                let line = format!("{name} {}  {}", own.1.join(" "), own.2);
                missing.entry(own).or_insert((line, spec.file()));
            }
        }
    }
    held("options that add an effect and occur in no case", missing.into_values());
}

#[test]
fn each_command_has_a_harmless_and_a_harmful_example() {
    let shown = &SHOWN;
    let excused: BTreeSet<&str> = ONE_SIDED.lines().filter_map(|line| line.split_once(": ")).map(|(n, _)| n).collect();
    let mut missing = Vec::new();
    for (name, spec) in described() {
        let none = BTreeSet::new();
        let risks = shown.risks.get(name).unwrap_or(&none);
        let (harmless, harmful) = sides(spec);
        let lacks = [
            (harmless && !risks.contains(&RiskLevel::Low), "a harmless"),
            (harmful && !risks.iter().any(|risk| *risk > RiskLevel::Low), "a harmful"),
            (risks.is_empty() && !(spec.subcommand_required() && shown.leads.contains(name)), "any"),
        ];
        if let Some((_, which)) = lacks.iter().find(|(lacks, _)| *lacks && !excused.contains(name)) {
            missing.push((format!("{name} has not {which} example"), spec.file()));
        }
    }
    held("commands without examples", missing);
}

#[test]
fn each_exception_is_one() {
    let known = described();
    for line in ONE_SIDED.lines().filter(|line| !line.is_empty()) {
        let (name, reason) = line.split_once(": ").unwrap();
        assert!(known.contains_key(name) && !reason.is_empty(), "{line}");
    }
}

#[test]
fn the_most_used_programs_are_described() {
    let unknown: Vec<_> = MOST_USED.split_whitespace().filter(|name| built_in().program(name).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// A word of the vocabulary, or a key of specs, with what it is one of.
type Used = BTreeSet<String>;

fn add(used: &mut Used, kind: &str, words: &[(&str, bool)]) {
    used.extend(words.iter().filter(|(_, given)| *given).map(|(word, _)| format!("{kind} {word}")));
}

fn of_spec(spec: CommandSpec<'static>, used: &mut Used) {
    add(used, "style", &[(spec.style().word(), true)]);
    spec.config().into_iter().for_each(|config| add(used, "config", &[(config.word(), true)]));
    spec.project().into_iter().for_each(|project| add(used, "project", &[(project.word(), true)]));
    let keys = [
        ("abbreviate", spec.abbreviates()),
        ("interspersed", !spec.interspersed()),
        ("resumes", spec.resumes()),
        ("digits", spec.digits()),
        ("plus", spec.plus()),
        ("response_files", spec.response_files()),
        ("uris", spec.uris()),
        ("recursive", spec.recursive()),
        ("appends", spec.appends()),
        ("safe_options", spec.safe_options()),
        ("plain_options", spec.plain_options()),
        ("closed_environment", spec.closed_environment()),
        ("ends", spec.ends()),
        ("info_reads", spec.info_reads().next().is_some()),
        ("subcommand_required", spec.has_subcommands() && !spec.subcommand_required()),
    ];
    add(used, "key", &keys);
}

fn of_option(option: OptionSpec<'static>, used: &mut Used) {
    option.property().into_iter().for_each(|property| add(used, "property", &[(property.word(), true)]));
    option.effects().for_each(|effect| of_effect(effect, used));
    if let Takes::Required(role) | Takes::Optional(role) = option.takes() {
        add(used, "role", &[(role.word(), true)]);
    }
    let keys = [
        ("only", option.only().next().is_some()),
        ("except", option.except().next().is_some()),
        ("harmless", option.harmless().next().is_some()),
        ("second", option.second().is_some()),
        ("info", option.is_info()),
    ];
    add(used, "option", &keys);
}

fn of_form(spec: CommandSpec<'static>, form: &Form<'static>, used: &mut Used) {
    for operand in form.operands() {
        add(used, "role", &[(operand.role.word(), true)]);
        add(used, "arity", &[(operand.arity.word(), true)]);
    }
    form.effects().chain(form.no_operands()).for_each(|effect| of_effect(effect, used));
    add(used, "output", &[(form.output().word(), true)]);
    match form.stdin() {
        Stdin::Data => {}
        Stdin::Names => add(used, "stdin", &[("names", true)]),
        Stdin::Code(role) => add(used, "role", &[(role.word(), true)]),
    }
    let guards = [
        ("with", !form.with().is_empty()),
        ("without", form.without().next().is_some()),
        ("values", form.values().next().is_some()),
        ("first", form.first().next().is_some()),
        ("second", form.second().next().is_some()),
        ("any", form.any().next().is_some()),
        ("count", form.count() != (0, None)),
        ("roles", spec.flags().any(|(_, option)| form.role_of(option).is_some())),
    ];
    add(used, "guard", &guards);
}

fn of_effect(effect: EffectSpec<'static>, used: &mut Used) {
    let target = match effect.target {
        EffectTarget::None => "nothing",
        EffectTarget::Operands => "@operands",
        EffectTarget::Last => "@last",
        EffectTarget::Operand(_) => "@N",
        EffectTarget::Value => "@value",
        EffectTarget::Literal(_) => "itself",
    };
    add(used, "effect", &[(effect.kind.word(), true)]);
    add(used, "target", &[(target, true)]);
}

/// The words that are no enum of the vocabulary.
const KEYS: &[(&str, &[&str])] = &[
    ("key", &["abbreviate", "interspersed", "digits", "plus", "response_files", "uris", "recursive", "appends"]),
    (
        "key",
        &[
            "safe_options",
            "plain_options",
            "closed_environment",
            "ends",
            "info_reads",
            "subcommand_required",
            "resumes",
        ],
    ),
    ("option", &["only", "except", "harmless", "second", "info"]),
    ("stdin", &["names"]),
    ("guard", &["with", "without", "values", "first", "second", "any", "count", "roles"]),
    ("target", &["nothing", "@operands", "@last", "@N", "@value", "itself"]),
];

#[test]
fn each_word_of_the_vocabulary_is_used() {
    let mut used = Used::new();
    for spec in described().into_values() {
        of_spec(spec, &mut used);
        spec.flags().for_each(|(_, option)| of_option(option, &mut used));
        spec.forms().for_each(|form| of_form(spec, &form, &mut used));
    }
    let all = Style::ALL.iter().map(|w| format!("style {}", w.word()));
    let all = all.chain(Config::ALL.iter().map(|w| format!("config {}", w.word())));
    let all = all.chain(Project::ALL.iter().map(|w| format!("project {}", w.word())));
    let all = all.chain(Property::ALL.iter().map(|w| format!("property {}", w.word())));
    let all = all.chain(EffectKind::ALL.iter().map(|w| format!("effect {}", w.word())));
    let all = all.chain(Role::ALL.iter().map(|w| format!("role {}", w.word())));
    let all = all.chain(Arity::ALL.iter().map(|w| format!("arity {}", w.word())));
    let all = all.chain(Output::ALL.iter().map(|w| format!("output {}", w.word())));
    let all = all.chain(KEYS.iter().flat_map(|(kind, words)| words.iter().map(move |word| format!("{kind} {word}"))));
    let unused: Vec<String> = all.filter(|word| !used.contains(word)).collect();
    assert!(unused.is_empty(), "no spec uses {unused:?}");
}
