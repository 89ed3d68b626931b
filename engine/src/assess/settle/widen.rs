//! The box that follows from a decision, and what it needs beyond the mode's.

use super::Judged;
use super::fit::{is_network, permits, readable};
use super::ways::{by_proxy, directly, host_of};
use crate::effects::{Cause, Effect, EffectKind, Target};
use crate::placement::{Confinement, Grounds, Hosts, Network, Placement, Reads, WritableRoot, Writes};
use crate::request::AdditionalPermissions;
use guardian_rules::pattern::Host;
use std::sync::Arc;

/// A box that grows.
#[derive(Clone, Debug)]
pub(super) struct Growing {
    pub(super) placement: Placement,
    pub(super) confinement: Arc<Confinement>,
    pub(super) needs: Vec<String>,
    /// Whether it has become no box, but for what nobody can grant.
    pub(super) left: bool,
}

impl Growing {
    pub(super) const fn new(confinement: Arc<Confinement>) -> Self {
        Self { placement: Placement::Sandboxed, confinement, needs: Vec::new(), left: false }
    }

    /// Gives the unit what it needs beyond the box: by name where that can be granted by name, else no box at all.
    /// `whole` says whether what the shell does around the program (redirections, variables) counts too.
    pub(super) fn give(&mut self, unit: &Judged, whole: bool) {
        for (effect, _) in &unit.effects {
            if whole || is_the_programs(effect) {
                let hosts = if is_network(effect.kind) { by_proxy(unit, effect) } else { Vec::new() };
                if !self.lets(effect, &hosts) {
                    self.give_effect(effect, &hosts, unit);
                }
            }
        }
    }

    /// Whether the box permits the effect, at the ports that it is about. `named` are its hosts as a proxy knows them.
    fn lets(&self, effect: &Effect, named: &[String]) -> bool {
        let ports = match &self.confinement.network {
            Network::Hosts(hosts) => named.iter().all(|host| admits(hosts, host)),
            _ => true,
        };
        ports && permits(&self.confinement, effect)
    }

    fn give_effect(&mut self, effect: &Effect, named: &[String], unit: &Judged) {
        use EffectKind as K;
        if !readable(effect, &self.confinement) {
            self.read(effect.target_text());
            if permits(&self.confinement, effect) {
                return;
            }
        }
        match effect.kind {
            K::Write | K::Append | K::Delete | K::Metadata | K::Destroy => {
                self.write(effect.target_text());
            }
            kind if is_network(kind) => {
                if named.is_empty() && only_what_is_known_is_reached(unit, effect) {
                    return;
                }
                let direct = if named.is_empty() { directly(unit, effect) } else { None };
                match direct.filter(|_| self.confinement.network != Network::Forbidden) {
                    Some(host) => self.connection(&host),
                    None if named.is_empty() || self.confinement.network == Network::Forbidden => self.reach(effect),
                    None => {}
                }
                named.iter().for_each(|host| self.host(host));
            }
            K::Commit | K::Rewrite | K::Discard => {
                let root = unit.called.directory.as_deref().unwrap_or_default().trim_end_matches('/');
                self.write(&[root, "/.git"].concat());
            }
            kind => {
                let what = effect.target_text().trim_end();
                self.need(if what.is_empty() { kind.word().to_owned() } else { [kind.word(), " ", what].concat() });
                self.leave();
            }
        }
    }

    /// What no proxy can be told to let through: a host that is not reached by HTTP, or that nobody knows.
    fn reach(&mut self, effect: &Effect) {
        self.online();
        let host = match &effect.target {
            Target::Host(host) => host,
            _ => "",
        };
        self.need(["network", if host.is_empty() { "" } else { " " }, host].concat());
        self.placement = self.placement.max(Placement::Widened);
    }

    /// The network, unless nobody may grant it.
    fn online(&mut self) {
        if self.confinement.network != Network::Forbidden {
            self.confined().network = Network::Online;
        }
    }

    /// One more place to read.
    fn read(&mut self, path: &str) {
        if self.confinement.may_read(path) {
            return;
        }
        self.need(["read ", path].concat());
        self.placement = self.placement.max(Placement::Widened);
        if let Reads::Below(places) = &mut self.confined().reads {
            places.push(path.to_owned());
        }
    }

    /// One more place to write.
    fn write(&mut self, path: &str) {
        self.need(["write ", path].concat());
        self.placement = self.placement.max(Placement::Widened);
        let root = WritableRoot { path: path.to_owned(), protected: Arc::default() };
        match &mut self.confined().writes {
            Writes::Everywhere => {}
            nowhere @ Writes::Nowhere => *nowhere = Writes::Below(vec![root]),
            Writes::Below(roots) if roots.contains(&root) => {}
            Writes::Below(roots) => roots.push(root),
        }
    }

