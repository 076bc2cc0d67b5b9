//! The picture: what a recording shows at a moment is what the person in front of the terminal saw at that moment.

use std::{path::Path, process::Command};

use crate::{
    desk::Desk,
    gateway::Gateway,
    program::run,
    tmux::Picture,
    viewer::{Cast, played},
};

/// Every way to colour a cell, one row each.
const COLOURS: &str = r"
for c in 0 1 2 3 4 5 6 7; do printf '\033[3%sm3%s\033[4%sm4%s\033[9%sm9%s\033[10%sm10%s\033[0m ' $c $c $c $c $c $c $c $c; done; echo
for c in 16 21 46 51 88 124 201 226 232 244 255; do printf '\033[38;5;%sm%s\033[0;48;5;%sm  \033[0m' $c $c $c; done; echo
for c in 0 40 80 120 160 200 240; do printf '\033[38;2;%s;100;200m%s\033[48;2;20;%s;60mx\033[0m' $c $c $c; done; echo
for a in 1 2 3 4 5 7 9; do printf '\033[%smattribute %s\033[0m ' $a $a; done; echo
printf '\033[1;3;4;38;5;208;48;2;0;0;80mall at once\033[22;23m less\033[24;39m and less\033[0m\n'
printf '\033[44mto the end of the row\033[K\033[0m\n\033[45m\033[2Kfrom its beginning\033[0m\n'
";

const WIDE: &str = "日本語のテキスト 한국어 中文字符 ok\ne\u{301}a\u{308} nai\u{308}ve x\u{300}\u{301} \u{915}\u{94d}\u{937}\n\
    😀 🚀ok 🏳 ✓ ½ ┌─┐ │ └─┘ ░▒▓█\nＦｕｌｌ ｗｉｄｔｈ ｶﾀｶﾅ half\n";

/// Compares every moment with a replay.
fn compare(desk: &Desk, replay: &str, mut screen_at: impl FnMut(f64) -> screen::Terminal) {
    for moment in &desk.moments {
        let differences = moment.seen.differences(&Picture::of(&screen_at(moment.at)));
        assert!(
            differences.is_empty(),
            "{replay}, {}, at {:.3} s: seen and replayed:\n{}",
            moment.name,
            moment.at,
            differences.join("\n")
        );
    }
}

#[test]
fn a_recording_shows_what_tmux_showed_at_every_moment() {
    let mut desk = Desk::open(80, 24);
    desk.write("colours.sh", COLOURS);
    desk.write(
        "wide.txt",
        &[WIDE, &"日本語".repeat(30), "\n", &"e\u{301}".repeat(50), "\n"].concat(),
    );
    let source: Vec<_> = (1..90)
        .map(|n| {
            format!(
                "int main_{n}(void) {{ return \"日本語 e\u{301} 😀 {n}\"; }} /* {} */\n",
                "x".repeat(n)
            )
        })
        .collect();
    desk.write("file.c", &source.concat());
    desk.write(
        "vimrc",
        "set nocp nu hls is ruler ls=2 enc=utf-8 ttimeoutlen=10 noswapfile\nsyntax on\nset bg=dark\nau VimResized * call writefile([], 'resized-'..&columns)\n",
    );

    desk.line("bash colours.sh");
    desk.shell_moment("colours");
    desk.line("clear; cat wide.txt");
    desk.shell_moment("wide characters");

    desk.line("clear; echo before vim");
    desk.line("vim -u vimrc -i NONE file.c");
    desk.wait_for("main_1(");
    desk.vim_moment("vim");
    desk.tmux.press(&["C-f", "C-f", "C-b", "C-e", "C-e", "j", "j"]);
    desk.vim_moment("scrolled");
    desk.tmux.type_text("12Goüber\u{301}schrift 日本 😀\tafter");
    desk.tmux.press(&["Escape"]);
    desk.tmux.type_text("14G3dd5G4yyP20G2xrZ");
    desk.vim_moment("edited");
    desk.ex("split");
    desk.ex("vsplit");
    desk.tmux.type_text("30Gzt");
    desk.tmux.press(&["C-w", "w"]);
    desk.tmux.type_text("/return\n");
    desk.vim_moment("split, with a search");
    desk.ex("hi Normal ctermfg=252 ctermbg=17 | hi LineNr ctermfg=208 ctermbg=235 | hi Search cterm=bold,underline ctermbg=88");
    desk.tmux.type_text("V4j");
    desk.tmux.press(&["Escape"]);
    desk.vim_moment("256 colours");
    desk.ex(r#"let &t_8f = "\<Esc>[38;2;%lu;%lu;%lum" | let &t_8b = "\<Esc>[48;2;%lu;%lu;%lum" | set termguicolors"#);
    desk.ex("hi Normal guifg=#d0e0f0 guibg=#102030 | hi Comment gui=italic guifg=#7f9f7f | hi String guifg=#ff8040");
    desk.vim_moment("true colour");
    desk.resize_vim(61, 17);
    desk.vim_moment("vim in a smaller window");
    desk.resize_vim(110, 32);
    desk.vim_moment("vim in a larger window");
    desk.ex("only | set wrap! list");
    desk.tmux.type_text("G");
    desk.vim_moment("alone again");
    // As large as at first: else tmux itself joins a row of vim's to the first one of the shell's when it changes screens.
    desk.resize_vim(80, 24);
    desk.vim_moment("as large as at first");
    desk.ex("qa!");
    desk.wait_for("before vim");
    desk.shell_moment("back from vim");

    desk.line("clear; seq -s ' ' 1 40");
    desk.resize(100, 20);
    desk.shell_moment("a wider window");
    desk.resize(52, 20);
    desk.shell_moment("a narrower window");
    desk.line("LESS= less -S file.c");
    desk.moment("less", "file.c");
    desk.tmux.press(&["Space"]);
    desk.tmux.type_text("/main_40\n");
    desk.moment("less, with a search", "main_40");
    desk.tmux.type_text("q");
    desk.shell_moment("back from less");

    // While it runs, and when it is over and on the shelf.
    let (gateway, id) = (&desk.gateway, desk.id.as_str());
    compare(&desk, "the player, while the session runs", |at| {
        played(gateway, id, at)
    });
    desk.line("exit");
    gateway.ended(id);
    compare(&desk, "the player", |at| played(gateway, id, at));
    for form in ["asciicast", "asciicast2"] {
        let cast = Cast::read(&gateway.print(&["sessions", "export", id, "--as", form]));
        compare(&desk, form, |at| cast.at(at));
        assert_eq!(cast.output(), gateway.recorded(id).output, "{form}");
    }
    asciinema_plays(gateway, id);
    println!(
        "{} moments, each the same in the window and in four replays",
        desk.moments.len()
    );
}

/// The program of that name, which reads files of version 2, says exactly what was recorded. It is skipped where it is not installed.
fn asciinema_plays(gateway: &Gateway, id: &str) {
    let file = gateway.folder().join("session.cast");
    let path = file.to_str().unwrap();
    gateway.print(&["sessions", "export", id, "--as", "asciicast2", "-O", path]);
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/asciinema");
    let program = if own.exists() { own } else { "asciinema".into() };
    if Command::new(&program).arg("--version").output().is_err() {
        println!("skipped: asciinema is not installed");
        return;
    }
    let shown = run(
        Command::new(&program)
            .args(["cat", path])
            .env("LC_ALL", "C.UTF-8"),
        "",
    );
    assert_eq!(shown.code, 0, "{shown:?}");
    assert_eq!(shown.out, gateway.recorded(id).output);
}
