//! Prepared statements of a connection: their texts, types of parameters, and values that were sent ahead.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde_json::{Value, json};

use crate::{
    sql,
    value::{binary, bit, spelt},
    wire::{Body, Column},
};

/// How much text of prepared statements is remembered; of what is forgotten the text is not known any more.
const REMEMBERED: usize = 16 << 20;

/// How many values may be sent ahead for one statement, and how much is kept of each.
const AHEAD: usize = 256;
const AHEAD_BYTES: usize = 1025;

/// What a client had prepared.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// As it is shown.
    pub(crate) text: String,
    pub(crate) calls: bool,
    /// There are passwords in it, or among its parameters.
    pub(crate) secret: bool,
    hidden: Vec<usize>,
    places: usize,
}

impl Prepared {
    /// Reads a statement's text, or the beginning of one, of which `shown` is what may be shown.
    pub(crate) fn new(text: &str, shown: String) -> Self {
        let masked = sql::masked(text);
        Self {
            text: shown,
            calls: sql::statements(text).first().is_some_and(|one| one.calls),
            secret: masked.is_secret(),
            hidden: masked.parameters.clone(),
            places: sql::places(text),
        }
    }
}

/// The parameters of a statement, as they are shown.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    pub(crate) values: Value,
    /// The places of those that are bytes and no text, and are shown in hexadecimal.
    pub(crate) in_hex: Vec<usize>,
}

impl From<Value> for Parameters {
    fn from(values: Value) -> Self {
        Self {
            values,
            in_hex: Vec::new(),
        }
    }
}

/// A statement at the server.
#[derive(Debug)]
struct Known {
    prepared: Arc<Prepared>,
    /// How many parameters the server counts.
    places: usize,
    /// When it was prepared, as a count.
    age: u64,
    types: Vec<(u8, bool)>,
    columns: Arc<Vec<Column>>,
    /// Values that were sent ahead: their beginning, and how long they are.
    ahead: BTreeMap<u16, (Vec<u8>, usize)>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    known: HashMap<u32, Known>,
    by_age: BTreeMap<u64, u32>,
    bytes: usize,
    last: u64,
    /// What was asked for last, which MariaDB's clients may execute before they know its number.
    newest: Option<Arc<Prepared>>,
}

/// The number that stands for the statement prepared last.
pub(crate) const NEWEST: u32 = u32::MAX;

impl Shelf {
    /// Takes what a client asks to prepare.
    pub(crate) fn asked(&mut self, prepared: Arc<Prepared>) {
        self.newest = Some(prepared);
    }

    /// Takes what the server says of it.
    pub(crate) fn add(&mut self, id: u32, prepared: Arc<Prepared>, places: u16) {
        self.forget(id);
        self.last += 1;
        self.bytes += prepared.text.len();
        self.by_age.insert(self.last, id);
        let known = Known {
            prepared,
            places: places.into(),
            age: self.last,
            types: Vec::new(),
            columns: Arc::default(),
            ahead: BTreeMap::new(),
        };
        self.known.insert(id, known);
        while self.bytes > REMEMBERED {
            let Some((_, oldest)) = self.by_age.first_key_value() else {
                break;
            };
            let oldest = *oldest;
            self.forget(oldest);
        }
    }

    pub(crate) fn forget(&mut self, id: u32) {
        if let Some(known) = self.known.remove(&id) {
            self.bytes -= known.prepared.text.len();
            self.by_age.remove(&known.age);
        }
    }

    /// The connection begins anew.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes a part of a value that is sent ahead of its statement.
    pub(crate) fn ahead(&mut self, body: &[u8], len: usize) {
        let mut body = Body(body.get(1..).unwrap_or_default());
        let (Some(id), Some(place)) = (body.long(), body.short()) else {
            return;
        };
        let Some(known) = self.known.get_mut(&id) else {
            return;
        };
        if known.ahead.len() >= AHEAD && !known.ahead.contains_key(&place) {
            return;
        }
        let (kept, total) = known.ahead.entry(place).or_default();
        let room = AHEAD_BYTES.saturating_sub(kept.len());
        kept.extend(body.0.iter().take(room));
        *total += len.saturating_sub(7);
    }

    /// Values that were sent ahead are not valid any more.
    pub(crate) fn reset(&mut self, id: u32) {
        if let Some(known) = self.known.get_mut(&id) {
            known.ahead.clear();
        }
    }

    /// Gives the columns of the last result of a statement, for rows that are fetched later.
    pub(crate) fn columns(&self, id: u32) -> Arc<Vec<Column>> {
        self.known
            .get(&id)
            .map(|known| Arc::clone(&known.columns))
            .unwrap_or_default()
    }

    pub(crate) fn set_columns(&mut self, id: u32, columns: &[Column]) {
        if let Some(known) = self.known.get_mut(&id) {
            known.columns = Arc::new(columns.to_vec());
        }
    }

