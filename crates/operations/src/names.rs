//! Names of secrets that several indexes agree on.
//!
//! Every index gives its names in order, so they leap over each other to the next name they share. What is read grows with
//! the shortest of them and with what is found, not with the longest.

use std::collections::{BTreeSet, VecDeque};

use strongroom_storage::{Id, Names, PAGE, Timestamp, View};

use crate::{Answer, Call, OperationError, Operations};

/// Names read after a leap. Chosen by us: the names of one search are mostly few, and reading some more costs little beside
/// finding the first.
const FEW: usize = 16;

/// The smallest text that sorts after a name.
pub(crate) fn after(name: &str) -> String {
    [name, "\0"].concat()
}

/// The names of one index, read ahead.
pub(crate) struct Stream<'a> {
    /// Where more is to be read; none at the end.
    more: Option<Names<'a>>,
    ahead: VecDeque<String>,
    /// From where on reading would be no leap.
    next: String,
    chunk: usize,
}

impl<'a> Stream<'a> {
    pub(crate) fn of(names: Names<'a>) -> Self {
        Self { more: Some(names), ahead: VecDeque::new(), next: String::new(), chunk: FEW }
    }

    /// Names that are known already, in order.
    pub(crate) fn known(names: impl IntoIterator<Item = String>) -> Self {
        Self { more: None, ahead: names.into_iter().collect(), next: String::new(), chunk: FEW }
    }

    /// How many names are at hand.
    pub(crate) fn ahead(&self) -> usize {
        self.ahead.len()
    }

    /// The first name from `start` on, that one included. What is read for it is taken from `left`, all of that at most
    /// unless nothing is left: then it is one entry.
    async fn from(
        &mut self,
        view: &View,
        project: Id,
        start: &str,
        left: &mut usize,
    ) -> Answer<Option<&str>> {
        let passed = self.ahead.partition_point(|name| name.as_str() < start);
        self.ahead.drain(..passed);
        if let (true, Some(names)) = (self.ahead.is_empty(), self.more) {
            let leaps = self.next.is_empty() || start > self.next.as_str();
            self.chunk = if leaps { FEW } else { (self.chunk * 2).min(PAGE) };
            let wanted = self.chunk.min(*left).max(1);
            let found = view.names(project, names, start, wanted).await;
            self.ahead = found.map_err(OperationError::internal("looking for names"))?.into();
            *left = left.saturating_sub(self.ahead.len());
            if self.ahead.len() < wanted {
                self.more = None;
            }
            self.next = self.ahead.back().map(|last| after(last)).unwrap_or_default();
        }
        Ok(self.ahead.front().map(String::as_str))
    }
}

/// Where a search for the next name ended.
pub(crate) enum Next {
    Name(String),
    /// As much as may be read was read in vain. Every name up to this one is done with.
    Tired(String),
    End,
}

/// Names that stand in one stream at least of each group.
pub(crate) struct Shared<'a> {
    pub(crate) view: &'a View,
    pub(crate) project: Id,
    pub(crate) groups: Vec<Vec<Stream<'a>>>,
}

impl Shared<'_> {
    /// The first shared name from `start` on, that one included. What is read for it is taken from `left`.
    pub(crate) async fn next(&mut self, start: String, left: &mut usize) -> Answer<Next> {
        let mut name = start;
        'leap: loop {
            for group in &mut self.groups {
                let mut first: Option<&str> = None;
                for stream in group {
                    let found = stream.from(self.view, self.project, &name, left).await?;
                    first = [first, found].into_iter().flatten().min();
                }
                let Some(first) = first else { return Ok(Next::End) };
                if first != name {
                    if *left == 0 {
                        return Ok(Next::Tired(name));
                    }
                    name = first.to_owned();
                    continue 'leap;
                }
            }
            return Ok(Next::Name(name));
        }
    }
}

impl Operations {
    /// The names of the project's secrets whose time has come, and which the purge has not reached.
    pub(crate) async fn overdue_names(&self, view: &View, call: &Call) -> Answer<BTreeSet<String>> {
        let past = Timestamp::from_milliseconds(call.now.milliseconds().saturating_add(1));
        let found = view.names_due(call.project(), None, Some(past), usize::MAX).await;
        let names = found.map_err(OperationError::internal("looking for overdue secrets"))?;
        Ok(names.into_iter().flatten().collect())
    }
}
