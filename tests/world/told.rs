//! A world of which nothing is known but what a test says of it. Only tests have one: [`Facts`] itself answers nothing for
//! anybody, so that a new question is one for everybody who has a world.

use guardian_engine::{Facts, FileKind, Links, Names, NoFacts, Tracking};

/// What a test says to a question, if it says anything.
pub type Says<T> = Option<Box<dyn Fn(&str) -> T + Send + Sync>>;

/// Says this to a question.
pub fn says<T>(answer: impl Fn(&str) -> T + Send + Sync + 'static) -> Says<T> {
    Some(Box::new(answer))
}

macro_rules! told {
    ($($question:ident: $answer:ty,)*) => {
        /// What a test says, question by question; to the others [`NoFacts`] answers.
        #[derive(Default)]
        pub struct Told {
            $(pub $question: Says<$answer>,)*
            pub content: Says<Option<String>>,
        }

        impl Facts for Told {
            $(fn $question(&self, of: &str) -> $answer {
                self.$question.as_ref().map_or_else(|| NoFacts.$question(of), |answer| answer(of))
            })*
            fn content(&self, path: &str, limit: usize) -> Option<Vec<u8>> {
                let text = self.content.as_ref()?(path)?;
                (text.len() <= limit).then(|| text.into_bytes())
            }
            fn forget(&self) {}
        }
    };
}

told! {
    variable: Option<String>,
    program: Option<String>,
    resolved: Option<String>,
    kind: Option<FileKind>,
    tracking: Tracking,
    shadowing: Option<FileKind>,
    dashed_ref: Option<FileKind>,
    guarded: Option<String>,
    links: Option<Links>,
    parted: Option<Names>,
    files: Option<Names>,
}
