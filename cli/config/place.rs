//! Where guardian's files are. The one place that names paths.

use etcetera::BaseStrategy;
use std::path::{Path, PathBuf};

/// The folders of this host and user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The machine's: `config.toml`, `requirements.toml`, `rules/`.
    pub system: PathBuf,
    /// The user's: `config.toml`, `NAME.config.toml`, `rules/`.
    pub user: PathBuf,
    /// What guardian remembers.
    pub state: PathBuf,
    /// The user's home; empty where there is none.
    pub home: String,
    /// Whom the machine's requirements must belong to.
    pub administrator: u32,
}

/// The folder of a project's own configuration, below each of its folders.
pub const PROJECT: &str = ".guardian";

/// What programs need to start, on Linux and macOS: themselves, their libraries, and the settings that libraries read.
pub const MINIMAL: &[&str] = &[
    "/bin",
    "/sbin",
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/run/current-system",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/inputrc",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/pki",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    "/etc/timezone",
    "/sys/devices/system/cpu",
    "/System",
    "/Library",
    "/private/etc",
    "/private/var/db/dyld",
    "/private/var/db/timezone",
];

impl Places {
    /// The places of the user who runs this.
    pub fn of_host() -> Self {
        let base = etcetera::choose_base_strategy().ok();
        let home = base.as_ref().map(|base| base.home_dir().to_string_lossy().into_owned());
        Self {
            // Not to be moved by the environment: requirements hold against the user too.
            system: PathBuf::from("/etc/guardian"),
            user: base.as_ref().map(|base| base.config_dir().join("guardian")).unwrap_or_default(),
            state: base
                .as_ref()
                .and_then(BaseStrategy::state_dir)
                .map(|state| state.join("guardian"))
                .unwrap_or_default(),
            home: home.unwrap_or_default(),
            administrator: 0,
        }
    }

    /// guardian's own folders, which no command may touch.
    pub fn own(&self) -> Vec<String> {
        [&self.system, &self.user, &self.state]
            .into_iter()
            .filter(|path| path.is_absolute())
            .filter_map(|path| path.to_str().map(str::to_owned))
            .collect()
    }

    /// The path as a person would write it.
    pub fn shown(&self, path: &Path) -> String {
        let text = path.display().to_string();
        match text.strip_prefix(&self.home) {
            Some(rest) if rest.starts_with('/') && self.home.len() > 1 => format!("~{rest}"),
            _ => text,
        }
    }
}

/// The path as the kernel knows it, as far as that can be told.
pub fn resolved(path: &str) -> String {
    let real = crate::facts::canonical(Path::new(path)).ok();
    real.and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(|| path.to_owned())
}

/// Those of a test: settings of nobody, and what is remembered below a folder.
#[cfg(test)]
pub fn places(folder: &Path) -> Places {
    let none = PathBuf::from("/no/such/folder");
    Places { system: none.clone(), user: none, state: folder.join("state"), home: String::new(), administrator: 0 }
}
