//! SQL text for psql, mysql, sqlite3 and their kin: which statements only ask, which change, which lose data, and which reach out
//! of the database. What a statement is follows from the words in it, wherever they stand, so that a form that is not
//! known is at worst rated too high.

use super::sql_calls::{changes_server, is_unknown};
use super::sql_client::{backslash, dot, helper, query, shell};
use super::sql_tokens::{Dialect, Token, tokens};
use super::sql_words::{ASKS, CHANGES, HIDES, OWN_MODULES, READS, REVEALS, RUNS, STEERS};
use super::{Action, Actions};
use guardian_rules::EffectKind;
use guardian_rules::stages::{names_development, names_test};

/// What a text does.
pub(super) fn read(dialect: Dialect, code: &str, actions: &mut Actions) {
    match tokens(dialect, code) {
        Ok(tokens) => {
            for part in tokens.split(|t| matches!(t, Token::Sign(b';'))) {
                statements(dialect, part, actions);
            }
        }
        Err(why) => {
            query(actions);
            actions.unknown(why);
        }
    }
}

/// A statement and the client's commands before and behind it.
fn statements(dialect: Dialect, part: &[Token<'_>], actions: &mut Actions) {
    for piece in part.split_inclusive(|t| matches!(t, Token::Backslash(..) | Token::Dot(_))) {
        let (command, statement) = match piece.split_last() {
            Some((last @ (Token::Backslash(..) | Token::Dot(_)), rest)) => (Some(*last), rest),
            _ => (None, piece),
        };
        if !statement.is_empty() {
            Statement { dialect, tokens: statement, actions }.read();
        }
        match command {
            // What the statement gives is run as more of them, and its texts are what that is put together from.
            Some(Token::Backslash("gexec", _)) => {
                for token in statement {
                    if let Token::Text(text) = token
                        && let Ok(tokens) = tokens(dialect, text)
                    {
                        Statement { dialect, tokens: &tokens, actions }.verbs();
                    }
                }
                actions.unknown("statements of SQL that a query makes");
            }
            // To one client they end a statement, behind which the next may stand, or say what will.
            Some(Token::Backslash("G" | "p", line)) => {
                query(actions);
                if let Ok(tokens) = tokens(dialect, line)
                    && !tokens.is_empty()
                {
                    Statement { dialect, tokens: &tokens, actions }.read();
                }
            }
            Some(Token::Backslash("d", line)) if line.contains(['|', '$', '/', '#']) => {
                query(actions);
                actions.unknown("another sign that ends a statement of SQL");
            }
            Some(Token::Backslash(letters, line)) => backslash(letters, line, actions),
            Some(Token::Dot(line)) => dot(line, actions),
            _ => {}
        }
    }
}

const CHANGE: (EffectKind, &str) = (EffectKind::Change, "database");

struct Statement<'a, 'b> {
    dialect: Dialect,
    tokens: &'b [Token<'a>],
    actions: &'b mut Actions,
}

