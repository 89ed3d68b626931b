//! What `printf` and `echo -e` print, where all they are given is known (bash manual, "Bash Builtins").

use super::value::HOLE;

/// A format is not used again for a longer text.
const MOST: usize = 1 << 18;

/// A text, with a hole for what is not modelled, and whether every shell would print it so.
pub(super) struct Printed {
    pub(super) text: String,
    pub(super) everywhere: bool,
    /// Whether a `\c` ended it.
    ended: bool,
    /// Whether this is as bash prints it: others leave some escapes as they are, and know octal numbers without a nought
    /// everywhere (dash(1), "echo" and "printf").
    bash: bool,
}

impl Printed {
    const fn new(bash: bool) -> Self {
        Self { text: String::new(), everywhere: true, ended: false, bash }
    }
}

/// What a format makes of its arguments, in bash and in other shells where they print something else.
pub(super) fn printed_by_any(format: &str, arguments: &[&str]) -> Printed {
    let all = printed(format, arguments.iter().copied());
    all.or_by_others(|| used(Printed::new(false), format, arguments.iter().copied()))
}

/// What a format makes of its arguments.
pub(super) fn printed<'t>(format: &str, arguments: impl IntoIterator<Item = &'t str>) -> Printed {
    used(Printed::new(true), format, arguments)
}

fn used<'t>(mut printed: Printed, format: &str, arguments: impl IntoIterator<Item = &'t str>) -> Printed {
    let mut left = arguments.into_iter().peekable();
    loop {
        let took = printed.once(format, &mut left);
        // The format is used again while there are arguments.
        if left.peek().is_none() || !took {
            return printed.without_nul();
        }
        if printed.text.len() > MOST {
            printed.everywhere = false;
            for argument in left {
                printed.text.push('\n');
                printed.text.push_str(argument);
            }
            return printed.without_nul();
        }
    }
}

/// Whether a directive of the format is `n`, which sets the variable that its argument names.
pub(super) fn sets_variable(format: &str) -> bool {
    conversions(format).any(|conversion| conversion == 'n')
}

/// What the directives of a format convert by, `%` where one is a percent sign by itself or nothing stands behind it.
pub(super) fn conversions(format: &str) -> impl Iterator<Item = char> {
    let mut rest = format;
    std::iter::from_fn(move || {
        let directive = Directive::read(rest.split_once('%')?.1);
        rest = directive.rest;
        Some(directive.conversion.unwrap_or('%'))
    })
}

/// A text with its escapes put in, as `echo -e` does, and as other shells do without being asked.
pub(super) fn unescaped(text: &str) -> Printed {
    let put = |mut printed: Printed, escapes: Escapes| {
        printed.expand(text, escapes);
        printed.without_nul()
    };
    put(Printed::new(true), Escapes::Echo).or_by_others(|| put(Printed::new(false), Escapes::Operand))
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

/// A directive of a format, behind its `%` (bash manual, "Bash Builtins"; printf(1) and printf(3) say the same): flags, a width,
/// a precision, a length, and what it converts by. `q` is no length, as some C libraries have it, but quotes.
struct Directive<'f> {
    width: Number<'f>,
    /// How much of a text is printed at most, where that is said.
    most: Option<Number<'f>>,
    /// Nothing at the end of the format.
    conversion: Option<char>,
    /// Whether nothing stands in front of that.
    bare: bool,
    rest: &'f str,
}

/// A number in a directive.
#[derive(Clone, Copy)]
enum Number<'f> {
    /// Its digits, if it has any.
    Digits(&'f str),
    /// What an argument says.
    Argument,
}

impl<'f> Directive<'f> {
    fn read(text: &'f str) -> Self {
        let (width, rest) = Number::read(text.trim_start_matches(['#', '\'', '-', '+', ' ', '0']));
        let (most, rest) = match rest.strip_prefix('.') {
            Some(rest) => {
                let (most, rest) = Number::read(rest);
                (Some(most), rest)
            }
            None => (None, rest),
        };
        let end = rest.trim_start_matches(['h', 'j', 'l', 'L', 't', 'z']);
        let conversion = end.chars().next();
        let rest = conversion.and_then(|conversion| end.get(conversion.len_utf8()..)).unwrap_or_default();
        Self { width, most, conversion, bare: end.len() == text.len(), rest }
    }
}

