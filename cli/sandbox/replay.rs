//! What a box refuses where nobody can watch: the places that the command names, held against the box. What a command
//! prints plays no part in it.

use crate::setup::Setup;
use guardian_engine::effects::{Effect, Target};
use guardian_engine::{ApprovalPolicy, Command, Confinement, EffectKind};
use guardian_sandbox::{Access, Class, Refused};
use std::path::{Path, PathBuf};

/// Everything named that this box stands against.
pub fn refused(setup: &Setup, command: Command, confinement: &Confinement) -> Vec<Refused> {
    let verdict = setup.decide_under(setup.request(command), ApprovalPolicy::Never, setup.policy().sandbox);
    let mut all: Vec<Refused> = Vec::new();
    for refused in verdict.trace.effects().filter_map(|(_, effect)| judge(&setup.cwd, confinement, effect)) {
        let known = |other: &&mut Refused| other.call == refused.call && other.target == refused.target;
        match all.iter_mut().find(known) {
            Some(known) => known.times = known.times.saturating_add(1),
            None => all.push(refused),
        }
    }
    all
}

fn judge(cwd: &str, confinement: &Confinement, effect: &Effect) -> Option<Refused> {
    use EffectKind as K;
    let real = |path: &str| real(&Path::new(cwd).join(path));
    let (class, target, denial) = match (&effect.target, effect.kind) {
        (Target::Path(path), K::Read | K::Send | K::Execute) if path.exact => {
            let path = real(&path.path);
            (Class::Read, path.display().to_string(), guardian_sandbox::denial(confinement, &Access::Read(&path))?)
        }
        (Target::Path(path), K::Write | K::Append | K::Delete | K::Destroy | K::Metadata) if path.exact => {
            let path = real(&path.path);
            if path.starts_with("/dev") {
                return None;
            }
            let class = if effect.kind == K::Metadata { Class::Metadata } else { Class::Write };
            (class, path.display().to_string(), guardian_sandbox::denial(confinement, &Access::Write(&path))?)
        }
        (Target::Host(host), _) => {
            let denial = guardian_sandbox::denial(confinement, &Access::Host(host))?;
            (Class::Network, host.to_string(), denial)
        }
        _ => return None,
    };
    let errno = match class {
        Class::Read => "EACCES",
        Class::Network => "ENETUNREACH",
        _ => "EROFS",
    };
    let (call, program) = (effect.kind.word().to_owned(), String::new());
    Some(Refused { call, class, target, program, errno, denial, times: 1 })
}

/// The path as the kernel would follow it, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let above = path.ancestors().find_map(|above| Some((above.canonicalize().ok()?, path.strip_prefix(above).ok()?)));
    match above {
        Some((above, rest)) if rest.as_os_str().is_empty() => above,
        Some((above, rest)) => above.join(rest),
        None => path.to_owned(),
    }
}
