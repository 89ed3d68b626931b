//! The conformance list: for each line of it, the attempts that try it. `@` names a test outside this program.

/// One line.
pub struct Line {
    pub number: u8,
    pub title: &'static str,
    pub attempts: &'static [&'static str],
}

const fn line(number: u8, title: &'static str, attempts: &'static [&'static str]) -> Line {
    Line { number, title, attempts }
}

#[rustfmt::skip]
pub const LINES: &[Line] = &[
    line(1, "create, write, append outside", &["write_outside", "create_outside", "append_outside", "write_dotdot", "write_after_chdir", "write_etc", "write_tmp_outside"]),
    line(2, "write through links", &["write_through_link", "create_through_link"]),
    line(3, "swap a path for a link", &["swap_for_link", "@places::a_root_that_is_swapped_for_a_link"]),
    line(4, "rename out, in, exchange, whiteout", &["rename_out", "rename_in", "rename_exchange", "rename_whiteout", "rename_workspace"]),
    line(5, "hard links", &["link_in_and_write", "link_out"]),
    line(6, "hard link from before", &["existing_hard_link"]),
    line(7, "O_TMPFILE and linkat", &["tmpfile_link_out"]),
    line(8, "truncate", &["truncate_outside", "open_truncate_outside", "inherited_truncate"]),
    line(9, "metadata", &["chmod_outside", "chown_outside", "utimes_outside", "xattr_outside", "setflags_outside", "chmod_hook_directory"]),
    line(10, "directories and special files", &["mkdir_outside", "rmdir_outside", "unlink_outside", "symlink_outside", "fifo_outside", "device_inside", "character_device_inside"]),
    line(11, "reopen by /proc/self/fd", &["reopen_read_only", "reopen_o_path"]),
    line(12, "/proc of others", &["victim_root", "victim_cwd", "victim_descriptor", "victim_memory", "victim_environment", "victim_command_line", "init_descriptors_followed", "init_descriptors_read", "init_descriptors_written", "init_root", "init_memory", "init_environment", "parent_memory", "parent_descriptors"]),
    line(13, "own memory (harmless)", &["descriptor_of_own"]),
    line(14, "/proc/sys, /sys, cgroups", &["core_pattern", "sysrq", "sys_write", "cgroup_write"]),
    line(15, "denied reads", &["read_secret", "read_secret_below", "read_secret_inside", "stat_secret", "list_secrets", "read_secret_by_link", "read_secret_by_hard_link", "read_secret_by_rename", "rename_parent_of_secret", "read_secret_by_proc", "chmod_and_read_secret", "unmount_and_read_secret"]),
    line(16, "denied file made or replaced by the host later", &["secret_made_later", "secret_replaced_by_host"]),
    line(17, "protected parts of .git", &["git_hook", "git_config", "git_config_unlink", "git_config_replace", "git_config_link", "git_config_worktree", "git_attributes", "git_hooks_rename", "git_rename", "git_rename_onto", "git_exchange", "mount_over_hooks", "hooks_replaced_by_link"]),
    line(18, "missing protected paths", &["git_made", "git_made_by_rename", "git_made_by_link", "git_made_by_init", "agents_made", "create_codex", "create_codex_rename", "create_codex_link", "remove_placeholder", "move_placeholder", "chmod_placeholder"]),
    line(19, "pointer files, common directory, submodules", &["pointer_rewrite", "pointer_target_hook", "pointer_ancestor_rename", "common_directory_hook", "git_modules", "submodule_hook"]),
    line(20, "nested repositories, ancestors", &["nested_hook", "nested_ancestor_rename", "nested_git_rename"]),
    line(21, "nested namespaces and mounts", &["unshare_user", "unshare_mount", "unshare_network", "unshare_time", "unshare_user_and_mount", "clone_user", "clone3_user", "mount_tmpfs", "remount_root", "unmount_protected", "unmount_dev", "mount_setattr", "open_tree", "open_tree_attr", "fsopen", "pivot_root"]),
    line(22, "chroot, setns, handles", &["chroot", "setns_victim", "setns_init", "open_by_handle"]),
    line(23, "trace and signal others", &["ptrace_attach", "ptrace_seize", "process_vm_readv", "kill_victim", "kill_group", "pidfd_kill", "pidfd_getfd", "signal_by_owner", "kill_parent", "victim_compared", "victim_pages", "init_descriptors_taken", "init_trace"]),
    line(24, "limits and priority of others", &["victim_limits", "victim_priority", "victim_affinity", "victim_scheduler", "victim_io_priority"]),
    line(25, "programs from memory or workspace (allowed)", &["memfd_exec", "run_from_workspace"]),
    line(26, "set-user-id programs", &["set_user_id", "become_root", "gain_capabilities"]),
    line(27, "terminal input", &["tiocsti", "tiocsti_high_bits", "tioclinux"]),
    line(28, "TCP, MPTCP, fast open, SCTP", &["tcp_connect", "tcp6_connect", "tcp_mapped", "tcp_out", "mptcp_connect", "tcp_fast_open", "sctp", "family_high_bits"]),
    line(29, "UDP, DNS, ping, raw, packet, netlink, XDP", &["udp_out", "udp_outside_loopback", "dns_stub", "ping", "raw", "packet", "netlink_audit", "netlink_uevent", "xdp"]),
    line(30, "other families", &["vsock", "alg", "bluetooth", "tipc", "qipcrtr"]),
    line(31, "Unix sockets by path", &["unix_stream", "unix_datagram", "unix_bind_outside"]),
    line(32, "Unix sockets by name", &["unix_abstract"]),
    line(33, "datagrams from pairs, passed descriptors", &["unix_pair_sendto", "unix_pair_sendmsg", "pass_descriptor_out"]),
    line(34, "io_uring", &["io_uring"]),
    line(35, "foreign calling conventions", &["i386_call", "x32_call"]),
    line(36, "inherited descriptors", &["inherited_file", "inherited_directory", "inherited_socket", "inherited_listener", "any_inherited"]),
    line(37, "shared memory and queues", &["sysv_shared_memory", "sysv_segment", "posix_shared_memory", "message_queue"]),
    line(38, "kernel interfaces", &["add_key", "keyctl", "request_key", "userfaultfd", "bpf", "perf", "personality", "kexec", "syslog", "module", "set_clock", "hostname"]),
    line(39, "outliving the box", &["outlive", "@machines::kill", "@behaviour::orphans_neither_outlive_the_command_nor_delay_its_end"]),
    line(40, "exhaustion", &["@behaviour::limits_hold", "@behaviour::time_runs_out"]),
    line(41, "devices", &["dev_disk", "dev_mem", "dev_kmsg", "dev_kvm", "dev_fuse", "dev_net_tun"]),
    line(42, "proxy", &["@proxy::what_is_named_is_reached_through_the_proxy_only", "@proxy::names_of_this_machine_and_its_network_lead_nowhere_unless_named", "@proxy::a_raw_connection_is_refused_and_says_what_it_would_take", "@machines::without_namespaces_named_hosts_are_refused"]),
    line(43, "environment of the launcher", &["@behaviour::the_environment_loads_no_code"]),
    line(44, "settings that run later", &["create_envrc", "create_mcp", "create_vscode", "create_idea", "create_claude", "shell_start_up_file", "link_replace", "link_rename", "link_target_write", "link_target_direct", "create_gitattributes"]),
    line(45, "odd paths", &["hook_under_odd_name", "odd_names", "deep_path"]),
    line(0, "what must go on working", &["write_workspace", "write_null", "write_shm", "git_object", "git_index", "random", "fork_and_wait", "threads", "trace_own_child", "socket_pair", "own_loopback", "own_unix_socket", "netlink_route"]),
];
