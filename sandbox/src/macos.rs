//! The profile of macOS Seatbelt for a box.
