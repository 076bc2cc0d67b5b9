//! Objects as documents: apply, get, delete.

use crate::{
    gateway::{Gateway, text},
    house::json_of,
    program::run,
};

#[test]
fn documents_are_applied_whole_or_not_at_all_and_twice_is_once() {
    let gateway = Gateway::start();
    let folder = gateway.folder();
    let file = folder.join("all.yaml");
    let documents = "\
kind: user\nname: carl\nspec:\n  display_name: Carl\n  password: a-long-password\n---\n\
kind: group\nname: operators\nspec:\n  members: [carl]\n---\n\
kind: resource\nname: mill\nspec:\n  type: ssh\n  host: mill.example\n  labels: {env: prod}\n---\n\
kind: secret\nname: mill-password\nspec:\n  value: the-mill-turns\n---\n\
kind: account\nname: miller\nspec:\n  resources: {names: [mill]}\n  secret: mill-password\n---\n\
kind: profile\nname: short\nspec:\n  max_duration_secs: 600\n---\n\
kind: AccessRule\nname: mill\nspec:\n  groups: [operators]\n  resources: {labels: {env: prod}}\n  accounts: [miller]\n  profile: short\n";
    std::fs::write(&file, documents).unwrap();
    let apply = |words: &[&str], input: &str| {
        let path = if input.is_empty() {
            file.to_str().unwrap()
        } else {
            "-"
        };
        run(gateway.cli(&["apply", "-f", path]).args(words), input)
    };
    let actions = |outcome: &crate::program::Outcome| -> Vec<String> {
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let results = json_of(&outcome.out)["results"].clone();
        results
            .as_array()
            .unwrap()
            .iter()
            .map(|result| text(&result["action"]))
            .collect()
    };
    let tried = apply(&["--dry-run"], "");
    assert!(
        tried.code == 0 && tried.out.contains("resource/mill would be created"),
        "{tried:?}"
    );
    assert!(
        tried.out.contains("+ ") && tried.out.contains("mill.example"),
        "it says what: {tried:?}"
    );
    assert_eq!(
        gateway.run(&["get", "resources", "mill"]).code,
        5,
        "nothing was done"
    );
    assert_eq!(actions(&apply(&["-o", "json"], "")), ["created"; 7]);
    assert_eq!(
        actions(&apply(&["-o", "json"], "")),
        ["unchanged"; 7],
        "also the password and the secret"
    );
    let changed = documents.replace("max_duration_secs: 600", "max_duration_secs: 900");
    let tried = apply(&["--dry-run"], &changed);
    assert!(tried.out.contains("profile/short would be changed"), "{tried:?}");
    assert!(
        tried.out.contains("- max_duration_secs: 600") && tried.out.contains("+ max_duration_secs: 900"),
        "{tried:?}"
    );
    assert!(
        !tried.out.contains("the-mill-turns") && !tried.out.contains("a-long-password"),
        "{tried:?}"
    );
    assert_eq!(
        gateway.get("/v1/objects/profile/short")["spec"]["max_duration_secs"],
        600
    );

    // One that is wrong: none is applied. The error names the place.
    let wrong = "kind: resource\nname: kiln\nspec: {type: ssh, host: kiln.example}\n---\nkind: profile\nname: bad\nspec: {max_duration: 3}\n";
    let refused = apply(&[], wrong);
    assert!(
        refused.code == 2 && refused.err.contains("profile/bad") && refused.err.contains("max_duration"),
        "{refused:?}"
    );
    assert_eq!(gateway.run(&["get", "resource", "kiln"]).code, 5);
    let dangling = "kind: account\nname: lost\nspec: {secret: no-such-secret}\n";
    let refused = apply(&[], dangling);
    assert!(
        refused.code == 2 && refused.err.contains("no-such-secret"),
        "{refused:?}"
    );
    for (document, named) in [
        ("kind: resource\nname: 'a b'\nspec: {type: ssh, host: x}\n", "a b"),
        (
            "kind: resource\nname: gopher\nspec: {type: gopher, host: x}\n",
            "gopher",
        ),
        ("kind: user\nname: u\nspec: {password: short}\n", "password"),
        ("kind: user\nname: u\nspec: {ssh_keys: [nonsense]}\n", "user/u"),
        (
            "kind: secret\nname: s\nspec: {form: private_key, value: nonsense}\n",
            "secret/s",
        ),
        ("kind: castle\nname: s\nspec: {}\n", "castle"),
        ("kind: [unclosed\n", "valid"),
        ("", "-"),
    ] {
        let refused = apply(&[], if document.is_empty() { "\n" } else { document });
        assert!(
            refused.code == 2 && refused.err.contains(named),
            "{document}: {refused:?}"
        );
    }

    // What is read can be applied again, and holds no secret.
    for (kind, name) in [
        ("resources", "mill"),
        ("users", "carl"),
        ("access-rules", "mill"),
        ("secret", "mill-password"),
    ] {
        let forms = [
            &["get", kind, name][..],
            &["get", kind, name, "-o", "yaml"],
            &["get", kind, name, "-o", "json"],
            &["get", kind, "-o", "yaml"],
        ];
        for form in forms {
            let document = gateway.print(form);
            assert!(
                !document.contains("the-mill-turns") && !document.contains("argon2"),
                "{document}"
            );
            let applied = actions(&apply(&["-o", "json"], &document));
            let all = applied.iter().all(|action| action == "unchanged");
            assert!(all && !applied.is_empty(), "{form:?}: {document}");
        }
    }
    let listed = gateway.print(&["get", "accounts", "-o", "id"]);
    assert_eq!(listed.trim(), "miller");
    assert_eq!(gateway.run(&["get", "castles"]).code, 2);

    // What others name stays; what nobody names goes.
    for (kind, name) in [
        ("secret", "mill-password"),
        ("account", "miller"),
        ("profile", "short"),
        ("group", "operators"),
    ] {
        let refused = gateway.run(&["delete", kind, name, "-y"]);
        assert!(
            refused.code == 6 && refused.err.contains(name),
            "{kind}/{name}: {refused:?}"
        );
    }
    for (kind, name) in [
        ("access_rule", "mill"),
        ("account", "miller"),
        ("secret", "mill-password"),
        ("profile", "short"),
    ] {
        assert_eq!(
            gateway.run(&["delete", kind, name, "-y"]).code,
            0,
            "{kind}/{name}"
        );
        assert_eq!(
            gateway.run(&["delete", kind, name, "-y"]).code,
            5,
            "{kind}/{name}"
        );
    }
}
