//! SQL text.

use super::{never_plain, table};
use guardian_rules::Role::{Sql, Sqlite};

const ASKS: &[&str] = &["query database"];
const CHANGES: &[&str] = &["change database"];

#[test]
fn asks() {
    let rows: Vec<(&str, &[&str])> = [
        "select 1",
        "SELECT email FROM users LIMIT 50;",
        "select 'drop table x' as a",
        "select \"drop\" from t -- drop table t",
        "select 1 /* drop table t */",
        ".schema users",
        ".tables",
        "\\d",
        "\\dt+ public.*",
        "\\l",
        "explain select * from t",
        "show tables",
        "describe users;",
        "select * from t where a = 'x''y; delete from t'",
        "with a as (select 1) select * from a",
        "select 1; select 2",
        "select replace(a, 'x', 'y') from t",
        "select count(*) from t for update",
        "pragma table_info(users)",
        "begin; select 1; rollback",
        "show create table t",
        "explain delete from t",
        "select t.update from t",
        "values (1)",
        "set search_path = x",
        "select a from t where b in (select c from d)",
        "select ARRAY['a','b']",
        ".headers on\n.mode csv\nselect 1;",
        "\\dt\nselect 1;",
        "\\x\nselect now();",
        "select data #> '{a}' from t",
        "copy t to stdout",
        "select $1",
    ]
    .iter()
    .map(|code| (*code, ASKS))
    .collect();
    table(Sql, &rows);
}

#[test]
fn changes_and_losses() {
    table(
        Sql,
        &[
            ("insert into t values (1)", CHANGES),
            ("update t set a = 1 where id = 3", CHANGES),
            ("delete from t where id = 3", CHANGES),
            ("create index concurrently i on orders(user_id)", CHANGES),
            ("create virtual table d using FTS5(body)", CHANGES),
            ("create virtual table z using csv(filename='x')", &["change database", "unknown"]),
            ("create table t (a int references b on delete cascade)", CHANGES),
            ("alter table t add column c int", CHANGES),
            ("alter table t drop constraint c", CHANGES),
            ("drop index i", CHANGES),
            ("vacuum analyze", CHANGES),
            ("replace into t values (1)", CHANGES),
            ("insert into t values (1) on conflict do update set a = 1", CHANGES),
            ("update t set a = 1", &["change", "erase"]),
            ("delete from t", &["change", "erase"]),
            ("DELETE FROM t WHERE 1=1", &["change", "erase"]),
            ("delete from t where true", &["change", "erase"]),
            ("delete from t using (select 1 where x = 2) q", &["change", "erase"]),
            ("drop table t", &["change", "erase"]),
            ("drop schema public cascade", &["change", "erase"]),
            ("alter table t drop column c", &["change", "erase"]),
            ("truncate t", &["change", "erase"]),
            ("select 1; drop database d", &["query", "change", "erase"]),
            ("with x as (delete from t returning *) select * from x", &["query", "erase"]),
            ("with x as (delete from t where a = 1 returning *) select * from x", &["query", "change"]),
            ("explain analyze delete from t", &["query", "erase"]),
            ("grant select, delete on t to u", &["privilege"]),
            ("revoke all on t from u", &["weaken"]),
            ("alter role u superuser", &["privilege", "change"]),
            ("create user u password 'x'", &["privilege", "change"]),
            ("set global local_infile = 1", &["query", "change"]),
            ("pragma journal_mode = wal", &["query", "change"]),
            ("select * into u from t", &["query", "change"]),
            ("select pg_terminate_backend(3)", &["query", "change"]),
        ],
    );
}

