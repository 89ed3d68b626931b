//! Lua and PHP of which it is sure that it only computes.

use super::super::only_computes;
use guardian_rules::Role::{Lua, Php};

const LUA: &[&str] = &[
    "",
    "print(1+1)",
    "print(_VERSION)",
    "print(string.format(\"%05.2f\", 3.14159))",
    "local t = {3,1,2}; table.sort(t); print(table.concat(t, \",\"), t[1])",
    "print((\"abc\"):upper(), #\"abc\", 7 // 2, 1 .. 2)",
    "print(os.time(), os.date('%Y'))",
    "io.write('x', \"\\n\")",
    "local n = tonumber(\"12\") if n > 3 and not false then print('\\'y\\'') else print(nil) end",
    "print(math.floor(2.7), math.pi, 3 ~= 4, 5 & 6)",
    "print(io.read(\"a\"):len())",
    "print(string.gsub(\"a.b\", \"%.\", \"/\"))",
    "print 'system(1); os.execute(2)'",
];

#[test]
fn lua_that_computes() {
    for code in LUA {
        assert!(only_computes(Lua, code), "{code}");
    }
}

const NOT_LUA: &[&str] = &[
    "os.execute('id')",
    "os . execute 'id'",
    "os[\"execute\"]('id')",
    "local o = os o.execute('id')",
    "local os = os; os.time()",
    "print(1 ..os.getenv('HOME'))",
    "print(1..os.getenv('HOME'))",
    "print(\"a\"..os.getenv'HOME')",
    "io.open('x', 'w')",
    "io.popen('id')",
    "for l in io.lines('/etc/passwd') do print(l) end",
    "io.output('x')",
    "io.write(io.open('x'))",
    "os.remove('x')",
    "os.exit()",
    "_G.os.execute('id')",
    "_G['o'..'s']",
    "_ENV.os.execute('id')",
    "local _ENV = {} os.execute()",
    "load('os.execute(\"id\")')()",
    "loadstring('x')()",
    "load = 1 load('x')",
    "local load = load; load('x')",
    "dofile('x.lua')",
    "require 'x'",
    "require('os').execute('id')",
    "package.loadlib('x', 'y')",
    "debug.debug()",
    "string.gsub('x', 'x', os.execute)",
    "string.gsub('id', '.*', load)",
    "getmetatable('').__index = nil",
    "getfenv(0).os.execute('id')",
    "setmetatable(_G, {})",
    "print(arg[1])",
    "function f() return f() end",
    "print(function() end)",
    "while true do end",
    "repeat until false",
    "::a:: goto a",
    "for i = 1, math.huge do end",
    "s = ('x'):rep(999999)",
    "--[[ ]] os.execute('id')",
    "-- print\nos.execute('id')",
    "print([[x]]) os.execute('id')",
    "print([==[ ]==])",
    "print('\\\nos.execute(1)')",
    "print('a\n')",
    "{ os = 1 } os.execute('id')",
    "local t = { os = 1 } os.execute('id')",
    "local t = { x = os }",
    "local t = { os.execute('id') }",
    "local t = { [1] = load }",
    "local t = {} ; load = load ; load('x')",
    "local t = { {a = 1}, os = load }",
    "t = {}, load = 1",
    "for os in pairs({}) do end os.execute('id')",
    "x = y",
    "évil()",
    "local x <close> = y",
    "print\u{a0}(1)",
    "loadlib('x', 'y'); loadlib = 1",
    "print(1e9)",
    "collectgarbage('step')",
    "jit.off()",
    "local ffi = ffi",
    "xpcall(print, load)",
    "coroutine.wrap(load)('x')",
    "for i=1,100000000000000 do print(i) end",
    "for _ in os.time do io.write('x') end",
    "('x')['rep']('x', 10000000000)",
    "local k = 'rep' local f = ('x')[k] f('x', 10000000000)",
];

#[test]
fn lua_that_may_do_more() {
    for code in NOT_LUA {
        assert!(!only_computes(Lua, code), "{code}");
    }
}

