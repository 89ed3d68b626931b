//! What would change an answer. Whoever makes a [`Change`] has tried it: it was decided, not guessed.

/// One way to another answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What to do: a flag, a rule, a key of the configuration. One line that can be typed.
    pub how: String,
    /// What the answer would be then.
    pub then: String,
}
