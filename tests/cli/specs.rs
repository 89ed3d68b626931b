//! Specs of the user's own, and the reference of everything known, from outside.

use crate::machine::Machine;

const FOLDER: &str = "home/.config/guardian/commands";
const FROB: &str = "# frob\n\nPrints parts of files.\n\n```toml spec\ncommand = \"frob\"\nswitches = \"-q\"\n\
                    operands = [\"read*\"]\n\n[options]\n\"-o --output\" = { value = \"write\" }\n```\n";

fn verdict(machine: &Machine, command: &str) -> (String, String) {
    let json = machine.run(&["check", "--json", "-a", "untrusted", "-s", "workspace-write", command]).json();
    (json["decision"].as_str().unwrap().to_owned(), json["risk"].as_str().unwrap().to_owned())
}

fn is(decision: &str, risk: &str) -> (String, String) {
    (decision.to_owned(), risk.to_owned())
}

#[test]
fn a_file_in_the_users_folder_teaches_a_command() {
    let machine = Machine::new();
    assert_eq!(verdict(&machine, "frob README.md"), is("prompt", "med"));
    machine.write(&format!("{FOLDER}/frob.md"), FROB);
    assert_eq!(verdict(&machine, "frob README.md"), is("allow", "low"));
    assert_eq!(verdict(&machine, "frob -o /etc/passwd README.md"), is("prompt", "high"));
    assert_eq!(verdict(&machine, "frob --frobnicate README.md"), is("prompt", "med"), "what is not listed is unknown");
    assert_eq!(verdict(&machine, "frob ~/.ssh/id_ed25519"), is("prompt", "high"), "what is secret stays secret");
    assert_eq!(verdict(&machine, "git status; rm -rf /"), is("prompt", "high"), "everything else stays as it was");
    let explained = machine.run(&["explain", "frob README.md"]);
    assert!(explained.out.contains("frob"), "{}", explained.out);
}

#[test]
fn a_known_program_gains_a_subcommand_and_a_name_is_described_anew() {
    let machine = Machine::new();
    machine.write(
        &format!("{FOLDER}/mine.md"),
        "```toml spec\ncommand = \"git frob\"\noperands = [\"read*\"]\n```\n\
         ```toml spec\ncommand = \"cat\"\noperands = [\"delete*\"]\n```\n",
    );
    assert_eq!(verdict(&machine, "git frob README.md"), is("allow", "low"));
    assert_eq!(verdict(&machine, "git push --force"), is("prompt", "high"));
    assert_eq!(verdict(&machine, "cat /etc/hosts"), is("prompt", "high"));
    assert_eq!(verdict(&machine, "cat -n README.md").1, "med", "nothing of the built-in block is left");
}

#[test]
fn the_setting_names_files_and_folders_and_the_agent_may_not_write_them() {
    let machine = Machine::new();
    machine.write("home/specs/frob.md", FROB);
    let folder = machine.path("home/specs");
    machine.configure(&format!("commands = [\"{}\"]\n", folder.display()));
    assert_eq!(verdict(&machine, "frob README.md"), is("allow", "low"));
    machine.write("home/repo/tools/frob.md", FROB);
    let inside = machine.path("home/repo/tools/frob.md");
    machine.configure(&format!("commands = [\"{}\"]\n", inside.display()));
    assert_eq!(verdict(&machine, "frob README.md"), is("allow", "low"));
    assert_eq!(verdict(&machine, "echo x >> tools/frob.md"), is("prompt", "high"));
}

#[test]
fn a_mistake_is_refused_with_its_place() {
    let machine = Machine::new();
    machine.write(&format!("{FOLDER}/bad.md"), "# x\n```toml spec\ncommand = \"x\"\noperands = [\"raed\"]\n```\n");
    let answer = machine.run(&["check", "ls"]);
    assert_eq!(answer.status, Some(2), "{answer:?}");
    assert!(answer.err.contains("~/.config/guardian/commands/bad.md:4:14"), "{}", answer.err);
    assert!(answer.err.contains("unknown role `raed`"), "{}", answer.err);
    machine.write("home/.config/guardian/config.toml", "commands = [\"/nowhere/at/all.md\"]\n");
    machine.write(&format!("{FOLDER}/bad.md"), "fine now\n");
    let answer = machine.run(&["check", "ls"]);
    assert_eq!(answer.status, Some(2), "{answer:?}");
    assert!(answer.err.contains("/nowhere/at/all.md"), "{}", answer.err);
}

#[test]
fn a_project_teaches_nothing() {
    let machine = Machine::new();
    assert_eq!(machine.run(&["trust"]).status, Some(0));
    machine.write("home/repo/.guardian/commands/frob.md", FROB);
    assert_eq!(verdict(&machine, "frob README.md"), is("prompt", "med"));
    machine.write("home/repo/tools/frob.md", FROB);
    let inside = machine.path("home/repo/tools/frob.md");
    machine.write("home/repo/.guardian/config.toml", &format!("commands = [\"{}\"]\n", inside.display()));
    let answer = machine.run(&["check", "--json", "-a", "untrusted", "frob README.md"]);
    assert!(answer.status != Some(0), "{answer:?}");
    assert!(answer.err.contains("unknown key `commands`"), "{answer:?}");
}

#[test]
fn the_reference_shows_what_is_known() {
    let machine = Machine::new();
    machine.write(&format!("{FOLDER}/frob.md"), FROB);
    let sheet = machine.run(&["docs", "commands", "git", "log", "frob"]);
    assert_eq!(sheet.status, Some(0), "{sheet:?}");
    for words in ["git log\n", "--output write", "--oneline", "\nfrob\n", "~/.config/guardian/commands/frob.md"] {
        assert!(sheet.out.contains(words), "no {words:?} in {}", sheet.out);
    }
    let json = machine.run(&["docs", "commands", "--json", "frob", "tee"]).json();
    assert_eq!(json[0]["name"], "frob");
    assert_eq!(json[0]["worst"], "high");
    let output = json[0]["options"].as_array().unwrap().iter().find(|option| option["value"] == "write").unwrap();
    assert_eq!(output["flags"], serde_json::json!(["-o", "--output"]));
    assert_eq!(json[1]["uses"][0]["operands"][0], "append*");
    let page = machine.run(&["docs", "commands", "--html", "find"]).out;
    assert!(page.contains("<section id=\"find\">") && page.contains("-delete"), "{page}");
    let all = machine.run(&["docs", "commands"]).out;
    assert!(all.contains("git.md") && all.contains("frob"), "{all}");
    let every = machine.run(&["docs", "commands", "--json"]).json();
    assert!(every.as_array().unwrap().len() > 1000);
    let typo = machine.run(&["docs", "commands", "kubectll"]);
    assert!(typo.status == Some(2) && typo.err.contains("did you mean `kubectl`"), "{typo:?}");
}
