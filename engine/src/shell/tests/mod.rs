//! Tests of the reader: tables of what is read as what, laws that hold for any text, and the shell itself as oracle.

mod accepted;
mod laws;
mod limits;
mod oracle;
mod plain;
mod printing;
mod problems;
mod shape;
mod words;

pub(super) use shape::shape;