    /// One more host to reach, with or without a port, because a network rule allows it or a person will be asked.
    pub(super) fn host(&mut self, host: &str) {
        let mut hosts = match &self.confinement.network {
            Network::Online | Network::Forbidden => return,
            Network::Hosts(hosts) if admits(hosts, host) => return,
            Network::Hosts(hosts) => hosts.clone(),
            Network::Offline => Hosts::default(),
        };
        if hosts.allow(host).is_err() {
            return;
        }
        self.confined().network = Network::Hosts(hosts);
        self.need(["network ", host].concat());
        self.placement = self.placement.max(Placement::Widened);
    }

    /// One more host to which the command connects by itself.
    fn connection(&mut self, host: &Host) {
        if let Some(hosts) = self.with_connection(host, Grounds::Asked) {
            self.confined().network = Network::Hosts(hosts);
            self.need(format!("network {}", host.alone()));
            self.placement = self.placement.max(Placement::Widened);
        }
    }

    /// Lets a command that is not asked about connect by itself to the hosts that the box names anyway.
    pub(super) fn connect(&mut self, unit: &Judged) {
        for (effect, _) in unit.effects.iter().filter(|(effect, _)| is_network(effect.kind)) {
            let Network::Hosts(known) = &self.confinement.network else { return };
            let host =
                directly(unit, effect).filter(|host| known.names(host, None) && by_proxy(unit, effect).is_empty());
            if let Some(hosts) = host.and_then(|host| self.with_connection(&host, Grounds::Listed)) {
                self.confined().network = Network::Hosts(hosts);
            }
        }
    }

    /// The hosts with one more to which a command connects by itself; nothing if that changes nothing.
    fn with_connection(&self, host: &Host, grounds: Grounds) -> Option<Hosts> {
        let mut hosts = match &self.confinement.network {
            Network::Online | Network::Forbidden => return None,
            Network::Hosts(hosts)
                if hosts.directly(host).is_some_and(|own| own == grounds || own == Grounds::Asked) =>
            {
                return None;
            }
            Network::Hosts(hosts) => hosts.clone(),
            Network::Offline => Hosts::default(),
        };
        hosts.allow_directly(host.clone(), grounds);
        Some(hosts)
    }

    /// What a proposal asks for by name.
    pub(super) fn additional(&mut self, asked: &AdditionalPermissions) {
        self.placement = self.placement.max(Placement::Widened);
        if asked.network {
            self.online();
            self.need("network".to_owned());
        }
        for path in &asked.read {
            self.read(path);
        }
        for path in &asked.write {
            self.write(path);
        }
    }

    /// No box. What nobody can grant stays so, and then there still is one.
    pub(super) fn leave(&mut self) {
        self.left = true;
        let open = open(&self.confinement);
        if *self.confinement != open {
            self.confinement = Arc::new(open);
        }
        self.placement = if !self.confinement.denies_reads() && self.confinement.network != Network::Forbidden {
            Placement::Unsandboxed
        } else {
            self.placement.max(Placement::Widened)
        };
    }

    /// The box, to be changed.
    fn confined(&mut self) -> &mut Confinement {
        Arc::make_mut(&mut self.confinement)
    }

    pub(super) fn need(&mut self, need: String) {
        if !self.needs.contains(&need) {
            self.needs.push(need);
        }
    }
}

/// Whether something remote that is named by no host lies at the hosts that the unit contacts, and the box can be held to all
/// of those: what a request changes is changed where the request goes.
fn only_what_is_known_is_reached(unit: &Judged, effect: &Effect) -> bool {
    use EffectKind as K;
    let remote = matches!(effect.kind, K::Query | K::Change | K::Erase | K::Publish);
    let mut hosts = unit.effects.iter().map(|(other, _)| other).filter(|other| {
        is_network(other.kind) && (matches!(other.target, Target::Host(_)) || other.kind == K::Install)
    });
    let told = |other: &Effect| {
        host_of(other).is_some() && (!by_proxy(unit, other).is_empty() || directly(unit, other).is_some())
    };
    remote && !matches!(effect.target, Target::Host(_)) && hosts.clone().next().is_some() && hosts.all(told)
}

/// Whether this host, with or without a port, may be reached.
fn admits(hosts: &Hosts, text: &str) -> bool {
    Host::parse(text).is_ok_and(|(host, port)| hosts.admits(&host, port))
}

/// A box that confines nothing but what nobody can grant.
pub(super) fn open(confinement: &Confinement) -> Confinement {
    // Taken apart, so that what is not kept is not copied, and nothing is forgotten.
    let Confinement { reads: _, writes: _, network, denied_reads, denied_patterns, opened, sockets: _ } = confinement;
    let sealed = *network == Network::Forbidden;
    Confinement {
        reads: Reads::Everywhere,
        writes: Writes::Everywhere,
        network: if sealed { Network::Forbidden } else { Network::Online },
        denied_reads: denied_reads.clone(),
        denied_patterns: denied_patterns.clone(),
        opened: opened.clone(),
        sockets: Vec::new(),
    }
}

/// Whether the effect comes from the program that a rule can name, and not from the shell around it.
pub(super) const fn is_the_programs(effect: &Effect) -> bool {
    !matches!(effect.cause, Cause::Redirection | Cause::Environment | Cause::Flow | Cause::Shell)
}
