//! Specs of the user's own: the same format and the same compiler as the built-in ones, at run time.

use crate::compile::{self, Authored, Compiled, Place, Problem};
use crate::diagnostic::{Diagnostic, Span};
use crate::fingerprint::Fingerprint;
use crate::image::{BUILT_IN, Image, Specs};
use std::fmt;

/// What is known of commands: the built-in specs, maybe with some of the user's own.
#[derive(Clone, Copy)]
pub struct Knowledge {
    image: &'static Image<'static>,
    mark: u128,
}

impl fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Knowledge").field("mark", &self.mark).finish_non_exhaustive()
    }
}

/// A file of specs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecFile {
    /// How messages and explanations call it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

impl Default for Knowledge {
    fn default() -> Self {
        Self { image: &BUILT_IN, mark: 0 }
    }
}

impl Knowledge {
    /// The same, and these. A block takes the place of the one with its name; every other name, also below and above
    /// it, keeps its own.
    ///
    /// The specs live as long as the process, so this is for what is read once.
    ///
    /// # Errors
    /// Everything that is wrong with the files, each with its place.
    pub fn with(self, files: &[SpecFile]) -> Result<Self, Vec<Diagnostic>> {
        let mut authored = Authored::default();
        let mut mark = Fingerprint::new();
        mark.write(&self.mark.to_le_bytes());
        for file in files {
            authored.read(&file.name, &file.text);
            mark.write(file.name.as_bytes());
            mark.write(file.text.as_bytes());
        }
        if authored.is_empty() {
            return Ok(self);
        }
        let base = Compiled { records: self.image.records().to_vec(), text: self.image.text().to_owned() };
        let compiled = compile::compile(authored, &base)
            .map_err(|problems| problems.iter().map(diagnostic).collect::<Vec<Diagnostic>>())?;
        let image = Image::new(Vec::leak(compiled.records), String::leak(compiled.text));
        Ok(Self { image: Box::leak(Box::new(image)), mark: mark.value() })
    }

    /// The specs.
    #[must_use]
    pub const fn specs(self) -> Specs<'static> {
        Specs::new(self.image)
    }

    /// A hash of what was added to the built-in specs.
    #[must_use]
    pub const fn mark(self) -> u128 {
        self.mark
    }
}

