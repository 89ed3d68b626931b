//! Flags of Go's linker (`go build -ldflags`): whether they only leave out tables, or set texts of the program.
//! (`go tool link`; cmd/internal/quoted)

/// Flags that leave something out, or name the build, and those that take a text.
const PLAIN: &[&str] = &["s", "w", "buildid=", "s=true", "w=true", "s=false", "w=false"];

/// Whether they do no more than strip (`-s -w`) or set texts (`-X main.version=1.2`).
pub(super) fn only_stamps(flags: &str) -> bool {
    let mut words = split(flags.strip_prefix("all=").unwrap_or(flags));
    while let Some(word) = words.next() {
        let Some(flag) = word.and_then(|word| word.strip_prefix("--").or_else(|| word.strip_prefix('-'))) else {
            return false;
        };
        let sets = match flag.strip_prefix("X=") {
            Some(set) => Some(set),
            None if flag == "X" => words.next().flatten(),
            None if PLAIN.contains(&flag) => continue,
            None => None,
        };
        if !sets.is_some_and(|set| set.contains('=') && !set.starts_with('-')) {
            return false;
        }
    }
    true
}

/// The words as the go command takes them: a quote counts only at the beginning of one, and ends at the next of its kind.
/// Nothing for one that is left open.
fn split(text: &str) -> impl Iterator<Item = Option<&str>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        if matches!(first, '\'' | '"') {
            let inside = rest.get(1..).unwrap_or_default();
            let Some((word, behind)) = inside.split_once(first) else {
                rest = "";
                return Some(None);
            };
            rest = behind;
            return Some(Some(word));
        }
        let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        rest = behind;
        Some(Some(word))
    })
}

#[cfg(test)]
mod tests {
    use super::only_stamps;

    #[test]
    fn flags_that_strip_and_stamp_are_told_from_those_that_choose_programs() {
        for flags in [
            "",
            "-s -w",
            "-X main.version=1.2.3",
            "-s -w -X 'main.date=1 May' -X \"main.by=me\"",
            "-X=main.v=1 --s",
            "all=-s -w",
            "-w -buildid=",
        ] {
            assert!(only_stamps(flags), "{flags}");
        }
        for flags in [
            "-extld=./x",
            "-s -extld ./x",
            "-X main.v=1 -extld=./x",
            "-X 'main.v=1' -extldflags '-B./x'",
            "-X 'main.v=1'-extld=./x",
            "-X 'main.v=1",
            "-X -extld=./x",
            "-X",
            "-o /etc/x",
            "-cpuprofile=x",
            "-linkmode=external",
            "x=-s",
            "s",
        ] {
            assert!(!only_stamps(flags), "{flags}");
        }
    }
}
