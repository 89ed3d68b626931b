//! Where the hosts lie to which a command connects by itself: found out before it starts, as nothing in its box looks
//! names up.

use std::ffi::{OsStr, OsString};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use guardian_engine::placement::{Grounds, Host, Hosts};

use super::ssh::Configuration;
use crate::proxy::{Lookup, Outer, look_up, may_connect};

/// How long names may take, all together.
const LOOKING: Duration = Duration::from_secs(8);
/// So many addresses of a name count.
const MOST_ADDRESSES: usize = 32;

/// The table of names that the C library reads first.
pub(super) const TABLE: &str = "/etc/hosts";

/// Addresses that a command may connect to, and the names they have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Routes {
    lines: Vec<(Host, IpAddr)>,
    /// Files of root's that ssh would take for nobody's, as in the box they belong to no user that is known there.
    pub(crate) files: Vec<(PathBuf, String)>,
    /// What a person should know of hosts that are not reached.
    pub(crate) notes: Vec<String>,
}

impl Routes {
    /// Those to the hosts of a box. Nothing if it has none that a command connects to by itself.
    pub(crate) fn of(hosts: &Hosts, environment: &[(OsString, OsString)]) -> Option<Self> {
        hosts.direct().next()?;
        let home = environment.iter().rfind(|(name, _)| name == OsStr::new("HOME")).map(|(_, value)| Path::new(value));
        // What lies below the working directory is not the user's word.
        let home = home.filter(|home| home.is_absolute());
        let ssh = Configuration::of(home);
        let mut routes = Self::find(hosts, &Outer::of(environment), &ssh, look_up);
        let roots = |path: &Path| path.metadata().is_ok_and(|data| data.uid() == 0);
        if !rustix::process::geteuid().is_root() {
            routes.files = ssh.included.into_iter().filter(|(path, _)| roots(path)).collect();
        }
        Some(routes)
    }

    fn find(hosts: &Hosts, outer: &Outer, ssh: &Configuration, lookup: Lookup) -> Self {
        let mut routes = Self::default();
        let mut all = hosts.clone();
        // A name, and whether it need not exist, as ssh knows it by another.
        let mut names: Vec<(Host, bool)> = Vec::new();
        for host in hosts.direct() {
            let destination = ssh.destination(host.as_str());
            let problems = destination.problems.iter();
            routes.notes.extend(problems.map(|problem| {
                format!("{}: {problem}; over ssh it may need the whole network (`network`)", host.as_str())
            }));
            let known = !destination.hosts.is_empty();
            let grounds = hosts.directly(host).unwrap_or(Grounds::Listed);
            for other in destination.hosts.iter().filter(|other| *other != host) {
                all.allow_directly(other.clone(), grounds);
            }
            for (host, known) in
                std::iter::once((host.clone(), known)).chain(destination.hosts.into_iter().map(|host| (host, false)))
            {
                if !names.iter().any(|(own, _)| *own == host) {
                    names.push((host, known));
                }
            }
        }
        for ((host, known), found) in names.iter().zip(look_all_up(&names, lookup)) {
            match found {
                Ok(found) => routes.add((&all, outer), host, &found),
                Err(_) if *known => {}
                Err(error) => routes.notes.push(format!("{} was not found: {error}", host.as_str())),
            }
        }
        routes
    }

    fn add(&mut self, leads: (&Hosts, &Outer), host: &Host, found: &[SocketAddr]) {
        for address in found.iter().map(SocketAddr::ip).take(MOST_ADDRESSES) {
            let line = (host.clone(), address.to_canonical());
            if !may_connect(leads, host, address) {
                let (name, named) = (host.as_str(), Host::parse(&address.to_string()));
                let named = named.map_or_else(|_| address.to_string(), |(own, _)| own.alone());
                let note =
                    format!("{name} leads to {address}, which is not anybody's to reach; ask for `network {named}`");
                self.notes.push(note);
            } else if !self.lines.contains(&line) {
                self.lines.push(line);
            }
        }
    }

    /// Whether one leads there.
    pub(crate) fn lead_to(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.lines.iter().any(|(host, own)| *own == address || (host.as_str() == "localhost" && address.is_loopback()))
    }

