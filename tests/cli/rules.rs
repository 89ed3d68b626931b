//! `guardian rules` and `guardian execpolicy` from outside.

use crate::machine::Machine;
use std::process::Stdio;

const FILE: &str = "home/.config/guardian/rules/default.rules";

fn text(machine: &Machine) -> String {
    std::fs::read_to_string(machine.path(FILE)).unwrap_or_default()
}

#[test]
fn a_rule_is_added_listed_tested_and_removed() {
    let machine = Machine::new();
    machine.write(FILE, "# mine\nprefix_rule(pattern=[\"a\"]) # keep\n\n# the end");
    let added = machine.run(&[
        "rules",
        "add",
        "--decision",
        "forbidden",
        "--justification",
        "releases are mine",
        "git",
        "push",
    ]);
    assert_eq!(added.status, Some(0), "{added:?}");
    assert_eq!(
        text(&machine),
        "# mine\nprefix_rule(pattern=[\"a\"]) # keep\n\n# the end\nprefix_rule(pattern=[\"git\", \"push\"], \
         decision=\"forbidden\", justification=\"releases are mine\", match=[\"git push\"])\n"
    );
    let listed = machine.run(&["rules", "list", "--json"]).json();
    assert_eq!(listed[1]["layer"], "user");
    assert_eq!(listed[1]["line"], 5);
    assert!(listed[1]["file"].as_str().unwrap().ends_with("default.rules"));
    let tested = machine.run(&["rules", "test", "--json", "cd x; git push -f | a"]).json();
    assert_eq!(tested["decision"], "forbidden");
    assert_eq!(tested["commands"][0]["rules"].as_array().unwrap().len(), 0);
    assert_eq!(tested["commands"][1]["decision"], "forbidden");
    assert_eq!(tested["commands"][2]["decision"], "allow");
    assert_eq!(machine.run(&["check", "git push"]).status, Some(20));
    let id = listed[1]["id"].as_str().unwrap();
    assert_eq!(machine.run(&["rules", "remove", id]).status, Some(0));
    assert_eq!(text(&machine), "# mine\nprefix_rule(pattern=[\"a\"]) # keep\n\n# the end\n");
    assert_eq!(machine.run(&["rules", "remove", id]).status, Some(2));
}

#[test]
fn what_is_there_already_is_not_added_again() {
    let machine = Machine::new();
    let add = ["rules", "add", "--decision", "allow", "npm", "test"];
    assert_eq!(machine.run(&add).status, Some(0));
    let again = machine.run(&add);
    assert!(again.out.contains("default.rules:1: says so already"), "{again:?}");
    assert_eq!(text(&machine).lines().count(), 1);
}

#[test]
fn a_rule_over_several_lines_is_removed_whole_and_one_beside_another_is_not() {
    let machine = Machine::new();
    let one = "prefix_rule(\n    pattern = [\"b\"],\n    decision = \"prompt\",\n)\n";
    machine.write(FILE, &format!("# a\n{one}prefix_rule(pattern=[\"c\"]); prefix_rule(pattern=[\"d\"])\n"));
    let listed = machine.run(&["rules", "list", "--json"]).json();
    let id = |at: usize| listed[at]["id"].as_str().unwrap().to_owned();
    assert_eq!(machine.run(&["rules", "remove", &id(0)]).status, Some(0));
    let refused = machine.run(&["rules", "remove", &id(1)]);
    assert!(refused.err.contains("does not stand alone"), "{refused:?}");
    assert_eq!(text(&machine), "# a\nprefix_rule(pattern=[\"c\"]); prefix_rule(pattern=[\"d\"])\n");
}

#[test]
fn a_broken_file_is_not_touched() {
    let machine = Machine::new();
    machine.write(FILE, "prefix_rule(pattern=[\n");
    let refused = machine.run(&["rules", "add", "--decision", "prompt", "x"]);
    assert_eq!(refused.status, Some(2));
    assert!(refused.err.contains("mend it first"), "{refused:?}");
    assert_eq!(text(&machine), "prefix_rule(pattern=[\n");
}

