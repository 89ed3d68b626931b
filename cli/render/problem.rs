//! A mistake in a file: where, the offending words, and what would help.

use crate::render::canvas::{Canvas, Ink};
use guardian_engine::RiskLevel;
use guardian_rules::diagnostic::{Diagnostic, Severity};

/// Draws it.
pub fn draw(canvas: &mut Canvas, problem: &Diagnostic) {
    let ink = match problem.severity {
        Severity::Error => Ink::Risk(RiskLevel::High),
        Severity::Warning => Ink::Risk(RiskLevel::Med),
    };
    canvas.put(Ink::Strong, &format!("{}:{}:{}: ", problem.file, problem.line, problem.column));
    if problem.severity == Severity::Warning {
        canvas.put(ink, "warning: ");
    }
    canvas.put(Ink::Plain, &problem.message).end();
    if !problem.source.is_empty() {
        canvas.to(2).put(Ink::Plain, &problem.source).end();
        canvas.to(2 + problem.indent).put(ink, &"^".repeat(problem.width)).end();
    }
    if let Some(help) = &problem.help {
        canvas.to(2).put(Ink::Code, "help: ").put(Ink::Plain, help).end();
    }
}
