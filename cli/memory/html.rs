//! `guardian log --html`: the numbers as a page that anyone can open. One file, no script, nothing from the network; what
//! stands in commands is text and never markup.

use crate::memory::learn::Lesson;
use crate::memory::stats::{Count, Day, Numbers};
use crate::memory::store::ask::Entry;
use crate::memory::when;
use crate::sanitize;
use std::fmt::Write as _;

const STYLE: &str = include_str!("html/style.css");

/// What the page is made of.
pub struct Report<'a> {
    /// When it is made.
    pub now: u64,
    /// The numbers.
    pub numbers: &'a Numbers,
    /// Rules that would have spared most.
    pub lessons: &'a [Lesson],
    /// The latest verdicts that were no plain yes.
    pub latest: &'a [Entry],
}

/// The page.
pub fn page(report: &Report<'_>) -> String {
    let numbers = report.numbers;
    let mut out = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    // A browser is told to fetch nothing and to run nothing, whatever the page says.
    out.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>guardian report</title><style>",
    );
    out.push_str(STYLE);
    out.push_str("</style></head><body><main><h1>guardian report</h1>");
    let span = match (numbers.days.first(), numbers.days.last()) {
        (Some(first), Some(last)) => format!("{} to {}", first.day, last.day),
        _ => "no verdicts".to_owned(),
    };
    let _ = write!(out, "<p class=\"sub\">{span} · made {}</p>", when::shown(report.now));
    tiles(&mut out, numbers);
    out.push_str("<div class=\"grid\">");
    section(&mut out, "Decisions by day", true, |out| days(out, &numbers.days));
    section(&mut out, "Risk", false, |out| mix(out, &numbers.risks));
    section(&mut out, "Decisions", false, |out| mix(out, &numbers.decisions));
    for (title, counts, code) in [
        ("Prompts by program", &numbers.asking, true),
        ("Commands that asked most", &numbers.commands, true),
        ("Beyond the box", &numbers.escalations, false),
        ("Network asked for", &numbers.network, true),
        ("Policies and modes in use", &numbers.modes, false),
        ("Agents and front ends", &numbers.agents, false),
        ("Who decided", &numbers.who, false),
        ("How questions were answered", &numbers.answers, false),
    ] {
        section(&mut out, title, false, |out| bars(out, counts, code));
    }
    section(&mut out, "Rules that would have spared most", true, |out| lessons(out, report.lessons));
    section(&mut out, "Latest questions and refusals", true, |out| latest(out, report.latest));
    out.push_str("</div></main></body></html>\n");
    out
}

/// Characters of a command that are shown.
const MOST: usize = 2_000;

/// A command as it can stand in a page, or as much of it as anybody would read.
fn command(words: &str) -> String {
    let Some((end, _)) = words.char_indices().nth(MOST) else {
        return text(words);
    };
    let (shown, rest) = words.split_at(end);
    format!("{}… <i>and {} more</i>", text(shown), grouped(rest.chars().count() as u64))
}

/// A number with a comma every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number where there is little room for it.
fn short(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{}k", number / 1_000),
        _ => format!("{:.1}M", number as f64 / 1e6),
    }
}

