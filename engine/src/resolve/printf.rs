//! What `printf` and `echo -e` print, where all they are given is known (bash manual, "Bash Builtins").

use super::value::HOLE;

/// A format is not used again for a longer text.
const MOST: usize = 1 << 14;

/// A text, with a hole for what is not modelled, and whether every shell would print it so.
pub(super) struct Printed {
    pub(super) text: String,
    pub(super) everywhere: bool,
}

/// What a format makes of its arguments.
pub(super) fn printed<'t>(format: &str, arguments: impl IntoIterator<Item = &'t str>) -> Printed {
    let mut printed = Printed { text: String::new(), everywhere: true };
    let mut left = arguments.into_iter().peekable();
    loop {
        let took = printed.once(format, &mut left);
        // The format is used again while there are arguments.
        if left.peek().is_none() || !took {
            return printed;
        }
        if printed.text.len() > MOST {
            printed.everywhere = false;
            for argument in left {
                printed.text.push('\n');
                printed.text.push_str(argument);
            }
            return printed;
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
pub(super) fn unescaped(text: &str) -> Printed {
    let mut printed = Printed { text: String::new(), everywhere: true };
    printed.expand(text, Escapes::Echo);
    printed
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

impl Printed {
    /// Puts in what the format makes of as many arguments as it has directives for; whether it has any.
    fn once<'t>(&mut self, format: &str, left: &mut impl Iterator<Item = &'t str>) -> bool {
        let (mut rest, mut took) = (format, false);
        while let Some(at) = rest.find(['%', '\\']) {
            let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.text.push_str(plain);
            rest = special.get(1..).unwrap_or_default();
            if special.starts_with('\\') {
                rest = self.escape(rest, Escapes::Format);
                continue;
            }
            let bare = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "#'-+ *.hjlLtzq".contains(c));
            // What is padded or cut off is not counted.
            self.everywhere &= bare.len() == rest.len();
            if rest.get(..rest.len() - bare.len()).is_some_and(|flags| flags.contains('*')) {
                left.next();
            }
            let directive = bare.chars().next();
            rest = directive.and_then(|directive| bare.get(directive.len_utf8()..)).unwrap_or_default();
            took |= directive != Some('%');
            match directive {
                Some('%') => self.text.push('%'),
                Some('s') => self.text.push_str(left.next().unwrap_or_default()),
                Some('b') => self.expand(left.next().unwrap_or_default(), Escapes::Operand),
                Some('d' | 'i') => match left.next().unwrap_or("0") {
                    number if number.parse::<i64>().is_ok() => self.text.push_str(number),
                    _ => self.hole(),
                },
                Some('c') => self.text.extend(left.next().and_then(|text| text.chars().next())),
                _ => {
                    left.next();
                    self.hole();
                }
            }
        }
        self.text.push_str(rest);
        took
    }

    fn expand(&mut self, text: &str, escapes: Escapes) {
        let mut rest = text;
        while let Some((plain, escaped)) = rest.split_once('\\') {
            self.text.push_str(plain);
            rest = self.escape(escaped, escapes);
        }
        self.text.push_str(rest);
    }

    /// Something that is not modelled.
    fn hole(&mut self) {
        self.text.push_str(HOLE);
        self.everywhere = false;
    }

    /// Puts in what stands behind a backslash; gives the rest.
    fn escape<'t>(&mut self, text: &'t str, escapes: Escapes) -> &'t str {
        let letter = text.chars().next();
        let rest = letter.and_then(|letter| text.get(letter.len_utf8()..)).unwrap_or_default();
        let plain = match letter {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('v') => '\u{b}',
            Some('\\') => '\\',
            Some(quote @ ('"' | '\'')) if escapes == Escapes::Format => quote,
            Some('e' | 'E') => {
                self.everywhere = false;
                '\u{1b}'
            }
            Some('0') if escapes != Escapes::Format => return self.code(rest, 3, 8),
            Some('0'..='7') if escapes != Escapes::Echo => {
                self.everywhere &= escapes == Escapes::Format;
                return self.code(text, 3, 8);
            }
            Some(letter @ ('x' | 'u' | 'U')) => {
                self.everywhere = false;
                let most = match letter {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                return self.code(rest, most, 16);
            }
            // Nothing, the end of all (`\c`), or no escape.
            other => {
                self.everywhere = false;
                self.text.extend(other.map_or(['\\', ' '], |other| ['\\', other]));
                return rest;
            }
        };
        self.text.push(plain);
        rest
    }

    /// A character by its number. Shells pass over a NUL in what they read.
    fn code<'t>(&mut self, text: &'t str, most: usize, radix: u32) -> &'t str {
        let digits = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
        let (number, rest) = text.split_at_checked(digits).unwrap_or_default();
        let number = u32::from_str_radix(number, radix).ok().and_then(char::from_u32);
        // A byte that is no character by itself is not followed.
        match number.filter(|c| c.is_ascii() || most > 3) {
            Some('\0') => self.everywhere = false,
            Some(character) => self.text.push(character),
            None => self.hole(),
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::{printed, unescaped};

    #[test]
    fn a_format_prints_what_bash_prints() {
        for (format, arguments, text) in [
            ("rm -rf ~", &[][..], "rm -rf ~"),
            ("%s\\n", &["a", "b"], "a\nb\n"),
            ("r\\155 %s", &["x"], "rm x"),
            ("%d%%", &["5"], "5%"),
            ("%s-%s;", &["a", "b", "c"], "a-b;c-;"),
            ("a", &["b"], "a"),
            ("%b", &["r\\x6d"], "rm"),
            ("%b", &["\\162\\155"], "rm"),
            ("%b", &["\\0162\\0155"], "rm"),
        ] {
            assert_eq!(printed(format, arguments.iter().copied()).text, text, "{format}");
        }
        for (text, plain, everywhere) in [("r\\x6d", "rm", false), ("a\\0155", "am", true)] {
            let printed = unescaped(text);
            assert_eq!((printed.text.as_str(), printed.everywhere), (plain, everywhere));
        }
    }

    #[test]
    fn what_is_not_modelled_leaves_the_rest() {
        for (format, arguments, text) in [
            ("%5s;%-*d\\nrm", &["a", "3", "4"][..], "a;4\nrm"),
            ("%d;%x;%(x)T", &["a[0]", "1"], "${_};${_};${_}x)T"),
            ("\\q\\0rm\\", &[], "\\qrm\\ "),
            ("\\xffrm", &[], "${_}rm"),
        ] {
            let printed = printed(format, arguments.iter().copied());
            assert_eq!((printed.text.as_str(), printed.everywhere), (text, false), "{format}");
        }
    }
}
