//! `doorward completion`: what a shell needs to complete commands.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::client::{Failure, write_out};

/// Writes the completions of a shell: `source <(doorward completion bash)`
#[derive(Debug, Args)]
pub(crate) struct Completion {
    /// The shell
    shell: Shell,
}

/// Completes ids of running sessions in bash, where the generated part completes words.
const BASH_IDS: &str = r#"
_doorward_ids() {
  if [[ "${COMP_WORDS[1]}" == sessions && "${COMP_CWORD}" -ge 3 && "${COMP_WORDS[COMP_CWORD]}" != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(doorward sessions list -o id -q 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")
  else
    _doorward "$@"
  fi
}
complete -F _doorward_ids -o bashdefault -o default doorward
"#;

impl Completion {
    pub(crate) fn run(self) -> Result<u8, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut super::Doorward::command(),
            "doorward",
            &mut script,
        );
        write_out(&String::from_utf8_lossy(&script))?;
        if self.shell == Shell::Bash {
            write_out(BASH_IDS)?;
        }
        Ok(0)
    }
}
