//! The examples have every key there is, the reader takes them, and the schema says the same of them.

use super::*;
use crate::config::loader::{REQUIRED_KEYS, USER_KEYS};
use crate::config::{key::Field, read, schema};
use serde_json::Value as Json;

const CONFIG: &str = include_str!("../examples/config.toml");
const REQUIREMENTS: &str = include_str!("../examples/requirements.toml");

/// Keys that mean another one, which a file can only have once.
const OTHER_SPELLINGS: [&str; 2] = ["prefix_rules", "audit"];

fn as_json(text: &str) -> Json {
    serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap()
}

/// Whether the schema takes the text, and why not.
fn validates(schema: &Json, text: &str) -> Result<(), String> {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("file:///schema.json", schema.clone()).unwrap();
    let index = compiler.compile("file:///schema.json", &mut schemas).unwrap();
    schemas.validate(&as_json(text), index).map_err(|error| error.to_string())
}

/// Whether the reader takes the text, and why not. A warning is no refusal.
fn reads(keys: &[&'static [Field]], text: &str) -> Result<(), String> {
    let read = read::read("example.toml", text, keys, "/home/dev");
    if read.diagnostics.is_empty() { Ok(()) } else { Err(guardian_rules::diagnostic::render(&read.diagnostics)) }
}

/// The paths of all keys of a schema. Names that are chosen are `*`; what a profile may set counts once.
fn keys_of(schema: &Json, path: &str, found: &mut Vec<String>) {
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{name}");
        let nested = below["properties"].is_object() || below["additionalProperties"]["properties"].is_object();
        if !nested {
            found.push(path.clone());
        }
        keys_of(below, &format!("{path}."), found);
        keys_of(&below["additionalProperties"], &format!("{path}.*."), found);
    }
}

/// Whether the document has the key, under whatever names; of the settings of a profile, also in one.
fn has(document: &Json, path: &str) -> bool {
    fn walk(at: &Json, parts: &[&str]) -> bool {
        match parts.split_first() {
            None => true,
            Some((&"*", rest)) => at.as_object().is_some_and(|table| table.values().any(|below| walk(below, rest))),
            Some((name, rest)) => at.get(name).is_some_and(|below| walk(below, rest)),
        }
    }
    let parts: Vec<&str> = path.split('.').collect();
    let in_profile: Vec<&str> = ["profiles", "*"].iter().chain(&parts).copied().collect();
    let bare: Vec<&str> = parts.iter().skip(2).copied().collect();
    walk(document, &parts) || walk(document, &in_profile) || (path.starts_with("profiles.*.") && walk(document, &bare))
}

#[test]
fn the_examples_have_every_key_and_are_taken() {
    for (text, schema, keys) in
        [(CONFIG, schema::user(), USER_KEYS), (REQUIREMENTS, schema::requirements(), REQUIRED_KEYS)]
    {
        reads(keys, text).unwrap();
        validates(&schema, text).unwrap();
        let mut all = Vec::new();
        keys_of(&schema, "", &mut all);
        assert!(all.len() > 10, "{all:?}");
        let document = as_json(text);
        let missing: Vec<&String> =
            all.iter().filter(|path| !OTHER_SPELLINGS.contains(&path.as_str()) && !has(&document, path)).collect();
        assert!(missing.is_empty(), "the example lacks {missing:?}");
    }
}