    /// The names with their addresses, in front of what the machine's own table says.
    pub(crate) fn table(&self, own: &str) -> String {
        let lines = self.lines.iter().filter(|(host, _)| !host.is_address());
        let lines: String = lines.map(|(host, address)| format!("{address}\t{}\n", host.as_str())).collect();
        lines + own
    }
}

/// The addresses of each, all looked up at once.
fn look_all_up(names: &[(Host, bool)], lookup: Lookup) -> Vec<io::Result<Vec<SocketAddr>>> {
    let late = || io::Error::new(io::ErrorKind::TimedOut, "its name was not looked up in time");
    let mut found: Vec<io::Result<Vec<SocketAddr>>> = names.iter().map(|_| Err(late())).collect();
    let (tell, told) = channel();
    for (index, (host, _)) in names.iter().enumerate() {
        if let Ok(address) = host.as_str().parse::<IpAddr>() {
            let _ = tell.send((index, Ok(vec![SocketAddr::new(address, 0)])));
            continue;
        }
        let (tell, name) = (tell.clone(), host.as_str().to_owned());
        let looks = move || drop(tell.send((index, lookup(&name, 0))));
        if let Err(error) = std::thread::Builder::new().name("look-up".to_owned()).spawn(looks)
            && let Some(slot) = found.get_mut(index)
        {
            *slot = Err(error);
        }
    }
    drop(tell);
    let until = Instant::now() + LOOKING;
    while let Ok((index, result)) = told.recv_timeout(until.saturating_duration_since(Instant::now())) {
        if let Some(slot) = found.get_mut(index) {
            *slot = result;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let addresses: &[&str] = match name {
            "public.example" => &["1.1.1.1", "2606:4700::1"],
            "build.corp.example" => &["10.1.2.3"],
            "evil.example" => &["127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "1.1.1.2"],
            "localhost" => &["127.0.0.1", "::1"],
            _ => return Err(io::Error::other("no such name")),
        };
        Ok(addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), port)).collect())
    }

    fn routes(names: &[&str], grounds: Grounds) -> Routes {
        let mut hosts = Hosts::default();
        names.iter().for_each(|name| hosts.allow_directly(Host::parse(name).unwrap().0, grounds));
        Routes::find(&hosts, &Outer::default(), &Configuration::default(), known)
    }

    #[test]
    fn names_lead_to_hosts_and_not_to_this_machine() {
        let routes = routes(
            &["public.example", "build.corp.example", "evil.example", "127.0.0.9", "gone.example"],
            Grounds::Asked,
        );
        let leads = |address: &str| routes.lead_to(address.parse().unwrap());
        for address in ["1.1.1.1", "::ffff:1.1.1.1", "2606:4700::1", "10.1.2.3", "1.1.1.2", "127.0.0.9"] {
            assert!(leads(address), "{address}");
        }
        for address in ["127.0.0.1", "169.254.169.254", "1.1.1.3", "::1"] {
            assert!(!leads(address), "{address}");
        }
        assert_eq!(
            routes.table("127.0.0.1 localhost\n"),
            "1.1.1.1\tpublic.example\n2606:4700::1\tpublic.example\n10.1.2.3\tbuild.corp.example\n1.1.1.2\tevil.example\n\
             127.0.0.1 localhost\n"
        );
        assert_eq!(routes.notes.len(), 4, "{:?}", routes.notes);
        assert!(
            routes.notes.iter().any(|note| note == "gone.example was not found: no such name"),
            "{:?}",
            routes.notes
        );
    }

    #[test]
    fn what_nobody_was_asked_about_lies_where_the_proxy_would_reach_it() {
        let routes = routes(&["public.example", "build.corp.example"], Grounds::Listed);
        assert!(routes.lead_to("1.1.1.1".parse().unwrap()) && !routes.lead_to("10.1.2.3".parse().unwrap()));
        assert_eq!(
            routes.notes,
            ["build.corp.example leads to 10.1.2.3, which is not anybody's to reach; ask for `network 10.1.2.3`"]
        );
    }

    #[test]
    fn this_machine_is_reached_where_it_is_named() {
        let routes = routes(&["localhost"], Grounds::Listed);
        assert!(routes.lead_to("127.0.0.1".parse().unwrap()) && routes.lead_to("127.0.1.1".parse().unwrap()));
        assert!(routes.notes.is_empty() && !routes.lead_to("10.0.0.1".parse().unwrap()));
    }
}
