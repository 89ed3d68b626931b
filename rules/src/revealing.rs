//! How subcommands are called that print a secret, in whatever tool: the words for what is held, and for handing it out.
//!
//! A described subcommand says itself what it does. This vocabulary is for the others: those of tools, services and
//! tracks (`alpha`, `beta`) that nobody described, and those that only a pattern covers.

/// What is held, as the end of a word: `get-auth-string`, `access-token`. Where it is only listed, its names are.
const HELD: &[&str] = &["secret", "secrets", "token", "tokens", "password", "passwords", "passphrase", "kubeconfig"];

/// What is held, and printed by a list of it, too.
const PRINTED: &[&str] = &[
    "credential",
    "credentials",
    "connection-string",
    "connection-strings",
    "auth-string",
    "key-string",
    "admin-key",
    "admin-keys",
    "private-key",
    "private-keys",
    "master-key",
];

/// Words that hand out what is held.
const HANDS_OUT: &[&str] =
    &["get", "show", "print", "export", "read", "reveal", "view", "extract", "access", "dump", "display", "decrypt"];

/// Words that say no more of what is held: `secret-get-value`, `get-secret-value`.
const SAYS_NO_MORE: &[&str] = &["value", "values", "data", "plaintext"];

/// Whether the words of a command, without its options, say that it prints a secret.
#[must_use]
pub fn reveals<'a>(words: impl Iterator<Item = &'a str> + Clone) -> bool {
    let hands_out = |word: &str| HANDS_OUT.contains(&word) || HANDS_OUT.iter().any(|verb| begins(word, verb));
    let lists = |word: &str| word == "list" || begins(word, "list");
    let handed = words.clone().any(hands_out);
    let printed = handed || words.clone().any(lists);
    // `auth token`
    if words.clone().zip(words.clone().skip(1)).any(|(front, word)| front == "auth" && HELD.contains(&word)) {
        return true;
    }
    words.into_iter().any(|word| {
        // `secret/NAME`, as clients of Kubernetes write it.
        let word = word.split('/').next().unwrap_or(word);
        let word = SAYS_NO_MORE.iter().find_map(|more| before(word, more)).unwrap_or(word);
        // `secret-get`, with the verb behind what it hands out.
        let turned = before(word, "get");
        let word = turned.unwrap_or(word);
        (handed || turned.is_some()) && HELD.iter().any(|held| ends(word, held))
            || printed && PRINTED.iter().any(|held| ends(word, held))
    })
}

/// What stands before `-PART` at the end of a word.
fn before<'a>(word: &'a str, part: &str) -> Option<&'a str> {
    word.strip_suffix(part)?.strip_suffix('-')
}

fn begins(word: &str, part: &str) -> bool {
    word.strip_prefix(part).is_some_and(|rest| rest.starts_with('-'))
}

fn ends(word: &str, part: &str) -> bool {
    word == part || before(word, part).is_some()
}

#[cfg(test)]
mod tests {
    use super::reveals;

    fn of(words: &str) -> bool {
        reveals(words.split(' '))
    }

    #[test]
    fn what_hands_out_a_secret_is_told_by_its_words() {
        for words in [
            "beta auth print-access-token",
            "alpha secrets versions access latest",
            "redis instances get-auth-string",
            "services api-keys get-key-string",
            "acr credential show",
            "webapp config connection-string list",
            "acl token read",
            "extract secret/x",
            "get kubeconfig",
            "secret-get-value x",
            "lightsail get-relational-database-master-user-password",
            "emr get-cluster-session-credentials",
        ] {
            assert!(of(words), "{words}");
        }
    }

    #[test]
    fn what_names_secrets_or_says_how_they_must_be_is_none() {
        for words in [
            "secrets list",
            "keyvault secret list",
            "iam get-account-password-policy",
            "iam get-access-key-last-used",
            "kms get-public-key",
            "token delete x",
            "clusters list",
            "get pods",
        ] {
            assert!(!of(words), "{words}");
        }
    }
}