/// What the reader refuses the schema refuses, and what it takes the schema takes.
#[test]
fn reader_and_schema_agree() {
    let user = schema::user();
    for (text, fine) in [
        ("approval_policy = \"never\"\n", true),
        ("approval_policy = \"sometimes\"\n", false),
        ("approval_policy = { granular = { rules = true } }\n", false),
        ("sandbox_mode = \"full\"\n", false),
        ("sandbox_mod = \"read-only\"\n", false),
        ("[sandbox_workspace_write]\nwritable_roots = [\"relative\"]\n", false),
        ("[sandbox_workspace_write]\nnetwork_access = \"yes\"\n", false),
        ("[permissions.a.filesystem]\n\":root\" = \"read\"\n\"~\" = { \"x\" = \"write\" }\n", true),
        ("[permissions.a.filesystem]\n\":roof\" = \"read\"\n", false),
        ("[permissions.a.filesystem]\n\"relative\" = \"read\"\n", false),
        ("[permissions.a.filesystem]\n\"/x\" = \"maybe\"\n", false),
        ("[permissions.a.filesystem]\nglob_scan_max_depth = 0\n", false),
        ("[[permissions.a.filesystem]]\npath = \"/x\"\naccess = \"deny\"\n", true),
        ("[[permissions.a.filesystem]]\npath = \"/x\"\n", false),
        ("[permissions.a.network]\nenabled = 1\n", false),
        ("[permissions.a.network.domains]\n\"x.example\" = \"deny\"\n", true),
        ("[permissions.a.network.domains]\n\"x.example\" = false\n", false),
        (
            "[[filesystem]]\npath = \"~/x\"\naccess = \"deny\"\n[[network]]\ndomain = \"x.example\"\nallow = false\n",
            true,
        ),
        ("[filesystem]\n\"/x\" = \"read\"\n[network.domains]\n\"x.example\" = \"deny\"\n", true),
        ("[[filesystem]]\npath = \"/x\"\n", false),
        ("[[network]]\ndomain = \"x.example\"\nallow = \"no\"\n", false),
        ("[permissions.\":a\"]\nextends = \":workspace\"\n", false),
        ("[projects.\"/x\"]\ntrust_level = \"somewhat\"\n", false),
        ("[model_providers.m]\nmax_output_tokens = -1\n", false),
    ] {
        assert_eq!(reads(USER_KEYS, text).is_ok(), fine, "reader: {text}{:?}", reads(USER_KEYS, text));
        assert_eq!(validates(&user, text).is_ok(), fine, "schema: {text}{:?}", validates(&user, text));
    }
    let required = schema::requirements();
    for (text, fine) in [
        ("[[prefix_rules]]\npattern = [\"git\", [\"push\", \"pull\"]]\naction = \"forbidden\"\n", true),
        ("[[prefix_rules]]\npattern = [\"git\"]\naction = \"allow\"\n", false),
        ("[[prefix_rules]]\npattern = [\"git\"]\n", false),
        ("[[rules.prefix_rules]]\npattern = []\ndecision = \"prompt\"\n", false),
        ("[[rules.prefix_rules]]\npattern = [{ tokn = \"git\" }]\ndecision = \"prompt\"\n", false),
        ("[permissions.filesystem]\ndeny_read = [\"relative\"]\n", false),
        ("[permissions.office.filesystem]\n\":root\" = \"read\"\n", true),
        ("[allowed_permission_profiles]\noffice = \"yes\"\n", false),
        ("allowed_sandbox_modes = [\"read-only\", \"no\"]\n", false),
        ("[network]\ndenied_domains = [\"x.example\"]\n", true),
    ] {
        assert_eq!(reads(REQUIRED_KEYS, text).is_ok(), fine, "reader: {text}{:?}", reads(REQUIRED_KEYS, text));
        assert_eq!(validates(&required, text).is_ok(), fine, "schema: {text}{:?}", validates(&required, text));
    }
}

/// The example is what its comments say: a configuration that loads, box and all.
#[test]
fn the_example_is_a_configuration() {
    let host = Host::new();
    host.user(&CONFIG.replace("profile = \"careful\"", "#").replace("sandbox_mode = \"workspace-write\" ", "# "));
    let config = host.load(&[]).unwrap();
    assert_eq!(config.permission.unwrap().name, "mine");
    host.user("").write("etc/requirements.toml", REQUIREMENTS);
    let config = host.load(&["--yolo"]).unwrap();
    assert_eq!(config.permission.unwrap().name, "office");
}
