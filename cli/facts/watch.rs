//! What need not be looked at again because the kernel would have said that it changed.
//!
//! A process that lives long asks the same of the same few folders for each proposal: what is there under this name, and of
//! which kind. Linux reports a change of that before the call that made it returns (inotify), so an answer holds for as
//! long as nothing was reported: one system call instead of one for each path. Elsewhere nothing is watched.
//!
//! Only what is sure to be reported counts as watched. That leaves out: what lies behind a folder that is a link; folders
//! of file systems that others change too (of the network, in user space, laid over one another), which report nothing
//! then; and what is in a file, as a file that is mapped into memory changes without a report. What is mounted is told by
//! the kernel's own table. Where it has lost a report, everything has changed.

#[cfg(target_os = "linux")]
#[path = "watch/linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "watch/none.rs"]
mod system;

pub use system::Watch;

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
