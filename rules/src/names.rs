//! Names, and beginnings of names, that say what a thing is, wherever it lies.

/// What lies in every repository below `.git`, by names that are nothing else's.
#[rustfmt::skip]
pub const CONTROL_FILES: &[&str] = &[
    "config", "HEAD", "index", "packed-refs", "ORIG_HEAD", "FETCH_HEAD", "COMMIT_EDITMSG", "pre-commit", "pre-push", "commit-msg",
    "post-commit", "post-checkout", "post-merge", "prepare-commit-msg",
];

/// What stands in front of what is no file: a picture that is made, text that is drawn (of a file behind `@`), an open
/// descriptor. (ImageMagick, "Image Formats"; ffmpeg-protocols(1))
#[rustfmt::skip]
pub const MADE_PREFIXES: &[&str] = &[
    "xc", "canvas", "gradient", "radial-gradient", "plasma", "fractal", "pattern", "rose", "logo", "wizard", "granite", "netscape",
    "hald", "null", "label", "caption", "pango", "inline", "mpr", "fd", "pipe", "data",
];

/// What stands in front of a file that is removed once it is read.
pub const REMOVING_PREFIXES: &[&str] = &["ephemeral"];

/// What stands in front of a script, of a list of files, of the screen, or of what another program shows.
#[rustfmt::skip]
pub const SCRIPT_PREFIXES: &[&str] = &[
    "msl", "mvg", "vid", "concatf", "x", "win", "screenshot", "show", "print", "scan", "clipboard", "display", "ipfs", "ipns",
];
