//! Names under which Python looks for modules of its own library, and what in a folder would be taken in their place.
//!
//! An import searches the folder of the script, or the working directory behind `-c`, `-m` and standard input, before the
//! library ("The initialization of the sys.path module search path"). What a module imports in turn is looked for in the
//! same places, and Python 3.13 imports some even to run a line that imports nothing.

/// Whether Python would take a file of this name for a module of its library.
#[must_use]
pub fn is_library_file(name: &str) -> bool {
    name.split_once('.').is_some_and(|(stem, rest)| {
        let suffix = rest.rsplit('.').next().unwrap_or_default();
        SUFFIXES.iter().any(|known| known.eq_ignore_ascii_case(suffix)) && is_library_module(stem)
    })
}

/// Whether a folder of this name would be taken for a module of the library, if it holds a file `__init__`.
#[must_use]
pub fn is_library_module(name: &str) -> bool {
    // A file system may not tell capitals from small letters.
    MODULES.iter().any(|module| module.eq_ignore_ascii_case(name))
}

/// What files of modules end in, in any of the systems.
const SUFFIXES: &[&str] = &["py", "pyc", "pyo", "pyw", "so", "pyd", "dll", "dylib", "sl"];

/// What the modules that are described import, directly or not, of Python 2.7, 3.8 to 3.13 and PyPy.
#[rustfmt::skip]
const MODULES: &[&str] = &[
    "ConfigParser", "Cookie", "HTMLParser", "Queue", "StringIO", "UserDict", "_LWPCookieJar", "_MozillaCookieJar",
    "__builtin__", "__future__", "_abc", "_aix_support", "_ast", "_asyncio", "_bisect", "_blake2", "_bootlocale",
    "_bootsubprocess", "_bz2", "_cffi_ssl", "_codecs", "_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp",
    "_codecs_kr", "_codecs_tw", "_collections", "_collections_abc", "_colorize", "_compat_pickle", "_compression",
    "_contextvars", "_csv", "_ctypes", "_ctypes_test", "_curses", "_curses_cffi", "_curses_panel", "_datetime",
    "_dbm", "_decimal", "_dummy_thread", "_elementtree", "_frozen_importlib", "_frozen_importlib_external",
    "_functools", "_gdbm", "_hashlib", "_heapq", "_immutables_map", "_imp", "_io", "_ios_support", "_json", "_locale",
    "_lzma", "_lzma_cffi", "_markupbase", "_md5", "_multibytecodec", "_multiprocessing", "_opcode",
    "_opcode_metadata", "_operator", "_osx_support", "_overlapped", "_pickle", "_posixshmem", "_posixsubprocess",
    "_pwdgrp_cffi", "_py_abc", "_pydatetime", "_pydecimal", "_pypy_datetime", "_pypy_generic_alias", "_pypy_openssl",
    "_pypy_testcapi", "_pypy_util_build", "_pypy_util_cffi", "_pypy_util_cffi_inner", "_pyrepl", "_queue", "_random",
    "_resource_build", "_scproxy", "_sha1", "_sha2", "_sha256", "_sha3", "_sha512", "_signal", "_sitebuiltins",
    "_socket", "_sqlite3", "_sre", "_ssl", "_stat", "_statistics", "_string", "_strptime", "_struct", "_structseq",
    "_suggestions", "_sysconfig", "_thread", "_threading", "_threading_local", "_tkinter", "_tokenize",
    "_tracemalloc", "_typing", "_uuid", "_warnings", "_weakref", "_weakrefset", "_winapi", "_winreg", "_wmi",
    "_zoneinfo", "abc", "aifc", "argparse", "array", "ast", "asyncio", "atexit", "audioop", "base64", "bdb",
    "binascii", "bisect", "bz2", "cPickle", "cStringIO", "calendar", "cffi", "cgi", "chunk", "cmath", "cmd", "code",
    "codecs", "codeop", "collections", "colorsys", "concurrent", "configparser", "contextlib", "contextvars",
    "cookielib", "copy", "copy_reg", "copyreg", "csv", "ctypes", "ctypes_config_cache", "ctypes_support", "curses",
    "dataclasses", "datetime", "decimal", "difflib", "dis", "distutils", "doctest", "dummy_thread", "dummy_threading",
    "email", "encodings", "enum", "errno", "fcntl", "fnmatch", "fractions", "ftplib", "functools", "future_builtins",
    "gc", "genericpath", "getopt", "getpass", "gettext", "glob", "greenlet", "grp", "gzip", "hashlib", "heapq",
    "hmac", "html", "htmlentitydefs", "http", "httplib", "identity_dict", "imghdr", "imp", "importlib", "inspect",
    "io", "ipaddress", "itertools", "json", "keyword", "lib2to3", "linecache", "locale", "logging", "lzma", "marshal",
    "math", "md5", "mimetools", "mimetypes", "mmap", "msilib", "msvcrt", "multiprocessing", "netrc", "new", "nt",
    "ntpath", "nturl2path", "numbers", "opcode", "operator", "optparse", "os", "pathlib", "pdb", "pickle", "pkgutil",
    "platform", "plistlib", "posix", "posixpath", "pprint", "pwd", "py_compile", "pydoc", "pydoc_data", "pyexpat",
    "pypy_util", "pyrepl", "queue", "quopri", "random", "re", "readline", "repr", "reprlib", "resource", "rfc822",
    "rlcompleter", "runpy", "secrets", "select", "selectors", "sets", "sha", "shlex", "shutil", "signal", "site",
    "sitecustomize", "smtplib", "sndhdr", "socket", "socketserver", "sre_compile", "sre_constants", "sre_parse",
    "ssl", "stackless", "stat", "statistics", "string", "stringold", "stringprep", "strop", "struct", "subprocess",
    "sysconfig", "syslog", "tarfile", "tempfile", "termios", "textwrap", "thread", "threading", "time", "token",
    "tokenize", "tomllib", "tputil", "traceback", "tracemalloc", "tty", "types", "typing", "unicodedata", "unittest",
    "urllib", "urllib2", "urlparse", "usercustomize", "uu", "uuid", "warnings", "wave", "weakref", "webbrowser",
    "winreg", "xml", "xmlrpc", "zipfile", "zipimport", "zlib", "zoneinfo",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_taken_in_place_of_the_library_is_told_from_what_has_a_like_name() {
        for name in
            ["json.py", "Json.py", "re.cpython-311-x86_64-linux-gnu.so", "enum.pyc", "_strptime.py", "token.abi3.so"]
        {
            assert!(is_library_file(name), "{name}");
        }
        for name in ["json", "json.md", "types.d.ts", "myjson.py", "app.py", "string.json", ".py", "calendar.html"] {
            assert!(!is_library_file(name), "{name}");
        }
        assert!(is_library_module("json") && !is_library_module("src"));
    }
}
