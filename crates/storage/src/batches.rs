//! Reads of batches, newest first, and of single parts of their outcomes.

use crate::engine::{Key, Span};
use crate::records::{BatchPart, BatchRecord, Versioned, decoded};
use crate::view::{missing, until_inclusive};
use crate::{Id, StorageError, Timestamp, View, keys};

/// Parts read in one call. Our choice: a part can be as large as a commit, so only a few are held in memory.
const PARTS_PER_READ: usize = 4;

/// The records to remove of an expired batch.
pub struct ExpiredBatch {
    pub(crate) project: Id,
    pub(crate) id: Id,
    /// Its key in the index by expiry time.
    pub(crate) entry: Key,
    pub(crate) parts: Vec<Key>,
    /// Whether the batch has no other parts.
    pub(crate) is_whole: bool,
}

impl ExpiredBatch {
    /// The number of records to remove.
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

    /// The first `limit` batches of the project that are older than `after`, newest first.
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

    /// The part that contains the outcome at this index; `None` if the batch has fewer outcomes.
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

    /// Records to remove of expired batches in any project, about `limit` of them. Reads only the index, so a batch whose record
    /// is lost or damaged is removed too.
    pub async fn expired_batches(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ExpiredBatch>, StorageError> {
        let all = Span::prefix(keys::batches_by_expire_time());
        let entries = self.range(until_inclusive(all, now, keys::batches_expiring_at), limit).await?;
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

    /// The keys of the first `limit` parts, and whether these are all.
    async fn part_keys(
        &self,
        project: Id,
        batch: Id,
        limit: usize,
    ) -> Result<(Vec<Key>, bool), StorageError> {
        let (mut span, mut parts) = (Span::prefix(keys::batch_parts(project, batch)), Vec::new());
        while parts.len() < limit {
            let most = PARTS_PER_READ.min(limit - parts.len());
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
