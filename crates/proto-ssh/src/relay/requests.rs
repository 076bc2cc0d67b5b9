//! Requests on channels: what a channel is for, and what the profile allows of it.

use std::borrow::Cow;

use bytes::{BufMut, Bytes, BytesMut};
use domain::object::Capability;
use domain::session::SessionVerb;
use domain::stop::Stop;
use engine::{StrandKind, StrandOpen, Tap, ToHold};
use serde_json::{Value, json};

use super::channels::{Channel, Owed, Pty, Purpose, Shows, Side, Waiting};
use super::data::end_strand;
use super::typing::Typing;
use super::watch::Watch;
use super::{Relay, Verdict, broken, malformed};
use crate::commands;
use crate::files::{Direction, ExecKind, recognise};
use crate::wire::connection::{Ask, ChannelRequest, Failure, PtyRequest, Success};

/// Bytes of a command line that become the title of its strand; the rest is cut.
const MOST_TITLE: usize = 16 << 10;

/// What is done with a request.
enum Judgement {
    /// It goes on.
    Pass,
    /// It goes on, and if it succeeds the channel has its purpose.
    Start(Box<Start>),
    /// The client is told that it failed.
    Refuse(&'static str),
    /// The channel is ended with a word to the user.
    Deny(Cow<'static, str>),
    /// It goes on; a lock holds it in order.
    Input,
    /// A lock swallows it.
    Swallow,
}

/// How a channel starts.
struct Start {
    open: StrandOpen,
    watch: Watch,
    shows: Shows,
    /// Who has to agree first.
    hold: Option<ToHold>,
}

impl Relay {
    pub(super) async fn channel_request(
        &mut self,
        from: Side,
        request: &ChannelRequest<'_>,
        payload: &Bytes,
        tap: &Tap,
    ) -> Result<(), Stop> {
        let now_us = self.now_us();
        let number = request.channel;
        let ask = request.ask().map_err(|error| malformed(from, error))?;
        let channel = self.channel(from, number)?;
        if channel.ends.of(from.other()).closed_out && channel.ends.of(from).closed_out {
            return Ok(());
        }
        if from == Side::Target {
            note_outcome(channel, &ask);
            if request.want_reply {
                self.owe(from, number, Owed::Peer)?;
            }
            return self.in_order(from, number, payload);
        }
        match judge(channel, &ask, tap, now_us) {
            Judgement::Pass => {
                if let (Ask::WindowChange { columns, rows, .. }, Some(strand)) = (ask, &mut channel.strand) {
                    strand.resize(columns, rows).await?;
                    if let Some(typing) = &mut channel.typing {
                        typing.resize(columns, rows);
                    }
                }
                if request.want_reply {
                    self.owe(from, number, Owed::Peer)?;
                }
                self.in_order(from, number, payload)
            }
            Judgement::Start(start) => {
                channel.strand = Some(tap.strand(start.open).await?);
                channel.watch = start.watch;
                channel.shows = start.shows;
                channel.asked = start.hold.is_some();
                let is_judged = channel.shows == Shows::Terminal && !tap.grant().profile.commands.is_empty();
                if let (true, Some(pty)) = (is_judged, &channel.pty) {
                    channel.typing = Some(Box::new(Typing::new(pty)));
                }
                channel.purpose = if request.want_reply {
                    Purpose::Asked
                } else {
                    Purpose::Running
                };
                if request.want_reply {
                    self.owe(from, number, Owed::Purpose)?;
                }
                match start.hold {
                    None => self.input_in_order(number, payload, tap)?,
                    Some(to_hold) => {
                        let waiting = Waiting::Input(Bytes::copy_from_slice(payload));
                        self.wait_in_order(from, number, waiting)?;
                        self.ask(number, to_hold, tap).await?;
                        self.grant(from, number, true)?;
                    }
                }
                self.lock_channel(number, tap)
            }
            Judgement::Refuse(what) => {
                if request.want_reply {
                    self.owe(from, number, Owed::Failure)?;
                    self.settle(from, number)?;
                }
                tap.note(json!({"event": "refused", "request": request.kind, "text": what}))
                    .await
            }
            Judgement::Deny(text) => {
                self.answer_all(number, request.want_reply)?;
                self.deny_channel(number, &text, tap).await
            }
            Judgement::Swallow => {
                if request.want_reply {
                    self.owe(from, number, Owed::Failure)?;
                    self.settle(from, number)?;
                }
                Ok(())
            }
            Judgement::Input => {
                if request.want_reply {
                    self.owe(from, number, Owed::Peer)?;
                }
                self.input_in_order(number, payload, tap)
            }
        }
    }

    /// Passes an answer back to the side that asked.
    pub(super) async fn channel_reply(
        &mut self,
        from: Side,
        number: u32,
        verdict: Verdict,
    ) -> Result<(), Stop> {
        let now_us = self.now_us();
        let asker = from.other();
        let channel = self.channel(from, number)?;
        let end = channel.ends.of_mut(asker);
        if end.closed_out {
            return Ok(());
        }
        let owed = match end.owed.front() {
            Some(owed @ (Owed::Peer | Owed::Purpose)) => *owed,
            Some(Owed::Failure) | None => return Err(broken(from, "an answer that nobody asked for")),
        };
        end.owed.pop_front();
        let recipient = end.number;
        if owed == Owed::Purpose {
            if verdict == Verdict::Success {
                channel.purpose = Purpose::Running;
            } else {
                channel.purpose = Purpose::Unknown;
                "the resource refused it".clone_into(&mut channel.outcome.error);
                end_strand(channel, now_us).await?;
            }
        }
        match verdict {
            Verdict::Success => self.send(asker, &Success { channel: recipient })?,
            Verdict::Failure => self.send(asker, &Failure { channel: recipient })?,
        }
        self.settle(asker, number)
    }

    /// Notes that a side is owed an answer.
    fn owe(&mut self, asker: Side, number: u32, owed: Owed) -> Result<(), Stop> {
        let end = self.channel(asker, number)?.ends.of_mut(asker);
        end.owe(owed)
            .ok_or_else(|| broken(asker, "too many requests without an answer"))
    }

    /// Gives the refusals whose turn has come.
    fn settle(&mut self, asker: Side, number: u32) -> Result<(), Stop> {
        while let Some(channel) = self.table.get_mut(number) {
            let end = channel.ends.of_mut(asker);
            if end.owed.front() != Some(&Owed::Failure) {
                break;
            }
            end.owed.pop_front();
            if !end.closed_out {
                let channel = end.number;
                self.send(asker, &Failure { channel })?;
            }
        }
        Ok(())
    }

    /// Says yes to all that the client waits for, so that it listens to what is said to it instead.
    pub(super) fn answer_all(&mut self, number: u32, and_this: bool) -> Result<(), Stop> {
        let Some(channel) = self.table.get_mut(number) else {
            return Ok(());
        };
        let end = &mut channel.ends.client;
        let count = std::mem::take(&mut end.owed).len() + usize::from(and_this);
        let recipient = end.number;
        for _ in 0..count {
            self.send(Side::Client, &Success { channel: recipient })?;
        }
        Ok(())
    }
}

/// Keeps how a command ended, as the resource says.
fn note_outcome(channel: &mut Channel, ask: &Ask<'_>) {
    match ask {
        Ask::ExitStatus { code } => channel.outcome.exit_code = Some(*code),
        Ask::ExitSignal { name, message, .. } => {
            channel.outcome.signal = Some((*name).to_owned());
            channel.outcome.error = lossy(message, 400);
        }
        _ => {}
    }
}

/// Decides about a request of the client.
fn judge(channel: &mut Channel, ask: &Ask<'_>, tap: &Tap, now_us: u64) -> Judgement {
    match ask {
        Ask::Pty(request) => {
            channel.pty = Some(pty(request));
            Judgement::Pass
        }
        Ask::WindowChange { columns, rows, .. } => {
            if let Some(pty) = &mut channel.pty {
                (pty.columns, pty.rows) = (*columns, *rows);
            }
            Judgement::Pass
        }
        Ask::Shell | Ask::Exec { .. } | Ask::Subsystem { .. } if channel.purpose != Purpose::Unknown => {
            Judgement::Refuse("the channel has its purpose already")
        }
        Ask::Shell if tap.allows(Capability::Shell) => start(interactive(channel, "", "shell")),
        Ask::Shell => deny("shells are not allowed in this session"),
        Ask::Exec { command } => exec(channel, command, tap, now_us),
        Ask::Subsystem { name } => subsystem(name, tap),
        Ask::X11 { .. } if !tap.allows(Capability::ForwardX11) => {
            Judgement::Refuse("X11 may not be forwarded")
        }
        Ask::Agent if !tap.allows(Capability::ForwardAgent) => {
            Judgement::Refuse("the agent may not be forwarded")
        }
        // Like the keys that mean the same.
        Ask::Signal { .. } | Ask::Break { .. }
            if channel.shows == Shows::Terminal && tap.gate().is_locked() =>
        {
            Judgement::Swallow
        }
        Ask::Signal { .. } | Ask::Break { .. } => Judgement::Input,
        _ => Judgement::Pass,
    }
}

fn start(start: Start) -> Judgement {
    Judgement::Start(Box::new(start))
}

fn deny(text: &'static str) -> Judgement {
    Judgement::Deny(text.into())
}

/// A shell or a command, on a terminal if one was asked for.
fn interactive(channel: &Channel, title: &str, request: &str) -> Start {
    let (kind, shows) = match channel.pty {
        Some(_) => (StrandKind::Terminal, Shows::Terminal),
        None => (StrandKind::Command, Shows::Stderr),
    };
    let mut open = StrandOpen::new(kind, title);
    if request == "exec" {
        open.verb = SessionVerb::Exec;
    }
    open.detail = json!({"request": request});
    if let Some(pty) = &channel.pty {
        (open.cols, open.rows) = (pty.columns, pty.rows);
        open.detail = json!({"request": request, "term": pty.term});
    }
    Start {
        open,
        watch: Watch::Nothing,
        shows,
        hold: None,
    }
}

/// A command: by the rules on commands, and by what the session allows.
fn exec(channel: &Channel, command: &[u8], tap: &Tap, now_us: u64) -> Judgement {
    let rules = &tap.grant().profile.commands;
    if rules.is_empty() {
        return runs(channel, command, tap, now_us);
    }
    let facts = commands::read(&String::from_utf8_lossy(command));
    match (
        runs(channel, command, tap, now_us),
        commands::judged(rules, &facts, &lossy(command, MOST_TITLE)),
    ) {
        (Judgement::Start(_), Some(commands::Judgement::Refuse(text))) => Judgement::Deny(text.into()),
        (Judgement::Start(_), Some(commands::Judgement::Hold(_))) if command.len() > MOST_TITLE => {
            deny("the command is too long to be held")
        }
        (Judgement::Start(mut start), Some(commands::Judgement::Hold(to_hold))) => {
            start.hold = Some(to_hold);
            Judgement::Start(start)
        }
        (judgement, _) => judgement,
    }
}

fn runs(channel: &Channel, command: &[u8], tap: &Tap, now_us: u64) -> Judgement {
    let kind = recognise(command);
    let title = lossy(command, MOST_TITLE);
    let way = |direction| match direction {
        Direction::Upload => (Capability::FileUpload, "uploads are not allowed in this session"),
        Direction::Download => (
            Capability::FileDownload,
            "downloads are not allowed in this session",
        ),
    };
    if let Some((capability, text)) = kind.direction().map(way)
        && !tap.allows(capability)
    {
        return deny(text);
    }
    let by_files = matches!(kind, ExecKind::Scp(_) | ExecKind::Sftp | ExecKind::Rsync { .. });
    if !by_files && !tap.allows(Capability::Exec) {
        return deny("single commands are not allowed in this session");
    }
    if kind == ExecKind::Sftp && !may_move_files(tap) {
        return deny("file transfers are not allowed in this session");
    }
    // On a terminal the bytes are not those of a transfer: it is recorded as what it is.
    if channel.pty.is_some() {
        return start(interactive(channel, &title, "exec"));
    }
    let (watch, program) = match kind {
        ExecKind::Scp(command) => (Watch::scp(command), "scp"),
        ExecKind::Sftp => (Watch::sftp(tap), "sftp"),
        ExecKind::Rsync { direction, paths } => (Watch::opaque("rsync", direction, paths, now_us), "rsync"),
        ExecKind::Git { direction, path } => (Watch::opaque("git", direction, vec![path], now_us), "git"),
        ExecKind::Other => return start(interactive(channel, &title, "exec")),
    };
    let mut open = StrandOpen::new(StrandKind::Files, title);
    open.verb = SessionVerb::Exec;
    open.detail = json!({"request": "exec", "protocol": program});
    start(Start {
        open,
        watch,
        shows: Shows::Nowhere,
        hold: None,
    })
}

fn subsystem(name: &str, tap: &Tap) -> Judgement {
    let detail: Value = json!({"request": "subsystem"});
    let title = lossy(name.as_bytes(), 256);
    if name == "sftp" {
        if !may_move_files(tap) {
            return Judgement::Refuse("file transfers are not allowed in this session");
        }
        let mut open = StrandOpen::new(StrandKind::Files, title);
        open.detail = json!({"request": "subsystem", "protocol": "sftp"});
        return start(Start {
            open,
            watch: Watch::sftp(tap),
            shows: Shows::Nowhere,
            hold: None,
        });
    }
    if !tap.allows(Capability::Subsystem) {
        return Judgement::Refuse("subsystems are not allowed in this session");
    }
    let mut open = StrandOpen::new(StrandKind::Command, title);
    open.detail = detail;
    start(Start {
        open,
        watch: Watch::Nothing,
        shows: Shows::Nowhere,
        hold: None,
    })
}

fn may_move_files(tap: &Tap) -> bool {
    tap.allows(Capability::FileUpload) || tap.allows(Capability::FileDownload)
}

fn pty(request: &PtyRequest<'_>) -> Pty {
    Pty {
        term: lossy(request.term.as_bytes(), 64),
        columns: request.columns,
        rows: request.rows,
    }
}

/// Takes bytes of a peer into a text of ours.
fn lossy(bytes: &[u8], most: usize) -> String {
    String::from_utf8_lossy(bytes.get(..most).unwrap_or(bytes)).into_owned()
}

/// Writes an `exit-status` request, RFC 4254 §6.10.
pub(crate) fn exit_status(channel: u32, code: u32) -> Bytes {
    let mut payload = BytesMut::with_capacity(32);
    let mut rest = BytesMut::with_capacity(4);
    rest.put_u32(code);
    let request = ChannelRequest {
        channel,
        kind: "exit-status",
        want_reply: false,
        rest: &rest,
    };
    crate::wire::Encode::encode(&request, &mut payload);
    payload.freeze()
}
