//! Privileges that activities grant, as SQL names them.

/// Checks names of privileges, which are words of letters, and writes them as a list; the error names the one that is none.
pub fn privilege_list(names: &[String]) -> Result<String, String> {
    let checked: Result<Vec<_>, _> = names.iter().map(|name| privilege(name)).collect();
    Ok(checked?.join(", "))
}

fn privilege(name: &str) -> Result<String, String> {
    let plain = name.chars().all(|c| c.is_ascii_alphabetic() || c == ' ');
    if plain && !name.trim().is_empty() {
        Ok(name.trim().to_ascii_uppercase())
    } else {
        Err(format!("`{name}` is no privilege"))
    }
}