#[test]
fn what_opens_more_than_it_seems_to_is_refused() {
    let machine = Machine::new();
    for words in [
        &["bash"][..],
        &["bash", "-c"],
        &["python3"],
        &["env"],
        &["sudo"],
        &["xargs"],
        &["git"],
        &["rm"],
        &["/usr/bin/python3", "-m"],
        &["npx"],
        &["ssh", "host"],
        &["kill"],
    ] {
        let add = [&["rules", "add", "--decision", "allow"], words].concat();
        assert_eq!(machine.run(&add).status, Some(2), "{words:?}");
        assert_eq!(text(&machine), "", "{words:?}");
        let forbid = [&["rules", "add", "--decision", "forbidden"], words].concat();
        assert_eq!(machine.run(&forbid).status, Some(0), "{words:?}");
        std::fs::remove_file(machine.path(FILE)).unwrap();
    }
    let forced = ["rules", "add", "--decision", "allow", "--force", "bash", "-c"];
    assert_eq!(machine.run(&forced).status, Some(0));
}

#[test]
fn concurrent_writers_lose_nothing() {
    let machine = Machine::new();
    machine.write(FILE, "# first\n");
    let children: Vec<_> = (0..24)
        .map(|number| {
            let mut command = machine.guardian();
            let word = format!("tool{}", number % 20);
            command.args(["rules", "add", "--decision", "allow", &word]);
            command.stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let text = text(&machine);
    assert!(text.starts_with("# first\n"));
    for number in 0..20 {
        assert_eq!(text.matches(&format!("pattern=[\"tool{number}\"]")).count(), 1, "{text}");
    }
    let left: Vec<_> = std::fs::read_dir(machine.path(FILE).parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().ends_with(".new"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_link_to_the_file_stays_a_link() {
    let machine = Machine::new();
    machine.write("home/dotfiles/my.rules", "");
    std::fs::create_dir_all(machine.path(FILE).parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(machine.path("home/dotfiles/my.rules"), machine.path(FILE)).unwrap();
    assert_eq!(machine.run(&["rules", "add", "--decision", "prompt", "x"]).status, Some(0));
    assert!(machine.path(FILE).is_symlink());
    assert!(text(&machine).contains("[\"x\"]"));
}

#[test]
fn all_mistakes_are_shown_and_end_in_status_2() {
    let machine = Machine::new();
    machine.write("home/repo/one.rules", "prefix_rule(pattern=[])\nprefix_rule(pattern=[\"a\"], decision=\"maybe\")\n");
    machine.write("home/repo/two.rules", "prefix_rule(pattern=[\"a\"], match=[\"b\"])\n");
    let ran = machine.run(&["rules", "check", "one.rules", "two.rules"]);
    assert_eq!(ran.status, Some(2));
    for place in ["one.rules:1:", "one.rules:2:", "two.rules:1:"] {
        assert!(ran.err.contains(place), "{place} in {}", ran.err);
    }
    let json = machine.run(&["rules", "check", "--json", "one.rules"]).json();
    assert_eq!(json.as_array().unwrap().len(), 2);
    assert_eq!(machine.run(&["rules", "check"]).status, Some(0));
    machine.write(FILE, "prefix_rule(");
    assert_eq!(machine.run(&["rules", "check"]).status, Some(2));
    assert_eq!(machine.run(&["rules", "check", "none.rules"]).status, Some(2));
}

/// The prefixes that are offered for a command, the first the most useful.
fn offered(machine: &Machine, command: &str) -> Vec<String> {
    let advice = machine.run(&["rules", "suggest", "-a", "untrusted", "--json", command]).json();
    let list = |value: &serde_json::Value, key: &str| {
        let items = value.get(key).and_then(|items| items.as_array());
        items.cloned().unwrap_or_default()
    };
    let commands = advice.as_array().cloned().unwrap_or_default();
    commands
        .iter()
        .flat_map(|unit| list(unit, "rules"))
        .map(|rule| {
            let words = list(&rule, "prefix");
            let words: Vec<&str> = words.iter().filter_map(|word| word.as_str()).collect();
            words.join(" ")
        })
        .collect()
}

#[test]
fn suggestions_are_short_and_open_nothing_else() {
    let machine = Machine::new();
    let rows: [(&str, &[&str]); 13] = [
        ("git commit -m x", &["git commit", "git commit -m x"]),
        ("git -C sub commit -m x", &["git -C sub commit", "git -C sub commit -m x"]),
        ("npm run build", &["npm run build"]),
        ("npm install left-pad", &["npm install left-pad"]),
        ("terraform plan", &["terraform plan"]),
        ("mystery one two", &["mystery one two"]),
        ("python3 -c 'print(1)'", &[]),
        ("python3 x.py", &[]),
        ("python3 <<'E'\nprint(1)\nE", &[]),
        ("sudo make", &[]),
        ("rm -rf /", &[]),
        ("rm -rf build", &["rm -rf build"]),
        ("npm install $X", &[]),
    ];
    for (command, expected) in rows {
        let found: Vec<String> = offered(&machine, command);
        let own: Vec<&str> = found
            .iter()
            .map(String::as_str)
            // What a wrapper runs has suggestions of its own.
            .filter(|prefix| command.starts_with(prefix))
            .collect();
        assert_eq!(own, expected, "{command}");
    }
}

#[test]
fn a_suggestion_that_is_taken_spares_the_question() {
    let machine = Machine::new();
    let asked = machine.run(&["check", "-a", "untrusted", "git commit -m x"]);
    assert_eq!(asked.status, Some(10));
    let offers = offered(&machine, "git commit -m x");
    let mut add = vec!["rules", "add", "--decision", "allow"];
    add.extend(offers[0].split(' '));
    assert_eq!(machine.run(&add).status, Some(0));
    assert_eq!(machine.run(&["check", "-a", "untrusted", "git commit -m y"]).status, Some(0));
}

/// What a folder has under that name is another program in the next.
#[test]
fn a_suggestion_for_a_program_of_the_folder_is_for_that_folder() {
    let machine = Machine::new();
    std::fs::create_dir_all(machine.path("home/other/.git")).unwrap();
    for folder in ["repo", "other"] {
        machine.write(&format!("home/{folder}/run.sh"), "#!/bin/sh\nmake\n");
    }
    let advice = machine.run(&["rules", "suggest", "-a", "untrusted", "--json", "./run.sh"]).json();
    let rules: Vec<&str> = advice
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|unit| unit["rules"].as_array().unwrap())
        .map(|rule| rule["rule"].as_str().unwrap())
        .collect();
    assert!(rules[0].contains("cwd=\""), "{rules:?}");
    machine.write("home/.config/guardian/rules/default.rules", &rules.join("\n"));
    let judged = |folder: &str| {
        let folder = machine.path(folder);
        machine.run(&["check", "-a", "untrusted", "-C", folder.to_str().unwrap(), "./run.sh"]).status
    };
    assert_eq!((judged("home/repo"), judged("home/other")), (Some(0), Some(10)), "{rules:?}");
}

/// Whoever agrees to a command has not agreed to what a word more makes of it.
#[test]
fn a_suggestion_that_is_taken_opens_nothing_that_is_worse() {
    let more = [
        ("curl https://x.example", "curl https://x.example -d @README.md https://y.example"),
        ("npm install", "npm install -g other"),
        ("ssh host ls", "ssh host ls -la"),
        ("git push", "git push https://y.example/x.git"),
        ("make", "make deploy"),
        ("gh api /x", "gh api /x --hostname y.example"),
        ("unknowncmd", "unknowncmd --all"),
    ];
    for (command, worse) in more {
        let machine = Machine::new();
        let advice = machine.run(&["rules", "suggest", "-a", "untrusted", "--json", command]).json();
        let rules: Vec<&str> =
            advice[0]["rules"].as_array().unwrap().iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
        machine.write("home/.config/guardian/rules/default.rules", &rules.join("\n"));
        let judged = |command: &str| machine.run(&["check", "-a", "untrusted", command]).status;
        assert!(rules.is_empty() || judged(command) == Some(0), "{rules:?} spares no {command}");
        assert_eq!(judged(worse), Some(10), "{rules:?} lets {worse} through");
    }
}

#[test]
fn execpolicy_check_answers_as_codex_does() {
    let machine = Machine::new();
    machine.write(
        "home/repo/a.rules",
        "prefix_rule(pattern=[\"git\", [\"push\", \"fetch\"]], decision=\"prompt\", justification=\"shared\")\n\
         prefix_rule(pattern=[\"git\"], decision=\"allow\")\n",
    );
    machine
        .write("home/repo/b.rules", "prefix_rule(pattern=[\"git\", \"push\", \"--force\"], decision=\"forbidden\")\n");
    let check = |words: &[&str]| {
        machine.run(&[&["execpolicy", "check", "--rules", "a.rules", "-r", "b.rules"], words].concat())
    };
    let ran = check(&["git", "push", "--force"]);
    assert_eq!(ran.status, Some(0));
    assert_eq!(
        ran.out,
        "{\"matchedRules\":[\
         {\"prefixRuleMatch\":{\"matchedPrefix\":[\"git\",\"push\"],\"decision\":\"prompt\",\"justification\":\"shared\"}},\
         {\"prefixRuleMatch\":{\"matchedPrefix\":[\"git\"],\"decision\":\"allow\"}},\
         {\"prefixRuleMatch\":{\"matchedPrefix\":[\"git\",\"push\",\"--force\"],\"decision\":\"forbidden\"}}],\
         \"decision\":\"forbidden\"}\n"
    );
    assert_eq!(check(&["ls", "-la"]).out, "{\"matchedRules\":[]}\n");
    assert_eq!(check(&["/usr/bin/git", "status"]).out, "{\"matchedRules\":[]}\n");
    let resolved = check(&["--resolve-host-executables", "/usr/bin/git", "status"]).json();
    assert_eq!(resolved["matchedRules"][0]["prefixRuleMatch"]["resolvedProgram"], "/usr/bin/git");
    let pretty = check(&["--pretty", "git", "fetch"]);
    assert!(pretty.out.starts_with("{\n  \"matchedRules\": [\n"), "{pretty:?}");
    machine.write("home/repo/b.rules", "prefix_rule(");
    assert_eq!(check(&["ls"]).status, Some(2));
}

/// A repository's rules are its own wish: they count when the user trusts it, and then they can only tighten.
#[test]
fn rules_of_a_folder_that_is_not_trusted_are_not_read() {
    let machine = Machine::new();
    let rules = "prefix_rule(pattern=[\"ls\"], decision=\"forbidden\")\nprefix_rule(pattern=[\"curl\"])\n";
    machine.write("home/repo/.guardian/rules/own.rules", rules);
    assert_eq!(machine.run(&["check", "ls"]).status, Some(0));
    assert_eq!(machine.run(&["check", "curl https://example.com"]).status, Some(10));
    assert_eq!(machine.run(&["trust"]).status, Some(0));
    assert_eq!(machine.run(&["check", "ls"]).status, Some(20));
    assert_eq!(machine.run(&["check", "curl https://example.com"]).status, Some(10));
    assert_eq!(machine.run(&["trust", "--untrusted"]).status, Some(0));
    assert_eq!(machine.run(&["check", "ls"]).status, Some(0));
}

/// A suggestion says what else it would have spared of what was proposed before, by risk.
#[test]
fn a_suggestion_shows_what_it_would_have_let_through() {
    let machine = Machine::new();
    machine.write(
        "home/repo/past.jsonl",
        "{\"command\": \"git commit -m one\"}\n{\"command\": \"git commit -m one\"}\n{\"command\": \"git commit --amend\"}\n\
         {\"command\": \"ls\"}\n{\"argv\": [\"touch\", \"x\"]}\nnonsense\n",
    );
    let words = ["rules", "suggest", "-a", "untrusted", "--history", "past.jsonl", "--json", "git commit -m two"];
    let ran = machine.run(&words);
    let past = ran.json()[0]["rules"][0]["past"].clone();
    assert_eq!(past["of"], 4, "{past}");
    let spared: u64 = ["low", "med", "high"].iter().map(|risk| past[risk].as_u64().unwrap()).sum();
    assert!(spared >= 1 && past["high"] == 0, "{past}");
    assert!(past["such_as"].to_string().contains("git commit"), "{past}");
    assert!(ran.err.contains("1 lines of past.jsonl are no proposals"), "{ran:?}");
    let whole = ran.json()[0]["rules"][1]["past"].clone();
    assert_eq!(whole["low"].as_u64().unwrap() + whole["med"].as_u64().unwrap(), 0, "{whole}");
    let page = machine.run(&["rules", "suggest", "-a", "untrusted", "--history", "past.jsonl", "git commit -m two"]);
    assert!(page.out.contains("of the 4 past commands it would also have spared"), "{page:?}");
    assert_eq!(machine.run(&["rules", "suggest", "--history", "none.jsonl", "ls"]).status, Some(2));
}

/// What lies beside or below the rules, or is named otherwise, is none; where the folder itself is none, everything asks.
#[test]
fn a_folder_of_rules_is_its_rules_files_and_nothing_else() {
    let machine = Machine::new();
    assert_eq!(machine.run(&["rules", "check"]).status, Some(0));
    let forbid = "prefix_rule(pattern=[\"ls\"], decision=\"forbidden\")\n";
    let folder = "home/.config/guardian/rules";
    for name in ["below/own.rules", "own.rules.bak", "own.txt", "rules"] {
        machine.write(&format!("{folder}/{name}"), forbid);
    }
    machine.write("home/.config/guardian/beside.rules", forbid);
    assert_eq!(machine.run(&["check", "ls"]).status, Some(0));
    machine.write(&format!("{folder}/own.rules"), forbid);
    assert_eq!(machine.run(&["check", "ls"]).status, Some(20));
    std::fs::remove_dir_all(machine.path(folder)).unwrap();
    machine.write(folder, forbid);
    let ran = machine.run(&["check", "ls"]);
    assert_eq!(ran.status, Some(10), "{ran:?}");
    assert!(ran.err.contains("guardian/rules") && ran.err.contains("could not be read"), "{ran:?}");
}

#[test]
fn a_rule_for_nothing_is_refused() {
    let machine = Machine::new();
    for words in [&["rules", "add", "--decision", "allow"][..], &["rules", "add", "--decision", "allow", "--", ""]] {
        assert_eq!(machine.run(words).status, Some(2), "{words:?}");
    }
    assert_eq!(text(&machine), "");
}

/// A suggestion answers a question. Where a rule asks it cannot, and where nothing asks there is none.
#[test]
fn offers_follow_what_asks() {
    let machine = Machine::new();
    let both = offered(&machine, "mkdir one && git commit -m x && ls");
    assert!(both.iter().any(|prefix| prefix.starts_with("mkdir")), "{both:?}");
    assert!(both.iter().any(|prefix| prefix == "git commit"), "{both:?}");
    assert!(!both.iter().any(|prefix| prefix.starts_with("ls")), "{both:?}");
    assert!(offered(&machine, "ls").is_empty());
    machine.write(FILE, "prefix_rule(pattern=[\"mkdir\"])\nprefix_rule(pattern=[\"git\"], decision=\"prompt\")\n");
    assert!(offered(&machine, "mkdir one").is_empty());
    assert!(offered(&machine, "mkdir one && git commit -m x").is_empty());
    let page = machine.run(&["rules", "suggest", "git commit -m x"]);
    assert!(page.out.contains("no rule: a rule asks about it"), "{page:?}");
}

/// Not by a list of names: by what the program is known to do with its words.
#[test]
fn every_name_of_an_interpreter_is_refused() {
    let machine = Machine::new();
    for program in [
        "python",
        "python3",
        "python3.12",
        "py",
        "pypy",
        "pypy3",
        "pythonw",
        "pyw",
        "node",
        "nodejs",
        "deno",
        "bun",
        "lua",
        "julia",
        "perl",
        "ruby",
        "php",
        "Rscript",
        "osascript",
        "bash",
        "sh",
        "zsh",
        "dash",
        "fish",
        "ksh",
        "pwsh",
        "powershell",
        "cmd",
        "powershell.exe",
        "/usr/bin/python3",
        "busybox",
    ] {
        let refused = machine.run(&["rules", "add", "--decision", "allow", program]);
        assert_eq!(refused.status, Some(2), "{program}: {refused:?}");
    }
    assert_eq!(text(&machine), "");
}

/// A person who is asked sees what someone ruled and what the command does; one who is refused by a rule, which.
#[test]
fn what_was_ruled_is_said_first() {
    let machine = Machine::new();
    machine.write(
        FILE,
        "prefix_rule(pattern=[\"git\", \"pull\"], decision=\"prompt\", justification=\"the trunk is frozen\")\n\
         prefix_rule(pattern=[\"sudo\"], decision=\"forbidden\", justification=\"no root here\")\n",
    );
    let said = |words: &[&str]| machine.run(&[&["check", "--json"], words].concat()).json()["reason"].to_string();
    let asked = said(&["git pull"]);
    assert!(asked.starts_with("\"the trunk is frozen; ") && asked.contains("network"), "{asked}");
    assert!(said(&["sudo ls"]).starts_with("\"no root here"), "{}", said(&["sudo ls"]));
    assert!(said(&["-a", "never", "sudo ls"]).starts_with("\"no root here"), "{}", said(&["-a", "never", "sudo ls"]));
}

/// Without a file of the past it is the record that says what else a rule would have let through.
#[test]
fn the_record_shows_what_a_suggestion_would_have_let_through() {
    let machine = Machine::new();
    let suggest = ["rules", "suggest", "-a", "untrusted", "git commit -m two"];
    assert!(!machine.run(&suggest).out.contains("past commands"), "nothing is on record yet");
    for command in ["git commit -m one", "git commit -m two", "ls", "git commit --amend"] {
        machine.run(&["check", "-a", "untrusted", command]);
    }
    let page = machine.run(&suggest);
    assert!(page.out.contains("of the 4 past commands it would also have spared"), "{page:?}");
    let past =
        machine.run(&[&suggest[..4], &["--json", suggest[4]]].concat()).json()[0]["rules"][0]["past"].to_string();
    assert!(past.contains("git commit -m one") && !past.contains("git commit -m two"), "{past}");
    machine.configure("[audit]\nenabled = false\n");
    assert!(!machine.run(&suggest).out.contains("past commands"), "what is not kept is not asked");
}
