//! Statements of plain code. Python's blocks are not told from what follows them, nor Ruby's: nothing that is plain means
//! more in the one place than in the other.

use super::code::FAR;
use super::code_tokens::{Syntax, Token};
use super::plain::{Parser, Plain};
use super::plain_words::COMMANDS;

impl<'a> Parser<'a, '_> {
    /// Statements up to this sign, which is left, or to the end.
    pub(super) fn statements(&mut self, close: Option<u8>) -> Plain {
        loop {
            while matches!(self.here(), Some(Token::Line | Token::Sign(b';'))) {
                self.take();
            }
            match (self.here(), close) {
                (None, None) => return Some(()),
                (Some(Token::Sign(sign)), Some(close)) if *sign == close => return Some(()),
                (None, Some(_)) => return None,
                _ => {}
            }
            match self.syntax() {
                Syntax::Python => self.python()?,
                Syntax::JavaScript => self.javascript()?,
                Syntax::Ruby => self.ruby()?,
            }
        }
    }

    /// Whether a statement ends here: at a line, a semicolon, or what closes the block.
    fn ends(&mut self) -> Plain {
        (self.at_line() || self.is(";") || self.is("}")).then_some(())
    }

    fn first_word(&self) -> &'a str {
        match self.here() {
            Some(Token::Name(name)) => name,
            _ => "",
        }
    }

    fn python(&mut self) -> Plain {
        let word = self.first_word();
        match word {
            "if" | "elif" | "while" => {
                self.take();
                self.expressions()?;
                return self.expect(":");
            }
            "else" | "try" | "finally" => {
                self.take();
                return self.expect(":");
            }
            "for" => {
                self.take();
                self.targets()?;
                self.eat_word("in").then_some(())?;
                self.expressions()?;
                return self.expect(":");
            }
            "with" | "except" => {
                self.take();
                while !self.is(":") {
                    self.expression()?;
                    if self.eat_word("as") {
                        let name = self.name()?;
                        self.bind(name)?;
                    }
                    self.eat(",");
                }
                return self.expect(":");
            }
            "def" => {
                self.take();
                let name = self.name()?;
                self.bind_function(name)?;
                self.expect("(")?;
                self.within(")", |parser| parser.parameters(")"))?;
                return self.expect(":");
            }
            "import" | "from" => self.imports()?,
            "del" => self.removal()?,
            "pass" | "break" | "continue" => {
                self.take();
            }
            "return" | "raise" | "assert" => {
                self.take();
                if !self.at_line() && !self.is(";") {
                    self.expressions()?;
                }
                if word == "raise" && self.eat_word("from") {
                    self.expression()?;
                }
            }
            _ => self.assignment()?,
        }
        self.ends()
    }

    /// Modules and names that the reader has bound, or refused.
    fn imports(&mut self) -> Plain {
        while !self.at_line() && !self.is(";") {
            match self.take()? {
                Token::Name(_) | Token::Sign(b'.' | b',') => {}
                Token::Sign(b'(') => self.within(")", |parser| {
                    while !parser.is(")") {
                        let (Token::Name(_) | Token::Sign(b',')) = parser.take()? else { return None };
                    }
                    Some(())
                })?,
                _ => return None,
            }
        }
        Some(())
    }

    /// Expressions, or values that are given to own names, or to elements of what they hold.
    fn assignment(&mut self) -> Plain {
        let mut start = self.index();
        self.expressions()?;
        let operators = ["//=", "**=", "||=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>="];
        if let Some(operator) = operators.into_iter().find(|operator| self.is(operator)) {
            self.target(start)?;
            self.eat(operator);
            return self.expressions();
        }
        while self.is("=") {
            self.target(start)?;
            self.eat("=");
            start = self.index();
            self.expressions()?;
        }
        Some(())
    }

    /// What may be given a value may be taken away.
    fn removal(&mut self) -> Plain {
        self.take();
        let start = self.index();
        self.expressions()?;
        self.target(start)
    }

    /// What stands between a place and here, as what a value is given to.
    fn target(&mut self, start: usize) -> Plain {
        let tokens = self.between(start, self.index());
        match tokens {
            // A function that has this name and no other.
            [Token::Name(name)] if matches!(self.behind(1), Some(Token::Name("lambda"))) => self.bind_function(name),
            [Token::Name(name), Token::Sign(b'['), inner @ .., Token::Sign(b']')] => {
                // Subscripts of an own name, and nothing between them.
                let mut depth = 1_i32;
                let others = inner.iter().any(|token| {
                    let between = depth == 0;
                    match token {
                        Token::Sign(b'[') => depth += 1,
                        Token::Sign(b']') => depth -= 1,
                        _ => {}
                    }
                    between && !token.is(b'[')
                });
                if others { None } else { self.uses_only(name) }
            }
            _ => {
                for token in tokens {
                    match token {
                        Token::Name(name) => self.bind(name)?,
                        Token::Sign(b',' | b'(' | b')' | b'[' | b']' | b'*') => {}
                        _ => return None,
                    }
                }
                Some(())
            }
        }
    }

    fn javascript(&mut self) -> Plain {
        if self.eat(";") {
            return Some(());
        }
        if self.eat("{") {
            return self.block();
        }
        let word = self.first_word();
        match word {
            "do" | "if" | "while" | "else" | "for" | "try" | "finally" | "catch" | "function" => {
                self.take();
                return self.compound(word);
            }
            "const" | "let" | "var" => self.declaration()?,
            "break" | "continue" => {
                self.take();
            }
            "return" | "throw" => {
                self.take();
                if self.ends().is_none() {
                    self.expressions()?;
                }
            }
            "import" => {
                // The reader has bound what it names.
                while !matches!(self.take()?, Token::Text(_)) {}
            }
            _ => self.expressions()?,
        }
        self.ends()
    }

    /// A statement with a body, of which the first word was taken; what it goes on with is one of its own.
    fn compound(&mut self, word: &str) -> Plain {
        match word {
            "if" | "while" | "for" => {
                self.expect("(")?;
                self.within(")", if word == "for" { Self::head } else { Self::expression })?;
                self.deeper(Self::javascript)
            }
            "else" => self.deeper(Self::javascript),
            "function" => {
                let name = self.name()?;
                self.bind_function(name)?;
                self.function()
            }
            "do" => {
                self.expect("{")?;
                self.block()?;
                self.eat_word("while").then_some(())?;
                self.expect("(")?;
                self.within(")", Self::expression)
            }
            _ => {
                if word == "catch" && self.eat("(") {
                    self.within(")", Self::targets)?;
                }
                self.expect("{")?;
                self.block()
            }
        }
    }

    /// `let i = 0; i < n; i++`, `const x of y`.
    fn head(&mut self) -> Plain {
        if matches!(self.first_word(), "const" | "let" | "var") {
            self.declaration()?;
        } else if !self.is(";") {
            self.expressions()?;
        }
        if self.is(")") {
            return Some(());
        }
        self.expect(";")?;
        if !self.is(";") {
            self.expressions()?;
        }
        self.expect(";")?;
        if self.is(")") { Some(()) } else { self.expressions() }
    }

    /// `let x = …, y = …`; what is required was bound by the reader.
    fn declaration(&mut self) -> Plain {
        self.take();
        loop {
            let start = self.index();
            let ends =
                |token: &Token<'_>| token.is(b'=') || token.is(b';') || token.is_name("of") || token.is_name("in");
            let end = start + self.between(start, start + FAR).iter().take_while(|token| !ends(token)).count();
            let requires = matches!(self.between(end, end + 2), [Token::Sign(b'='), Token::Name("require")])
                && self
                    .between(start, end)
                    .iter()
                    .all(|token| matches!(token, Token::Name(_) | Token::Sign(b'{' | b'}' | b',' | b':')));
            let bound = |token: &Token<'_>| match token {
                Token::Name(name) => self.imported.contains_key(name),
                _ => false,
            };
            if requires && self.between(start, end).iter().any(bound) {
                while self.index() <= end {
                    self.take();
                }
                self.eat_word("require").then_some(())?;
                self.expect("(")?;
                let Token::Text(Some(module)) = self.take()? else { return None };
                self.expect(")")?;
                if module.starts_with(['.', '/']) || self.is(".") || self.is("[") || self.is("(") {
                    return None;
                }
            } else {
                let function = matches!(
                    self.between(end + 1, end + 4),
                    [Token::Name("function"), ..] | [Token::Name(_), Token::Sign(b'='), Token::Sign(b'>')]
                );
                match self.between(start, end) {
                    [Token::Name(name)] if function => {
                        self.take();
                        self.bind_function(name)?;
                    }
                    // `f = (a, b) => …` may be called too.
                    [Token::Name(name)] if self.gives_arrow(end) => {
                        self.take();
                        self.bind_function(name)?;
                    }
                    _ => self.one_target()?,
                }
                if self.eat("=") || self.eat_word("of") || self.eat_word("in") {
                    self.expression()?;
                }
            }
            if !self.eat(",") {
                return Some(());
            }
        }
    }

    fn ruby(&mut self) -> Plain {
        match self.first_word() {
            "if" | "unless" | "elsif" | "while" | "until" => {
                self.take();
                self.expression()?;
                let _then = self.eat_word("then") || self.eat_word("do");
                return Some(());
            }
            "else" => {
                self.take();
                return Some(());
            }
            "end" | "next" | "break" => {
                self.take();
                if !self.is_word("if") && !self.is_word("unless") {
                    return self.ends();
                }
                self.take();
                self.expression()?;
            }
            "BEGIN" | "END" => {
                self.take();
                self.expect("{")?;
                return self.block();
            }
            "require" => {
                self.take();
                let bracket = self.eat("(");
                let Token::Text(Some(_)) = self.take()? else { return None };
                if bracket {
                    self.expect(")")?;
                }
            }
            _ => self.assignment()?,
        }
        // What stands behind `do` are statements.
        if self.eat_word("do") { self.block_parameters() } else { self.ends() }
    }

    /// `|a, (b, c)|`
    fn block_parameters(&mut self) -> Plain {
        if self.eat("|") {
            self.parameters("|")?;
            self.expect("|")?;
        }
        Some(())
    }

    /// A block in braces behind a call of Ruby.
    pub(super) fn ruby_block(&mut self) -> Plain {
        if self.syntax() == Syntax::Ruby && self.eat("{") {
            self.block_parameters()?;
            return self.block();
        }
        Some(())
    }

    /// What `puts` and its like are given without brackets.
    pub(super) fn command(&mut self, name: &str) -> Option<bool> {
        if self.syntax() != Syntax::Ruby || !COMMANDS.contains(&name) || self.is("(") {
            return Some(false);
        }
        match self.here() {
            Some(Token::Regex) => None,
            None | Some(Token::Line | Token::Sign(b';' | b'}') | Token::Name("if" | "unless")) => Some(true),
            Some(_) => self.expressions().map(|()| true),
        }
    }
}
