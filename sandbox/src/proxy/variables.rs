//! How a command is told of the proxy: by the variables that programs agree on.

use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;

use guardian_engine::placement::{HostPattern, Hosts};

/// Where programs look for a proxy, for each kind of address; in capitals too.
const ASKED: [&str; 3] = ["http_proxy", "https_proxy", "all_proxy"];

/// The environment of a command whose way out is the proxy at this port, and no other.
pub(crate) fn set_variables(
    environment: &[(OsString, OsString)],
    hosts: &Hosts,
    port: u16,
) -> Vec<(OsString, OsString)> {
    let kept = environment.iter().filter(|(name, _)| !is_of_a_proxy(name)).cloned();
    let mut set: Vec<(OsString, OsString)> = kept.collect();
    let mut put = |name: &str, value: &str| set.push((name.into(), value.into()));
    let url = format!("http://127.0.0.1:{port}");
    // What listens in the box is reached without; but where this machine's own is named, that is meant.
    let direct = if names_this_machine(hosts) { "" } else { "localhost,127.0.0.1,::1" };
    for (name, value) in ASKED.iter().map(|name| (*name, url.as_str())).chain([("no_proxy", direct)]) {
        put(name, value);
        put(&name.to_ascii_uppercase(), value);
    }
    put("NODE_USE_ENV_PROXY", "1");
    set
}

/// Whether the variable says something of a proxy, under the name that some program gives it.
fn is_of_a_proxy(name: &OsStr) -> bool {
    let name = name.as_bytes().to_ascii_lowercase();
    name.ends_with(b"_proxy") || name == b"node_use_env_proxy"
}

fn names_this_machine(hosts: &Hosts) -> bool {
    hosts.lines().filter(|line| line.allowed).any(|line| match &line.pattern {
        HostPattern::Exact(host) => {
            host.as_str() == "localhost" || host.as_str().parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(environment: &[(&str, &str)], hosts: &[&str]) -> Vec<String> {
        let environment: Vec<_> = environment.iter().map(|(n, v)| (OsString::from(n), OsString::from(v))).collect();
        let set = set_variables(&environment, &hosts.iter().copied().collect(), 9);
        set.iter().map(|(n, v)| format!("{}={}", n.display(), v.display())).collect()
    }

    #[test]
    fn no_other_proxy_is_left() {
        let set =
            set(&[("PATH", "/bin"), ("https_proxy", "http://x:1"), ("PIP_PROXY", "y"), ("No_Proxy", "*")], &["a"]);
        assert_eq!(
            set,
            [
                "PATH=/bin",
                "http_proxy=http://127.0.0.1:9",
                "HTTP_PROXY=http://127.0.0.1:9",
                "https_proxy=http://127.0.0.1:9",
                "HTTPS_PROXY=http://127.0.0.1:9",
                "all_proxy=http://127.0.0.1:9",
                "ALL_PROXY=http://127.0.0.1:9",
                "no_proxy=localhost,127.0.0.1,::1",
                "NO_PROXY=localhost,127.0.0.1,::1",
                "NODE_USE_ENV_PROXY=1",
            ]
        );
    }

    #[test]
    fn this_machine_is_reached_through_it_where_it_is_named() {
        for (host, direct) in
            [("localhost:3000", true), ("127.0.0.1", true), ("[::1]:80", true), ("*.localhost", false)]
        {
            assert_eq!(set(&[], &[host]).contains(&"NO_PROXY=".to_owned()), direct, "{host}");
        }
    }
}
