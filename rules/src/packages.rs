//! Programs that packages bring under another name than their own.

/// Packages of npm and PyPI, each with the program that it is run for, sorted.
#[rustfmt::skip]
const PROGRAMS: &[(&str, &str)] = &[
    ("@angular/cli", "ng"),
    ("@aws-amplify/cli", "amplify"),
    ("@biomejs/biome", "biome"),
    ("@changesets/cli", "changeset"),
    ("@google/clasp", "clasp"),
    ("@ionic/cli", "ionic"),
    ("@nestjs/cli", "nest"),
    ("@playwright/test", "playwright"),
    ("@railway/cli", "railway"),
    ("@sentry/cli", "sentry-cli"),
    ("@shopify/cli", "shopify"),
    ("@vue/cli", "vue"),
    ("ansible-core", "ansible"),
    ("aws-cdk", "cdk"),
    ("awscli", "aws"),
    ("cdktf-cli", "cdktf"),
    ("eas-cli", "eas"),
    ("expo-cli", "expo"),
    ("firebase-tools", "firebase"),
    ("localtunnel", "lt"),
    ("netlify-cli", "netlify"),
    ("typescript", "tsc"),
];

/// The program of a package as it is named to whoever fetches and runs it: `wrangler@3`, `aws-cdk`, `ruff==0.6`.
#[must_use]
pub fn program_of(package: &str) -> &str {
    let scope = usize::from(package.starts_with('@'));
    let version = package.get(scope..).and_then(|rest| rest.find(['@', '=', '[', '<', '>', '~']));
    let name = version.and_then(|at| package.get(..at + scope)).unwrap_or(package);
    PROGRAMS.iter().find(|(known, _)| *known == name).map_or(name, |(_, program)| program)
}

#[cfg(test)]
mod tests {
    use super::program_of;

    #[test]
    fn versions_and_scopes_are_no_part_of_a_program() {
        for (package, program) in [
            ("vercel", "vercel"),
            ("wrangler@3", "wrangler"),
            ("ruff==0.6", "ruff"),
            ("black[d]", "black"),
            ("aws-cdk@latest", "cdk"),
            ("@railway/cli@1.2", "railway"),
            ("@scope/x", "@scope/x"),
            ("", ""),
        ] {
            assert_eq!(program_of(package), program);
        }
    }
}
