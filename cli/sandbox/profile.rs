//! A box as text: what it permits, line by line.

use guardian_engine::{Confinement, Network, Reads, Writes};

/// What a box permits.
pub fn of(confinement: &Confinement) -> String {
    let mut lines = Vec::new();
    if let Reads::Below(places) = &confinement.reads {
        lines.extend(places.iter().map(|path| format!("read {}", crate::sanitize::line(path))));
    }
    match &confinement.writes {
        Writes::Everywhere => lines.push("write /".to_owned()),
        Writes::Nowhere => {}
        Writes::Below(roots) => {
            for root in roots {
                lines.push(format!("write {}", crate::sanitize::line(&root.path)));
                let folder = root.path.trim_end_matches('/');
                lines.extend(
                    root.protected.iter().map(|path| format!("protect {folder}/{}", crate::sanitize::line(path))),
                );
            }
        }
    }
    lines.extend(confinement.denied_reads.iter().map(|path| format!("deny-read {}", crate::sanitize::line(path))));
    let patterns = confinement.denied_patterns.iter();
    lines.extend(patterns.map(|pattern| format!("deny-read {}", crate::sanitize::line(pattern.as_str()))));
    lines.extend(confinement.opened.iter().map(|path| format!("open {}", crate::sanitize::line(path))));
    lines.extend(confinement.sockets.iter().map(|path| format!("socket {}", crate::sanitize::line(path))));
    match &confinement.network {
        Network::Offline | Network::Forbidden => lines.push("network off".to_owned()),
        Network::Online => lines.push("network on".to_owned()),
        Network::Hosts(hosts) => lines.extend(hosts.lines().map(|line| {
            let word = if line.allowed { "host" } else { "deny-host" };
            format!("{word} {}", crate::sanitize::line(&line.to_string()))
        })),
    }
    lines.join("\n") + "\n"
}
