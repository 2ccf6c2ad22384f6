//! Puts deliveries on disk in groups: what arrives while one commit is under way shares the next one.
//!
//! A commit costs a wait for the disk, whatever it holds; so the more are waiting, the cheaper each becomes.

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{Delivery, Received, StoreError};

/// Deliveries that may wait for a commit; more are refused as [`StoreError::Busy`], for GitHub to see and an operator to notice.
const WAITING_MAX: usize = 1024;

/// Deliveries in one commit. Beyond this a commit gets slower for all without getting cheaper for each.
const GROUP_MAX: usize = 128;

/// Bytes of bodies in one commit, unless a single one is larger.
const GROUP_BYTES_MAX: usize = 4 << 20;

/// A delivery that waits for a commit.
pub struct Waiting {
    pub delivery: Delivery,
    pub due_at: Timestamp,
}

/// How an engine writes a group.
#[async_trait]
pub trait WriteGroup: Send + Sync + 'static {
    /// Writes all in one transaction; on disk when it returns. One answer for each, in their order.
    async fn write(&self, group: &[Waiting]) -> Result<Vec<Received>, StoreError>;

    /// What is to be done after a group of this many bytes, before the next one.
    async fn after(&self, bytes: usize);
}

/// The way in to the task that writes.
pub struct Group {
    waiting: mpsc::Sender<Asked>,
}

struct Asked {
    waiting: Waiting,
    answer: oneshot::Sender<Result<Received, StoreError>>,
}

impl Asked {
    fn bytes(&self) -> usize {
        self.waiting.delivery.body.len()
    }
}

impl Group {
    /// Starts the task; it ends when the `Group` is dropped.
    pub fn start(writer: impl WriteGroup) -> Self {
        let (waiting, queue) = mpsc::channel(WAITING_MAX);
        tokio::spawn(write_groups(writer, queue));
        Self { waiting }
    }

    pub async fn receive(&self, delivery: Delivery, due_at: Timestamp) -> Result<Received, StoreError> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { delivery, due_at };
        let asked = Asked { waiting, answer };
        self.waiting.try_send(asked).map_err(|_| StoreError::Busy)?;
        // The task answers everything it took; it only goes away together with the runtime.
        answered.await.unwrap_or(Err(StoreError::Busy))
    }
}

async fn write_groups(writer: impl WriteGroup, mut queue: mpsc::Receiver<Asked>) {
    let mut left_over = None;
    loop {
        let first = match left_over.take() {
            Some(asked) => asked,
            None => match queue.recv().await {
                Some(asked) => asked,
                None => return,
            },
        };
        let mut bytes = first.bytes();
        let mut group = vec![first];
        while group.len() < GROUP_MAX {
            let Ok(next) = queue.try_recv() else { break };
            if bytes + next.bytes() > GROUP_BYTES_MAX {
                left_over = Some(next);
                break;
            }
            bytes += next.bytes();
            group.push(next);
        }
        write_and_answer(&writer, group).await;
        writer.after(bytes).await;
    }
}

async fn write_and_answer(writer: &impl WriteGroup, group: Vec<Asked>) {
    let (group, answers): (Vec<Waiting>, Vec<_>) = group.into_iter().map(|asked| (asked.waiting, asked.answer)).unzip();
    let results: Vec<_> = match writer.write(&group).await {
        Ok(received) => received.into_iter().map(Ok).collect(),
        // One that cannot be written must not take the others down with it.
        Err(StoreError::Failed { .. }) if group.len() > 1 => {
            let mut results = Vec::with_capacity(group.len());
            for alone in group.chunks(1) {
                results.push(writer.write(alone).await.map(|received| received[0]));
            }
            results
        }
        Err(error) => vec![Err(error); group.len()],
    };
    for (answer, result) in answers.into_iter().zip(results) {
        // Who asked may have hung up; the delivery is kept all the same.
        let _ = answer.send(result);
    }
}
