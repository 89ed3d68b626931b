//! Attempts on files: outside, protected, denied.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, symlink};

use crate::call;
use crate::world::{Attempt, World, c, needs_namespaces, refused, works};

fn append(path: std::path::PathBuf) -> io::Result<()> {
    OpenOptions::new().append(true).open(path)?.write_all(b"x")
}

fn read(path: std::path::PathBuf) -> io::Result<()> {
    let mut text = String::new();
    fs::File::open(path)?.read_to_string(&mut text)?;
    if text.is_empty() { Err(io::Error::other("nothing there")) } else { Ok(()) }
}

fn hook(directory: std::path::PathBuf) -> io::Result<()> {
    fs::create_dir_all(&directory)?;
    fs::write(directory.join("post-commit"), "#!/bin/sh\n")
}

/// Sees a read-only mount at once: chmod to the mode it has.
fn same_mode(path: std::path::PathBuf) -> io::Result<()> {
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640))
}

pub fn attempts() -> Vec<Attempt> {
    let mut all = outside();
    all.extend(metadata());
    all.extend(protected());
    all.extend(denied());
    all.extend(tricks());
    all
}

fn outside() -> Vec<Attempt> {
    vec![
        works("write_workspace", |w| fs::write(w.inside("new"), "x")),
        works("write_null", |_| fs::write("/dev/null", "x")),
        works("write_shm", |_| fs::write("/dev/shm/x", "x")),
        works("git_object", |w| fs::write(w.inside(".git/objects/x"), "x")),
        works("git_index", |w| {
            fs::write(w.inside(".git/index.lock"), "x")
                .and_then(|()| fs::rename(w.inside(".git/index.lock"), w.inside(".git/index")))
        }),
        refused("write_outside", |w| fs::write(w.out("file"), "x")),
        refused("create_outside", |w| fs::write(w.out("new"), "x")),
        refused("append_outside", |w| append(w.out("file"))),
        refused("write_dotdot", |w| fs::write(w.inside("../outside/file"), "x")),
        refused("write_after_chdir", |w| std::env::set_current_dir(&w.outside).and_then(|()| fs::write("file", "x"))),
        refused("write_through_link", |w| fs::write(w.inside("link"), "x")),
        refused("create_through_link", |w| fs::write(w.inside("dirlink/new"), "x")),
        refused("swap_for_link", |w| {
            fs::remove_file(w.inside("file"))?;
            symlink(w.out("file"), w.inside("file"))?;
            fs::write(w.inside("file"), "x")
        }),
        refused("rename_out", |w| fs::rename(w.inside("file"), w.out("new"))),
        refused("rename_in", |w| fs::rename(w.out("stolen"), w.inside("new"))),
        refused("rename_exchange", |w| {
            let (from, to) = (c(w.inside("file")), c(w.out("file")));
            call!(SYS_renameat2, libc::AT_FDCWD, from.as_ptr(), libc::AT_FDCWD, to.as_ptr(), 2).map(drop)
        }),
        refused("link_in_and_write", |w| {
            fs::hard_link(w.out("file"), w.inside("new")).and_then(|()| append(w.inside("new")))
        }),
        refused("link_out", |w| fs::hard_link(w.inside("file"), w.out("new"))),
        refused("tmpfile_link_out", |w| {
            let flags = libc::O_TMPFILE;
            let file = OpenOptions::new().write(true).custom_flags(flags).open(&w.workspace)?;
            let from = c(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file)));
            let to = c(w.out("new"));
            call!(SYS_linkat, libc::AT_FDCWD, from.as_ptr(), libc::AT_FDCWD, to.as_ptr(), libc::AT_SYMLINK_FOLLOW)
                .map(drop)
        }),
        refused("truncate_outside", |w| call!(SYS_truncate, c(w.out("file")).as_ptr(), 0).map(drop)),
        refused("open_truncate_outside", |w| {
            OpenOptions::new().read(true).custom_flags(libc::O_TRUNC).open(w.out("file")).and_then(|file| {
                if file.metadata()?.len() == 0 { Ok(()) } else { Err(io::Error::other("not truncated")) }
            })
        }),
        refused("mkdir_outside", |w| fs::create_dir(w.out("new"))),
        refused("rmdir_outside", |w| fs::remove_dir(w.out("hooks"))),
        refused("unlink_outside", |w| fs::remove_file(w.out("file"))),
        refused("symlink_outside", |w| symlink("x", w.out("new"))),
        refused("fifo_outside", |w| {
            call!(SYS_mknodat, libc::AT_FDCWD, c(w.out("new")).as_ptr(), libc::S_IFIFO | 0o600, 0).map(drop)
        }),
        refused("device_inside", |w| {
            call!(SYS_mknodat, libc::AT_FDCWD, c(w.inside("dev")).as_ptr(), libc::S_IFBLK | 0o600, 0xfe00).map(drop)
        }),
        refused("write_etc", |_| {
            fs::write("/etc/guardian-probe", "x").inspect(|()| drop(fs::remove_file("/etc/guardian-probe")))
        }),
        refused("write_tmp_outside", |_| {
            fs::write("/tmp/guardian-probe", "x").inspect(|()| drop(fs::remove_file("/tmp/guardian-probe")))
        }),
        refused("rename_workspace", |w| {
            fs::rename(&w.workspace, w.workspace.with_file_name("moved")).inspect(|()| {
                fs::rename(w.workspace.with_file_name("moved"), &w.workspace).unwrap();
            })
        }),
        refused("reopen_read_only", |w| {
            let file = fs::File::open(w.out("file"))?;
            append(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file)).into())
        }),
        refused("reopen_o_path", |w| {
            let file = OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(w.out("file"))?;
            append(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file)).into())
        }),
        refused("inherited_file", |_| call!(SYS_write, 100, c"x".as_ptr(), 1).map(drop)),
        refused("inherited_truncate", |_| call!(SYS_ftruncate, 100, 0).map(drop)),
        refused("inherited_directory", |_| {
            call!(SYS_openat, 101, c"new".as_ptr(), libc::O_CREAT | libc::O_WRONLY, 0o600).map(drop)
        }),
        refused("inherited_socket", |_| call!(SYS_write, 102, c"x".as_ptr(), 1).map(drop)),
        refused("any_inherited", |_| {
            let listed = fs::read_dir("/proc/self/fd")?
                .flatten()
                .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
            // One is the directory being read.
            if listed.filter(|fd| *fd > 2).count() > 1 { Ok(()) } else { Err(io::Error::other("none")) }
        }),
    ]
}

