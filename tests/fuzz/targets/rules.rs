//! Reading rules files never panics, and every rule that was read prints itself back.
#![no_main]

use guardian_rules::execpolicy::load_bytes;
use guardian_rules::host::HostTable;
use guardian_rules::rule::Layer;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let hosts = HostTable::default();
    let outcome = load_bytes(Layer::User, "fuzz.rules", bytes, &hosts);
    for rule in &outcome.rules {
        let line = rule.to_string();
        let again = load_bytes(Layer::User, "again.rules", line.as_bytes(), &hosts);
        assert_eq!(again.rules.len(), 1, "{line}");
    }
});