impl<'f> Number<'f> {
    fn read(text: &'f str) -> (Self, &'f str) {
        if let Some(rest) = text.strip_prefix('*') {
            return (Self::Argument, rest);
        }
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        (Self::Digits(text.get(..text.len() - rest.len()).unwrap_or_default()), rest)
    }

    /// What it is; one that is not there is nought. An argument is taken for it.
    fn value<'t>(self, left: &mut impl Iterator<Item = &'t str>) -> Option<usize> {
        match self {
            Self::Digits(digits) => Some(digits.parse().unwrap_or(0)),
            Self::Argument => left.next().and_then(|number| number.parse().ok()),
        }
    }
}

/// Whether a number is printed as it is written.
fn is_decimal(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
}

/// Whether nothing need be quoted of it.
const fn is_unquoted(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b':' | b'=' | b'@' | b'%')
}

impl Printed {
    /// Shells pass over a NUL in what they read, and to others (`xargs -0`) it stands between words: both count.
    fn without_nul(mut self) -> Self {
        if self.text.contains('\0') {
            self.everywhere = false;
            self.text = [self.text.replace('\0', ""), self.text.replace('\0', "\n")].join("\n");
        }
        self
    }

    /// Adds what other shells print, where that is something else.
    fn or_by_others(mut self, others: impl FnOnce() -> Self) -> Self {
        if !self.everywhere {
            let other = others().text;
            if other != self.text {
                self.text = [self.text, other].join("\n");
            }
        }
        self
    }

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
            let directive = Directive::read(rest);
            rest = directive.rest;
            // What is padded is not told.
            self.everywhere &= directive.bare;
            directive.width.value(left);
            let most = directive.most.and_then(|most| most.value(left));
            took |= directive.conversion != Some('%');
            let start = self.text.len();
            match directive.conversion {
                Some('%') => self.text.push('%'),
                Some('s') => self.text.push_str(left.next().unwrap_or_default()),
                Some('b') => self.expand(left.next().unwrap_or_default(), Escapes::Operand),
                Some('d' | 'i') => self.same(left.next().unwrap_or("0"), is_decimal),
                Some('q') => self.same(left.next().unwrap_or_default(), |text| text.bytes().all(is_unquoted)),
                Some('c') => self.text.extend(left.next().and_then(|text| text.chars().next())),
                _ => {
                    left.next();
                    self.hole();
                }
            }
            // Of a number it says how many digits are there at least.
            if let Some(most) = most.filter(|_| matches!(directive.conversion, Some('s' | 'b' | 'q'))) {
                self.cut(start, most);
            }
            if self.ended {
                return false;
            }
        }
        self.text.push_str(rest);
        took
    }

    /// Leaves so many characters at most behind there. How many a hole stands for is not known.
    fn cut(&mut self, start: usize, most: usize) {
        let printed = self.text.get(start..).unwrap_or_default();
        if most == 0 || !printed.contains(HOLE) {
            let end = printed.char_indices().nth(most).map_or(printed.len(), |(end, _)| end);
            self.text.truncate(start + end);
        }
    }

    fn expand(&mut self, text: &str, escapes: Escapes) {
        let mut rest = text;
        while let Some((plain, escaped)) = rest.split_once('\\') {
            self.text.push_str(plain);
            if escaped.starts_with('c') {
                self.ended = true;
                return;
            }
            rest = self.escape(escaped, escapes);
        }
        self.text.push_str(rest);
    }

    /// A text that is printed as it is, where it is one of those.
    fn same(&mut self, text: &str, is: impl Fn(&str) -> bool) {
        if is(text) { self.text.push_str(text) } else { self.hole() }
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
            // Some shells keep the backslash.
            Some(quote @ ('"' | '\'')) if escapes == Escapes::Format && self.bash => {
                self.everywhere = false;
                quote
            }
            Some('e' | 'E') => {
                self.everywhere = false;
                '\u{1b}'
            }
            Some('0') if escapes != Escapes::Format => return self.code(rest, 3, 8),
            // What has octal numbers without a nought in bash has them in others as well.
            Some('0'..='7') if escapes != Escapes::Echo => {
                self.everywhere &= escapes == Escapes::Format;
                return self.code(text, 3, 8);
            }
            Some(letter @ ('x' | 'u' | 'U')) if self.bash => {
                self.everywhere = false;
                let most = match letter {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                return self.code(rest, most, 16);
            }
            // What stands behind it is a directive to shells, but not to coreutils.
            Some('%') if escapes == Escapes::Format => {
                self.everywhere = false;
                self.text.push('\\');
                return text;
            }
            // Nothing, or no escape.
            other => {
                self.everywhere = false;
                self.text.extend(other.map_or(['\\', ' '], |other| ['\\', other]));
                return rest;
            }
        };
        self.text.push(plain);
        rest
    }

    /// A character by its number.
    fn code<'t>(&mut self, text: &'t str, most: usize, radix: u32) -> &'t str {
        let digits = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
        let (number, rest) = text.split_at_checked(digits).unwrap_or_default();
        let number = u32::from_str_radix(number, radix).ok().and_then(char::from_u32);
        // A byte that is no character by itself is not followed.
        match number.filter(|c| c.is_ascii() || most > 3) {
            Some(character) => self.text.push(character),
            None => self.hole(),
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::{conversions, printed, printed_by_any, unescaped};

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
            ("%b;rm", &["a\\cb"], "a"),
        ] {
            assert_eq!(printed(format, arguments.iter().copied()).text, text, "{format}");
        }
        for (text, plain, everywhere) in
            [("r\\x6d", "rm\nr\\x6d", false), ("\\162m", "\\162m\nrm", false), ("a\\0155", "am", true)]
        {
            let printed = unescaped(text);
            assert_eq!((printed.text.as_str(), printed.everywhere), (plain, everywhere));
        }
    }

    #[test]
    fn what_is_not_modelled_leaves_the_rest() {
        for (format, arguments, text) in [
            ("%5s;%-*d\\nrm", &["a", "3", "4"][..], "a;4\nrm"),
            ("%.0srm;%.2s;%*.*s", &["#", "rmx", "1", "2", "cpx"], "rm;rm;cp"),
            ("%q %s;%q", &["rm", "-rf", "a b"], "rm -rf;${_}"),
            ("r\\0m", &[], "rm\nr\nm"),
            ("%d %d", &["010", "+1"], "${_} ${_}"),
            ("\\\"", &[], "\""),
            ("%d;%x;%(x)T", &["a[0]", "1"], "${_};${_};${_}x)T"),
            ("\\qrm\\", &[], "\\qrm\\ "),
            ("\\%s", &["rm"], "\\rm"),
            ("%.2s;%.0s;%.2q", &["${_}", "${_}", "a b"], "${_};;${_}"),
            ("%5%%ld%.2f %.1d", &["4", "1.5", "23"], "%4${_} 23"),
            ("\\xffrm", &[], "${_}rm"),
        ] {
            let printed = printed(format, arguments.iter().copied());
            assert_eq!((printed.text.as_str(), printed.everywhere), (text, false), "{format}");
        }
    }

    #[test]
    fn other_shells_leave_what_only_bash_has() {
        let any = |format: &str, arguments: &[&str]| printed_by_any(format, arguments).text;
        assert_eq!(any("\\x23;rm\\n", &[]), "#;rm\n\n\\x23;rm\n");
        assert_eq!(any("%b", &["\\u0023"]), "#\n\\u0023");
        assert_eq!(any("\\162m %s", &["a"]), "rm a");
        assert_eq!(any("\\\"", &[]), "\"\n\\\"");
    }

    #[test]
    fn directives_are_told_by_what_they_convert_by() {
        for (format, found) in [
            ("a%sb%-5.2d", "sd"),
            ("100%% %n", "%n"),
            ("%#'-+ 012.34hhn", "n"),
            ("%*.*lld", "d"),
            ("%qn %5qn", "qq"),
            ("%(%s)T", "(s"),
            ("%5%n", "%"),
            ("%h5n", "5"),
            ("a%", "%"),
            ("a%5.3l", "%"),
            ("\\%n", "n"),
        ] {
            assert_eq!(conversions(format).collect::<String>(), found, "{format}");
        }
    }
}
