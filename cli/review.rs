//! `guardian review`: where a command's question would go, who would be asked about it, and what they would be sent.

pub mod args;
pub mod desk;
pub mod feedback;
#[cfg(feature = "llm")]
pub mod kept;

use crate::failure::{Exit, Failure};
use crate::input;
use crate::look::Look;
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::review::{PromptJson, ReviewJson, ReviewLine};
use crate::render::wire;
use crate::setup::Setup;
use args::ReviewArgs;
use guardian_engine::review::{Review, Standing, worth_asking};

/// What a dry run and a review have to show.
pub struct Shown {
    standing: Standing,
    prompt: Option<PromptJson>,
}

/// Shows.
pub fn review(args: &ReviewArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let command = input::command(&args.words)?;
    let setup = Setup::new(&args.policy)?;
    let request = setup.request(command);
    let shown = shown(&setup, &request);
    let mut spent = None;
    let (review, decision) = if args.dry_run {
        let review = Review::new(shown.standing, None, &setup.desk.session, || true);
        (Some(review), None)
    } else {
        let judged = setup.decide(request);
        let decision = judged.verdict.decision;
        spent = judged.verdict.review.as_ref().map(|review| setup.desk.recorded(review, judged.verdict.command_id()));
        (judged.verdict.review, Some(decision))
    };
    let spent = spent.filter(|spent| spent.requests > 0);
    if args.output.json {
        let json = ReviewJson {
            standing: standing_words(shown.standing),
            asks: worth_asking(shown.standing),
            decision: decision.map(|decision| decision.as_str()),
            review: review.as_ref().map(ReviewLine::of),
            spent,
            prompt: shown.prompt,
        };
        output::data(&wire::pretty(&json))?;
    } else {
        let mut canvas = Canvas::new(Look::stdout(args.output.color));
        page(&mut canvas, &shown, review.as_ref(), decision.is_some());
        if let Some(spent) = &spent {
            let by = if spent.provider.is_empty() { "nobody answered" } else { &spent.provider };
            let words = format!(
                "{by}; {} requests, {} tokens ({} of them read before), {} of the answer, {} ms",
                spent.requests, spent.tokens, spent.cached_tokens, spent.output_tokens, spent.elapsed_ms
            );
            canvas.put(Ink::Strong, "spent").to(VALUES).flow(Ink::Plain, &words, VALUES).end();
        }
        output::data(&canvas.finish())?;
        if args.dry_run
            && let Some(prompt) = &shown.prompt
        {
            output::data(&format!("\n--- system\n{}\n--- user\n{}\n", prompt.system, prompt.user))?;
        }
    }
    Ok(decision.map_or(Exit::Done, Into::into))
}

#[cfg(feature = "llm")]
fn shown(setup: &Setup, request: &guardian_engine::Request) -> Shown {
    let plain;
    let service = match &setup.desk.service {
        Some(service) => service.as_ref(),
        None => {
            plain = guardian_models::Service::new(guardian_models::Settings::default());
            &plain
        }
    };
    setup.with_dossier(request, |dossier, standing| {
        let (prompt, _) = service.prompt(dossier);
        Shown {
            standing,
            prompt: Some(PromptJson {
                user: prompt.document(),
                tokens: prompt.tokens(),
                complete: prompt.complete,
                redacted: prompt.redacted,
                made_visible: prompt.altered,
                sections: prompt.sections.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect(),
                system: prompt.system,
            }),
        }
    })
}

#[cfg(not(feature = "llm"))]
fn shown(setup: &Setup, request: &guardian_engine::Request) -> Shown {
    setup.with_dossier(request, |_, standing| Shown { standing, prompt: None })
}

const fn standing_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Low => "low",
        Standing::Med => "med",
        Standing::Unread => "unread",
        Standing::High => "high",
        Standing::Hard => "hard",
    }
}

/// Column at which values start.
const VALUES: usize = 13;

fn page(canvas: &mut Canvas, shown: &Shown, review: Option<&Review>, asked: bool) {
    let mut row = |name: &str, value: &str| {
        canvas.put(Ink::Strong, name).to(VALUES).flow(Ink::Plain, value, VALUES).end();
    };
    row("evidence", standing_words(shown.standing));
    match review {
        Some(review) => {
            row("route", &format!("{} ({})", review.route.as_str(), review.code.as_str()));
            row("because", &review.words());
        }
        None => row("route", "none: this is not a prompt here, or the policy has no reviewer"),
    }
    if !asked {
        let asks = if worth_asking(shown.standing) {
            "a model's answer could change that, so one is asked where one is configured"
        } else {
            "no answer could make that milder, so no model is asked"
        };
        row("models", asks);
    }
    if let Some(prompt) = &shown.prompt {
        let sizes: Vec<String> = prompt.sections.iter().map(|(name, size)| format!("{name} {size}")).collect();
        row("prompt", &format!("about {} tokens; bytes: {}", prompt.tokens, sizes.join(", ")));
        row("taken out", &format!("{} secrets; {} characters made visible", prompt.redacted, prompt.made_visible));
        if !prompt.complete {
            row("cut", "it cannot be shown whole, so no model could clear it");
        }
    }
}
