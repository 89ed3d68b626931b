//! Giving up every capability, for good, and making sure of it.

use rustix::io::Errno;
use rustix::thread::{self, CapabilitiesSecureBits, CapabilitySet, CapabilitySets};

const LOCKED: CapabilitiesSecureBits = CapabilitiesSecureBits::NO_ROOT
    .union(CapabilitiesSecureBits::NO_ROOT_LOCKED)
    .union(CapabilitiesSecureBits::NO_SETUID_FIXUP)
    .union(CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED)
    .union(CapabilitiesSecureBits::KEEP_CAPS_LOCKED)
    .union(CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE)
    .union(CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED);

const NONE: CapabilitySets = CapabilitySets {
    effective: CapabilitySet::empty(),
    permitted: CapabilitySet::empty(),
    inheritable: CapabilitySet::empty(),
};

/// Every capability there may ever be; a kernel says of those that it does not know that they are invalid.
fn all() -> impl Iterator<Item = CapabilitySet> {
    (0..63).map(|bit| CapabilitySet::from_bits_retain(1 << bit))
}

/// Drops everything and sets `no_new_privs`, then reads all of it back. May be called between fork and exec.
pub(crate) fn drop_all() -> Result<(), Errno> {
    let held = thread::capabilities(None)?;
    let able = held.effective.contains(CapabilitySet::SETPCAP);
    if able {
        for capability in all() {
            // To look is cheaper than to drop, and most are gone where a container engine has started us.
            if !held.permitted.contains(capability) && thread::capability_is_in_bounding_set(capability) == Ok(false) {
                continue;
            }
            match thread::remove_capability_from_bounding_set(capability) {
                Ok(()) => {}
                Err(Errno::INVAL) => break,
                Err(errno) => return Err(errno),
            }
        }
        thread::set_capabilities_secure_bits(LOCKED)?;
    }
    thread::clear_ambient_capability_set()?;
    thread::set_capabilities(None, NONE)?;
    thread::set_no_new_privs(true)?;
    verify(able)
}

fn verify(able: bool) -> Result<(), Errno> {
    let left = thread::capabilities(None)?;
    let mut clean = left.effective.is_empty() && left.permitted.is_empty() && left.inheritable.is_empty();
    clean &= thread::no_new_privs()?;
    // Who has no capability cannot shrink the bounding set; `no_new_privs` keeps it from being of use.
    if able {
        clean &= thread::capabilities_secure_bits()? == LOCKED;
        for capability in all() {
            match thread::capability_is_in_bounding_set(capability) {
                Ok(left) => clean &= !left,
                Err(Errno::INVAL) => break,
                Err(errno) => return Err(errno),
            }
        }
    }
    if clean { Ok(()) } else { Err(Errno::PERM) }
}
