//! Channels that are opened: sessions, and connections that are forwarded either way.

use bytes::Bytes;
use domain::object::Capability;
use domain::stop::Stop;
use engine::{StrandKind, StrandOpen, Tap};
use serde_json::{Value, json};

use super::channels::{Channel, MOST_PACKET, MOST_WINDOW, Purpose, Side};
use super::data::end_strand;
use super::{Relay, broken, malformed};
use crate::wire::connection::{Open, OpenConfirmation, OpenFailure, OpenFailureReason, Opening, Origin};

/// A channel that may be opened.
enum Wanted {
    /// A session: its strand begins when its purpose is known.
    Session,
    /// A forwarded connection.
    Forward { title: String, detail: Value },
}

/// Why a channel may not be opened.
struct Refusal {
    reason: OpenFailureReason,
    text: &'static str,
}

impl Relay {
    pub(super) async fn channel_open(
        &mut self,
        from: Side,
        open: &Open<'_>,
        payload: &Bytes,
        tap: &Tap,
    ) -> Result<(), Stop> {
        let to = from.other();
        let opening = open.opening().map_err(|error| malformed(from, error))?;
        let wanted = match judge(from, &opening, open, tap) {
            Ok(wanted) => wanted,
            Err(refusal) => return self.refuse_open(from, open, &refusal, tap).await,
        };
        // A session is only a place where something can be started: that is what a lock holds there.
        if tap.gate().is_locked() && !matches!(wanted, Wanted::Session) {
            if self.hold(from, payload).is_some() {
                return Ok(());
            }
            let refusal = Refusal {
                reason: OpenFailureReason::PROHIBITED,
                text: "the session is locked",
            };
            return self.refuse_open(from, open, &refusal, tap).await;
        }
        let mut channel = Channel::new(from, open.sender, open.window, open.max_packet);
        if let Wanted::Forward { title, detail } = wanted {
            let mut strand = StrandOpen::new(StrandKind::Forward, title);
            strand.detail = detail;
            channel.strand = Some(tap.strand(strand).await?);
            channel.purpose = Purpose::Running;
        }
        let Some(number) = self.table.insert(channel) else {
            let refusal = Refusal {
                reason: OpenFailureReason::RESOURCE_SHORTAGE,
                text: "too many channels",
            };
            return self.refuse_open(from, open, &refusal, tap).await;
        };
        let message = Open {
            kind: open.kind,
            sender: number,
            window: open.window.min(MOST_WINDOW),
            max_packet: open.max_packet.min(MOST_PACKET),
            rest: open.rest,
        };
        self.send(to, &message)
    }

    async fn refuse_open(
        &mut self,
        from: Side,
        open: &Open<'_>,
        refusal: &Refusal,
        tap: &Tap,
    ) -> Result<(), Stop> {
        let failure = OpenFailure {
            channel: open.sender,
            reason: refusal.reason,
            description: refusal.text,
        };
        self.send(from, &failure)?;
        let kind: String = open.kind.chars().take(64).collect();
        tap.note(json!({"event": "refused", "channel": kind, "by": from.name(), "text": refusal.text}))
            .await
    }

    pub(super) fn channel_confirmed(
        &mut self,
        from: Side,
        message: &OpenConfirmation<'_>,
    ) -> Result<(), Stop> {
        let asker = from.other();
        let channel = self.opening(from, message.channel)?;
        channel.open = true;
        let end = channel.ends.of_mut(from);
        end.number = message.sender;
        end.window = message.window.into();
        end.max_packet = message.max_packet;
        let granted = message.window.min(MOST_WINDOW);
        let end = channel.ends.of_mut(asker);
        end.granted = granted.into();
        let confirmation = OpenConfirmation {
            channel: end.number,
            sender: message.channel,
            window: granted,
            max_packet: message.max_packet.min(MOST_PACKET),
            rest: message.rest,
        };
        self.send(asker, &confirmation)
    }

