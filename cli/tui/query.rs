//! What a person types to find verdicts: words of the command, and `NAME:VALUE` as `guardian log` has them.

use crate::memory::store::ask::Filter;
use crate::memory::store::derive::{DECISIONS, RISKS};
use crate::memory::when;

/// The names.
pub const NAMES: &[&str] = &["decision", "risk", "agent", "session", "program", "front", "since", "until"];

/// The filter that these words are.
pub fn filter(text: &str) -> Result<Filter, String> {
    let mut filter = Filter::default();
    for word in text.split_whitespace() {
        let named = word.split_once(':').filter(|(name, _)| NAMES.contains(name));
        let Some((name, value)) = named else {
            filter.words.push(word.to_owned());
            continue;
        };
        if value.is_empty() {
            return Err(format!("`{name}:` wants a value"));
        }
        let one_of = |known: &[&str]| {
            let found = known.contains(&value);
            found.then(|| value.to_owned()).ok_or_else(|| format!("`{name}:` is one of {}", known.join(", ")))
        };
        match name {
            "decision" => filter.decisions.push(one_of(DECISIONS)?),
            "risk" => filter.risks.push(one_of(RISKS)?),
            "agent" => filter.agent = Some(value.to_owned()),
            "session" => filter.session = Some(value.to_owned()),
            "program" => filter.program = Some(value.to_owned()),
            "front" => filter.front = Some(value.to_owned()),
            "since" => filter.since = Some(when::parse(value)?),
            _ => filter.until = Some(when::parse(value)?),
        }
    }
    Ok(filter)
}

/// The words with the next value of a name: each of those known in turn, then none.
pub fn turned(text: &str, name: &str, known: &[&str]) -> String {
    let mark = format!("{name}:");
    let now = text.split_whitespace().find_map(|word| word.strip_prefix(&mark));
    let next = match now.and_then(|now| known.iter().position(|value| *value == now)) {
        Some(at) => known.get(at + 1),
        None => known.first(),
    };
    let others = text.split_whitespace().filter(|word| !word.starts_with(&mark)).map(str::to_owned);
    let next = next.map(|value| format!("{mark}{value}"));
    others.chain(next).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_of_the_command_and_names_of_the_record() {
        let found = filter("push risk:high decision:prompt agent:codex https://x main").unwrap();
        assert_eq!(found.words, ["push", "https://x", "main"]);
        assert_eq!((found.risks, found.decisions), (vec!["high".to_owned()], vec!["prompt".to_owned()]));
        assert_eq!(found.agent.as_deref(), Some("codex"));
        assert!(filter("since:2h").unwrap().since.is_some());
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert_eq!(filter("risk:huge").unwrap_err(), "`risk:` is one of low, med, high");
        assert!(filter("since:soon").unwrap_err().contains("`soon` is no time"));
        assert!(filter("risk:").is_err());
    }

    #[test]
    fn a_key_turns_a_name_through_its_values() {
        let mut text = "push".to_owned();
        let mut seen = Vec::new();
        for _ in 0..4 {
            text = turned(&text, "risk", RISKS);
            seen.push(text.clone());
        }
        assert_eq!(seen, ["push risk:low", "push risk:med", "push risk:high", "push"]);
    }
}