    /// Reads a request to execute: what, and with which parameters. `attributes`: names stand beside them.
    pub(crate) fn execute(
        &mut self,
        body: &[u8],
        len: usize,
        attributes: bool,
    ) -> (u32, Arc<Prepared>, Parameters) {
        let whole = body.len() == len;
        let mut body = Body(body.get(1..).unwrap_or_default());
        let id = body.long().unwrap_or(0);
        let flags = body.byte().unwrap_or(0);
        body.take(4);
        let Some(known) = self.known.get_mut(&id) else {
            let newest = self.newest.as_ref().filter(|_| id == NEWEST);
            let prepared = newest.map_or_else(|| unknown(id), Arc::clone);
            let places = prepared.places;
            let values = parameters(
                &mut body,
                &prepared,
                places,
                &mut Vec::new(),
                &BTreeMap::new(),
                whole,
            );
            return (id, prepared, values);
        };
        let mut places = known.places;
        if attributes && (places > 0 || flags & 8 != 0) {
            places = usize::try_from(body.encoded().unwrap_or(0)).unwrap_or(0);
        }
        let ahead = std::mem::take(&mut known.ahead);
        let read = if attributes {
            attributed(&mut body, places, &known.prepared).into()
        } else {
            parameters(
                &mut body,
                &known.prepared,
                places,
                &mut known.types,
                &ahead,
                whole,
            )
        };
        (id, Arc::clone(&known.prepared), read)
    }

    /// Gives what stands behind a number, for a request whose parameters are not read.
    pub(crate) fn find(&self, id: u32) -> Arc<Prepared> {
        let newest = self.newest.as_ref().filter(|_| id == NEWEST);
        let known = self.known.get(&id).map(|known| &known.prepared);
        known.or(newest).map_or_else(|| unknown(id), Arc::clone)
    }
}

fn unknown(id: u32) -> Arc<Prepared> {
    Arc::new(Prepared {
        text: format!("-- prepared as {id}; its text is not known any more"),
        ..Prepared::default()
    })
}

/// Reads the values of parameters: those that are in the body, and those that were sent ahead.
fn parameters(
    body: &mut Body<'_>,
    prepared: &Prepared,
    places: usize,
    types: &mut Vec<(u8, bool)>,
    ahead: &BTreeMap<u16, (Vec<u8>, usize)>,
    whole: bool,
) -> Parameters {
    if places == 0 {
        return Parameters::default();
    }
    let Some(nulls) = body.take(places.div_ceil(8)) else {
        return Parameters::default();
    };
    if body.byte() == Some(1) {
        let each = (0..places).map_while(|_| Some((body.byte()?, body.byte()? & 0x80 != 0)));
        *types = each.collect();
    }
    let (mut values, mut in_hex) = (Vec::new(), Vec::new());
    for place in 0..places {
        let from = body.0.len();
        let value = match (ahead.get(&(place as u16)), types.get(place)) {
            _ if prepared.hidden.contains(&place) => {
                // Its bytes are gone over all the same.
                let (kind, unsigned) = types.get(place).copied().unwrap_or_default();
                if !bit(nulls, place)
                    && !ahead.contains_key(&(place as u16))
                    && binary(body, kind, unsigned).is_none()
                {
                    break;
                }
                Some(json!("***"))
            }
            (Some((kept, total)), _) if *total > kept.len() => {
                let shown = spelt(Some(kept));
                Some(json!(format!(
                    "{} … {total} bytes in all",
                    shown.as_str().unwrap_or_default()
                )))
            }
            (Some((kept, _)), _) => Some(spelt(Some(kept))),
            _ if bit(nulls, place) => Some(Value::Null),
            (None, Some((kind, unsigned))) => binary(body, *kind, *unsigned),
            (None, None) => None,
        };
        let Some(value) = value else { break };
        // Digits are twice as long as what they stand for.
        let long = from - body.0.len() + ahead.get(&(place as u16)).map_or(0, |(kept, _)| kept.len());
        if value
            .as_str()
            .is_some_and(|text| text.starts_with("0x") && text.len() > long)
        {
            in_hex.push(place);
        }
        values.push(value);
    }
    if values.len() < places && !whole {
        values.push(json!(format!("… {} more", places - values.len())));
    }
    Parameters {
        values: values.into(),
        in_hex,
    }
}

/// Reads parameters that have names (MySQL 8, query attributes). Those of the statement come first.
pub(crate) fn attributed(body: &mut Body<'_>, count: usize, prepared: &Prepared) -> Value {
    if count == 0 {
        return Value::Null;
    }
    let Some(nulls) = body.take(count.div_ceil(8)) else {
        return Value::Null;
    };
    if body.byte() != Some(1) {
        return Value::Null;
    }
    let each = (0..count).map_while(|_| {
        let (kind, flags) = (body.byte()?, body.byte()?);
        let name = String::from_utf8_lossy(body.sized()?).into_owned();
        Some((kind, flags & 0x80 != 0, name))
    });
    let types: Vec<_> = each.collect();
    let mut values = Vec::new();
    for (place, (kind, unsigned, name)) in types.iter().enumerate() {
        let value = if bit(nulls, place) {
            Some(Value::Null)
        } else {
            binary(body, *kind, *unsigned)
        };
        let Some(value) = value else { break };
        let value = if prepared.hidden.contains(&place) {
            json!("***")
        } else {
            value
        };
        values.push(if name.is_empty() {
            value
        } else {
            json!({ name: value })
        });
    }
    values.into()
}
