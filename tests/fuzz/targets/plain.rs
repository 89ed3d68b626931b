//! What is read only once, tree-sitter reads the same.
#![no_main]

use guardian_engine::shell;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(doubts) = shell::doubts(text) {
        assert!(doubts.is_empty(), "{text:?}: {doubts:?}");
    }
});