fn metadata() -> Vec<Attempt> {
    vec![
        needs_namespaces("chmod_outside", |w| same_mode(w.out("file"))),
        needs_namespaces("chown_outside", |w| {
            let data = fs::metadata(w.out("file"))?;
            std::os::unix::fs::chown(w.out("file"), Some(data.uid()), Some(data.gid()))
        }),
        needs_namespaces("utimes_outside", |w| {
            call!(SYS_utimensat, libc::AT_FDCWD, c(w.out("file")).as_ptr(), std::ptr::null::<u8>(), 0).map(drop)
        }),
        needs_namespaces("xattr_outside", |w| {
            call!(SYS_setxattr, c(w.out("file")).as_ptr(), c"user.x".as_ptr(), c"x".as_ptr(), 1, 0).map(drop)
        }),
        needs_namespaces("setflags_outside", |w| {
            const GETFLAGS: u64 = 0x8008_6601;
            const SETFLAGS: u64 = 0x4008_6602;
            let file = fs::File::open(w.out("file"))?;
            let mut flags = 0_u64;
            call!(SYS_ioctl, std::os::fd::AsRawFd::as_raw_fd(&file), GETFLAGS, &raw mut flags)?;
            flags ^= 0x40;
            call!(SYS_ioctl, std::os::fd::AsRawFd::as_raw_fd(&file), SETFLAGS, &raw const flags).map(drop)
        }),
        needs_namespaces("chmod_hook_directory", |w| same_mode(w.inside(".git/config"))),
    ]
}

