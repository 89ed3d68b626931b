//! What a thing is for, as far as its name tells: production, development or tests.

/// Names of environments, hosts, branches and contexts that look like production.
#[rustfmt::skip]
const PRODUCTION: &[&str] = &[
    "prod", "production", "prd", "live", "master-db", "primary-db",
];

/// Whether a text names something that looks like production.
#[must_use]
pub fn names_production(text: &str) -> bool {
    // Nearly no text has a word that begins with the two letters of one of these.
    let bytes = text.as_bytes();
    let begins = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        !before.is_some_and(u8::is_ascii_alphanumeric)
    };
    let starts = || bytes.windows(2).enumerate().filter(|(_, two)| may_begin(two)).map(|(at, _)| at);
    starts().any(begins) && has_word(text, PRODUCTION) || starts().any(|at| is_hump(bytes, at))
}

/// Whether such a word is a hump of a name in camel case here, as stacks and resource groups are called: `ProdStack`, `acmeProd`.
fn is_hump(bytes: &[u8], at: usize) -> bool {
    let Some((before, rest)) = bytes.split_at_checked(at) else { return false };
    let Some(rest) = rest.strip_prefix(b"Prod") else { return false };
    let behind = rest.strip_prefix(b"uction").unwrap_or(rest);
    !before.last().is_some_and(u8::is_ascii_uppercase) && !behind.first().is_some_and(u8::is_ascii_lowercase)
}

/// Whether a text begins with two letters that one of [`PRODUCTION`] does.
const fn may_begin(text: &[u8]) -> bool {
    matches!(text, [b'p' | b'P', b'r' | b'R', ..] | [b'l' | b'L', b'i' | b'I', ..] | [b'm' | b'M', b'a' | b'A', ..])
}

const _: () = {
    let mut words = PRODUCTION;
    while let [word, rest @ ..] = words {
        assert!(may_begin(word.as_bytes()), "two letters are missing that a word begins with");
        words = rest;
    }
};

/// Names of what is for development or tests.
const DEVELOPMENT: &[&str] = &["dev", "devel", "development"];

/// Names of what is for tests, and made anew by whoever runs them.
const TESTS: &[&str] = &["test", "tests", "testing"];

/// Whether a text names something for development or tests.
#[must_use]
pub fn names_development(text: &str) -> bool {
    has_word(text, DEVELOPMENT) || names_test(text)
}

/// Names of what stands between development and production.
const STAGING: &[&str] = &["staging", "stage", "stg", "preview", "sandbox", "qa", "uat"];

/// Whether a text names something that is tried out there before it goes to production.
#[must_use]
pub fn names_trial(text: &str) -> bool {
    has_word(text, STAGING) || names_development(text)
}

/// Whether a text names what is shared and stands right in front of production. What else may be called so is left out.
#[must_use]
pub fn names_staging(text: &str) -> bool {
    has_word(text, &["staging", "stg", "uat"])
}

/// Names of programs, tasks and folders that run tests.
const TEST_RUNS: &[&str] =
    &["e2e", "smoke", "spec", "specs", "pytest", "playwright", "cypress", "jest", "vitest", "newman"];

/// Whether a text names a run of tests.
#[must_use]
pub fn names_test_run(text: &str) -> bool {
    has_word(text, TEST_RUNS) || names_test(text)
}

/// Whether a text names something for tests.
#[must_use]
pub fn names_test(text: &str) -> bool {
    has_word(text, TESTS)
}

/// Whether one of the words stands in a text by itself.
fn has_word(text: &str, words: &[&str]) -> bool {
    let bytes = text.as_bytes();
    let within = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    // Nearly none begins with the same letter.
    let begun = |at: usize, word: &str| bytes.get(at).map(u8::to_ascii_lowercase) == word.bytes().next();
    let stands = |at: usize, word: &&str| {
        let end = at + word.len();
        begun(at, word)
            && bytes.get(at..end).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
            && !within(Some(end))
    };
    let begins = (0..bytes.len()).filter(|at| !within(at.checked_sub(1)));
    begins.into_iter().any(|at| words.iter().any(|word| stands(at, word)))
}
