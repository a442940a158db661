//! Whose password is checked next. Checking one takes milliseconds of CPU, so requests for it wait in line: one line per
//! client network, served in turn, so that a flood from one network delays no other by more than its own turn.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::ClientNetwork;

/// Limits of a queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueLimits {
    /// Log-ins checked at the same time.
    pub(crate) running: usize,
    /// Log-ins of one network that wait.
    pub(crate) waiting_of_network: usize,
    /// Log-ins that wait in all.
    pub(crate) waiting: usize,
}

/// Networks that are remembered because somebody logged in from them. Chosen by us: 24 bytes each; whoever is forgotten
/// only loses the priority.
const REMEMBERED_NETWORKS: usize = 4_096;

/// The line is full: the caller may try again later.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct QueueFull;

#[derive(Clone)]
pub(crate) struct LogInQueue(Arc<Shared>);

struct Shared {
    limits: QueueLimits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: usize,
    waiting: usize,
    next_ticket: u64,
    by_network: HashMap<ClientNetwork, VecDeque<Waiting>>,
    /// Networks with somebody waiting, each in one of the two, in the order of their turns. Networks that somebody has
    /// logged in from take every second turn: an attacker with many addresses cannot get in front of them.
    familiar: VecDeque<ClientNetwork>,
    unfamiliar: VecDeque<ClientNetwork>,
    unfamiliar_is_next: bool,
    remembered: Remembered,
}

struct Waiting {
    ticket: u64,
    admitted: oneshot::Sender<Turn>,
}

/// The right to check one password. The next one waiting is admitted when it is dropped.
pub(crate) struct Turn(Arc<Shared>);

impl LogInQueue {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self(Arc::new(Shared { limits, state: Mutex::default() }))
    }

    /// Waits for this network's turn.
    pub(crate) async fn turn(&self, network: ClientNetwork) -> Result<Turn, QueueFull> {
        let (ticket, admitted) = match self.0.enter(network)? {
            Entered::Now => return Ok(Turn(self.0.clone())),
            Entered::Waiting(ticket, admitted) => (ticket, admitted),
        };
        // A caller that gives up leaves the line.
        let place = Place { shared: &self.0, network, ticket };
        let turn = admitted.await;
        std::mem::forget(place);
        // The sender was dropped: the place went to a network with fewer in line.
        turn.map_err(|_| QueueFull)
    }

    /// Log-ins waiting.
    pub(crate) fn waiting(&self) -> usize {
        self.0.lock().waiting
    }

    /// Remembers that somebody has logged in from this network.
    pub(crate) fn remember(&self, network: ClientNetwork) {
        self.0.lock().remembered.add(network);
    }
}

enum Entered {
    Now,
    Waiting(u64, oneshot::Receiver<Turn>),
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, network: ClientNetwork) -> Result<Entered, QueueFull> {
        let mut state = self.lock();
        if state.running < self.limits.running && state.waiting == 0 {
            state.running += 1;
            return Ok(Entered::Now);
        }
        let own = state.by_network.get(&network).map_or(0, VecDeque::len);
        if own >= self.limits.waiting_of_network {
            return Err(QueueFull);
        }
        if state.waiting >= self.limits.waiting && !state.displace_longer_than(own + 1) {
            return Err(QueueFull);
        }
        Ok(state.wait(network))
    }

    fn admit_next(self: &Arc<Self>) {
        let next = self.lock().next();
        if let Some(next) = next {
            // A caller that has just given up hands the turn back by dropping it.
            let _ = next.admitted.send(Turn(self.clone()));
        }
    }
}

impl State {
    fn wait(&mut self, network: ClientNetwork) -> Entered {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.waiting += 1;
        let (admitted, answer) = oneshot::channel();
        let line = self.by_network.entry(network).or_default();
        if line.is_empty() {
            let is_familiar = self.remembered.networks.contains(&network);
            if is_familiar { &mut self.familiar } else { &mut self.unfamiliar }.push_back(network);
        }
        line.push_back(Waiting { ticket, admitted });
        Entered::Waiting(ticket, answer)
    }

    /// Takes the next one out of its line and counts it as running.
    fn next(&mut self) -> Option<Waiting> {
        let (first, second) = match self.unfamiliar_is_next {
            true => (&mut self.unfamiliar, &mut self.familiar),
            false => (&mut self.familiar, &mut self.unfamiliar),
        };
        let (network, turns) = match first.pop_front() {
            Some(network) => (network, first),
            None => (second.pop_front()?, second),
        };
        self.unfamiliar_is_next = !self.unfamiliar_is_next;
        let line = self.by_network.get_mut(&network)?;
        let next = line.pop_front();
        match line.is_empty() {
            true => drop(self.by_network.remove(&network)),
            false => turns.push_back(network),
        }
        self.waiting -= usize::from(next.is_some());
        self.running += usize::from(next.is_some());
        next
    }

    /// Makes room by dropping the newest of the longest line, if that line is longer than `length`.
    fn displace_longer_than(&mut self, length: usize) -> bool {
        let longest = self.by_network.iter_mut().max_by_key(|(_, line)| line.len());
        let Some((_, line)) = longest.filter(|(_, line)| line.len() > length) else { return false };
        // The line keeps others, so the network keeps its turn.
        self.waiting -= usize::from(line.pop_back().is_some());
        true
    }

