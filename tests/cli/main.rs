//! Black-box tests of the binary: each on a fresh machine of its own, with nothing of the tester's environment.

mod check;
mod explain;
mod machine;
mod run;
