//! The reference on a terminal.

use super::reference::{Entry, Library, OptionEntry, Use};
use crate::look::Look;
use crate::render::canvas::{Canvas, Ink};
use guardian_engine::RiskLevel;

/// Column at which values start.
const VALUES: usize = 15;

/// The names of all programs, by family.
pub fn index(library: &Library, look: Look) -> String {
    let mut canvas = Canvas::new(look);
    let (programs, commands) = library.size();
    let families = library.families();
    let head =
        format!("{programs} programs; {commands} descriptions of programs and subcommands in {} files", families.len());
    canvas.flow(Ink::Strong, &head, 0).end();
    for (file, names) in families {
        canvas.end().put(Ink::Strong, file).end().to(2).flow(Ink::Plain, &names.join(" "), 2).end();
    }
    canvas.finish()
}

/// What is known of some commands.
pub fn sheets(entries: &[Entry], look: Look) -> String {
    let mut canvas = Canvas::new(look);
    for (at, entry) in entries.iter().enumerate() {
        if at > 0 {
            canvas.end();
        }
        sheet(&mut canvas, entry);
    }
    canvas.finish()
}

fn sheet(canvas: &mut Canvas, entry: &Entry) {
    canvas.put(Ink::Strong, &entry.name);
    if !entry.also.is_empty() {
        canvas.put(Ink::Faint, ", ").flow(Ink::Faint, &entry.also.join(", "), 2);
    }
    canvas.end();
    if let Some(file) = &entry.file {
        row(canvas, "described", Ink::Faint, file);
    }
    for note in &entry.notes {
        row(canvas, "", Ink::Faint, note);
    }
    canvas.to(2).put(Ink::Plain, "can").to(VALUES);
    for (at, kind) in entry.effects.iter().enumerate() {
        canvas.put(Ink::Plain, if at > 0 { " " } else { "" });
        if canvas.room() < kind.kind.len() + 2 {
            canvas.end().to(VALUES);
        }
        canvas.put(Ink::Risk(level(kind.risk)), kind.kind);
    }
    canvas.put(Ink::Plain, if entry.effects.is_empty() { "print, and nothing else" } else { "" }).end();
    uses(canvas, &entry.uses);
    options(canvas, &entry.options);
    if !entry.subcommands.is_empty() {
        row(canvas, "subcommands", Ink::Plain, &entry.subcommands.join(" "));
    }
}

fn level(word: &str) -> RiskLevel {
    match word {
        "low" => RiskLevel::Low,
        "med" => RiskLevel::Med,
        _ => RiskLevel::High,
    }
}

fn row(canvas: &mut Canvas, name: &str, ink: Ink, text: &str) {
    canvas.to(2).put(Ink::Plain, name).to(VALUES).flow(ink, text, VALUES).end();
}

fn uses(canvas: &mut Canvas, uses: &[Use]) {
    for (at, usage) in uses.iter().enumerate() {
        let when = match (usage.when.is_empty(), at) {
            (true, 0) => String::new(),
            (true, _) => "otherwise: ".to_owned(),
            (false, _) => format!("{}: ", usage.when.join(", ")),
        };
        let mut parts = vec![match usage.operands.is_empty() {
            true => "no operands".to_owned(),
            false => usage.operands.join(" "),
        }];
        if !usage.effects.is_empty() {
            parts.push(format!("does {}", usage.effects.join(", ")));
        }
        if !usage.no_operands.is_empty() {
            parts.push(format!("without operands {}", usage.no_operands.join(", ")));
        }
        if let Some(stdin) = usage.stdin {
            parts.push(format!("its input is {stdin}"));
        }
        if let Some(output) = usage.output {
            parts.push(format!("prints {output}"));
        }
        row(canvas, if at == 0 { "operands" } else { "" }, Ink::Plain, &format!("{when}{}", parts.join("; ")));
    }
}

fn options(canvas: &mut Canvas, options: &[OptionEntry]) {
    let (plain, others): (Vec<&OptionEntry>, Vec<&OptionEntry>) = options.iter().partition(|option| option.is_plain());
    for (at, option) in others.iter().enumerate() {
        canvas.to(2).put(Ink::Plain, if at == 0 { "options" } else { "" }).to(VALUES);
        canvas.flow(Ink::Code, &option.written(), VALUES + 2);
        let words = words(option);
        if !words.is_empty() {
            canvas.put(Ink::Plain, "  ").flow(Ink::Plain, &words, VALUES + 2);
        }
        canvas.end();
    }
    let named = |valued: bool| {
        let own = plain.iter().filter(|option| option.value.is_some() == valued);
        own.flat_map(|option| option.flags.iter().copied()).collect::<Vec<_>>().join(" ")
    };
    for (name, flags) in [("no effect", named(false)), ("plain value", named(true))] {
        if !flags.is_empty() {
            row(canvas, name, Ink::Plain, &flags);
        }
    }
}

/// What an option does, in words.
pub fn words(option: &OptionEntry) -> String {
    let mut parts = Vec::new();
    if !option.effects.is_empty() {
        parts.push(option.effects.join(", "));
    }
    parts.extend(option.sets.map(|property| format!("sets {property}")));
    if !option.only.is_empty() {
        parts.push(format!("only for {}", option.only.join(" ")));
    }
    if !option.except.is_empty() {
        parts.push(format!("not for {}", option.except.join(" ")));
    }
    if !option.harmless.is_empty() {
        parts.push(format!("nothing for {}", option.harmless.join(" ")));
    }
    parts.join("; ")
}
