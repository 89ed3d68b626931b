//! Attempts that need something of the world's beside its files: objects of the kernel, programs, a host that acts.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::call;
use crate::world::{Attempt, World, c, check, needs_namespaces, never_held, refused, wait_until, works};

pub fn attempts() -> Vec<Attempt> {
    let mut all = files();
    all.extend(missing());
    all.extend(objects());
    all.extend(sockets());
    all.extend(programs());
    all.extend(kept());
    all
}

fn hook(directory: std::path::PathBuf) -> io::Result<()> {
    fs::create_dir_all(&directory)?;
    fs::write(directory.join("post-commit"), "#!/bin/sh\n")
}

/// Tells the host that the box is up, waits until it has done its part, and goes on.
fn after_host(world: &World, act: impl Fn() -> io::Result<()>) -> io::Result<()> {
    fs::write(world.inside("a/up"), "x")?;
    wait_until(&world.inside("a/done"));
    act()
}

fn text_of(path: std::path::PathBuf, expected: &str) -> io::Result<()> {
    if fs::read_to_string(path)?.contains(expected) { Ok(()) } else { Err(io::Error::other("something else is there")) }
}

fn files() -> Vec<Attempt> {
    vec![
        refused("rename_whiteout", |w| {
            let (from, to) = (c(w.out("stolen")), c(w.inside("new")));
            let at = libc::AT_FDCWD;
            call!(SYS_renameat2, at, from.as_ptr(), at, to.as_ptr(), 4).map(drop)
        }),
        refused("character_device_inside", |w| {
            let (path, mode) = (c(w.inside("dev")), libc::S_IFCHR | 0o600);
            call!(SYS_mknodat, libc::AT_FDCWD, path.as_ptr(), mode, 0x101).map(drop)
        }),
        never_held("existing_hard_link", |w| OpenOptions::new().append(true).open(w.inside("linked"))?.write_all(b"x")),
        needs_namespaces("stat_secret", |w| match fs::metadata(w.out("secret"))?.len() {
            0 => Err(io::Error::other("nothing to be seen")),
            _ => Ok(()),
        }),
        needs_namespaces("rename_parent_of_secret", |w| {
            fs::rename(w.inside("vault"), w.inside("moved"))?;
            text_of(w.inside("moved/key"), "inside")
        }),
        never_held("secret_made_later", |w| after_host(w, || text_of(w.out("later"), "later"))),
        never_held("secret_replaced_by_host", |w| after_host(w, || text_of(w.out("replaced"), "later"))),
        refused("mount_over_hooks", |w| {
            let target = c(w.inside(".git/hooks"));
            let (none, kind) = (c"none".as_ptr(), c"tmpfs".as_ptr());
            call!(SYS_mount, none, target.as_ptr(), kind, 0, 0)?;
            call!(SYS_umount2, target.as_ptr(), libc::MNT_DETACH).map(drop)
        }),
        refused("hooks_replaced_by_link", |w| {
            fs::rename(w.inside(".git/hooks"), w.inside("moved")).and_then(|()| symlink("../a", w.inside(".git/hooks")))
        }),
        refused("common_directory_hook", |w| hook(w.inside("store/common/hooks"))),
        refused("submodule_hook", |w| hook(w.inside(".git/modules/lib/hooks"))),
        refused("hook_under_odd_name", |w| hook(w.inside("od d\n*[é/.git/hooks"))),
        refused("create_vscode", |w| hook(w.inside(".vscode"))),
        refused("create_idea", |w| hook(w.inside(".idea"))),
        refused("create_claude", |w| hook(w.inside(".claude"))),
        never_held("create_gitattributes", |w| fs::write(w.inside(".gitattributes"), "* filter=x\n")),
        refused("shell_start_up_file", |w| fs::write(w.out("home/.bashrc"), "x")),
    ]
}

/// A second root that is no repository yet.
fn missing() -> Vec<Attempt> {
    vec![
        refused("git_made", |w| hook(w.plain(".git/hooks"))),
        refused("git_made_by_rename", |w| {
            hook(w.plain("fresh/hooks")).and_then(|()| fs::rename(w.plain("fresh"), w.plain(".git")))
        }),
        refused("git_made_by_link", |w| symlink("fresh", w.plain(".git"))),
        refused("git_made_by_init", |w| {
            let status =
                Command::new("git").args(["init", "-q"]).arg(w.plain("")).env("GIT_CONFIG_NOSYSTEM", "1").status()?;
            if status.success() && w.plain(".git/config").exists() {
                Ok(())
            } else {
                Err(io::Error::other("git could not"))
            }
        }),
        refused("agents_made", |w| hook(w.plain(".agents"))),
    ]
}

