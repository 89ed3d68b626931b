//! Launches an approved command in a box no wider than it needs.
