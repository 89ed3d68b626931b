//! What commands print, as specs say it.

words! {
    /// What a command prints.
    Output {
        /// Anything.
        Text = "text",
        /// Paths below its operands or the working directory, one a line.
        Names = "names",
        /// As `names`, and all that there are, hidden ones too.
        Found = "found",
        /// Absolute paths of programs or files.
        Paths = "paths",
        /// Messages; what it reads holds files, which lie where it writes.
        Unpacked = "unpacked",
        /// Content of files of the workspace, of any of them.
        Contents = "contents",
        /// Messages that tell nothing of what stands in what it reads.
        Quiet = "quiet",
        /// What it reads, so that only who has a key can read it.
        Sealed = "sealed",
        /// Lines of its input.
        Filter = "filter",
        /// Words that never begin with a dash, and of which no more is known.
        Words = "words",
        /// Hashes, and names of refs from `refs/` on.
        Ids = "ids",
        /// Names of refs as people write them, which may begin with a dash: nothing keeps a remote from having such a one.
        Refs = "refs",
        /// Ids of all that there are of a kind, and nothing else.
        All = "all",
        /// Its operands, joined by blanks.
        Operands = "operands",
        /// What its first operand, a format of printf, makes of the others.
        Format = "format",
        /// A number.
        Number = "number",
        /// Numbers, one a line, or none.
        Numbers = "numbers",
        /// Processes that it was told to find, with their numbers.
        Processes = "processes",
        /// All processes that there are, with their numbers: those somebody looks for are found in it.
        Everybody = "everybody",
        /// The folder that its operand lies in.
        Folder = "folder",
        /// The last name of the path that is its first operand, without the ending that its second is.
        Base = "base",
        /// Its input, which was written so that nobody could read it.
        Decoded = "decoded",
        /// Text without end.
        Endless = "endless",
        /// The working directory.
        Directory = "directory",
        /// The root of the repository that the working directory lies in.
        Toplevel = "toplevel",
        /// Lines that begin with a number and a colon.
        Numbered = "numbered",
        /// What stands in front of the first colon of each line of its input.
        Column = "column",
        /// Lines that begin with a hash and a blank.
        Led = "led",
        /// The first word of each line of its input.
        First = "first",
        /// Lines that begin with a number and a blank.
        Counted = "counted",
        /// Numbers with signs between them, in one word that begins with a digit and has no slash.
        Stamp = "stamp",
        /// Its input without some of its characters.
        Fewer = "fewer",
        /// Nothing.
        Nothing = "nothing",
        /// The path of the temporary file or folder that it made.
        Made = "made",
        /// The path of the program that its operand names.
        Program = "program",
        /// Its input, as it is.
        Same = "same",
        /// The path of a folder where the system, or a tool of the user's, has its programs.
        Installed = "installed",
        /// Messages. What it reads, or else what it is given, lies where it writes then.
        Copied = "copied",
        /// The same, in pieces: they lie in files whose names begin with where it writes.
        Pieces = "pieces",
    }
}