/// Text that no browser takes for anything else. What would be invisible is shown.
fn text(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for character in sanitize::lines(words).trim_end_matches('\n').chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn section(out: &mut String, title: &str, wide: bool, body: impl FnOnce(&mut String)) {
    let _ = write!(out, "<section{}><h2>{title}</h2>", if wide { " class=\"wide\"" } else { "" });
    let before = out.len();
    body(out);
    if out.len() == before {
        out.push_str("<p class=\"none\">none</p>");
    }
    out.push_str("</section>");
}

fn tiles(out: &mut String, numbers: &Numbers) {
    let of = |counts: &[Count], name: &str| counts.iter().find(|count| count.name == name).map_or(0, |c| c.count);
    let [median, slowest] = numbers.elapsed_us;
    let share = of(&numbers.decisions, "allow") as f64 * 100.0 / numbers.verdicts.max(1) as f64;
    let a_day = match numbers.prompts_per_day {
        few @ ..100.0 => format!("{few:.1}"),
        many => grouped(many as u64),
    };
    out.push_str("<div class=\"tiles\">");
    for (value, name) in [
        (grouped(numbers.verdicts), "verdicts".to_owned()),
        (format!("{share:.1} %"), "ran unasked".to_owned()),
        (a_day, "prompts a day".to_owned()),
        (grouped(of(&numbers.decisions, "forbidden")), "forbidden".to_owned()),
        (grouped(of(&numbers.risks, "high")), "high risk".to_owned()),
        (format!("{median} µs"), format!("to decide; 99 % in {slowest} µs")),
    ] {
        let _ = write!(out, "<div class=\"tile\"><b>{value}</b><span>{name}</span></div>");
    }
    out.push_str("</div>");
}

const DECISIONS: [&str; 3] = ["allow", "prompt", "forbidden"];

/// Stacked bars, a day each.
fn days(out: &mut String, days: &[Day]) {
    let shown = days.get(days.len().saturating_sub(90)..).unwrap_or_default();
    if shown.is_empty() {
        return;
    }
    let (width, height, left, base) = (1000.0, 180.0, 46.0, 160.0);
    let total = |day: &Day| day.decisions.iter().sum::<u64>();
    let most = match shown.iter().map(total).max().unwrap_or_default() {
        few @ 0..4 => few.max(1),
        many => many.next_multiple_of(2),
    };
    let step = (width - left) / shown.len() as f64;
    let _ = write!(out, "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"decisions by day\">");
    // Half of an odd number would be none that is counted.
    let marks = [Some(0), most.is_multiple_of(2).then_some(most / 2), Some(most)];
    for value in marks.into_iter().flatten() {
        let y = base - value as f64 / most as f64 * (base - 12.0);
        let _ = write!(out, "<line x1=\"{left}\" x2=\"{width}\" y1=\"{y}\" y2=\"{y}\" stroke=\"var(--line)\"/>");
        let _ = write!(out, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", left - 6.0, y + 4.0, short(value));
    }
    let every = shown.len().div_ceil(12);
    for (at, day) in shown.iter().enumerate() {
        let x = left + step * at as f64;
        let mut y = base;
        let [allow, prompt, forbidden] = day.decisions;
        let words = format!("{}: {allow} allowed, {prompt} asked, {forbidden} forbidden", day.day);
        let _ = write!(out, "<g><title>{words}</title>");
        for (name, count) in DECISIONS.iter().zip(day.decisions) {
            let tall = count as f64 / most as f64 * (base - 12.0);
            y -= tall;
            let (x, wide) = (x + step * 0.1, (step * 0.8).min(60.0));
            let _ = write!(
                out,
                "<rect class=\"{name}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\"/>"
            );
        }
        out.push_str("</g>");
        if at % every == 0 && x + 36.0 < width {
            let label = day.day.get(5..).unwrap_or_default();
            let _ = write!(out, "<text x=\"{:.1}\" y=\"{}\">{label}</text>", x + step * 0.1, height - 4.0);
        }
    }
    out.push_str("</svg>");
    key(out, DECISIONS.iter().map(|name| (*name, (*name).to_owned())));
}

fn key<'a>(out: &mut String, parts: impl Iterator<Item = (&'a str, String)>) {
    out.push_str("<div class=\"key\">");
    for (class, words) in parts {
        let _ = write!(out, "<span><i class=\"{class}\"></i>{}</span>", text(&words));
    }
    out.push_str("</div>");
}

/// Shares of a whole.
fn mix(out: &mut String, counts: &[Count]) {
    let total: u64 = counts.iter().map(|count| count.count).sum();
    if total == 0 {
        return;
    }
    out.push_str("<div class=\"mix\">");
    let share = |count: &Count| count.count as f64 * 100.0 / total as f64;
    for count in counts {
        let (name, part) = (&count.name, share(count));
        let _ = write!(out, "<div class=\"{name}\" title=\"{name} {part:.1} %\" style=\"width:{part:.2}%\"></div>");
    }
    out.push_str("</div>");
    let words = |count: &Count| format!("{} {} ({:.1} %)", count.name, grouped(count.count), share(count));
    key(out, counts.iter().map(|count| (count.name.as_str(), words(count))));
}

