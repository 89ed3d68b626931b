//! The reference as one page of HTML that needs nothing else: no script, no font, no request.

use super::reference::{Entry, Use};
use super::sheet::words;
use std::fmt::Write;

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>What guardian knows of commands</title>
<style>
:root { color-scheme: light dark; --faint: color-mix(in srgb, currentColor 60%, transparent) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .5rem 0 }
h2 { font: 600 1.1rem ui-monospace, monospace; margin: .5rem 0 }
h2 small, .faint { color: var(--faint); font-weight: 400 }
code { font: .9em ui-monospace, monospace }
table { border-collapse: collapse } td { vertical-align: top; padding: .1rem 1rem .1rem 0 }
.low { color: #2a7d3c } .med { color: #a36500 } .high { color: #c62828; font-weight: 600 }
</style>
<h1>What guardian knows of commands</h1>
<p>An option or subcommand that is not listed here is unknown, and what is unknown is never allowed unasked.</p>
";

/// The page.
pub fn page(entries: &[Entry]) -> String {
    let mut out = String::from(HEAD);
    for entry in entries {
        section(&mut out, entry);
    }
    out
}

/// Text that cannot be taken for markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter => out.push(letter),
        }
    }
    out
}

fn section(out: &mut String, entry: &Entry) {
    let name = escaped(&entry.name);
    let also = if entry.also.is_empty() { String::new() } else { format!(", {}", escaped(&entry.also.join(", "))) };
    let _ = writeln!(out, "<section id=\"{}\">\n<h2>{name} <small>{also}</small></h2>", name.replace(' ', "-"));
    let mut facts: Vec<String> = entry.file.iter().map(|file| format!("described in {}", escaped(file))).collect();
    facts.extend(entry.notes.iter().map(|note| escaped(note)));
    if !facts.is_empty() {
        let _ = writeln!(out, "<p class=\"faint\">{}</p>", facts.join("; "));
    }
    let kinds = entry.effects.iter().map(|kind| format!("<span class=\"{}\">{}</span>", kind.risk, kind.kind));
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let _ = writeln!(out, "<p>{}</p>", if kinds.is_empty() { "prints, and nothing else" } else { &kinds });
    uses(out, &entry.uses);
    if !entry.options.is_empty() {
        out.push_str("<details><summary>options</summary>\n<table>\n");
        for option in &entry.options {
            let (flags, words) = (escaped(&option.written()), escaped(&words(option)));
            let _ = writeln!(out, "<tr><td><code>{flags}</code><td>{words}");
        }
        out.push_str("</table></details>\n");
    }
    if !entry.subcommands.is_empty() {
        let links = entry.subcommands.iter().map(|word| {
            let word = escaped(word);
            format!("<a href=\"#{}-{word}\">{word}</a>", name.replace(' ', "-"))
        });
        let _ = writeln!(out, "<p>subcommands: {}</p>", links.collect::<Vec<_>>().join(" "));
    }
    out.push_str("</section>\n");
}

fn uses(out: &mut String, uses: &[Use]) {
    if uses.is_empty() {
        return;
    }
    out.push_str("<table>\n");
    for (at, usage) in uses.iter().enumerate() {
        let when = match (usage.when.is_empty(), at) {
            (true, 0) => String::new(),
            (true, _) => "otherwise".to_owned(),
            (false, _) => escaped(&usage.when.join(", ")),
        };
        let operands = match usage.operands.is_empty() {
            true => "no operands".to_owned(),
            false => format!("<code>{}</code>", escaped(&usage.operands.join(" "))),
        };
        let mut does: Vec<String> = usage.effects.iter().map(|effect| escaped(effect)).collect();
        does.extend(usage.no_operands.iter().map(|effect| format!("without operands {}", escaped(effect))));
        does.extend(usage.stdin.map(|stdin| format!("its input is {stdin}")));
        does.extend(usage.output.map(|output| format!("prints {output}")));
        let _ = writeln!(out, "<tr><td>{when}<td>{operands}<td>{}", does.join(", "));
    }
    out.push_str("</table>\n");
}
