//! A session with a database: one statement at a time, in the order asked for.
//!
//! A driver's session owns its connection and answers [`Request`]s until nobody is left to ask. While a cursor is open the session reads rows
//! from it; the first other request ends the cursor.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::calendar::Calendar;
use crate::column::Column;
use crate::error::{Reason, SqlError};
use crate::parameters::Parameter;
use crate::rows::{Fetched, Plan};

/// Where an answer goes. Nobody may be there any more.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, SqlError>>;
/// Rows of texts, as questions about the database itself are answered.
pub(crate) type TextRows = Vec<Vec<Option<String>>>;

/// What became of one execution of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many rows it changed; none when the database does not say.
    pub changed: Option<u64>,
    /// Why it failed.
    pub error: Option<SqlError>,
}

impl Outcome {
    pub(crate) fn changed(rows: u64) -> Self {
        Self { changed: Some(rows), error: None }
    }

    pub(crate) fn failed(error: SqlError) -> Self {
        Self { changed: None, error: Some(error) }
    }
}

/// What needs no statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// Ask whether the database is there.
    Ping,
    /// Begin a transaction.
    Begin,
    /// Keep it.
    Commit,
    /// Undo it.
    Rollback,
    /// Forget what the session was told, for whoever has it next.
    Reset,
}

/// A statement with parameters.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) rows: Vec<Vec<Parameter>>,
    pub(crate) calendar: Calendar,
}

/// A statement with a result.
#[derive(Debug)]
pub(crate) struct Query {
    /// The cursor's number, which no other of the session has.
    pub(crate) cursor: u64,
    pub(crate) statement: Statement,
    pub(crate) fetch_size: u32,
    pub(crate) reply: Reply<Vec<Column>>,
}

/// For the next rows of a cursor.
#[derive(Debug)]
pub(crate) struct Fetch {
    pub(crate) cursor: u64,
    pub(crate) plan: Arc<Plan>,
    pub(crate) max_rows: u32,
    pub(crate) max_bytes: u32,
    pub(crate) reply: Reply<Fetched>,
}

/// What a session is asked.
#[derive(Debug)]
pub(crate) enum Request {
    Text {
        statement: String,
        values: Vec<Option<String>>,
        reply: Reply<TextRows>,
    },
    Control(Control, Reply<()>),
    Execute(Statement, Reply<Vec<Outcome>>),
    Query(Query),
    Fetch(Fetch),
    /// A cursor is not needed any more.
    Close(u64),
}

/// A driver's session.
pub(crate) trait Session {
    /// A question about the database itself; all values are texts.
    async fn text(&mut self, statement: &str, values: &[Option<String>]) -> Result<TextRows, SqlError>;
    /// What needs no statement.
    async fn control(&mut self, control: Control) -> Result<(), SqlError>;
    /// Executes a statement for each row, up to the first that fails.
    async fn execute(&mut self, statement: &Statement) -> Result<Vec<Outcome>, SqlError>;
    /// Answers a query and the fetches that follow. The first request that is for something else.
    async fn query(&mut self, query: Query, requests: &mut mpsc::Receiver<Request>) -> Option<Request>;
}

/// An open cursor.
pub(crate) trait Rows {
    /// The next rows.
    async fn fetch(&mut self, fetch: &Fetch) -> Result<Fetched, SqlError>;
}

/// Answers requests until nobody can ask any more.
pub(crate) async fn run<S: Session>(mut session: S, mut requests: mpsc::Receiver<Request>) {
    let mut next = None;
    let mut in_transaction = false;
    loop {
        let request = match next.take() {
            Some(request) => request,
            None => match requests.recv().await {
                Some(request) => request,
                None => return,
            },
        };
        match request {
            Request::Text { statement, values, reply } => answer(reply, session.text(&statement, &values).await),
            Request::Control(control, reply) => {
                let done = session.control(control).await;
                in_transaction = match control {
                    Control::Begin => done.is_ok(),
                    Control::Ping => in_transaction,
                    Control::Commit | Control::Rollback | Control::Reset => false,
                };
                answer(reply, done);
            }
            Request::Execute(statement, reply) => answer(reply, execute(&mut session, &statement, in_transaction).await),
            Request::Query(query) => next = session.query(query, &mut requests).await,
            Request::Fetch(fetch) => answer(fetch.reply, Err(ended())),
            Request::Close(_) => {}
        }
    }
}

/// Outside a transaction all executions of a batch are kept, or none.
async fn execute<S: Session>(session: &mut S, statement: &Statement, in_transaction: bool) -> Result<Vec<Outcome>, SqlError> {
    if in_transaction || statement.rows.len() < 2 {
        return session.execute(statement).await;
    }
    session.control(Control::Begin).await?;
    let done = session.execute(statement).await;
    let failed = done.as_ref().map_or(true, |outcomes| outcomes.iter().any(|outcome| outcome.error.is_some()));
    match failed {
        // What it failed with says more than that the database is in no mood to undo it.
        true => drop(session.control(Control::Rollback).await),
        false => session.control(Control::Commit).await?,
    }
    done
}

/// Reads rows for whoever fetches them, until the cursor ends or something else is asked for.
pub(crate) async fn serve(cursor: u64, rows: &mut impl Rows, requests: &mut mpsc::Receiver<Request>) -> Option<Request> {
    loop {
        match requests.recv().await? {
            Request::Fetch(fetch) if fetch.cursor == cursor => {
                let fetched = rows.fetch(&fetch).await;
                let more = fetched.as_ref().is_ok_and(|fetched| fetched.more);
                answer(fetch.reply, fetched);
                if !more {
                    return None;
                }
            }
            Request::Close(closed) if closed == cursor => return None,
            Request::Close(_) => {}
            other => return Some(other),
        }
    }
}

/// Whoever asked may have gone: its call ran out of time.
pub(crate) fn answer<T>(reply: Reply<T>, answer: Result<T, SqlError>) {
    drop(reply.send(answer));
}

fn ended() -> SqlError {
    SqlError::new(Reason::Other, "the cursor has ended: all its rows were fetched, or another statement was executed")
}
