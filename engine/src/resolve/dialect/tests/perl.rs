//! Perl one-liners.

use super::{never_plain, plain, table};
use guardian_rules::Role::Perl;

#[test]
fn computes() {
    plain(
        Perl,
        &[
            "",
            "print if /c|d|z/",
            "s/a/b/g",
            "print 1+1",
            "print \"$_\\n\" for 1..3",
            "$sum += $_; END {print $sum}",
            "print quotemeta",
            "print scalar(reverse(\"abc\"))",
            "$h{$_}++; END { print \"$_ $h{$_}\\n\" for sort keys %h }",
            "tr/a-z/A-Z/",
            "print join(\",\", map { $_ * 2 } grep { $_ % 2 } 1..9)",
            "print $F[0]",
            "s{a}{b}g; print",
            "print 'system(1)' # exec",
            "my ($a, $b) = split /,/; print $a",
            "printf qq[%s\\n], 3",
            "while (<STDIN>) { print uc }",
            "print $ENV{HOME}",
            "use strict; use List::Util qw(sum); print sum(1,2)",
            "$x = $y / 2; print $x / 3",
            "@x=<>;print@x[0..$#x-3]",
            "print if $. == 2 .. $. == 4",
            "print length($_) > 80 ? \"x\" : \"y\"",
            "my %h = (system => 1); print $h{exec}",
        ],
    );
}

#[test]
fn acts() {
    table(
        Perl,
        &[
            ("system(\"id\")", &["shell id"]),
            ("system 'rm', '-rf', 'a'", &["shell 'rm' '-rf' 'a'"]),
            ("exec $x", &["execute"]),
            ("print `id`", &["shell id"]),
            ("print qx{id}", &["shell id"]),
            ("unlink 'a', 'b'", &["delete a", "delete b"]),
            ("open(my $f, '<', 'a'); print <$f>", &["read a"]),
            ("open(my $f, '>', 'a') or die; print $f 1", &["write a"]),
            ("open my $f, '-|', 'id'", &["shell id"]),
            ("rename 'a', 'b'", &["delete a", "write b"]),
            ("print %ENV", &["reveal"]),
            ("print $ENV{API_TOKEN}", &["reveal variable API_TOKEN"]),
            ("fork while 1", &["exhaust"]),
            ("print <*.c>", &["inspect"]),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn not_known() {
    never_plain(
        Perl,
        &[
            "unlink glob q(*.lock)",
            "eval 'x'",
            "do 'x'",
            "require x",
            "use Evil",
            "open(F, 'id|')",
            "open(F, $x)",
            "s/a/system('id')/e",
            "\"@{[system('id')]}\"",
            "\"$h{system('id')}\"",
            "\"${\\ system('id')}\"",
            "&{'x'}('y')",
            "&x",
            "$x->('y')",
            "X->y",
            "'x'->y",
            "/(?{ system('id') })/",
            "<<X\nX",
            "@ARGV = ('id|'); print <>",
            "push @ARGV, 'id|'",
            "*x = 1",
            "$SIG{ALRM} = 'x'",
            "$ENV{PATH} = 'x'",
            "=x\n\"\n=cut\nsystem('id') #\"",
            "\n=x\n'\n=cut\nsystem('id') #'",
            "print 1 if } /\"/; system('id') #\"",
            "time /\"/; system('id') #\"/",
            "y'a'b",
            "syscall 1",
            "CORE::system('id')",
            "print \"a",
            "q", "dump",
            "socket(S,2,1,6)",
            "@{'x'}",
            "new Foo",
            "sort foo 1",
            "print {$x} 1; foo()",
            "m?x?; $x{a}{b}->()",
            "goto x",
            "sub f { 1 } f()",
            "'\\'",
            "format =",
            "__END__",
            "print <\"@{[system('id')]}\">",
            "<a@{[system('id')]}>",
            "while (1) {fork}",
            "for (1) {unlink}",
            "$x = \"ENV\"; print %$x",
            "$x = \"ENV\"; print $x->{A}",
            "$h{a}{b}",
            "$h{f}(1)",
            "if (1) {} <\"> ; system('id'); <\">",
            "open(my $f, '<:via(X)', 'a')",
            "\"$$x\"",
            "binmode(STDIN, ':via(X)')",
        ],
    );
}
