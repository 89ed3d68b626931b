//! What has to go on working in a workspace-write box: everyday tools, each with a small job. What is not installed is
//! skipped and said; `TOOLS` at the end of this file lists Debian's packages for all of it.
//!
//! `cargo test -p guardian-sandbox --test tools -- --nocapture` prints the table.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "tests say what they skip and measure")]

mod support;

use std::collections::HashMap;
use std::time::Duration;

use guardian_sandbox::Tier;
use support::{World, try_script};

/// A job: its name, the program it needs, and a script that ends with 0 if it works.
type Probe = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const PROBES: &[Probe] = &[
    ("process substitution", "bash", "cat <(echo a) | sort > out; test -s out"),
    ("pipes and loops", "bash", "for i in 1 2 3; do echo $i; done | tac | grep -q 3"),
    ("here document", "cat", "cat <<END | grep -q here\nhere\nEND"),
    ("background job and wait", "bash", "sleep 0.01 & wait $!"),
    ("trap and signal", "bash", "trap 'exit 0' USR1; kill -USR1 $$; sleep 1; exit 1"),
    ("coprocess", "bash", "coproc cat; echo x >&${COPROC[1]}; read -r l <&${COPROC[0]}; test $l = x"),
    ("fifo", "mkfifo", "mkfifo p; echo x > p & grep -q x p"),
    ("/dev/null, zero, urandom", "head", "head -c 4 /dev/zero /dev/urandom > /dev/null"),
    ("/dev/fd and stdin", "cat", "echo x | cat /dev/stdin | cat /dev/fd/0 | grep -q x"),
    ("/dev/shm", "touch", "touch /dev/shm/x && rm /dev/shm/x"),
    ("private terminal", "script", "script -qc true /dev/null > /dev/null"),
    ("mktemp", "mktemp", "rm \"$(mktemp)\""),
    ("ulimit", "bash", "ulimit -n 256 && ulimit -v > /dev/null"),
    ("nice and timeout", "timeout", "timeout 5 nice true"),
    ("setsid", "setsid", "setsid -w true"),
    ("flock", "flock", "flock lockfile true && flock . true"),
    ("ps and pgrep", "ps", "ps aux | grep -q ps"),
    ("id and whoami", "id", "id -u && id -un && id -g > /dev/null"),
    ("hostname", "hostname", "hostname > /dev/null"),
    ("df and mount table", "df", "df . > /dev/null && cat /proc/mounts > /dev/null"),
    ("find and xargs", "find", "echo x > f; find . -name f -print0 | xargs -0 -P 2 cat | grep -q x"),
    ("sed in place", "sed", "echo a > f; sed -i s/a/b/ f; grep -q b f"),
    ("awk", "awk", "echo '1 2' | awk '{ exit !($1 + $2 == 3) }'"),
    ("tar", "tar", "mkdir d; echo x > d/f; tar cf d.tar d; rm -r d; tar xf d.tar; grep -q x d/f"),
    ("gzip and xz", "xz", "echo x | gzip | gunzip | xz | unxz | grep -q x"),
    ("zip", "zip", "echo x > f; zip -q f.zip f; unzip -p f.zip | grep -q x"),
    ("cp with attributes", "cp", "echo x > f; cp -a f g; chmod 600 g; touch -d yesterday g; ln g h; mv h i"),
    ("rsync", "rsync", "mkdir a; echo x > a/f; rsync -a a/ b/; grep -q x b/f"),
    ("diff and patch", "patch", "echo a > f; echo b > g; diff f g > p || true; patch -s f p; grep -q b f"),
    ("git init in a new folder", "git", "mkdir r; git init -q r; cd r; git status --short"),
    ("git commit and branch", "git", "git init -q r; cd r; echo x > f; git add -A; git -c user.name=n -c user.email=e@x commit -qm m; git checkout -qb o"),
    ("git clone of a folder", "git", "git init -q r; (cd r; echo x > f; git add f; git -c user.name=n -c user.email=e@x commit -qm m); git clone -q r s; grep -q x s/f"),
    ("git stash and worktree", "git", "git init -q r; cd r; echo x > f; git add f; git -c user.name=n -c user.email=e@x commit -qm m; git worktree add -q ../wt; cd ../wt; git status --short"),
    ("gcc", "gcc", "echo 'int main(void){return 0;}' > m.c; gcc -O1 m.c -o m; ./m"),
    ("g++ with threads", "g++", "printf '#include <thread>\\nint main(){std::thread t([]{});t.join();}' > m.cc; g++ -pthread m.cc -o m; ./m"),
    ("make in parallel", "make", "printf 'all: a b\\na b:\\n\\ttouch $@\\n' > Makefile; make -s -j2; test -e b"),
    ("cmake", "cmake", "printf 'cmake_minimum_required(VERSION 3.5)\\nproject(p NONE)\\n' > CMakeLists.txt; cmake . > /dev/null"),
    ("pkg-config", "pkg-config", "pkg-config --version > /dev/null"),
    ("rustc", "rustc", "echo 'fn main(){}' > m.rs; rustc m.rs; ./m"),
    ("cargo test with sockets", "cargo", "mkdir -p src; printf '[package]\\nname=\"p\"\\nversion=\"0.1.0\"\\nedition=\"2021\"\\n[workspace]\\n' > Cargo.toml; printf '#[test] fn t(){std::os::unix::net::UnixStream::pair().unwrap();let l=std::net::TcpListener::bind(\"127.0.0.1:0\").unwrap();std::net::TcpStream::connect(l.local_addr().unwrap()).unwrap();std::os::unix::net::UnixListener::bind(\"s\").unwrap();}' > src/lib.rs; cargo test -q --offline"),
    ("go build", "go", "printf 'package main\\nfunc main(){}' > m.go; GOCACHE=$PWD/c go build m.go; ./m"),
    ("python subprocess", "python3", "python3 -c 'import subprocess; subprocess.check_call([\"true\"])'"),
    ("python tempfile", "python3", "python3 -c 'import tempfile; tempfile.NamedTemporaryFile().write(b\"x\")'"),
    ("python multiprocessing pool", "python3", "python3 -c 'import multiprocessing as m; m.Pool(2).map(abs, [1, 2])'"),
    ("python multiprocessing lock", "python3", "python3 -c 'import multiprocessing as m; m.Lock()'"),
    ("python shared memory", "python3", "python3 -c 'from multiprocessing import shared_memory as s; x=s.SharedMemory(create=True,size=8); x.close(); x.unlink()'"),
    ("python manager", "python3", "python3 -c 'import multiprocessing as m; m.Manager().list([1])'"),
    ("python socket pair", "python3", "python3 -c 'import socket; a, b = socket.socketpair(); a.send(b\"x\"); assert b.recv(1)'"),
    ("python asyncio", "python3", "python3 -c 'import asyncio; asyncio.run(asyncio.sleep(0))'"),
    ("python asyncio subprocess", "python3", "python3 -c 'import asyncio\nasync def f(): return await (await asyncio.create_subprocess_exec(\"true\")).wait()\nassert asyncio.run(f()) == 0'"),
    ("python unix listener", "python3", "python3 -c 'import socket; s=socket.socket(socket.AF_UNIX); s.bind(\"s\"); s.listen(); c=socket.socket(socket.AF_UNIX); c.connect(\"s\")'"),
    ("python loopback", "python3", "python3 -c 'import socket; s=socket.create_server((\"127.0.0.1\",0)); socket.create_connection(s.getsockname())'"),
    ("python threads and ssl", "python3", "python3 -c 'import ssl, threading; t=threading.Thread(target=ssl.create_default_context); t.start(); t.join()'"),
    ("python interfaces", "python3", "python3 -c 'import socket; assert socket.if_nameindex()'"),
    ("python venv", "python3", "python3 -m venv --without-pip v && v/bin/python -c 'pass'"),
    ("http server and curl", "curl", "python3 -m http.server 8765 --bind 127.0.0.1 > /dev/null 2>&1 & for i in $(seq 500); do curl -sf http://127.0.0.1:8765/ > /dev/null && exit 0; sleep 0.1; done; exit 1"),
    ("perl", "perl", "perl -e 'open F, \">f\" or die; print F 1; fork // die; wait'"),
    ("perl loopback", "perl", "perl -MIO::Socket -e '$s=IO::Socket::INET->new(Listen=>1,LocalAddr=>\"127.0.0.1\") or die; IO::Socket::INET->new(PeerAddr=>\"127.0.0.1\",PeerPort=>$s->sockport) or die'"),
    ("ruby", "ruby", "ruby -e 'require \"socket\"; s=TCPServer.new(\"127.0.0.1\",0); TCPSocket.new(\"127.0.0.1\",s.addr[1])'"),
    ("node execSync", "node", "node -e 'require(\"child_process\").execSync(\"true\")'"),
    ("node spawn and fork", "node", "echo 'process.exit(0)' > c.js; node -e 'require(\"child_process\").fork(\"./c.js\").on(\"exit\", c => process.exit(c))'"),
    ("node worker", "node", "node -e 'new (require(\"worker_threads\").Worker)(\"\", {eval: true})'"),
    ("node unix server", "node", "node -e 'const s=require(\"net\").createServer().listen(\"s\", () => s.close())'"),
    ("node loopback", "node", "node -e 'const n=require(\"net\");const s=n.createServer(c=>{c.end();s.close()}).listen(0,\"127.0.0.1\",()=>n.connect(s.address().port,\"127.0.0.1\"))'"),
    ("npm run", "npm", "echo '{\"scripts\":{\"t\":\"true\"}}' > package.json; npm run -s t --cache $PWD/c"),
    ("java", "java", "java -version 2> /dev/null"),
    ("java loopback", "javac", "printf 'class M{public static void main(String[] a)throws Exception{var s=new java.net.ServerSocket(0);new java.net.Socket(\"127.0.0.1\",s.getLocalPort());}}' > M.java; java M.java"),
    ("sqlite", "sqlite3", "sqlite3 db 'pragma journal_mode=wal; create table t(a); insert into t values(1)' > /dev/null"),
    ("ssh-keygen and agent", "ssh-agent", "ssh-keygen -q -t ed25519 -N '' -f k; ssh-agent -a s sh -c 'ssh-add -q k'"),
    ("gpg key", "gpg", "mkdir -m 700 g; GNUPGHOME=$PWD/g gpg --batch -q --passphrase '' --quick-gen-key a@b default default never 2> /dev/null"),
    ("openssl", "openssl", "openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -subj /CN=x 2> /dev/null"),
    ("tmux", "tmux", "TMUX_TMPDIR=$PWD tmux new-session -d true"),
    ("dbus-daemon", "dbus-daemon", "dbus-daemon --session --address=unix:path=$PWD/b --nofork & for i in $(seq 2000); do test -S b && exit 0; sleep 0.05; done; exit 1"),
    ("strace", "strace", "strace -f -o t true"),
    ("gdb", "gdb", "gdb -q -batch -ex run -ex quit /bin/true > /dev/null 2>&1"),
    ("ip addr", "ip", "ip addr | grep -q LOOPBACK"),
    ("ldd and file", "ldd", "ldd /bin/true > /dev/null"),
    ("locale and date", "date", "LC_ALL=C.UTF-8 date > /dev/null"),
];

