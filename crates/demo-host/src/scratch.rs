//! The folder that visitors work in, and what they find there.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Files of a new scratch folder. What is there already is left as it is.
const FILES: [(&str, &str); 7] = [
    (".profile", PROFILE),
    (".bashrc", BASHRC),
    (".welcome", WELCOME),
    ("README.txt", README),
    (
        "notes/todo.txt",
        "[x] start the demo\n[ ] watch this session from the console\n[ ] lock it, unlock it, end it\n",
    ),
    (
        "data/customers.csv",
        "id,name,city\n1,Ada,London\n2,Grace,New York\n3,Katherine,Hampton\n4,Hedy,Vienna\n",
    ),
    (
        "logs/app.log",
        "10:00:00 INFO started\n10:00:01 INFO listening\n10:00:07 WARN slow answer (812 ms)\n10:00:09 INFO ok\n",
    ),
];

const PROFILE: &str = r#"# Read by login shells of the demo host.
PS1='demo:$PWD\$ '
if [ -n "$BASH" ] && [ -f "$HOME/.bashrc" ]; then . "$HOME/.bashrc"; fi
if [ -t 1 ] && [ -f "$HOME/.welcome" ]; then cat "$HOME/.welcome"; fi
"#;

const BASHRC: &str = r"# Read by the demo host's bash. Nothing may be printed where nobody is there to read it.
case $- in
*i*) ;;
*) return ;;
esac
PS1='\[\e[1;32m\]demo\[\e[0m\]:\[\e[1;34m\]\w\[\e[0m\]\$ '
alias ls='ls --color=auto'
alias ll='ls -l'
";

const WELCOME: &str = "\nWelcome to the Doorward demo host. This shell is real, and this session is being recorded.\n\
Try:  ls   cat README.txt   vim notes/todo.txt   exit\n\n";

const README: &str = "This folder belongs to the Doorward demo.\n\n\
Everything that is typed and printed here is recorded, and can be watched live in the console.\n\
Files can be copied with sftp, scp and rsync. Change and delete what you like.\n";

/// Makes the folder and its sample files where they are missing; gives its real path.
pub(crate) fn prepare(folder: &Path) -> io::Result<PathBuf> {
    let is_new = !folder.exists();
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let folder = folder.canonicalize()?;
    // Later starts restore what shells need, not the samples that somebody may have deleted.
    for (name, text) in FILES.iter().filter(|(name, _)| is_new || name.starts_with('.')) {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => file.write_all(text.as_bytes())?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(folder)
}