    pub(super) async fn channel_failed(&mut self, from: Side, message: &OpenFailure<'_>) -> Result<(), Stop> {
        let asker = from.other();
        let now_us = self.now_us();
        let channel = self.opening(from, message.channel)?;
        let recipient = channel.ends.of(asker).number;
        let text: String = message
            .description
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        channel.outcome.error = if text.is_empty() {
            "it was not opened".to_owned()
        } else {
            text
        };
        end_strand(channel, now_us).await?;
        self.table.remove(message.channel);
        self.send(
            asker,
            &OpenFailure {
                channel: recipient,
                ..*message
            },
        )
    }

    /// Finds a channel that waits for its confirmation from a side.
    fn opening(&mut self, from: Side, number: u32) -> Result<&mut Channel, Stop> {
        let channel = self
            .table
            .get_mut(number)
            .filter(|channel| !channel.open && channel.opener != from);
        channel.ok_or_else(|| broken(from, "an answer for a channel that was not being opened"))
    }
}

/// Decides whether a side may open a channel.
fn judge(from: Side, opening: &Opening<'_>, open: &Open<'_>, tap: &Tap) -> Result<Wanted, Refusal> {
    let prohibited = |text| Refusal {
        reason: OpenFailureReason::PROHIBITED,
        text,
    };
    if open.max_packet == 0 {
        return Err(Refusal {
            reason: OpenFailureReason::CONNECT_FAILED,
            text: "no packet is small enough",
        });
    }
    let unknown = Refusal {
        reason: OpenFailureReason::UNKNOWN_KIND,
        text: "unknown kind of channel",
    };
    let (capability, text) = match (from, opening) {
        (Side::Client, Opening::Session) => return Ok(Wanted::Session),
        (Side::Client, Opening::DirectTcpip { .. } | Opening::DirectStreamlocal { .. } | Opening::Other) => (
            Capability::ForwardLocal,
            "connections may not be forwarded in this session",
        ),
        (
            Side::Target,
            Opening::ForwardedTcpip { .. } | Opening::ForwardedStreamlocal { .. } | Opening::Other,
        ) => (
            Capability::ForwardRemote,
            "connections may not be forwarded back in this session",
        ),
        (Side::Target, Opening::X11 { .. }) => {
            (Capability::ForwardX11, "X11 may not be forwarded in this session")
        }
        (Side::Target, Opening::Agent) => (
            Capability::ForwardAgent,
            "the agent may not be forwarded in this session",
        ),
        // A tunnel carries packets of whole networks, which nothing here can judge.
        _ => return Err(unknown),
    };
    if !tap.allows(capability) {
        return Err(prohibited(text));
    }
    Ok(describe(opening, open.kind))
}

fn describe(opening: &Opening<'_>, kind: &str) -> Wanted {
    let by = |origin: &Origin<'_>| address(origin.address, origin.port);
    let (title, detail) = match opening {
        Opening::DirectTcpip { host, port, origin } => (
            address(host, *port),
            json!({"forward": "local", "origin": by(origin)}),
        ),
        Opening::ForwardedTcpip {
            address: host,
            port,
            origin,
        } => (
            address(host, *port),
            json!({"forward": "remote", "origin": by(origin)}),
        ),
        Opening::DirectStreamlocal { path } => (short(path), json!({"forward": "local"})),
        Opening::ForwardedStreamlocal { path } => (short(path), json!({"forward": "remote"})),
        Opening::X11 { origin } => ("x11".to_owned(), json!({"forward": "x11", "origin": by(origin)})),
        Opening::Agent => ("agent".to_owned(), json!({"forward": "agent"})),
        Opening::Session | Opening::Tunnel | Opening::Other => (short(kind), json!({"forward": "other"})),
    };
    Wanted::Forward { title, detail }
}

/// Writes `host:port`, with brackets where they are needed.
pub(super) fn address(host: &str, port: u32) -> String {
    let host = short(host);
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

fn short(text: &str) -> String {
    text.chars().take(1024).collect()
}
