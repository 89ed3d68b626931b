//! What `printf` and `echo -e` print, where all they are given is known (bash manual, "Bash Builtins").

/// Longer texts are not put together.
const MOST: usize = 1 << 14;

/// A text, and whether every shell would print it so.
pub(super) struct Printed {
    pub(super) text: String,
    pub(super) everywhere: bool,
}

/// What a format makes of its arguments; nothing where it has directives that are not modelled.
pub(super) fn printed(format: &str, arguments: &[&str]) -> Option<Printed> {
    let mut printed = Printed { text: String::new(), everywhere: true };
    let mut left = arguments.iter();
    loop {
        let before = left.len();
        let mut rest = format;
        while let Some(at) = rest.find(['%', '\\']) {
            let (plain, special) = rest.split_at_checked(at)?;
            printed.text.push_str(plain);
            if let Some(escaped) = special.strip_prefix('\\') {
                rest = printed.escape(escaped, Escapes::Format)?;
                continue;
            }
            let directive = special.get(1..)?.chars().next()?;
            rest = special.get(1 + directive.len_utf8()..)?;
            match directive {
                '%' => printed.text.push('%'),
                's' => printed.text.push_str(left.next().unwrap_or(&"")),
                'b' => {
                    let all = expanded(left.next().unwrap_or(&""), Escapes::Operand)?;
                    printed.everywhere &= all.everywhere;
                    printed.text.push_str(&all.text);
                }
                'd' | 'i' => {
                    let number = left.next().unwrap_or(&"0");
                    printed.text.push_str(number.parse::<i64>().is_ok().then_some(number)?);
                }
                'c' => printed.text.extend(left.next().and_then(|text| text.chars().next())),
                _ => return None,
            }
        }
        printed.text.push_str(rest);
        // The format is used again while there are arguments.
        if left.len() == 0 || left.len() == before {
            return Some(printed).filter(|printed| !printed.text.contains('\0'));
        }
        if printed.text.len() > MOST {
            return None;
        }
    }
}

/// Whether a directive of the format is `n`, which sets the variable that its argument names: behind flags, a width, a
/// precision and a length as any other.
pub(super) fn sets_variable(format: &str) -> bool {
    conversions(format).any(|conversion| conversion == 'n')
}

/// What the directives of a format convert by, `%` where one is a percent sign by itself.
pub(super) fn conversions(format: &str) -> impl Iterator<Item = char> {
    let mut rest = format;
    std::iter::from_fn(move || {
        let (_, directive) = rest.split_once('%')?;
        rest = directive.strip_prefix('%').unwrap_or_else(|| {
            directive.trim_start_matches(|c: char| c.is_ascii_digit() || "#'-+ *.hjlLtzq".contains(c))
        });
        Some(if directive.starts_with('%') { '%' } else { rest.chars().next().unwrap_or('%') })
    })
}

/// A text with its escapes put in, as `echo -e` does.
pub(super) fn unescaped(text: &str) -> Option<Printed> {
    expanded(text, Escapes::Echo)
}

/// Whose escapes they are: octal numbers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escapes {
    /// Of a format: without a nought.
    Format,
    /// Of `echo -e`: with one.
    Echo,
    /// Of what `%b` prints: with one, and in bash without.
    Operand,
}

fn expanded(text: &str, escapes: Escapes) -> Option<Printed> {
    let mut printed = Printed { text: String::new(), everywhere: true };
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        printed.text.push_str(plain);
        rest = printed.escape(escaped, escapes)?;
    }
    printed.text.push_str(rest);
    Some(printed).filter(|printed| !printed.text.contains('\0'))
}

impl Printed {
    /// Puts in what stands behind a backslash; gives the rest.
    fn escape<'t>(&mut self, text: &'t str, escapes: Escapes) -> Option<&'t str> {
        let letter = text.chars().next()?;
        let rest = text.get(letter.len_utf8()..)?;
        let plain = match letter {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '\\' => '\\',
            '"' | '\'' if escapes == Escapes::Format => letter,
            'e' | 'E' => {
                self.everywhere = false;
                '\u{1b}'
            }
            '0' if escapes != Escapes::Format => return self.code(rest, 3, 8),
            '0'..='7' if escapes != Escapes::Echo => {
                self.everywhere &= escapes == Escapes::Format;
                return self.code(text, 3, 8);
            }
            'x' | 'u' | 'U' => {
                self.everywhere = false;
                let most = match letter {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                return self.code(rest, most, 16);
            }
            _ => return None,
        };
        self.text.push(plain);
        Some(rest)
    }

    /// A character by its number.
    fn code<'t>(&mut self, text: &'t str, most: usize, radix: u32) -> Option<&'t str> {
        let digits = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
        let (number, rest) = text.split_at_checked(digits)?;
        let number = u32::from_str_radix(number, radix).ok()?;
        // A byte that is no character by itself is not followed.
        self.text.push(char::from_u32(number).filter(|c| c.is_ascii() || most > 3)?);
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::{printed, unescaped};

    #[test]
    fn a_format_prints_what_bash_prints() {
        for (format, arguments, text) in [
            ("rm -rf ~", &[][..], Some("rm -rf ~")),
            ("%s\\n", &["a", "b"], Some("a\nb\n")),
            ("r\\155 %s", &["x"], Some("rm x")),
            ("%d%%", &["5"], Some("5%")),
            ("%s-%s;", &["a", "b", "c"], Some("a-b;c-;")),
            ("a", &["b"], Some("a")),
            ("%b", &["r\\x6d"], Some("rm")),
            ("%b", &["\\162\\155"], Some("rm")),
            ("%b", &["\\0162\\0155"], Some("rm")),
            ("%5s", &["a"], None),
            ("%d", &["a[0]"], None),
            ("\\q", &[], None),
        ] {
            assert_eq!(printed(format, arguments).map(|p| p.text).as_deref(), text, "{format}");
        }
        assert!(unescaped("r\\x6d").is_some_and(|p| p.text == "rm" && !p.everywhere));
        assert!(unescaped("a\\0155").is_some_and(|p| p.text == "am" && p.everywhere));
    }
}