fn protected() -> Vec<Attempt> {
    vec![
        refused("git_hook", |w| hook(w.inside(".git/hooks"))),
        refused("git_config", |w| append(w.inside(".git/config"))),
        refused("git_config_unlink", |w| fs::remove_file(w.inside(".git/config"))),
        refused("git_config_replace", |w| {
            fs::write(w.inside("new"), "x").and_then(|()| fs::rename(w.inside("new"), w.inside(".git/config")))
        }),
        refused("git_config_link", |w| {
            fs::hard_link(w.inside(".git/config"), w.inside("new")).and_then(|()| append(w.inside("new")))
        }),
        refused("git_config_worktree", |w| fs::write(w.inside(".git/config.worktree"), "x")),
        refused("git_attributes", |w| {
            fs::create_dir_all(w.inside(".git/info")).and_then(|()| fs::write(w.inside(".git/info/attributes"), "x"))
        }),
        refused("git_modules", |w| hook(w.inside(".git/modules/x/hooks"))),
        refused("git_hooks_rename", |w| fs::rename(w.inside(".git/hooks"), w.inside("moved"))),
        refused("git_rename", |w| {
            fs::rename(w.inside(".git"), w.inside("moved")).and_then(|()| hook(w.inside(".git/hooks")))
        }),
        refused("git_rename_onto", |w| {
            hook(w.inside("fresh/hooks")).and_then(|()| {
                fs::rename(w.inside(".git"), w.inside("moved"))?;
                fs::rename(w.inside("fresh"), w.inside(".git"))
            })
        }),
        refused("git_exchange", |w| {
            hook(w.inside("a/hooks"))?;
            let (from, to) = (c(w.inside("a")), c(w.inside(".git")));
            call!(SYS_renameat2, libc::AT_FDCWD, from.as_ptr(), libc::AT_FDCWD, to.as_ptr(), 2).map(drop)
        }),
        refused("nested_hook", |w| hook(w.inside("sub/.git/hooks"))),
        refused("nested_ancestor_rename", |w| {
            fs::rename(w.inside("sub"), w.inside("moved")).and_then(|()| hook(w.inside("sub/.git/hooks")))
        }),
        refused("nested_git_rename", |w| fs::rename(w.inside("sub/.git"), w.inside("moved"))),
        refused("pointer_rewrite", |w| fs::write(w.inside("tree/.git"), "gitdir: ../a\n")),
        refused("pointer_target_hook", |w| hook(w.inside("store/tree/hooks"))),
        refused("pointer_ancestor_rename", |w| fs::rename(w.inside("store"), w.inside("moved"))),
        refused("create_codex", |w| hook(w.inside(".codex"))),
        refused("create_codex_rename", |w| fs::rename(w.inside("a"), w.inside(".codex"))),
        refused("create_codex_link", |w| symlink("a", w.inside(".codex"))),
        refused("create_envrc", |w| fs::write(w.inside(".envrc"), "x")),
        refused("create_mcp", |w| fs::rename(w.inside("file"), w.inside(".mcp.json"))),
        refused("remove_placeholder", |w| fs::remove_dir(w.inside(".codex")).and_then(|()| hook(w.inside(".codex")))),
        refused("move_placeholder", |w| {
            fs::rename(w.inside(".codex"), w.inside("moved")).and_then(|()| hook(w.inside(".codex")))
        }),
        refused("chmod_placeholder", |w| {
            fs::set_permissions(w.inside(".codex"), fs::Permissions::from_mode(0o755))
                .and_then(|()| hook(w.inside(".codex")))
        }),
        refused("link_replace", |w| fs::remove_file(w.inside(".cursor")).and_then(|()| hook(w.inside(".cursor")))),
        refused("link_rename", |w| fs::rename(w.inside(".cursor"), w.inside("moved"))),
        refused("link_target_write", |w| hook(w.inside(".cursor/rules"))),
        refused("link_target_direct", |w| hook(w.inside("shared"))),
    ]
}