fn diagnostic(problem: &Problem) -> Diagnostic {
    let Place { file, text, span } = &problem.place;
    Diagnostic::error("spec", file, text, Span::new(span.start, span.end), problem.message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CommandSpec, Role, Takes, built_in};

    fn with(text: &str) -> Result<Knowledge, Vec<Diagnostic>> {
        Knowledge::default().with(&[SpecFile { name: "mine.md".into(), text: text.into() }])
    }

    fn spec(text: &str) -> Specs<'static> {
        with(text).map_err(|problems| crate::diagnostic::render(&problems)).unwrap().specs()
    }

    #[test]
    fn a_new_program_is_known_beside_the_others() {
        let specs = spec("# x\n```toml spec\ncommand = \"frob\"\nswitches = \"-q\"\noperands = [\"read*\"]\n```\n");
        let frob = specs.program("frob").unwrap();
        assert_eq!(frob.file(), "mine.md");
        assert!(frob.option("-q").is_some());
        let names: Vec<_> = specs.programs().map(|(name, _)| name).collect();
        assert_eq!(names.len(), built_in().programs().count() + 1);
        assert!(names.is_sorted());
        for (name, own) in built_in().programs() {
            let kept = specs.program(name).unwrap();
            assert_eq!(
                (kept.name(), kept.file(), kept.is_remote()),
                (own.name(), own.file(), own.is_remote()),
                "{name}"
            );
            assert!(kept.flags().map(|(flag, _)| flag).eq(own.flags().map(|(flag, _)| flag)), "{name}");
            assert!(kept.subcommands().map(|(word, _)| word).eq(own.subcommands().map(|(word, _)| word)), "{name}");
        }
    }

    #[test]
    fn a_subcommand_joins_those_of_its_program() {
        let specs = spec("```toml spec\ncommand = \"git frob\"\noperands = [\"delete\"]\n```\n");
        let git = specs.program("git").unwrap();
        assert_eq!(git.subcommand("frob").unwrap().file(), "mine.md");
        assert_eq!(git.subcommand("log").unwrap().name(), "git log");
        assert!(git.option("-C").is_some(), "git keeps its own options");
        assert!(built_in().program("git").unwrap().subcommand("frob").is_none());
    }

    #[test]
    fn a_block_takes_the_place_of_the_one_with_its_name_only() {
        let specs = spec("```toml spec\ncommand = \"git\"\nswitches = \"--mine\"\nsubcommand_required = true\n```\n");
        let git = specs.program("git").unwrap();
        assert!(git.option("--mine").is_some() && git.option("-C").is_none());
        assert!(git.subcommand("log").is_some());
    }

    #[test]
    fn options_of_a_built_in_block_can_be_taken_over() {
        let text = "```toml spec\ncommand = \"tee\"\nlike = \"tee\"\nswitches = \"--frob\"\noperands = [\"write*\"]\n```\n\
                    ```toml spec\ncommand = \"mytar\"\nlike = \"tar\"\noperands = []\n```\n";
        let specs = spec(text);
        let tee = specs.program("tee").unwrap();
        assert!(tee.option("--frob").is_some() && tee.option("--append").is_some() && tee.abbreviates());
        let (mine, tar) = (specs.program("mytar").unwrap(), built_in().program("tar").unwrap());
        assert_eq!(mine.style(), tar.style());
        for (flag, option) in tar.flags() {
            assert_eq!(mine.option(flag).map(|o| o.takes()), Some(option.takes()), "{flag}");
        }
    }

    #[test]
    fn options_that_do_the_same_are_not_the_same() {
        let text = "```toml spec\ncommand = \"x\"\nabbreviate = true\nswitches = \"--faster --fast-mode --slow\"\noperands = []\n\
                    [options.\"-q --quiet\"]\neffects = [\"inspect\"]\n```\n\
                    ```toml spec\ncommand = \"y\"\nlike = \"x\"\noperands = []\n```\n\
                    ```toml spec\ncommand = \"mydate\"\nlike = \"date\"\nswitches = \"--frob\"\noperands = []\n```\n";
        let specs = spec(text);
        for name in ["x", "y"] {
            let x = specs.program(name).unwrap();
            assert_ne!(x.option("--faster"), x.option("--slow"));
            assert_eq!(x.option("-q"), x.option("--quiet"));
            assert_eq!(x.flags_of(x.option("-q").unwrap()).collect::<Vec<_>>(), ["--quiet", "-q"]);
            assert_eq!(x.abbreviated("--fast"), None);
            assert_eq!(x.abbreviated("--sl"), x.option("--slow"));
        }
        let date = specs.program("mydate").unwrap();
        assert_eq!(date.option("-f"), date.option("--file"));
        assert_ne!(date.option("-f"), date.option("-r"));
        assert_eq!(date.flags().filter(|(_, option)| Some(*option) == date.option("--frob")).count(), 1);
    }

    #[test]
    fn options_of_a_parent_that_passes_them_on_hold_for_a_new_subcommand() {
        let specs = spec("```toml spec\ncommand = \"kubectl frob\"\noperands = []\n```\n");
        let frob = specs.program("kubectl").unwrap().subcommand("frob").unwrap();
        assert_eq!(frob.option("--namespace").map(|o| o.takes()), Some(Takes::Required(Role::Resource)));
    }

    #[test]
    fn a_program_is_remote_where_most_of_its_subcommands_are() {
        let remote = |specs: Specs<'_>, name: &str| specs.program(name).is_some_and(CommandSpec::is_remote);
        assert!(remote(built_in(), "kubectl") && !remote(built_in(), "git") && !remote(built_in(), "ls"));
        let block = |word: &str, effect: &str| {
            format!("```toml spec\ncommand = \"frob {word}\"\noperands = []\neffects = [\"{effect}\"]\n```\n")
        };
        let far = block("list", "query things") + &block("drop", "erase things");
        assert!(remote(spec(&far), "frob"));
        assert!(remote(spec(&(far.clone() + &block("help", "inspect things"))), "frob"));
        let near = block("init", "inspect things") + &block("load", "query the database");
        assert!(!remote(spec(&(far.clone() + &near)), "frob"));
        // What is added counts with what was known, and takes nothing from it.
        let more: String = (0..200).map(|nth| block(&format!("near{nth}"), "inspect things")).collect();
        let specs = spec(&more.replace("frob near", "kubectl near"));
        assert!(!remote(specs, "kubectl") && remote(built_in(), "kubectl"));
        assert!(specs.program("kubectl").unwrap().subcommand("get").unwrap().is_remote());
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, place) in [
            ("```toml spec\ncommand = \"x\"\noperands = [\"raed\"]\n```\n", "mine.md:3:14: unknown role `raed`"),
            ("\n```toml spec\ncommand = \"x\"\nswtches = \"-a\"\n```\n", "mine.md:4:1: unknown field `swtches`"),
            ("```toml spec\ncommand = \"x\"\n", "mine.md:2:1: the block is not closed"),
            (
                "```toml spec\ncommand = \"x\"\nswitches = \"-a -w\"\nvalues = \"-w\"\noperands = []\n```\n",
                "mine.md:3:16: `-w` takes no value and, in another list, a value",
            ),
            (
                "```toml spec\ncommand = \"x\"\noptions = { \"-c -n\" = { value = \"read\" } }\n\
                 form = [{ with = [\"-c\"], operands = [] }]\n```\n",
                "mine.md:3:14: a form names `-c` and not `-n`, which the same entry lists: the two are one",
            ),
            (
                "```toml spec\ncommand = \"x\"\n```\n```toml spec\ncommand = \"x\"\n```\n",
                "mine.md:5:12: command `x` is also described at mine.md:2",
            ),
            (
                "```toml spec\ncommand = \"x\"\nswitches = \"-a {more}\"\noperands = []\n```\n",
                "mine.md:3:17: no list is named `more`",
            ),
            ("```toml lists\nmore = \"-a\"\n```\n", "mine.md:2:1: list `more` is not used"),
            (
                "```toml lists\na = \"{b}\"\nb = \"{a}\"\n```\n\
                 ```toml spec\ncommand = \"x\"\nswitches = \"{a}\"\noperands = []\n```\n",
                "mine.md:7:14: list `a` goes in a circle",
            ),
            (
                "```toml lists\na = \"-b\"\n```\n```toml lists\na = \"-c\"\n```\n",
                "mine.md:5:1: list `a` is also named at mine.md:2",
            ),
        ] {
            let problems = with(text).unwrap_err();
            assert!(problems[0].to_string().starts_with(place), "{}", problems[0]);
        }
    }

    #[test]
    fn lists_stand_where_their_names_do() {
        let text = |switches: &str, first: &str| {
            format!(
                "```toml spec\ncommand = \"x\"\nswitches = \"{switches}\"\noperands = []\n\
                 [[form]]\nfirst = [{first}]\noperands = [\"read\"]\n```\n"
            )
        };
        let lists = "```toml lists\nall = \"{few} -c\"\nfew = \"-a -b\"\nnames = [\"p q\", \"r\"]\n```\n";
        let named = with(&(text("{all} -d", "\"{names}\", \"s\"") + lists)).unwrap();
        let written = with(&text("-a -b -c -d", "\"p q\", \"r\", \"s\"")).unwrap();
        assert!(named.image.records() == written.image.records() && named.image.text() == written.image.text());
    }

    #[test]
    fn what_was_added_is_in_the_mark() {
        let one = with("```toml spec\ncommand = \"x\"\noperands = [\"read\"]\n```\n").unwrap();
        let other = with("```toml spec\ncommand = \"x\"\noperands = [\"write\"]\n```\n").unwrap();
        assert!(one.mark() != other.mark() && one.mark() != Knowledge::default().mark());
        assert_eq!(with("only prose").unwrap().mark(), Knowledge::default().mark());
    }
}
