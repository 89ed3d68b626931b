//! Reading never panics, and what it understands prints to something that reads the same.
#![no_main]

use guardian_engine::shell;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let script = shell::parse(text);
    if script.problems.is_empty() {
        let printed = shell::print(&script);
        let again = shell::parse(&printed);
        assert!(again.problems.is_empty(), "{text:?} prints as {printed:?}, which is not understood");
        assert_eq!(printed, shell::print(&again), "{text:?}");
    }
});