fn bars(out: &mut String, counts: &[Count], code: bool) {
    let most = counts.iter().map(|count| count.count).max().unwrap_or(1).max(1);
    if counts.is_empty() {
        return;
    }
    out.push_str("<table>");
    for count in counts {
        let name = if count.name.is_empty() { "(not kept)".to_owned() } else { command(&count.name) };
        let name = if code { format!("<code>{name}</code>") } else { name };
        let wide = count.count as f64 * 100.0 / most as f64;
        let _ = write!(
            out,
            "<tr><td>{name}</td><td class=\"b\"><div class=\"bar\" style=\"width:{wide:.1}%\"></div></td>\
             <td class=\"n\">{}</td></tr>",
            grouped(count.count)
        );
    }
    out.push_str("</table>");
}

fn lessons(out: &mut String, lessons: &[Lesson]) {
    if lessons.is_empty() {
        return;
    }
    out.push_str("<table>");
    for lesson in lessons.iter().take(8) {
        let _ = write!(
            out,
            "<tr><td><code>{}</code><span class=\"none\">allows {}</span></td><td class=\"n\">{}</td></tr>",
            command(&lesson.rule),
            command(&lesson.admits),
            grouped(lesson.saves)
        );
    }
    out.push_str("</table>");
}

fn latest(out: &mut String, entries: &[Entry]) {
    if entries.is_empty() {
        return;
    }
    out.push_str("<table>");
    for entry in entries.iter().rev() {
        let verdict = &entry.verdict;
        let class = if verdict.decision == "forbidden" { "forbidden" } else { "prompt" };
        let _ = write!(
            out,
            "<tr><td style=\"width:150px\">{}</td><td style=\"width:150px\"><span class=\"key\"><span><i class=\"{class}\">\
             </i>{}, {}</span></span></td><td><code>{}</code><span class=\"none\">{}</span></td></tr>",
            when::shown(entry.time),
            text(&verdict.decision),
            text(&verdict.risk),
            command(&verdict.command),
            command(&verdict.reason)
        );
    }
    out.push_str("</table>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::row;

    #[test]
    fn what_stands_in_commands_is_never_markup() {
        let evil = "<script>alert(1)</script>\"'>&\u{202e}\u{1b}[31m";
        let count = Count { name: evil.to_owned(), count: 3 };
        let numbers = Numbers {
            verdicts: 3,
            asking: vec![count.clone()],
            commands: vec![count.clone()],
            agents: vec![count.clone()],
            network: vec![count],
            ..Numbers::default()
        };
        let verdict = row::Verdict { command: evil.to_owned(), reason: evil.to_owned(), ..row::Verdict::default() };
        let latest = [Entry { seq: 1, time: 0, verdict, events: Vec::new() }];
        let page = page(&Report { now: 0, numbers: &numbers, lessons: &[], latest: &latest });
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
        assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}'));
        assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src="));
    }

    #[test]
    fn no_command_takes_the_page_over() {
        let long = format!("echo {}", "<é".repeat(40_000));
        let numbers =
            Numbers { verdicts: 1, commands: vec![Count { name: long, count: 1_234_567 }], ..Numbers::default() };
        let page = page(&Report { now: 0, numbers: &numbers, lessons: &[], latest: &[] });
        assert!(
            page.len() < 20_000 && page.contains("<i>and 78,005 more</i>") && page.contains("1,234,567"),
            "{}",
            page.len()
        );
        assert_eq!([0, 999, 1_000, 12_345_678].map(grouped), ["0", "999", "1,000", "12,345,678"]);
        assert_eq!([9_999, 864_183, 12_345_678].map(short), ["9999", "864k", "12.3M"]);
    }
}
