//! What a box leaves a command: its status, its signals, its tools, and an end that comes when it ends.
#![cfg(target_os = "linux")]

mod support;

use support::{World, script};

#[test]
fn a_command_runs_and_says_how_it_ended() {
    let world = World::new();
    for (text, code) in [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)] {
        let ran = script(text, &world);
        assert_eq!(ran.code(), code, "{text}: {ran:?}");
    }
}

#[test]
fn smoke() {
    let world = World::new();
    let ran = script("cat /proc/self/status | grep -E 'Cap|NoNew|Seccomp|NSpid'; ls /dev /run; mount | tail -30; touch a /etc/x; ip a; ls -la; env", &world);
    println!("{}\n{:?}", ran.output, ran.outcome);
    panic!();
}