fn denied() -> Vec<Attempt> {
    vec![
        needs_namespaces("read_secret", |w| read(w.out("secret"))),
        needs_namespaces("read_secret_below", |w| read(w.out("secrets/key"))),
        needs_namespaces("read_secret_inside", |w| read(w.inside("secret"))),
        needs_namespaces("list_secrets", |w| fs::read_dir(w.out("secrets")).map(drop)),
        needs_namespaces("read_secret_by_link", |w| {
            symlink(w.out("secret"), w.inside("new")).and_then(|()| read(w.inside("new")))
        }),
        needs_namespaces("read_secret_by_hard_link", |w| {
            fs::hard_link(w.inside("secret"), w.inside("new")).and_then(|()| read(w.inside("new")))
        }),
        needs_namespaces("read_secret_by_rename", |w| {
            fs::rename(w.inside("secret"), w.inside("new")).and_then(|()| read(w.inside("new")))
        }),
        needs_namespaces("read_secret_by_proc", |w| {
            read(format!("/proc/self/root{}", w.out("secret").display()).into())
        }),
        needs_namespaces("chmod_and_read_secret", |w| {
            fs::set_permissions(w.out("secret"), fs::Permissions::from_mode(0o600)).and_then(|()| read(w.out("secret")))
        }),
        needs_namespaces("unmount_and_read_secret", |w| {
            call!(SYS_umount2, c(w.out("secret")).as_ptr(), libc::MNT_DETACH).and_then(|_| read(w.out("secret")))
        }),
    ]
}

fn tricks() -> Vec<Attempt> {
    vec![
        refused("victim_root", |w: &World| {
            fs::write(format!("/proc/{}/root{}", w.victim, w.out("file").display()), "x")
        }),
        refused("victim_cwd", |w| fs::write(format!("/proc/{}/cwd/new", w.victim), "x")),
        refused("victim_environment", |w| read(format!("/proc/{}/environ", w.victim).into())),
        refused("victim_memory", |w| OpenOptions::new().write(true).open(format!("/proc/{}/mem", w.victim)).map(drop)),
        needs_namespaces("victim_command_line", |w| read(format!("/proc/{}/cmdline", w.victim).into())),
        refused("core_pattern", |_| OpenOptions::new().write(true).open("/proc/sys/kernel/core_pattern").map(drop)),
        refused("sysrq", |_| OpenOptions::new().write(true).open("/proc/sysrq-trigger").map(drop)),
        refused("sys_write", |_| OpenOptions::new().write(true).open("/sys/kernel/uevent_helper").map(drop)),
        refused("cgroup_write", |_| {
            fs::create_dir("/sys/fs/cgroup/guardian-probe")
                .inspect(|()| drop(fs::remove_dir("/sys/fs/cgroup/guardian-probe")))
        }),
        refused("open_by_handle", |w| {
            let mut handle = [0_u8; 136];
            handle[..4].copy_from_slice(&128_u32.to_ne_bytes());
            let mut mount = 0_i32;
            call!(
                SYS_name_to_handle_at,
                libc::AT_FDCWD,
                c(w.out("file")).as_ptr(),
                handle.as_mut_ptr(),
                &raw mut mount,
                0
            )?;
            let root = fs::File::open(&w.outside)?;
            call!(SYS_open_by_handle_at, std::os::fd::AsRawFd::as_raw_fd(&root), handle.as_ptr(), libc::O_WRONLY)
                .map(drop)
        }),
        works("odd_names", |w| {
            for name in ["with space", "new\nline", "*glob[", "-dash"] {
                fs::write(w.inside("a").join(name), "x")?;
            }
            fs::write(w.inside("a/.//b/../x"), "x")
        }),
    ]
}