impl<'a> Statement<'a, '_> {
    fn at(&self, i: usize) -> Option<Token<'a>> {
        self.tokens.get(i).copied()
    }

    fn is(&self, i: usize, words: &[&str]) -> bool {
        self.at(i).is_some_and(|t| t.any(words))
    }

    fn has(&self, words: &[&str]) -> bool {
        self.tokens.iter().any(|t| t.any(words))
    }

    fn database(&mut self, kind: EffectKind) {
        self.actions.push(Action::on(kind, "database"));
    }

    fn read(&mut self) {
        let first = self.tokens.iter().position(|t| !matches!(t, Token::Sign(b'('))).unwrap_or(0);
        if self.is(first, &["reset", "purge"]) && self.is(first + 1, &["master", "binary", "slave", "replica"]) {
            self.database(EffectKind::Erase);
        } else if self.is(first, ASKS) {
            query(self.actions);
        } else if self.is(first, CHANGES) {
            self.change(first);
        } else if self.is(first, &["shutdown"]) {
            self.actions.push(Action::on(EffectKind::Service, "every session of a database server"));
        } else if !self.client(first) {
            query(self.actions);
            self.actions.unknown("a statement of SQL that is not known");
        }
        if self.tokens.contains(&Token::Code) {
            self.actions.unknown("code in a string of SQL");
        }
        let described = self.is(first, &["show", "describe", "desc", "grant", "revoke", "comment"])
            || (self.is(first, &["explain"]) && !self.has(&["analyze", "analyse"]));
        if !described {
            self.verbs();
        }
        self.setting(first);
        self.reaches();
    }

    /// mysql's own commands, by their first word.
    fn client(&mut self, first: usize) -> bool {
        let text = |token: Option<Token<'a>>| match token {
            Some(Token::Word(text) | Token::Text(text)) => Some(text),
            _ => None,
        };
        if self.is(first, &["system"]) {
            match (text(self.at(first + 1)), self.at(first + 2)) {
                (Some(code), None) => shell(self.actions, code),
                _ => helper(self.actions, "program of the SQL client"),
            }
            true
        } else if self.is(first, &["source", "tee", "pager", "edit", "capture"]) {
            helper(self.actions, "program or file of the SQL client");
            true
        } else {
            self.is(first, &["nopager", "notee", "rehash"])
        }
    }

    /// The kind of a statement that changes, by its first words.
    fn change(&mut self, first: usize) {
        use EffectKind as K;
        let second = first + 1;
        let roles = &["user", "role", "group", "login"];
        if self.is(first, &["grant"]) {
            self.database(K::Privilege);
        } else if self.is(first, &["revoke"]) {
            self.database(K::Weaken);
        } else if self.is(first, &["create", "alter"]) && self.is(second, roles) {
            self.database(K::Privilege);
        } else if self.is(first, &["alter"]) && self.is(second, &["system", "default"]) {
            self.database(K::Weaken);
        } else if self.is(first, &["kill"]) {
            self.database(K::Signal);
        } else if self.is(first, &["copy"]) {
            self.copy();
        } else if self.is(first, &["load"]) && !self.is(second, &["data", "xml"]) {
            helper(self.actions, "library of the database server");
        } else {
            self.database(K::Change);
        }
        if self.is(first, &["create"]) && self.is(second, &["virtual"]) && !self.is_own_module() {
            self.actions.unknown("a virtual table of SQL, which may stand for any file");
        }
        if self.is(first, &["create", "alter"])
            && self.has(&["language", "soname", "extension", "plugin", "foreign", "subscription"])
        {
            self.actions.unknown("code or another server in a definition of SQL");
        }
    }

    /// Whether a virtual table keeps what it holds in the database itself, or only computes.
    fn is_own_module(&self) -> bool {
        let using = self.tokens.iter().position(|t| t.word("using"));
        using.is_some_and(|at| self.is(at + 1, OWN_MODULES))
    }

    /// `COPY … TO|FROM PROGRAM|file|STDIN|STDOUT`
    fn copy(&mut self) {
        let reads = self.tokens.iter().rposition(|t| t.word("from"));
        let writes = self.tokens.iter().rposition(|t| t.word("to"));
        if self.has(&["program"]) {
            return helper(self.actions, "program of the database server");
        }
        let (kind, at) = match (reads, writes) {
            (_, Some(at)) if reads.is_none_or(|from| from < at) => (EffectKind::Query, at),
            (Some(at), _) => (EffectKind::Change, at),
            _ => return self.actions.unknown("a copy of SQL that is not known"),
        };
        self.database(kind);
        if let Some(file) = self.at(at + 1).and_then(Token::text) {
            let (file, away) = placed(file);
            let kind = match (kind, away) {
                (EffectKind::Query, true) => EffectKind::Send,
                (EffectKind::Query, false) => EffectKind::Write,
                (_, true) => EffectKind::Fetch,
                (_, false) => EffectKind::Read,
            };
            self.actions.push(Action::on(kind, file));
        }
    }

    /// Words that change data, wherever they stand: a `with` may hold them, and one client ends statements where
    /// another does not.
    fn verbs(&mut self) {
        let mut depth = 0_i32;
        let depths: Vec<i32> = self
            .tokens
            .iter()
            .map(|token| {
                match token {
                    Token::Sign(b'(') => depth += 1,
                    Token::Sign(b')') => depth -= 1,
                    _ => {}
                }
                depth
            })
            .collect();
        let mut where_after = Wheres::default();
        let mut losses = Vec::new();
        for (i, (token, depth)) in self.tokens.iter().zip(&depths).enumerate().rev() {
            where_after.token(*token, *depth);
            if let Token::Word(_) = token
                && let Some(loss) = self.verb(i, where_after.open(*depth))
            {
                losses.push(loss);
            }
        }
        for (kind, what) in losses.into_iter().rev() {
            self.actions.push(Action::on(kind, what));
        }
    }

    /// What a verb does, and to what.
    fn verb(&self, i: usize, condition: bool) -> Option<(EffectKind, &'static str)> {
        let previous = i.checked_sub(1);
        let follows = |words: &[&str]| previous.is_some_and(|p| self.is(p, words));
        let named = previous.is_some_and(|p| matches!(self.at(p), Some(Token::Sign(b'.'))))
            || matches!(self.at(i + 1), Some(Token::Sign(b'.' | b'(' | b'=')));
        let token = self.at(i)?;
        if named
            || follows(&["for", "on", "key", "after", "before", "of", "or", "instead", "as", "share"])
                && !token.word("drop")
        {
            // `as (delete …)` has a bracket between.
            return None;
        }
        if token.any(&["delete", "update"]) {
            let first_in_merge = follows(&["then", "do"]);
            let loses = !condition && !first_in_merge;
            return Some(if loses { (EffectKind::Erase, "rows") } else { CHANGE });
        }
        if token.any(&["truncate", "purge"]) {
            return Some((EffectKind::Erase, "rows"));
        }
        if token.word("drop") {
            let rebuilt = &[
                "index",
                "view",
                "constraint",
                "default",
                "not",
                "key",
                "primary",
                "foreign",
                "identity",
                "expression",
                "statistics",
                "trigger",
                "rule",
                "policy",
                "unique",
                "check",
                "prepare",
            ];
            return Some(if self.is(i + 1, rebuilt) { CHANGE } else { (EffectKind::Erase, self.dropped(i + 1)) });
        }
        if token.any(&["insert", "merge", "alter", "create"]) {
            return Some(CHANGE);
        }
        None
    }

    /// What is dropped: a whole database by its name, or anything else of one.
    fn dropped(&self, at: usize) -> &'static str {
        let named = at + 1 + if self.is(at + 1, &["if"]) { 2 } else { 0 };
        // To MySQL a schema is a database; to PostgreSQL `public` is the one that each has.
        if !self.is(at, &["database", "schema"]) || self.is(named, &["public"]) {
            return "database";
        }
        match self.at(named) {
            Some(Token::Word(name) | Token::Text(name)) if self.is(at, &["database"]) && names_test(name) => {
                "test database"
            }
            Some(Token::Word(name) | Token::Text(name)) if names_development(name) => "development database",
            _ => "database by its name",
        }
    }

    /// `SET` and `PRAGMA` may change more than the session.
    fn setting(&mut self, first: usize) {
        if self.is(first, &["set", "pragma"]) && self.tokens.iter().any(|token| token.names_place()) {
            self.actions.unknown("a setting of SQL that says where files lie");
        }
        if self.is(first, &["set"]) {
            if self.has(&["global", "persist", "persist_only"]) {
                self.database(EffectKind::Change);
            }
            if self.has(&["password", "role", "authorization", "row_security", "sql_log_bin"]) {
                self.database(EffectKind::Weaken);
            }
        }
        if self.is(first, &["pragma"]) && self.tokens.contains(&Token::Sign(b'=')) {
            self.database(EffectKind::Change);
        }
        if self.is(first, &["drop"]) && self.is(first + 1, &["policy", "trigger", "rule"]) {
            self.database(EffectKind::Weaken);
        }
    }

    /// Where the arguments begin, if the word here is the name of what is called: a name in brackets ends with one.
    fn arguments(&self, i: usize) -> Option<usize> {
        let open = i + 1 + usize::from(self.at(i + 1) == Some(Token::Sign(b']')));
        (self.at(open) == Some(Token::Sign(b'('))).then_some(open + 1)
    }

    /// What leaves the database: files, programs, other servers.
    fn reaches(&mut self) {
        for (i, token) in self.tokens.iter().enumerate() {
            // A quoted name calls the same function.
            let name = match token {
                Token::Word(name) | Token::Text(name) => *name,
                _ => continue,
            };
            let arguments = self.arguments(i);
            let called = arguments.is_some();
            let argument = arguments.unwrap_or(i + 2);
            let any = |words: &[&str]| words.iter().any(|w| name.eq_ignore_ascii_case(w));
            let bare = matches!(token, Token::Word(_));
            if any(RUNS) && (called || name.contains('_')) {
                helper(self.actions, "program of the database server");
            } else if any(READS) && called && (name.contains('_') || self.at(argument).and_then(Token::text).is_some())
            {
                self.source(argument);
            } else if bare && any(&["from", "join"]) && self.at(i + 1).is_some_and(Token::names_file) {
                self.source(i + 1);
            } else if any(REVEALS) {
                self.actions.push(Action::on(EffectKind::Reveal, "files of the database server"));
            } else if any(HIDES) && (called || (bare && i == 0) || name.contains('_') || name.starts_with("dblink")) {
                self.actions.unknown("SQL in a string, or of another server");
            } else if any(&["zipfile"]) && called {
                self.actions.unknown("SQL that reads or writes an archive");
            } else if called && (any(STEERS) || changes_server(name)) {
                self.actions.push(Action::on(EffectKind::Change, "database"));
            } else if any(&["writefile", "lo_export", "pg_file_write"]) && called {
                match (self.at(argument).and_then(Token::text), self.at(argument + 1)) {
                    (Some(file), Some(Token::Sign(b','))) if name.eq_ignore_ascii_case("writefile") => {
                        self.actions.push(Action::on(EffectKind::Write, file));
                    }
                    _ => self.actions.unknown("SQL that writes a file"),
                }
            } else if bare && any(&["outfile", "dumpfile"]) {
                self.file(i, EffectKind::Write);
            } else if bare && any(&["infile"]) {
                self.file(i, EffectKind::Read);
            } else if bare && any(&["attach"]) && i == 0 {
                let at = if self.is(1, &["database"]) { 2 } else { 1 };
                match self.at(at).and_then(Token::text) {
                    Some(server) if server.contains(':') && server != ":memory:" && !server.starts_with("file:") => {
                        self.actions.unknown("SQL that opens a database of another server");
                    }
                    _ => self.file(at - 1, EffectKind::Write),
                }
            } else if bare && any(&["into"]) && self.is(0, &["vacuum"]) {
                self.file(i, EffectKind::Write);
            } else if bare && any(&["into"]) && self.is(0, &["select", "with"]) {
                self.actions.push(Action::on(EffectKind::Change, "database"));
            } else if self.dialect == Dialect::Sqlite && called && is_unknown(self.tokens, i) {
                self.actions.unknown("a function of SQL that is not known");
            }
        }
    }

    /// The file, or the URL, that a string in the place of a table names.
    fn source(&mut self, i: usize) {
        match self.at(i).and_then(Token::text).map(placed) {
            Some((url, true)) => self.actions.push(Action::on(EffectKind::Fetch, url)),
            Some((file, false)) if !file.contains('\\') => self.actions.push(Action::on(EffectKind::Read, file)),
            _ => self.actions.unknown("SQL that reads a file whose name is not known"),
        }
    }

    /// The file that the string behind this word names.
    fn file(&mut self, i: usize, kind: EffectKind) {
        let name = self.at(i + 1).and_then(Token::text).filter(|name| !name.contains('\\'));
        // A URL may say more behind a question mark, and any sign by its number. (SQLite, "URI Filenames")
        let plain = |file: &str| name == Some(file) || !file.contains(['?', '%', '#', ':']);
        match name.map(placed) {
            Some((file, false)) if plain(file) => self.actions.push(Action::on(kind, file)),
            _ => self.actions.unknown("SQL that opens a file whose name is not known"),
        }
    }
}