/// What a box refuses on purpose, and why.
#[rustfmt::skip]
const REFUSED: &[(Probe, &str)] = &[
    (("nested user namespace", "unshare", "unshare -Ur true"), "a namespace of its own would give it the calls that the box keeps from it; browsers and builders need a granted exception"),
    (("oom_score_adj", "bash", "echo 500 > /proc/self/oom_score_adj"), "nothing below /proc may be written: root's writes there ask for no capability"),
];

fn run(probe: &Probe, tools: &HashMap<&str, bool>) -> Option<Result<(), String>> {
    let (_, tool, script) = probe;
    if !tools.get(tool).copied().unwrap_or(false) {
        return None;
    }
    let world = World::new();
    let home = std::env::var("HOME").unwrap_or_default();
    let script = format!(
        "set -e; export TMPDIR=$PWD HOME=$PWD PATH={} CARGO_HOME=${{CARGO_HOME:-{home}/.cargo}} RUSTUP_HOME=${{RUSTUP_HOME:-{home}/.rustup}}; {script}",
        std::env::var("PATH").unwrap_or_default(),
    );
    let ran = try_script(&script, &world.workspace, &world.workspace_write(), |launch| {
        launch.limits.wall_clock = Some(Duration::from_secs(600))
    });
    Some(match ran {
        Ok(ran) if ran.outcome.enforcement.tier != support::tier() => {
            Err(format!("this machine gives {:?}", ran.outcome.enforcement))
        }
        Ok(ran) if ran.code() == 0 => Ok(()),
        Ok(ran) => Err(format!("{}: {}", ran.code(), ran.output.trim())),
        Err(error) => Err(error.to_string()),
    })
}