#[test]
fn reaches_out() {
    table(
        Sql,
        &[
            ("\\! id", &["shell id"]),
            (".shell id -u", &["shell id -u"]),
            (".system 'id'", &["execute helper"]),
            ("select 1 \\! rm -rf x; ls", &["query", "shell rm -rf x; ls"]),
            ("copy (select 1) to program 'sh'", &["execute helper"]),
            ("COPY t FROM PROGRAM 'curl x'", &["execute helper"]),
            ("copy t to '/tmp/x'", &["query", "write /tmp/x"]),
            ("copy t from '/etc/passwd'", &["change", "read /etc/passwd"]),
            ("\\copy t to 'out.csv' csv", &["query", "write out.csv"]),
            ("\\copy t from program 'x'", &["execute helper"]),
            ("\\o out.txt", &["write out.txt", "query"]),
            ("\\o |sh", &["piped sh", "query"]),
            ("select 1 \\g out.txt", &["query", "write out.txt"]),
            ("\\i x.sql", &["read x.sql", "unknown"]),
            (".read x.sql", &["read x.sql", "unknown"]),
            (".output dump.sql", &["write dump.sql"]),
            (".output dump.sql\n.dump", &["write dump.sql", "query"]),
            (".once -x", &["execute helper"]),
            (".once |sh", &["piped sh"]),
            (".import a.csv t", &["change", "read a.csv"]),
            (".load ./evil", &["execute helper"]),
            (".backup /tmp/x", &["write /tmp/x"]),
            ("select load_extension('./x')", &["query", "execute helper"]),
            ("select pg_read_file('/etc/passwd')", &["query", "reveal"]),
            ("select \"pg_read_file\"('/etc/passwd')", &["query", "reveal"]),
            ("select writefile('out', x) from t", &["query", "write out"]),
            ("select 1 into outfile '/tmp/x'", &["query", "change", "write /tmp/x"]),
            ("attach 'other.db' as o", &["query", "write other.db"]),
            ("exec xp_cmdshell 'dir'", &["query", "unknown", "unknown", "execute helper"]),
            ("system id", &["shell id"]),
            ("load data local infile '/etc/passwd' into table t", &["change", "read /etc/passwd"]),
            ("vacuum into 'x.db'", &["change", "write x.db"]),
            ("\\set x `id`", &["execute helper"]),
        ],
    );
}

#[test]
fn never_a_mere_query() {
    never_plain(Sql, &["select '\\'; drop table t; -- '", "select 1--1;drop table t"]);
    for code in [
        "select '\\'; drop table t; -- '",
        "select 1--1;drop table t",
        "select /*! 1; drop table t */",
        "/* /* */ drop table t; */",
        "select `a;drop table t;`",
        "select [']; drop table t; --']",
        "do $$ begin end $$",
        "select $x$ drop $x$",
        "call p()",
        "execute q",
        "prepare q as drop table t",
        "delimiter x\nselect 1x",
        "\\gexec",
        "select 1 \\gexec",
        ".sh id",
        "\\d; drop table t",
        ".tables ; drop table t",
        "select 1\ngo\n.shell id",
        "handler t open",
        "select '",
        "# '\ndrop table t; -- '",
        "select dblink_exec('x')",
        "select query_to_xml('drop', true, true, '')",
        "create extension x",
        "create function f() returns int language c as 'x'",
    ] {
        assert_ne!(super::found(Sql, code), ["query database"], "{code:?}");
    }
}

#[test]
fn names_in_brackets_and_quotes_are_names() {
    table(
        Sqlite,
        &[
            ("select [a;b], \"c--d\", `e/*f` from [g'h]", &[]),
            ("select [edit]('a', 'x')", &["execute helper"]),
            ("select 1 as [a/*b], edit('a', 'x') -- */", &["execute helper"]),
            ("select 1 as [a'b], [Edit] ('a', 'x') -- '", &["execute helper"]),
            ("select [writefile]('out', 'x')", &["write out"]),
            ("select * from 'fsdir'('/')", &["reveal"]),
            ("with a(b) as (select 1), c(d, e) as not materialized (select 1, 2) select count(*) from a, c", &[]),
            ("select * from pragma_table_info('t') where name like ('a%') and typeof(type) in ('text')", &[]),
            ("select max(a) filter (where b > 1) over (partition by (c) order by (d)) from t", &[]),
        ],
    );
    table(
        Sql,
        &[
            ("select [xp_cmdshell]", &["query", "execute helper"]),
            ("select [edit](1)", &["query", "execute helper"]),
            ("select a[1], array[['x', 'y'], ['z', 'w']]", &["query"]),
            ("select pg_relation_size('t')", &["query"]),
            ("select pg_stat_reset()", &["query", "change"]),
            ("set profiling_output = 'x'", &["query", "unknown"]),
        ],
    );
}

#[test]
fn what_is_read_in_two_ways_is_not_known() {
    for code in [
        "select [a/*b], xp_cmdshell('x') -- */]",
        "select 1 as [a--]\n], edit('x') --]",
        "select [a]]', xp_cmdshell] from t -- ']",
        "select [$$]], edit(1) $$]",
        "select U&\"pg\\005fread_file\"('x')",
        "select\u{feff}edit('a', 'x')",
    ] {
        assert_ne!(super::found(Sql, code), ["query database"], "{code:?}");
    }
    never_plain(
        Sqlite,
        &[
            "select $a('), edit('a', 'x') -- ')",
            "select :a::b('), edit('a', 'x') -- ')",
            "select @a('), edit('a', 'x') -- ')",
            "select #a('), edit('a', 'x') -- ')",
            "select\u{feff}edit('a', 'x')",
            "select sha3_query('x')",
            "select made_up(b + 1) as (c)",
            "select [no end",
        ],
    );
}
