//! The tables of the plain grammars: operators, words, and what is behind a dot where it means the same on everything
//! that plain code can have.

use super::code_tokens::Syntax;

/// What a plain grammar has of its own.
#[derive(Debug)]
pub(super) struct Grammar {
    /// Signs in front of an operand.
    pub(super) prefix: &'static [u8],
    pub(super) prefix_words: &'static [&'static str],
    /// Operators between operands, the longest first.
    pub(super) infix: &'static [&'static str],
    pub(super) infix_words: &'static [&'static str],
    /// Whether there is `x ? y : z`.
    pub(super) chooses: bool,
    /// Words that are values.
    pub(super) constants: &'static [&'static str],
    /// Listed names that plain code does not have, and modules: they run text that they are given, make classes, set fields of
    /// anything, or open a file later.
    pub(super) never: &'static [&'static str],
    /// Names that may stand for more than is listed, and are not the code's own.
    pub(super) reserved: &'static [&'static str],
    /// Modules, methods that mean more on what they give, and with how many arguments they mean what they do elsewhere.
    pub(super) more: &'static [(&'static str, &'static str, usize, usize)],
}

impl Grammar {
    pub(super) const fn of(syntax: Syntax) -> &'static Self {
        match syntax {
            Syntax::Python => &PYTHON,
            Syntax::JavaScript => &JAVASCRIPT,
            Syntax::Ruby => &RUBY,
        }
    }

    pub(super) fn is_reserved(&self, name: &str) -> bool {
        [self.reserved, self.prefix_words, self.infix_words, self.constants].iter().any(|words| words.contains(&name))
    }
}

const PYTHON: Grammar = Grammar {
    prefix: b"-+~",
    prefix_words: &["not"],
    infix: &["**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+", "-", "*", "/", "%", "&", "|", "^", "<", ">", "@"],
    infix_words: &["and", "or", "in", "is", "not", "if", "else"],
    chooses: false,
    constants: &["True", "False", "None", "__name__", "__file__", "__doc__"],
    // They make classes, of which a method may be called by a name of its own.
    #[rustfmt::skip]
    never: &[
        "super", "object", "property", "classmethod", "staticmethod", "dataclasses.*", "enum.*", "typing.*",
        "collections.namedtuple", "functools.total_ordering",
    ],
    reserved: &["lambda", "type", "exec", "eval", "open", "print"],
    // `Path.replace` and `Path.copy` move and copy; `ElementTree.write` writes a file.
    more: &[("pathlib", "replace", 2, 3), ("pathlib", "copy", 0, 0), ("xml", "write", 1, 0)],
};

const JAVASCRIPT: Grammar = Grammar {
    prefix: b"-+~!",
    prefix_words: &["typeof", "void", "await"],
    infix: &[
        "===", "!==", ">>>", "**", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "??", "+", "-", "*", "/", "%", "&",
        "|", "^", "<", ">",
    ],
    infix_words: &["in", "instanceof"],
    chooses: true,
    constants: &["true", "false", "null", "undefined", "NaN", "Infinity", "__filename", "__dirname"],
    #[rustfmt::skip]
    never: &[
        "Object.assign", "fs.createReadStream", "setTimeout", "setInterval", "setImmediate", "queueMicrotask",
        "process.nextTick", "fs.constants",
    ],
    reserved: &["require", "import", "export", "function", "module", "exports"],
    more: &[],
};

const RUBY: Grammar = Grammar {
    prefix: b"-!",
    prefix_words: &["not"],
    // One ampersand behind a method hands on a block.
    infix: &[
        "<=>", "===", "...", "**", "<<", ">>", "<=", ">=", "==", "!=", "=~", "!~", "&&", "||", "..", "+", "-", "*",
        "/", "%", "|", "<", ">",
    ],
    infix_words: &["and", "or", "if", "unless"],
    chooses: true,
    constants: &["true", "false", "nil", "__FILE__", "__LINE__"],
    never: &["Struct.new", "lambda", "proc", "catch", "throw", "URI", "URI.parse", "Comparable", "Enumerable"],
    reserved: &["require", "load", "then", "do", "end"],
    more: &[],
};

/// Words of Ruby that take what they print without brackets.
pub(super) const COMMANDS: &[&str] = &["puts", "print", "p", "pp"];

/// What a call that reads a file may say of how, with a text or a constant.
pub(super) const SETTINGS: &[&str] = &[
    "chomp",
    "encoding",
    "errors",
    "newline",
    "recursive",
    "withFileTypes",
    "throwIfNoEntry",
    "missing_ok",
    "exist_ok",
];

/// What shows the whole of a list and leaves it as it is.
pub(super) const SHOWS: &[&str] = &["print", "len", "join", "list", "str", "repr", "pprint", "enumerate", "sorted"];

/// Methods of a list of Ruby that leave it as it is, and give no more of it than one of its elements or another list.
#[rustfmt::skip]
pub(super) const LOOKS: &[&str] = &[
    "any", "count", "empty", "first", "grep", "include", "index", "inspect", "join", "last", "length", "map", "none",
    "reject", "reverse", "select", "size", "sort",
];

/// Streams of node, which are sockets where they are no files: they connect to hosts. (Node, "Process I/O", "net")
pub(super) const STREAMS: &[&str] = &["process.stdin", "process.stdout", "process.stderr"];

/// Names through which a language's inside can be reached whatever the table says.
pub(super) const HIDDEN: &[&str] =
    &["constructor", "__proto__", "prototype", "__class__", "__globals__", "__builtins__", "__subclasses__"];