fn installed() -> HashMap<&'static str, bool> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let tools = PROBES.iter().chain(REFUSED.iter().map(|(probe, _)| probe));
    tools.map(|(_, tool, _)| (*tool, folders.iter().any(|folder| folder.join(tool).is_file()))).collect()
}

#[test]
fn everyday_tools_go_on_working() {
    if World::needing(Tier::T2).is_none() {
        return;
    }
    let tools = installed();
    let mut wrong = Vec::new();
    let (mut work, mut skipped) = (0, 0);
    println!("| tool | needs | in the box |\n|---|---|---|");
    for probe in PROBES {
        let cell = match run(probe, &tools) {
            None => {
                skipped += 1;
                "skipped: not installed".to_owned()
            }
            Some(Ok(())) => {
                work += 1;
                "works".to_owned()
            }
            Some(Err(why)) => {
                wrong.push(probe.0);
                format!("FAILS: {}", why.replace('\n', " "))
            }
        };
        println!("| {} | {} | {cell} |", probe.0, probe.1);
    }
    for (probe, reason) in REFUSED {
        let cell = match run(probe, &tools) {
            None => "skipped: not installed",
            Some(Err(_)) => "refused",
            Some(Ok(())) => {
                wrong.push(probe.0);
                "WORKS, though it should not"
            }
        };
        println!("| {} | {} | {cell}: {reason} |", probe.0, probe.1);
    }
    let all = PROBES.len() + REFUSED.len();
    println!("{all} probes: {work} work, {skipped} skipped, {} refused with a reason", REFUSED.len());
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// What Debian has for the list, for whoever wants none of it skipped: `apt-get install` these.
#[test]
fn packages_are_named() {
    const TOOLS: &str = "bash bsdutils build-essential cargo cmake coreutils curl dbus default-jdk-headless diffutils file \
        findutils gawk gdb git gnupg golang-go gzip hostname iproute2 nodejs npm openssh-client openssl patch perl \
        pkg-config procps python3 python3-venv rsync ruby sqlite3 strace tar tmux unzip util-linux xz-utils zip";
    println!("apt-get install -y {TOOLS}");
    assert!(TOOLS.split_whitespace().count() > 30);
}
