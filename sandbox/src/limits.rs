//! Limits on resources, as every platform's kernel takes them.

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit};

use crate::launch::Limits;

/// What the limits come to for one command.
pub(crate) fn resources(limits: &Limits, boxed: bool) -> Vec<(Resource, u64)> {
    // A core would be written by the kernel, which no box holds back.
    let cores = boxed.then_some(0);
    [
        (Resource::Nproc, limits.processes),
        (Resource::As, limits.memory),
        (Resource::Fsize, limits.file_size),
        (Resource::Nofile, limits.open_files),
        (Resource::Cpu, limits.cpu_seconds),
        (Resource::Core, cores),
    ]
    .into_iter()
    .filter_map(|(resource, limit)| Some((resource, limit?)))
    .collect()
}

/// Lowers a limit of this process; one that is lower already stays. May be called between fork and exec.
pub(crate) fn lower(resource: Resource, limit: u64) -> Result<(), Errno> {
    let old = rustix::process::getrlimit(resource);
    let new = old.maximum.map_or(limit, |maximum| maximum.min(limit));
    let current = old.current.map_or(new, |current| current.min(new));
    rustix::process::setrlimit(resource, Rlimit { current: Some(current), maximum: Some(new) })
}
