//! Saved views: the filters and the order of a list, kept by a name; one's own, or everybody's.

use domain::{Micros, ObjectId, audit::Change};

use crate::{
    Cause, Error, Store,
    audit::append,
    db::{Row, Tx, sql},
};

/// The most views that one person keeps, and the most that everybody shares.
const MOST: i64 = 100;

const COLUMNS: &str = "owner_id, page, name, query, saved_by, updated_at";

/// What somebody has kept of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Whose; [`None`] for everybody's.
    pub owner: Option<ObjectId>,
    /// Of which list, such as `sessions`.
    pub page: String,
    /// Its name, unique among the owner's of the page.
    pub name: String,
    /// The query string of the list, without `?`.
    pub query: String,
    /// Who saved it last, by login name.
    pub saved_by: String,
    /// When.
    pub updated_at: Micros,
}

impl Store {
    /// Lists the views that a person sees: their own, then everybody's, each by page and name.
    pub async fn views(&self, person: ObjectId, page: Option<&str>) -> Result<Vec<View>, Error> {
        let mut query = sql!(
            format!("SELECT {COLUMNS} FROM views WHERE owner_id IN (?, ?)"),
            person.0,
            Vec::new()
        );
        if let Some(page) = page {
            query.push(" AND page = ").push_value(page);
        }
        query.push(" ORDER BY length(owner_id) DESC, page, name");
        let rows = self.rows(query).await?;
        rows.into_iter().map(|mut row| read(&mut row)).collect()
    }

    /// Keeps a view, in place of one of the same name. One for everybody writes `view.shared` with the query before and after.
    ///
    /// Fails with [`Error::Invalid`] when the owner keeps 100 already.
    pub async fn put_view(&self, view: View, cause: Cause) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let owner = key(view.owner);
                let before = find(tx, &owner, &view.page, &view.name).await?;
                if before.is_none() {
                    let count = tx
                        .row(sql!("SELECT count(*) FROM views WHERE owner_id = ?", owner.clone()))
                        .await?;
                    if count.ok_or(Error::Corrupt("count"))?.int()? >= MOST {
                        return Err(Error::Invalid("there are 100 saved views already; delete one first"));
                    }
                }
                tx.exec(sql!(
                    "INSERT INTO views(owner_id, page, name, query, saved_by, updated_at) VALUES (?, ?, ?, ?, ?, ?) \
                     ON CONFLICT(owner_id, page, name) DO UPDATE SET query = excluded.query, saved_by = excluded.saved_by, \
                     updated_at = excluded.updated_at",
                    owner,
                    &view.page,
                    &view.name,
                    &view.query,
                    &view.saved_by,
                    view.updated_at.0,
                ))
                .await?;
                if view.owner.is_none() {
                    let after = Some(view.query.clone());
                    tell(tx, &cause, "view.shared", &view, (before.map(|view| view.query), after)).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Takes a view away; tells whether there was one. One of everybody's writes `view.deleted`.
    pub async fn remove_view(
        &self,
        owner: Option<ObjectId>,
        page: String,
        name: String,
        cause: Cause,
    ) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let Some(view) = find(tx, &key(owner), &page, &name).await? else {
                    return Ok(false);
                };
                tx.exec(sql!(
                    "DELETE FROM views WHERE owner_id = ? AND page = ? AND name = ?",
                    key(owner),
                    page,
                    name
                ))
                .await?;
                if owner.is_none() {
                    tell(
                        tx,
                        &cause,
                        "view.deleted",
                        &view,
                        (Some(view.query.clone()), None),
                    )
                    .await?;
                }
                Ok(true)
            })
        })
        .await
    }
}

async fn find(tx: &mut Tx, owner: &[u8], page: &str, name: &str) -> Result<Option<View>, Error> {
    let query = format!("SELECT {COLUMNS} FROM views WHERE owner_id = ? AND page = ? AND name = ?");
    let row = tx.row(sql!(query, owner, page, name)).await?;
    row.map(|mut row| read(&mut row)).transpose()
}

async fn tell(
    tx: &mut Tx,
    cause: &Cause,
    kind: &str,
    view: &View,
    (old, new): (Option<String>, Option<String>),
) -> Result<(), Error> {
    let event = cause
        .event(kind)
        .about(format!("view/{}/{}", view.page, view.name))
        .with_changes(Change::between("query", &old, &new));
    append(tx, &event).await?;
    Ok(())
}

fn key(owner: Option<ObjectId>) -> Vec<u8> {
    owner.map_or_else(Vec::new, |owner| owner.0.as_bytes().to_vec())
}

fn read(row: &mut Row) -> Result<View, Error> {
    let owner = row.bytes()?;
    let owner = if owner.is_empty() {
        None
    } else {
        Some(ObjectId(
            uuid::Uuid::from_slice(&owner).map_err(|_| Error::Corrupt("id"))?,
        ))
    };
    Ok(View {
        owner,
        page: row.text()?,
        name: row.text()?,
        query: row.text()?,
        saved_by: row.text()?,
        updated_at: Micros(row.int()?),
    })
}