    fn leave(&mut self, network: ClientNetwork, ticket: u64) {
        let Some(line) = self.by_network.get_mut(&network) else { return };
        let before = line.len();
        line.retain(|waiting| waiting.ticket != ticket);
        self.waiting -= before - line.len();
        if line.is_empty() {
            self.by_network.remove(&network);
            self.familiar.retain(|other| *other != network);
            self.unfamiliar.retain(|other| *other != network);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.admit_next();
    }
}

struct Place<'a> {
    shared: &'a Arc<Shared>,
    network: ClientNetwork,
    ticket: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.lock().leave(self.network, self.ticket);
    }
}

/// A bounded set that forgets the oldest.
#[derive(Default)]
struct Remembered {
    networks: HashSet<ClientNetwork>,
    order: VecDeque<ClientNetwork>,
}

impl Remembered {
    fn add(&mut self, network: ClientNetwork) {
        if !self.networks.insert(network) {
            return;
        }
        self.order.push_back(network);
        if self.order.len() > REMEMBERED_NETWORKS
            && let Some(oldest) = self.order.pop_front()
        {
            self.networks.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::task::JoinHandle;

    use super::*;

    const LIMITS: QueueLimits = QueueLimits { running: 1, waiting_of_network: 64, waiting: 100 };

    fn network(number: u32) -> ClientNetwork {
        ClientNetwork::of(Ipv4Addr::from(number + 1).into())
    }

    /// A waiting log-in that appends its network to the log when it is admitted.
    async fn line_up(queue: &LogInQueue, number: u32, log: &Arc<Mutex<Vec<u32>>>) -> JoinHandle<bool> {
        let ended = || log.lock().unwrap().len();
        let before = (queue.waiting(), ended());
        let (queue_of_task, log_of_task) = (queue.clone(), log.clone());
        let task = tokio::spawn(async move {
            let turn = queue_of_task.turn(network(number)).await;
            log_of_task.lock().unwrap().push(number);
            turn.is_ok()
        });
        // Who lines up waits, is rejected, or takes the place of another.
        while (queue.waiting(), ended()) == before {
            tokio::task::yield_now().await;
        }
        task
    }

    #[tokio::test]
    async fn networks_are_served_in_turn() {
        let (queue, log) = (LogInQueue::new(LIMITS), Arc::default());
        let running = queue.turn(network(0)).await.unwrap();
        let mut tasks = Vec::new();
        for number in [1, 1, 1, 1, 2, 3, 2] {
            tasks.push(line_up(&queue, number, &log).await);
        }
        drop(running);
        for task in tasks {
            assert!(task.await.unwrap());
        }
        assert_eq!(*log.lock().unwrap(), [1, 2, 3, 1, 2, 1, 1]);
        assert_eq!(queue.waiting(), 0);
        assert_eq!(queue.0.lock().running, 0);
        assert!(queue.0.lock().by_network.is_empty());
    }

    #[tokio::test]
    async fn a_network_that_somebody_logged_in_from_takes_every_second_turn() {
        let (queue, log) = (LogInQueue::new(LIMITS), Arc::default());
        queue.remember(network(9));
        let running = queue.turn(network(0)).await.unwrap();
        let mut tasks = Vec::new();
        for number in [1, 2, 3, 4, 9, 9] {
            tasks.push(line_up(&queue, number, &log).await);
        }
        drop(running);
        for task in tasks {
            assert!(task.await.unwrap());
        }
        assert_eq!(*log.lock().unwrap(), [9, 1, 9, 2, 3, 4]);
    }

    #[tokio::test]
    async fn a_full_line_rejects_and_a_full_queue_displaces_the_longest_line() {
        let (queue, log) = (LogInQueue::new(LIMITS), Arc::default());
        let running = queue.turn(network(0)).await.unwrap();
        let mut tasks = Vec::new();
        for _ in 0..64 {
            tasks.push(line_up(&queue, 1, &log).await);
        }
        assert_eq!(queue.turn(network(1)).await.err(), Some(QueueFull));
        for number in 2..38 {
            tasks.push(line_up(&queue, number, &log).await);
        }
        assert_eq!(queue.waiting(), 100);
        tasks.push(line_up(&queue, 99, &log).await);
        assert_eq!(queue.waiting(), 100);
        drop(running);
        let mut admitted = 0;
        for task in tasks {
            admitted += usize::from(task.await.unwrap());
        }
        assert_eq!(admitted, 100, "one of the longest line was displaced");
    }

    #[tokio::test]
    async fn a_queue_full_of_single_log_ins_rejects_another() {
        let (queue, log) = (LogInQueue::new(QueueLimits { waiting: 3, ..LIMITS }), Arc::default());
        let _running = queue.turn(network(0)).await.unwrap();
        for number in 1..4 {
            line_up(&queue, number, &log).await;
        }
        assert_eq!(queue.turn(network(9)).await.err(), Some(QueueFull));
    }

    #[tokio::test]
    async fn a_caller_that_gives_up_leaves_the_line() {
        let (queue, log) = (LogInQueue::new(LIMITS), Arc::default());
        let running = queue.turn(network(0)).await.unwrap();
        let given_up = line_up(&queue, 1, &log).await;
        let waits = line_up(&queue, 2, &log).await;
        given_up.abort();
        assert!(given_up.await.is_err());
        assert_eq!(queue.waiting(), 1);
        drop(running);
        assert!(waits.await.unwrap());
        assert!(queue.0.lock().by_network.is_empty() && queue.0.lock().unfamiliar.is_empty());
    }

    #[test]
    fn only_so_many_networks_are_remembered() {
        let mut remembered = Remembered::default();
        for number in 0..10_000 {
            remembered.add(network(number));
        }
        assert_eq!((remembered.networks.len(), remembered.order.len()), (4_096, 4_096));
        assert!(remembered.networks.contains(&network(9_999)) && !remembered.networks.contains(&network(0)));
    }
}