/// What the runner has made in the kernel, which a name or a number leads to.
fn objects() -> Vec<Attempt> {
    vec![
        needs_namespaces("sysv_segment", |w: &World| {
            // SAFETY: the kernel chooses the address; nothing is read or written there.
            let address = unsafe { libc::shmat(w.segment, std::ptr::null(), 0) };
            if address as isize == -1 {
                return Err(io::Error::last_os_error());
            }
            // A segment of the same number may exist in the box's own table only if the box has made it.
            Ok(())
        }),
        refused("posix_shared_memory", |w| {
            OpenOptions::new().write(true).open(format!("/dev/shm/{}", w.name)).map(drop)
        }),
        refused("message_queue", |w| {
            let name = c(w.name.clone());
            call!(SYS_mq_open, name.as_ptr(), libc::O_WRONLY, 0, 0).map(drop)
        }),
        refused("victim_descriptor", |w| {
            OpenOptions::new().write(true).open(format!("/proc/{}/fd/1", w.victim)).map(drop)
        }),
        refused("inherited_listener", |_| call!(SYS_listen, 103, 1).map(drop)),
        refused("kexec", |_| {
            if std::env::var_os("G_NO_BOX").is_some() {
                return Err(io::Error::other("not tried without a box"));
            }
            call!(SYS_kexec_load, 0, 0, 0, 0).map(drop)
        }),
    ]
}

fn sockets() -> Vec<Attempt> {
    vec![
        refused("tcp6_connect", |w| std::net::TcpStream::connect(("::1", w.tcp6)).map(drop)),
        refused("ping", |_| {
            let fd = call!(SYS_socket, 2, libc::SOCK_DGRAM, 1)?;
            let to = libc::sockaddr_in {
                sin_family: 2,
                sin_port: 0,
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes([8, 8, 8, 8]) },
                sin_zero: [0; 8],
            };
            let echo = [8_u8, 0, 0, 0, 0, 0, 0, 0];
            call!(SYS_sendto, fd, echo.as_ptr(), 8, 0, &raw const to, 16).map(drop)
        }),
        refused("sctp", |w| {
            let fd = call!(SYS_socket, 2, 1, 132)?;
            let to = libc::sockaddr_in {
                sin_family: 2,
                sin_port: w.tcp.to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes([127, 0, 0, 1]) },
                sin_zero: [0; 8],
            };
            call!(SYS_connect, fd, &raw const to, 16).map(drop)
        }),
        // A descriptor can only be handed to somebody who listens.
        refused("pass_descriptor_out", |w| std::os::unix::net::UnixStream::connect(w.out("stream.sock")).map(drop)),
    ]
}

fn programs() -> Vec<Attempt> {
    vec![refused("set_user_id", |_| {
        let program = std::env::current_exe()?.with_file_name("id");
        let output = Command::new(program).arg("-u").output()?;
        let uid = rustix::process::getuid().as_raw().to_string();
        if output.status.success() && output.stdout.trim_ascii() != uid.as_bytes() {
            Ok(())
        } else {
            Err(io::Error::other("it gained nothing"))
        }
    })]
}

fn kept() -> Vec<Attempt> {
    vec![
        works("memfd_exec", |_| {
            let fd = call!(SYS_memfd_create, c"tool".as_ptr(), 0)?;
            let path = format!("/proc/self/fd/{fd}");
            fs::write(&path, fs::read("/bin/true")?)?;
            let status = Command::new(&path).status()?;
            check(if status.success() { 0 } else { -1 }).map(drop)
        }),
        works("deep_path", |w| {
            let name = "d".repeat(250);
            std::env::set_current_dir(w.inside("a"))?;
            for _ in 0..20 {
                fs::create_dir(&name)?;
                std::env::set_current_dir(&name)?;
            }
            fs::write("file", "x")
        }),
        works("descriptor_of_own", |w| {
            let file = fs::File::open(w.inside("file"))?;
            OpenOptions::new().append(true).open(format!("/proc/self/fd/{}", file.as_raw_fd())).map(drop)
        }),
    ]
}