const PHP: &[&str] = &[
    "echo 1;",
    "echo json_encode([1,2,3]);",
    "echo PHP_VERSION, \"\\n\";",
    "$a = [3,1,2]; sort($a); print_r($a);",
    "echo date(\"Y-m-d\", 0);",
    "$x = 5; echo \"x is $x\\n\";",
    "var_dump((int) '12' === 12, 1 . 'x', 1.5, !true);",
    "echo strtoupper('it\\'s system(1)');",
    "if (extension_loaded('curl')) echo 'yes'; else echo 'no';",
    "print(md5('a'));",
    "echo $argv[1] ?? 'none';",
    "echo strlen($x) ? 'a' : 'b';",
    "echo intdiv(7, 2) % 3, 2 ** 3, -1;",
    "$m = []; preg_match('/a(b)/', 'ab', $m); var_dump($m);",
    "echo \"costs \\$5\", '$HOME', \"100$\";",
];

#[test]
fn php_that_computes() {
    for code in PHP {
        assert!(only_computes(Php, code), "{code}");
    }
}

const NOT_PHP: &[&str] = &[
    "system('id');",
    "SYSTEM('id');",
    "\\system('id');",
    "echo `id`;",
    "echo \"`id`\", `id`;",
    "$f = 'system'; $f('id');",
    "$f = 'system'; $f ('id');",
    "$f = 'system'; $f/**/('id');",
    "'system'('id');",
    "('sys'.'tem')('id');",
    "[1]('id');",
    "$a = ['system']; $a[0]('id');",
    "$a['x']{0}('id');",
    "echo \"{$f('id')}\";",
    "echo \"${system('id')}\";",
    "echo \"\\{$f('id')}\";",
    "echo \"$x->y\";",
    "echo \"$_ENV[TOKEN]\";",
    "echo $_SERVER['TOKEN'];",
    "print_r($GLOBALS);",
    "$$x = 1;",
    "${'x'} = 1;",
    "echo getenv('TOKEN');",
    "phpinfo();",
    "array_map('system', ['id']);",
    "usort($argv, 'system');",
    "call_user_func($argv[1], $argv[2]);",
    "preg_replace('/x/e', 'system(1)', 'x');",
    "preg_replace_callback('/x/', 'system', 'x');",
    "filter_var('id', FILTER_CALLBACK, ['options' => 'system']);",
    "assert('system(1)');",
    "create_function('', 'system(1);');",
    "eval($argv[1]);",
    "include 'x.php';",
    "require_once('x.php');",
    "new SplFileObject('x', 'w');",
    "echo 1 ?> x <?php system('id');",
    "echo 1; // ?> x <?php system('id');",
    "echo 1; # x\nsystem('id');",
    "echo 1; /* x */ system('id');",
    "echo <<<A\n{$f('id')}\nA;",
    "file_put_contents('x', 'y');",
    "echo file_get_contents('/etc/passwd');",
    "unlink('x');",
    "fopen('x', 'w');",
    "$f = strlen(...); $f('x');",
    "(function() { system('id'); })();",
    "$f = fn($x) => system($x);",
    "A::b();",
    "$o->m();",
    "$o?->m();",
    "namespace a; use function system as strlen; strlen('id');",
    "function strlen() {}",
    "goto a;",
    "while (true);",
    "for (;;);",
    "foreach ($a as &$v) { $a[] = 1; }",
    "foreach ($a as $k => &$v) { $a[] = 1; }",
    "echo str_repeat('x', 1e9);",
    "extract($argv); parse_str($x);",
    "mail('x@c2.example', 'a', 'b');",
    "ini_set('x', 'y');",
    "dl('x.so');",
    "header('x'); setcookie('x');",
    "é('id');",
    "$é('id');",
    "strlené('id');",
    "$a\u{e9} = 1;",
    "declare(ticks=1);",
    "b'x';",
    "exit(system('id'));",
    "constant('X');",
    "@system('id');",
    "print_r(get_defined_vars());",
    "putenv('A=b');",
    "$a=[[1]]; foreach ($a as [&$x]) { $a[]=[1]; }",
    "foreach ([1,2] as $v) { echo $v; }",
];

#[test]
fn php_that_may_do_more() {
    for code in NOT_PHP {
        assert!(!only_computes(Php, code), "{code}");
    }
}
