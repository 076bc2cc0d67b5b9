//! What clients say about their terminals.

use std::os::fd::AsFd;

use rustix::io;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios, Winsize, tcgetattr,
    tcsetattr, tcsetwinsize,
};

use russh::Pty;

/// The size of a terminal, in characters and pixels (RFC 4254 §6.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    columns: u16,
    rows: u16,
    width: u16,
    height: u16,
}

impl Window {
    /// Takes the numbers of a request; what is too large is made to fit.
    pub(crate) fn new(columns: u32, rows: u32, width: u32, height: u32) -> Self {
        let fit = |value: u32| u16::try_from(value).unwrap_or(u16::MAX);
        Self {
            columns: fit(columns),
            rows: fit(rows),
            width: fit(width),
            height: fit(height),
        }
    }

    /// Tells the terminal, which tells its programs.
    pub(crate) fn apply(self, terminal: impl AsFd) -> io::Result<()> {
        let size = Winsize {
            ws_row: self.rows,
            ws_col: self.columns,
            ws_xpixel: self.width,
            ws_ypixel: self.height,
        };
        tcsetwinsize(terminal, size)
    }
}

/// Sets the modes of a `pty-req` (RFC 4254 §8). Those that a pseudo-terminal does not have are passed over.
pub(crate) fn set_modes(terminal: impl AsFd, modes: &[(Pty, u32)]) -> io::Result<()> {
    let mut termios = tcgetattr(&terminal)?;
    for (mode, value) in modes {
        set(&mut termios, *mode, *value);
    }
    tcsetattr(&terminal, OptionalActions::Now, &termios)
}

/// The character that means the end of input.
pub(crate) fn end_of_input(terminal: impl AsFd) -> u8 {
    const CONTROL_D: u8 = 4;
    tcgetattr(terminal).map_or(CONTROL_D, |termios| termios.special_codes[SpecialCodeIndex::VEOF])
}

fn set(termios: &mut Termios, mode: Pty, value: u32) {
    let on = value != 0;
    if let Some(index) = special(mode) {
        // 255 stands for "none", which is 0 here.
        termios.special_codes[index] = u8::try_from(value).ok().filter(|code| *code != 255).unwrap_or(0);
    } else if let Some(flag) = input(mode) {
        termios.input_modes.set(flag, on);
    } else if let Some(flag) = local(mode) {
        termios.local_modes.set(flag, on);
    } else if let Some(flag) = output(mode) {
        termios.output_modes.set(flag, on);
    }
}

fn special(mode: Pty) -> Option<SpecialCodeIndex> {
    Some(match mode {
        Pty::VINTR => SpecialCodeIndex::VINTR,
        Pty::VQUIT => SpecialCodeIndex::VQUIT,
        Pty::VERASE => SpecialCodeIndex::VERASE,
        Pty::VKILL => SpecialCodeIndex::VKILL,
        Pty::VEOF => SpecialCodeIndex::VEOF,
        Pty::VEOL => SpecialCodeIndex::VEOL,
        Pty::VEOL2 => SpecialCodeIndex::VEOL2,
        Pty::VSTART => SpecialCodeIndex::VSTART,
        Pty::VSTOP => SpecialCodeIndex::VSTOP,
        Pty::VSUSP => SpecialCodeIndex::VSUSP,
        Pty::VREPRINT => SpecialCodeIndex::VREPRINT,
        Pty::VWERASE => SpecialCodeIndex::VWERASE,
        Pty::VLNEXT => SpecialCodeIndex::VLNEXT,
        Pty::VDISCARD => SpecialCodeIndex::VDISCARD,
        _ => return None,
    })
}

fn input(mode: Pty) -> Option<InputModes> {
    Some(match mode {
        Pty::IGNPAR => InputModes::IGNPAR,
        Pty::PARMRK => InputModes::PARMRK,
        Pty::INPCK => InputModes::INPCK,
        Pty::ISTRIP => InputModes::ISTRIP,
        Pty::INLCR => InputModes::INLCR,
        Pty::IGNCR => InputModes::IGNCR,
        Pty::ICRNL => InputModes::ICRNL,
        Pty::IXON => InputModes::IXON,
        Pty::IXANY => InputModes::IXANY,
        Pty::IXOFF => InputModes::IXOFF,
        Pty::IMAXBEL => InputModes::IMAXBEL,
        Pty::IUTF8 => InputModes::IUTF8,
        _ => return None,
    })
}

fn local(mode: Pty) -> Option<LocalModes> {
    Some(match mode {
        Pty::ISIG => LocalModes::ISIG,
        Pty::ICANON => LocalModes::ICANON,
        Pty::ECHO => LocalModes::ECHO,
        Pty::ECHOE => LocalModes::ECHOE,
        Pty::ECHOK => LocalModes::ECHOK,
        Pty::ECHONL => LocalModes::ECHONL,
        Pty::NOFLSH => LocalModes::NOFLSH,
        Pty::TOSTOP => LocalModes::TOSTOP,
        Pty::IEXTEN => LocalModes::IEXTEN,
        Pty::ECHOCTL => LocalModes::ECHOCTL,
        Pty::ECHOKE => LocalModes::ECHOKE,
        _ => return None,
    })
}

fn output(mode: Pty) -> Option<OutputModes> {
    Some(match mode {
        Pty::OPOST => OutputModes::OPOST,
        Pty::ONLCR => OutputModes::ONLCR,
        Pty::OCRNL => OutputModes::OCRNL,
        Pty::ONOCR => OutputModes::ONOCR,
        Pty::ONLRET => OutputModes::ONLRET,
        _ => return None,
    })
}
