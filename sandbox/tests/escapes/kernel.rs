//! Attempts on parts of the kernel that no namespace divides.

use std::fs::OpenOptions;
use std::io;

use crate::call;
use crate::world::{Attempt, check, refused, works};

pub fn attempts() -> Vec<Attempt> {
    let mut all = vec![
        refused("io_uring", |_| {
            let mut parameters = [0_u8; 120];
            call!(SYS_io_uring_setup, 4, parameters.as_mut_ptr()).map(drop)
        }),
        refused("userfaultfd", |_| call!(SYS_userfaultfd, 1).map(drop)),
        refused("bpf", |_| {
            let attributes = [1_u32, 4, 4, 1, 0, 0, 0, 0];
            call!(SYS_bpf, 0, attributes.as_ptr(), 32).map(drop)
        }),
        refused("perf", |_| {
            let mut attributes = [0_u8; 128];
            attributes[0] = 1;
            attributes[4] = 128;
            attributes[40] = 0x60;
            call!(SYS_perf_event_open, attributes.as_ptr(), 0, -1, -1, 0).map(drop)
        }),
        refused("add_key", |_| {
            call!(SYS_add_key, c"user".as_ptr(), c"guardian".as_ptr(), c"x".as_ptr(), 1, -4).map(drop)
        }),
        refused("keyctl", |_| call!(SYS_keyctl, 0, -3, 1).map(drop)),
        refused("request_key", |_| match call!(SYS_request_key, c"user".as_ptr(), c"guardian".as_ptr(), 0, -4) {
            Err(error) if error.raw_os_error() == Some(libc::ENOKEY) => Ok(()),
            other => other.map(drop),
        }),
        refused("personality", |_| call!(SYS_personality, 0x040_0000).map(drop)),
        refused("syslog", |_| call!(SYS_syslog, 10, 0, 0).map(drop)),
        refused("module", |_| call!(SYS_finit_module, 0, c"".as_ptr(), 0).map(drop)),
        refused("set_clock", |_| {
            if std::env::var_os("G_NO_BOX").is_some() {
                return Err(io::Error::other("not tried without a box: it would set the machine's clock"));
            }
            let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            call!(SYS_clock_gettime, libc::CLOCK_REALTIME, &raw mut now)?;
            call!(SYS_clock_settime, libc::CLOCK_REALTIME, &raw const now).map(drop)
        }),
        refused("hostname", |_| {
            let mut name = [0_u8; 65];
            // SAFETY: the buffer is as long as is said.
            check(unsafe { libc::gethostname(name.as_mut_ptr().cast(), 64) }.into())?;
            let length = name.iter().position(|byte| *byte == 0).unwrap_or(0);
            call!(SYS_sethostname, name.as_ptr(), length).map(drop)
        }),
        refused("become_root", |_| {
            call!(SYS_setuid, 0)?;
            call!(SYS_chown, c"/proc/self".as_ptr(), 1, 1)?;
            Err(io::Error::other("of no use"))
        }),
        refused("gain_capabilities", |_| {
            let header = [0x2008_0522_u32, 0];
            let wanted = [0xffff_ffff_u32, 0xffff_ffff, 0, 0x1ff, 0x1ff, 0];
            call!(SYS_capset, header.as_ptr(), wanted.as_ptr()).map(drop)
        }),
        refused("tiocsti", |_| tty_ioctl(0x5412)),
        refused("tiocsti_high_bits", |_| tty_ioctl(0x1_0000_5412)),
        refused("tioclinux", |_| tty_ioctl(0x541C)),
    ];
    all.extend(devices());
    #[cfg(target_arch = "x86_64")]
    all.extend(foreign());
    all.push(works("random", |_| {
        let mut bytes = [0_u8; 8];
        call!(SYS_getrandom, bytes.as_mut_ptr(), 8, 0).map(drop)
    }));
    all
}

/// Pushes input into a terminal of one's own making, which is what would work on the user's.
fn tty_ioctl(request: u64) -> io::Result<()> {
    let main = OpenOptions::new().read(true).write(true).open("/dev/ptmx")?;
    let fd = std::os::fd::AsRawFd::as_raw_fd(&main);
    let zero = 0_i32;
    call!(SYS_ioctl, fd, 0x4004_5431_u64, &raw const zero)?;
    call!(SYS_setsid).ok();
    let other = call!(SYS_ioctl, fd, 0x5441_u64, libc::O_RDWR)?;
    call!(SYS_ioctl, other, 0x540E_u64, 0)?;
    call!(SYS_ioctl, other, request, c"x".as_ptr()).map(drop)
}

fn devices() -> Vec<Attempt> {
    fn open(path: &str) -> io::Result<()> {
        OpenOptions::new().read(true).open(path).map(drop)
    }
    vec![
        refused("dev_disk", |_| ["/dev/vda", "/dev/sda", "/dev/nvme0n1"].iter().try_fold((), |(), path| open(path))),
        refused("dev_mem", |_| open("/dev/mem")),
        refused("dev_kmsg", |_| OpenOptions::new().write(true).open("/dev/kmsg").map(drop)),
        refused("dev_kvm", |_| OpenOptions::new().write(true).open("/dev/kvm").map(drop)),
        refused("dev_fuse", |_| OpenOptions::new().write(true).open("/dev/fuse").map(drop)),
        refused("dev_net_tun", |_| OpenOptions::new().write(true).open("/dev/net/tun").map(drop)),
    ]
}

/// Calls by other conventions than the native one.
#[cfg(target_arch = "x86_64")]
fn foreign() -> Vec<Attempt> {
    vec![
        refused("i386_call", |_| {
            let number = 20_u64; // getpid
            let result: u64;
            // SAFETY: getpid takes nothing and touches no memory.
            unsafe { std::arch::asm!("int 0x80", inlateout("rax") number => result) };
            check(i64::from(result as i32)).map(drop)
        }),
        refused("x32_call", |_| {
            const X32_GETPID: i64 = 0x4000_0000 + 39;
            // SAFETY: getpid takes nothing and touches no memory.
            check(unsafe { libc::syscall(X32_GETPID) }).map(drop)
        }),
    ]
}
