//! The profile of macOS Seatbelt for a box, as text and parameters for `sandbox-exec`, and the launch through that.
//!
//! All of it is the same on every platform but for the program, so that it is tested on each.
//!
//! Paths never become part of the text: they are handed over as parameters, so that no name can end a string and go on
//! with a rule. Later rules win, so denials stand last.

use std::fmt::Write;

use guardian_engine::placement::{Confinement, Network, Reads, Writes};

use crate::enforcement::Feature;
use crate::error::Error;

pub mod processes;
mod run;

pub use run::launch;

/// A profile and its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The text, for `-p`.
    pub text: String,
    /// Names and values, for `-D NAME=VALUE`.
    pub parameters: Vec<(String, String)>,
}

/// The only program that may be asked to apply a profile.
pub const SANDBOX_EXEC: &str = "/usr/bin/sandbox-exec";

/// What any command needs to start and to talk to itself.
const BASE: &str = "\
(version 1)
(deny default)
(allow process-exec)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow file-write-data (require-all (path \"/dev/null\") (vnode-type CHARACTER-DEVICE)))
(allow file-write-data file-ioctl (literal \"/dev/tty\") (literal \"/dev/zero\") (literal \"/dev/dtracehelper\"))
(allow pseudo-tty)
(allow file-read* file-write* file-ioctl (literal \"/dev/ptmx\") (regex #\"^/dev/ttys[0-9]+$\"))
(allow sysctl-read)
(allow ipc-posix-sem)
(allow ipc-posix-shm-read* (ipc-posix-name \"apple.shm.notification_center\"))
(allow mach-lookup (global-name \"com.apple.system.opendirectoryd.libinfo\"))
(allow mach-lookup (global-name \"com.apple.system.logger\"))
(allow user-preference-read)
";

/// What names and certificates need besides packets.
const ONLINE: &str = "\
(allow network-outbound)
(allow network-inbound)
(allow network-bind)
(allow system-socket)
(allow mach-lookup
  (global-name \"com.apple.SecurityServer\")
  (global-name \"com.apple.SystemConfiguration.DNSConfiguration\")
  (global-name \"com.apple.SystemConfiguration.configd\")
  (global-name \"com.apple.networkd\")
  (global-name \"com.apple.ocspd\")
  (global-name \"com.apple.trustd.agent\"))
";

/// A loopback of one's own cannot be had here, so a box that is offline reaches no address at all.
const OFFLINE: &str = "(deny network*)";

impl Profile {
    /// The profile for a confinement; nothing if it confines nothing.
    ///
    /// # Errors
    /// The confinement is one that a profile cannot hold.
    pub fn of(confinement: &Confinement) -> Result<Option<Self>, Error> {
        Self::with_proxy(confinement, None)
    }

    /// The same where a proxy for named hosts listens at this port of the machine's loopback.
    ///
    /// # Errors
    /// As for [`of`](Self::of), which knows no proxy.
    pub fn with_proxy(confinement: &Confinement, port: Option<u16>) -> Result<Option<Self>, Error> {
        let mut profile = Self { text: BASE.to_owned(), ..Self::default() };
        let everywhere = confinement.writes == Writes::Everywhere;
        profile.reads(confinement)?;
        match &confinement.network {
            Network::Online if everywhere && !confinement.denies_reads() => {
                return Ok(None);
            }
            Network::Online => profile.text.push_str(ONLINE),
            Network::Offline | Network::Forbidden => {
                let _ = writeln!(profile.text, "{OFFLINE}");
            }
            Network::Hosts(hosts) if hosts.direct().next().is_some() => {
                let reason = "seatbelt cannot hold a program that connects past a proxy to single hosts; ask for the whole \
                              network (`network`), or reach the host by http";
                return Err(Error::missing(Feature::Proxy, reason));
            }
            Network::Hosts(_) => {
                let reason = "it leads to named hosts, and its port is only known once it runs";
                let port = port.ok_or_else(|| Error::missing(Feature::Proxy, reason))?;
                let _ = writeln!(profile.text, "{OFFLINE}\n(allow network-outbound (remote ip \"localhost:{port}\"))");
            }
        }
        profile.writes(&confinement.writes)?;
        for socket in &confinement.sockets {
            let name = profile.parameter("SOCKET", socket)?;
            let _ = writeln!(profile.text, "(allow network-outbound (literal (param \"{name}\")))");
        }
        for path in &confinement.denied_reads {
            profile.deny_read(path)?;
        }
        let pattern =
            confinement.denied_patterns.first().map(|pattern| format!("the pattern {pattern} of denied reads"));
        let opened = confinement.opened.first().map(|path| format!("{path}, which lies in a denied place,"));
        if let Some(what) = pattern.or(opened) {
            return Err(Error::invalid(format!("{what} cannot be held here: name the paths that are secret")));
        }
        Ok(Some(profile))
    }

    /// The arguments for [`SANDBOX_EXEC`], before those of the command.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let parameters = self.parameters.iter().map(|(name, value)| format!("-D{name}={value}"));
        ["-p".to_owned(), self.text.clone()].into_iter().chain(parameters).chain(["--".to_owned()]).collect()
    }

    fn parameter(&mut self, kind: &str, value: &str) -> Result<String, Error> {
        if !value.starts_with('/') || value.contains('\0') {
            return Err(Error::invalid(format!("{value:?} is not an absolute path")));
        }
        let name = format!("{kind}_{}", self.parameters.len());
        self.parameters.push((name.clone(), value.to_owned()));
        Ok(name)
    }

    fn reads(&mut self, confinement: &Confinement) -> Result<(), Error> {
        let (Reads::Below(places), false) = (&confinement.reads, confinement.writes == Writes::Everywhere) else {
            self.text.push_str("(allow file-read*)\n");
            return Ok(());
        };
        self.text.push_str("(allow file-read-metadata)\n(allow file-read* (literal \"/\") (subpath \"/dev\"))\n");
        let roots = match &confinement.writes {
            Writes::Below(roots) => roots.iter().map(|root| &root.path).collect(),
            _ => Vec::new(),
        };
        for place in places.iter().chain(roots) {
            let name = self.parameter("READ", place)?;
            let _ = writeln!(self.text, "(allow file-read* (subpath (param \"{name}\")))");
        }
        Ok(())
    }

    fn writes(&mut self, writes: &Writes) -> Result<(), Error> {
        let roots = match writes {
            Writes::Nowhere => return Ok(()),
            Writes::Everywhere => {
                self.text.push_str("(allow file-write*)\n");
                return Ok(());
            }
            Writes::Below(roots) => roots,
        };
        for root in roots {
            let name = self.parameter("ROOT", &root.path)?;
            let _ = writeln!(self.text, "(allow file-write* (subpath (param \"{name}\")))");
        }
        // After all grants, or an inner root would take back what protects an outer one.
        for root in roots {
            for relative in root.protected.iter() {
                self.protect(root.path.trim_end_matches('/'), relative)?;
            }
        }
        Ok(())
    }

    /// A rule names a path whether it exists or not, so nothing has to stand in for a missing one. The directories on the
    /// way may not be moved: else another could take their name.
    fn protect(&mut self, root: &str, relative: &str) -> Result<(), Error> {
        let mut parts = relative.split('/');
        if relative.is_empty() || parts.any(|part| matches!(part, "" | "." | "..")) {
            return Err(Error::invalid(format!("protected path {relative:?} is not a path below its root")));
        }
        let name = self.parameter("PROTECTED", &format!("{root}/{relative}"))?;
        let _ = writeln!(self.text, "(deny file-write* (subpath (param \"{name}\")))");
        self.hold_ancestors(relative, |above| format!("{root}/{above}"))
    }

    fn hold_ancestors(&mut self, relative: &str, path: impl Fn(&str) -> String) -> Result<(), Error> {
        for (end, _) in relative.match_indices('/') {
            let Some(above) = relative.get(..end).filter(|above| !above.is_empty()) else {
                continue;
            };
            let name = self.parameter("ANCESTOR", &path(above))?;
            let _ = writeln!(self.text, "(deny file-write-unlink file-write-create (literal (param \"{name}\")))");
        }
        Ok(())
    }

    fn deny_read(&mut self, path: &str) -> Result<(), Error> {
        let name = self.parameter("DENIED", path)?;
        let _ = writeln!(self.text, "(deny file-read* file-write* (subpath (param \"{name}\")))");
        self.hold_ancestors(path, str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use guardian_engine::placement::WritableRoot;

    use super::*;

    fn workspace(path: &str, protected: &[&str]) -> Confinement {
        let protected = protected.iter().map(|path| (*path).to_owned()).collect();
        Confinement {
            writes: Writes::Below(vec![WritableRoot { path: path.to_owned(), protected }]),
            ..Confinement::default()
        }
    }

    fn profile(confinement: &Confinement) -> Profile {
        Profile::of(confinement).unwrap().unwrap()
    }

    #[test]
    fn nothing_is_written_or_reached_by_default() {
        let text = profile(&Confinement::default()).text;
        assert!(text.starts_with("(version 1)\n(deny default)\n") && text.ends_with(&format!("{OFFLINE}\n")));
        assert!(!text.contains("(allow file-write*)") && !text.contains("(allow network"));
    }

    #[test]
    fn paths_are_parameters() {
        let path = "/w/\")) (allow file-write*) ((\"";
        let profile = profile(&workspace(path, &[]));
        assert!(!profile.text.contains("/w/"));
        assert_eq!(profile.parameters, [("ROOT_0".to_owned(), path.to_owned())]);
        assert!(profile.arguments().contains(&format!("-DROOT_0={path}")));
    }

    #[test]
    fn protected_paths_are_denied_after_every_grant() {
        let mut confinement = workspace("/w", &[".git/hooks"]);
        if let Writes::Below(roots) = &mut confinement.writes {
            roots.push(WritableRoot { path: "/w/.git".to_owned(), protected: [].into() });
        }
        let profile = profile(&confinement);
        let last_grant = profile.text.rfind("(allow file-write*").unwrap();
        let denial = profile.text.find("(deny file-write* (subpath (param \"PROTECTED_2\")))").unwrap();
        assert!(denial > last_grant);
        let ancestor = ("ANCESTOR_3".to_owned(), "/w/.git".to_owned());
        assert!(profile.parameters.contains(&ancestor), "{profile:?}");
    }

    #[test]
    fn denied_reads_hold_their_ancestors() {
        let confinement = Confinement { denied_reads: vec!["/h/u/.ssh".to_owned()], ..workspace("/h/u", &[]) };
        let profile = profile(&confinement);
        let values: Vec<_> = profile.parameters.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["/h/u", "/h/u/.ssh", "/h", "/h/u"]);
    }

    #[test]
    fn every_parameter_of_the_text_has_a_value_and_brackets_match() {
        let mut confinement = workspace("/w", &[".git/hooks", ".codex"]);
        confinement.sockets = vec!["/run/s".to_owned()];
        confinement.denied_reads = vec!["/secret".to_owned()];
        let profile = profile(&confinement);
        for (name, _) in &profile.parameters {
            assert_eq!(profile.text.matches(&format!("(param \"{name}\")")).count(), 1, "{name}");
        }
        assert_eq!(profile.text.matches("(param").count(), profile.parameters.len());
        assert_eq!(profile.text.matches('(').count(), profile.text.matches(')').count());
    }

    #[test]
    fn the_allowed_sockets_come_after_the_denial_of_the_network() {
        let confinement = Confinement { sockets: vec!["/run/s".to_owned()], ..Confinement::default() };
        let text = profile(&confinement).text;
        assert!(text.find("(deny network*)").unwrap() < text.find("(allow network-outbound (literal").unwrap());
    }

    #[test]
    fn what_a_profile_cannot_hold_is_refused() {
        let hosts = Confinement { network: Network::Hosts(["a"].into_iter().collect()), ..Confinement::default() };
        assert!(Profile::of(&hosts).is_err());
        let text = Profile::with_proxy(&hosts, Some(4711)).unwrap().unwrap().text;
        let (denied, open) = (text.find(OFFLINE).unwrap(), text.find("(remote ip \"localhost:4711\")").unwrap());
        assert!(denied < open && text.matches("(allow network").count() == 1, "{text}");
        for (root, protected) in [("relative", ".git"), ("/w", "../x"), ("/w", "/x"), ("/w", ""), ("/w", "a//b")] {
            assert!(Profile::of(&workspace(root, &[protected])).is_err(), "{root} {protected}");
        }
        let open = Confinement { writes: Writes::Everywhere, network: Network::Online, ..Confinement::default() };
        assert_eq!(Profile::of(&open).unwrap(), None);
    }
}