/// The file that a string names, which may be a URL of one of this machine, or the URL, and whether it lies elsewhere. (DuckDB,
/// "Data Import", "HTTP(S) Support")
fn placed(name: &str) -> (&str, bool) {
    match name.strip_prefix("file:") {
        Some(file) => (file.strip_prefix("//localhost").or_else(|| file.strip_prefix("//")).unwrap_or(file), false),
        None => (name, name.contains("://")),
    }
}

/// Follows, from the end of a statement to its begin, where a `where` stands behind at the same depth of brackets, and
/// says more than that something is true.
#[derive(Default)]
struct Wheres<'a> {
    depths: Vec<i32>,
    behind: [Option<Token<'a>>; 2],
}

impl<'a> Wheres<'a> {
    fn token(&mut self, token: Token<'a>, depth: i32) {
        if token.word("where") {
            let always = match self.behind {
                [Some(Token::Word(word)), next] => {
                    word.eq_ignore_ascii_case("true") && next.is_none()
                        || word.bytes().all(|b| b.is_ascii_digit()) && matches!(next, None | Some(Token::Sign(b'=')))
                }
                _ => false,
            };
            if !always && self.depths.last() != Some(&depth) {
                self.depths.push(depth);
            }
        }
        // Read backwards, a bracket that opens here ends what is deeper.
        while self.depths.last().is_some_and(|d| *d > depth) {
            self.depths.pop();
        }
        let [next, _] = self.behind;
        self.behind = [Some(token), next];
    }

    fn open(&self, depth: i32) -> bool {
        self.depths.last() == Some(&depth)
    }
}
