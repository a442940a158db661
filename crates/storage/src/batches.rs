//! Reads of batches: the newest first, and of their outcomes only what is asked for.

use crate::engine::{Key, Span};
use crate::records::{BatchPart, BatchRecord, Versioned, decoded};
use crate::view::{missing, through};
use crate::{Id, StorageError, Timestamp, View, keys};

/// Parts read at once. Chosen by us: a part is as large as a commit, and only a few of those shall be held.
const AT_ONCE: usize = 4;

/// What there is to remove of a batch whose time has come.
pub struct ExpiredBatch {
    pub(crate) project: Id,
    pub(crate) id: Id,
    /// Where it stands by its time.
    pub(crate) entry: Key,
    pub(crate) parts: Vec<Key>,
    /// Whether these are all.
    pub(crate) is_whole: bool,
}

impl ExpiredBatch {
    /// How many records there are to remove.
    pub fn records(&self) -> usize {
        self.parts.len() + if self.is_whole { 2 } else { 0 }
    }
}

impl View {
    pub async fn batch(
        &self,
        project: Id,
        batch: Id,
    ) -> Result<Option<Versioned<BatchRecord>>, StorageError> {
        self.record("batch", &keys::batch(project, batch)).await
    }

    /// The first `limit` batches of the project that are older than `after`, the newest first.
    pub async fn batches(
        &self,
        project: Id,
        after: Option<Id>,
        limit: usize,
    ) -> Result<Vec<BatchRecord>, StorageError> {
        let mut span = Span::prefix(keys::batches(project));
        if let Some(after) = after {
            span = span.after(keys::batch(project, after));
        }
        let found = self.range(span, limit).await?;
        found.into_iter().map(|(_, stored)| Ok(decoded("batch", stored)?.record)).collect()
    }

    /// The part with the outcome at this place; none when the batch has fewer.
    pub async fn batch_part(
        &self,
        project: Id,
        batch: Id,
        place: u32,
    ) -> Result<Option<Versioned<BatchPart>>, StorageError> {
        let all = Span::prefix(keys::batch_parts(project, batch));
        let found = self.range(all.after(keys::batch_part(project, batch, place)), 1).await?;
        found.into_iter().next().map(|(_, stored)| decoded("part of a batch", stored)).transpose()
    }

    /// What there is to remove of the first batches, of whatever project, whose time has come: some `limit` records. The
    /// index alone says so, so that a batch whose record is lost or damaged goes as well.
    pub async fn expired_batches(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ExpiredBatch>, StorageError> {
        let all = Span::prefix(keys::batches_by_expire_time());
        let entries = self.range(through(all, now, keys::batches_expiring_at), limit).await?;
        let (mut expired, mut left) = (Vec::new(), limit);
        for (entry, _) in entries {
            if left == 0 {
                break;
            }
            let (project, id) = keys::expiring_batch_at(&entry).ok_or(missing("id of a batch"))?;
            let (parts, is_whole) = self.part_keys(project, id, left).await?;
            let batch = ExpiredBatch { project, id, entry, parts, is_whole };
            left = left.saturating_sub(batch.records());
            expired.push(batch);
        }
        Ok(expired)
    }

    /// Where the first `limit` parts stand, and whether there are no more.
    async fn part_keys(
        &self,
        project: Id,
        batch: Id,
        limit: usize,
    ) -> Result<(Vec<Key>, bool), StorageError> {
        let (mut span, mut parts) = (Span::prefix(keys::batch_parts(project, batch)), Vec::new());
        while parts.len() < limit {
            let most = AT_ONCE.min(limit - parts.len());
            let page = self.range(span.clone(), most).await?;
            let is_last = page.len() < most;
            parts.extend(page.into_iter().map(|(key, _)| key));
            let Some(last) = parts.last().filter(|_| !is_last) else { return Ok((parts, true)) };
            span = span.after(last.clone());
            tokio::task::yield_now().await;
        }
        Ok((parts, false))
    }
}
