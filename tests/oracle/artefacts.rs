//! What programs do beside what they are called for, and why that is no effect worth predicting.

/// The program, what is seen (up to a `*` at the end), and the reason.
const ARTEFACTS: &[(&str, &str, &str)] = &[];

/// Whether what was seen is known to be harmless.
pub fn is_one(programs: &[String], effect: &str) -> bool {
    ARTEFACTS.iter().any(|(program, seen, _)| {
        let fits = match (seen.strip_prefix('*'), seen.strip_suffix('*')) {
            (Some(end), _) => effect.ends_with(end),
            (_, Some(start)) => effect.starts_with(start),
            _ => effect == *seen,
        };
        fits && (*program == "*" || programs.iter().any(|p| p == program))
    })
}
