//! As much of JSON as it takes to find the strings in one object of a file.

/// The members with string values of the object that the top object has under this key.
pub(super) fn strings_of(text: &str, key: &str) -> Vec<(String, String)> {
    let mut reader = Reader { rest: text.trim_start_matches('\u{feff}') };
    let mut found = Vec::new();
    reader.object(&mut |reader, name| {
        if name == key {
            reader.object(&mut |reader, name| {
                reader.blank();
                if reader.rest.starts_with('"') {
                    found.push((name, reader.string()?));
                    Some(())
                } else {
                    reader.skip()
                }
            })
        } else {
            reader.skip()
        }
    });
    found
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, c: char) -> Option<()> {
        self.blank();
        self.rest = self.rest.strip_prefix(c)?;
        Some(())
    }

    /// `{ … }`, each member given to `member`, which reads its value.
    fn object(&mut self, member: &mut dyn FnMut(&mut Self, String) -> Option<()>) -> Option<()> {
        self.take('{')?;
        loop {
            self.blank();
            if self.take('}').is_some() {
                return Some(());
            }
            let name = self.string()?;
            self.take(':')?;
            member(self, name)?;
            if self.take(',').is_none() {
                return self.take('}');
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take('"')?;
        let mut out = String::new();
        let mut characters = self.rest.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => match characters.next()? {
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    'r' => out.push('\r'),
                    'b' | 'f' => out.push(' '),
                    'u' => {
                        let digits: String = characters.by_ref().take(4).collect();
                        out.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
                    }
                    c => out.push(c),
                },
                c => out.push(c),
            }
        }
        self.rest = characters.as_str();
        Some(out)
    }

    /// Steps over any value; nesting is counted, not recursed into.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_u32;
        loop {
            self.blank();
            match self.rest.chars().next()? {
                '"' => {
                    self.string()?;
                }
                '{' | '[' => {
                    depth += 1;
                    self.rest = self.rest.get(1..)?;
                    continue;
                }
                '}' | ']' => {
                    depth = depth.checked_sub(1)?;
                    self.rest = self.rest.get(1..)?;
                }
                ',' | ':' if depth > 0 => {
                    self.rest = self.rest.get(1..)?;
                    continue;
                }
                _ => {
                    let end = self
                        .rest
                        .find(|c: char| c.is_whitespace() || ",:{}[]\"".contains(c))
                        .unwrap_or(self.rest.len());
                    if end == 0 {
                        return None;
                    }
                    self.rest = self.rest.get(end..)?;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::strings_of;

    #[test]
    fn only_the_strings_of_the_object_are_found() {
        let text =
            r#" {"a": [1, {"scripts": {"x": "no"}}], "scripts": {"b": "c\u0041\n", "n": 1, "d": "e"}, "z": null}"#;
        let found = strings_of(text, "scripts");
        assert_eq!(found, [("b".into(), "cA\n".into()), ("d".into(), "e".into())]);
        assert!(strings_of("[1", "x").is_empty());
        assert!(strings_of("", "x").is_empty());
    }
}
