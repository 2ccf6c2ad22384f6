//! One statement as every engine takes it: SQL in the words that both speak, and plain values.
//!
//! What is remembered is written once, in `memory`, and not once for each engine. What both speak: `$1` for the first value,
//! `ON CONFLICT (columns) DO UPDATE`, window functions, and whole numbers and texts as the only kinds of columns.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::StoreError;
use super::error::failed;

/// A connection that is in a transaction, or may be.
#[async_trait]
pub trait Connection: Send {
    /// Runs a statement and gives its rows.
    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError>;

    /// Runs a statement and counts the rows it met.
    async fn met(&mut self, statement: Statement) -> Result<u64, StoreError>;

    /// How this engine writes "the elements of the JSON array that is the second value", one in a row.
    fn elements_of_second(&self) -> &'static str;
}

/// What a column holds, or is to hold.
#[derive(Clone, Debug)]
pub enum Value {
    Number(Option<i64>),
    Text(Option<String>),
}

/// SQL with its values.
pub struct Statement {
    pub sql: SqlStr,
    pub values: Vec<Value>,
    /// What is being done, to be read after "could not".
    pub action: &'static str,
}

impl Statement {
    pub fn new(action: &'static str, sql: &'static str) -> Self {
        Self {
            sql: sql.into_sql_str(),
            values: Vec::new(),
            action,
        }
    }

    /// SQL that is put together from texts of ours; nothing that anybody else wrote may be in it.
    pub fn composed(action: &'static str, sql: String) -> Self {
        Self {
            sql: AssertSqlSafe(sql).into_sql_str(),
            values: Vec::new(),
            action,
        }
    }

    /// Gives the next value.
    pub fn with(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    pub fn with_json(self, value: &impl Serialize) -> Result<Self, StoreError> {
        let json = serde_json::to_string(value).map_err(|error| failed("write memory as JSON", error))?;
        Ok(self.with(json))
    }

    pub async fn run(self, db: &mut dyn Connection) -> Result<(), StoreError> {
        db.met(self).await?;
        Ok(())
    }

    pub async fn all<T>(
        self,
        db: &mut dyn Connection,
        read: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        db.rows(self).await?.iter().map(read).collect()
    }
}

/// What a statement found, by the order of its columns.
pub struct Row(pub Vec<Value>);

impl Row {
    /// # Errors
    /// Damage: a statement of ours names texts where texts are.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(Some(text))) => Ok(text),
            _ => Err(failed("read memory", Unexpected("a text"))),
        }
    }

    /// # Errors
    /// See [`Row::text`].
    pub fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        if self.is_empty(column) {
            Ok(None)
        } else {
            self.text(column).map(Some)
        }
    }

    /// # Errors
    /// See [`Row::number`].
    pub fn optional_number(&self, column: usize) -> Result<Option<i64>, StoreError> {
        if self.is_empty(column) {
            Ok(None)
        } else {
            self.number(column).map(Some)
        }
    }

    /// SQLite does not tell of which kind a NULL would be.
    fn is_empty(&self, column: usize) -> bool {
        matches!(self.0.get(column), Some(Value::Text(None) | Value::Number(None)))
    }

    /// # Errors
    /// Damage: a statement of ours names numbers where numbers are.
    pub fn number(&self, column: usize) -> Result<i64, StoreError> {
        match self.0.get(column) {
            Some(Value::Number(Some(number))) => Ok(*number),
            _ => Err(failed("read memory", Unexpected("a number"))),
        }
    }

    pub fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        serde_json::from_str(self.text(column)?)
            .map_err(|error| failed("read memory, which an older or newer Greenlight wrote", error))
    }

    /// A column of milliseconds. Only our own are ever written there, so a value out of range is damage.
    pub fn time(&self, column: usize) -> Result<Option<Timestamp>, StoreError> {
        let Some(Value::Number(ms)) = self.0.get(column) else {
            return Err(failed("read memory", Unexpected("a time")));
        };
        ms.map(Timestamp::from_millisecond)
            .transpose()
            .map_err(|error| failed("read a time from the database", error))
    }
}

/// A column that holds something else than what is written there.
#[derive(Debug, thiserror::Error)]
#[error("{0} was expected in the database")]
struct Unexpected(&'static str);

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Number(Some(yes.into()))
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Number(Some(at.as_millisecond()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

/// What an engine does with statements that stand for themselves, outside a look.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Runs them in one transaction that only reads; the rows of each.
    async fn look_up(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError>;

    /// Runs them in one transaction that writes; the rows of each.
    async fn write_down(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError>;
}

/// Runs them one after the other; the rows of each.
pub async fn in_turn(db: &mut dyn Connection, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
    let mut found = Vec::with_capacity(statements.len());
    for statement in statements {
        found.push(db.rows(statement).await?);
    }
    Ok(found)
}
