//! What time and traffic demand: new keys, an end to slow exchanges, smaller buffers.

use std::time::Instant;

use super::handshake::Exchange;
use super::{Phase, QUIET, Transport};
use crate::wire::error::WireError;

impl Transport {
    /// When [`next`](Self::next) should be called at the latest, even if nothing comes in.
    ///
    /// An idle transport has no deadline: keys which are due by time are renewed with the next traffic.
    pub fn deadline(&self) -> Option<Instant> {
        let exchange = self
            .exchange_since
            .map(|since| since + self.config.limits().exchange);
        let is_open = matches!(self.phase, Phase::Version | Phase::Packets);
        let quiet = (is_open && self.has_spare()).then(|| self.last_traffic + QUIET);
        match (exchange, quiet) {
            (Some(exchange), Some(quiet)) => Some(exchange.min(quiet)),
            (exchange, quiet) => exchange.or(quiet),
        }
    }

    fn has_spare(&self) -> bool {
        self.inbound.is_spare() || self.outbound.is_spare()
    }

    pub(super) fn keep_house(&mut self, now: Instant) -> Result<(), WireError> {
        let limits = self.config.limits();
        if let Some(since) = self.exchange_since
            && now.saturating_duration_since(since) >= limits.exchange
        {
            return Err(WireError::ExchangeTimeout);
        }
        let was_idle = matches!(self.exchange, Exchange::Idle);
        let traffic = self.inbound.learn();
        if traffic || !self.outbound.buffer.is_empty() {
            self.last_traffic = now;
        } else if self.has_spare() && now.saturating_duration_since(self.last_traffic) >= QUIET {
            self.inbound.shrink();
            self.outbound.shrink();
        }

        if was_idle && self.authenticated && (self.rekey_wanted || self.keys_are_due(traffic, now)) {
            self.start_exchange()?;
        }
        if self.exchange_since.is_none() && !matches!(self.exchange, Exchange::Idle) {
            self.exchange_since = Some(now);
        }
        Ok(())
    }

    /// RFC 4253 §9 and RFC 4344 §3, by the configured limits.
    fn keys_are_due(&self, traffic: bool, now: Instant) -> bool {
        let limits = self.config.limits();
        let (inbound, outbound) = (self.inbound.used(), self.outbound.used());
        inbound.bytes.max(outbound.bytes) >= limits.rekey_bytes
            || inbound.packets.max(outbound.packets) >= limits.rekey_packets
            || (traffic && now.saturating_duration_since(self.keys_since) >= limits.rekey_after)
    }
}
