//! What a caller without a resource is shown.

use engine::protocol::{Lobby, LobbyResource};

/// Writes the list of resources with the lines that reach them.
pub(super) fn text(lobby: &dyn Lobby, address: Option<&(String, u16)>) -> String {
    write(&lobby.person().name, &lobby.resources(), address)
}

fn write(user: &str, resources: &[LobbyResource], address: Option<&(String, u16)>) -> String {
    if resources.is_empty() {
        return format!(
            "Signed in as {}. There is no resource that you may use; ask an administrator.\n",
            clean(user)
        );
    }
    let (host, port) = match address {
        Some((host, 22)) => (host.as_str(), String::new()),
        Some((host, port)) => (host.as_str(), format!("-p {port} ")),
        None => ("GATEWAY", String::new()),
    };
    let width = |of: fn(&LobbyResource) -> &str| {
        resources
            .iter()
            .map(|one| of(one).len())
            .max()
            .unwrap_or(0)
            .min(40)
    };
    let (name_width, kind_width) = (width(|one| &one.name), width(|one| &one.protocol));
    let mut lines = vec![format!(
        "Signed in as {}. Resources that you may use:\n",
        clean(user)
    )];
    for one in resources {
        let (name, kind) = (clean(&one.name), clean(&one.protocol));
        let line = format!(
            "  {name:name_width$}  {kind:kind_width$}  {}",
            clean(&one.description)
        );
        lines.push(line.trim_end().to_owned());
    }
    let first = |wanted: fn(&LobbyResource) -> bool| {
        resources
            .iter()
            .find(|one| wanted(one))
            .map(|one| clean(&one.name))
    };
    lines.push("\nTo reach one:\n".to_owned());
    let user = clean(user);
    if let Some(name) = first(|one| one.protocol == "ssh") {
        let jump = address.map_or(22, |(_, port)| *port);
        let jump = if jump == 22 {
            String::new()
        } else {
            format!(":{jump}")
        };
        lines.push(format!("  ssh {port}{user}%{name}@{host}"));
        lines.push(format!("  ssh -J {user}@{host}{jump} {name}"));
    }
    if let Some(name) = first(|one| one.protocol != "ssh") {
        lines.push(format!("  ssh {port}-N -L 10000:{name}:1 {user}@{host}"));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Names are written by administrators; still nothing of them may steer a terminal.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(name: &str, protocol: &str) -> LobbyResource {
        LobbyResource {
            name: name.into(),
            protocol: protocol.into(),
            description: "what\u{1b}[2J it is".into(),
        }
    }

    #[test]
    fn the_lines_can_be_typed_as_they_stand() {
        let text = write(
            "alice",
            &[resource("web1", "ssh"), resource("pg", "tcp")],
            Some(&("gw".into(), 2222)),
        );
        assert!(text.contains("ssh -p 2222 alice%web1@gw\n"), "{text}");
        assert!(text.contains("ssh -J alice@gw:2222 web1\n"), "{text}");
        assert!(text.contains("-L 10000:pg:1 alice@gw\n"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn one_who_may_use_nothing_is_told_so() {
        assert!(write("bob", &[], None).contains("no resource"));
    }
}
