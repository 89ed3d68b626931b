//! Puts an approved command into the words that run it through the launcher, and knows such words again.

use crate::config::place::Places;
use crate::grant::{self, Grant};
use crate::options::PolicyArgs;
use guardian_engine::Command;
use std::ffi::OsStr;

/// The command that redeems the token for what was approved.
pub fn through_launcher(args: &PolicyArgs, token: &str, command: &Command) -> Result<Command, String> {
    let program = std::env::current_exe().map_err(|error| format!("guardian's own path cannot be told: {error}"))?;
    let mut words = vec![word(program.as_os_str())?, "run".to_owned()];
    words.extend(policy_words(args)?);
    words.extend(["--approval".to_owned(), token.to_owned(), "--".to_owned()]);
    match command {
        Command::Script(script) => {
            words.push(script.clone());
            let quoted: Result<Vec<String>, String> = words.iter().map(|word| quote(word)).collect();
            Ok(Command::Script(quoted?.join(" ")))
        }
        // A single word would be read as a script.
        Command::Argv(argv) if argv.len() < 2 => {
            Err("a program without arguments cannot be run in guardian's box".to_owned())
        }
        Command::Argv(argv) => {
            words.extend(argv.iter().cloned());
            Ok(Command::Argv(words))
        }
    }
}

/// The grant behind a command that a hook has rewritten before, if that is exactly what it is. Agents read one another's
/// settings, and run the second hook on what the first one answered.
pub fn recognise(args: &PolicyArgs, places: &Places, command: &Command) -> Option<Result<Grant, String>> {
    let token = token(command)?;
    let grant = grant::peek(&token, places).and_then(|grant| {
        let approved = grant.command().ok_or("the approval is for nothing")?;
        let again = through_launcher(args, &token, &approved)?;
        if again == *command { Ok(grant) } else { Err("the command is not the one that was approved".to_owned()) }
    });
    Some(grant)
}

/// The token in a command that begins as ours do.
fn token(command: &Command) -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let words = match command {
        Command::Argv(argv) => argv.clone(),
        Command::Script(script) => shlex::split(script)?,
    };
    let (first, rest) = words.split_first()?;
    let ours = OsStr::new(first) == program.as_os_str() && rest.first()? == "run";
    let mut options = rest.iter().take_while(|word| *word != "--");
    let named = options.any(|word| word == "--approval");
    (ours && named).then(|| options.next().cloned()).flatten()
}

/// The same policy in words.
fn policy_words(args: &PolicyArgs) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut option = |name: &str, value: &OsStr| -> Result<(), String> {
        words.extend([name.to_owned(), word(value)?]);
        Ok(())
    };
    for (name, value) in
        [("--ask-for-approval", &args.approval), ("--sandbox", &args.sandbox), ("--profile", &args.profile)]
    {
        if let Some(value) = value {
            option(name, OsStr::new(value))?;
        }
    }
    for folder in &args.workspace {
        option("--workspace", folder.as_os_str())?;
    }
    for setting in &args.config {
        option("--config", OsStr::new(setting))?;
    }
    for file in &args.rules {
        option("--rules", file.as_os_str())?;
    }
    for (name, set) in [("--full-auto", args.full_auto), ("--yolo", args.yolo)] {
        if set {
            words.push(name.to_owned());
        }
    }
    Ok(words)
}

fn word(text: &OsStr) -> Result<String, String> {
    text.to_str().map(str::to_owned).ok_or_else(|| format!("{} is not UTF-8", text.display()))
}

/// The word as any shell reads it back: as it stands where nothing in it means anything, else in single quotes.
pub fn quote(word: &str) -> Result<String, String> {
    if word.contains('\0') {
        return Err("the command has a NUL in it, which no program can be given".to_owned());
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return Ok(word.to_owned());
    }
    Ok(format!("'{}'", word.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        /// What every shell makes of a quoted word is the word.
        #[test]
        fn quoted_words_come_back(words in prop::collection::vec("[^\\x00]{0,40}", 1..8)) {
            let quoted: Vec<String> = words.iter().map(|word| quote(word).unwrap()).collect();
            let line = quoted.join(" ");
            prop_assert_eq!(shlex::split(&line), Some(words.clone()));
            for shell in ["bash", "sh"] {
                let out = process::Command::new(shell)
                    .arg("-c")
                    .arg(format!("printf '%s\\0' {line}"))
                    .output()
                    .unwrap();
                let back: String = words.iter().map(|word| format!("{word}\0")).collect();
                prop_assert_eq!(String::from_utf8(out.stdout).unwrap(), back);
            }
        }

        /// And it holds nothing that an enclosing `eval` or a here-document of the agent would act on twice.
        #[test]
        fn scripts_come_back_from_the_launchers_words(script in "[^\\x00]{1,200}") {
            let args = PolicyArgs { config: vec!["a.b='x y'".to_owned()], ..PolicyArgs::default() };
            let command = Command::Script(script.clone());
            let Command::Script(line) = through_launcher(&args, "t", &command).unwrap() else {
                panic!("a script became something else");
            };
            let words = shlex::split(&line).unwrap();
            prop_assert_eq!(words.last(), Some(&script));
            prop_assert!(words.iter().any(|word| word == "a.b='x y'"));
        }
    }

    #[test]
    fn what_no_program_can_be_given_is_refused() {
        assert!(quote("a\0b").is_err());
        assert_eq!(quote("").unwrap(), "''");
    }
}
