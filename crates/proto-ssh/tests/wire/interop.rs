//! Real programs: OpenSSH, dropbear and PuTTY in both roles. Programs that are not installed are skipped with a word.
