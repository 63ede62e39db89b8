//! A TCP proxy that fails as networks do: it cuts, goes silent, forgets connections, delays and
//! throttles, without any privilege on the machine.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Read at once: as much as a network gives in a few packets.
const CHUNK: usize = 16 * 1024;
/// Chunks under way on a slow line, in each direction: then the sender waits, as with TCP's window.
const CHUNKS: usize = 64;

/// Where a door leads: the first that answers is taken, beginning with another one each time.
pub(crate) type Targets = Arc<Mutex<Vec<SocketAddr>>>;

/// The targets of one door, in turns: doors to the same places do not all begin with the same one.
struct Turns {
    targets: Targets,
    first: usize,
}

impl Turns {
    /// In which order the connection of this number tries them.
    fn order(&self, number: u64) -> Vec<SocketAddr> {
        let mut order = self.targets.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !order.is_empty() {
            let first = (self.first + number as usize) % order.len();
            order.rotate_left(first);
        }
        order
    }
}

/// How well the line works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// No byte passes, nothing is closed, and nobody is told.
    pub(crate) silent: bool,
    /// Whoever comes is sent away.
    pub(crate) closed: bool,
    /// On the way, in each direction.
    pub(crate) delay: Duration,
    /// Bytes a second in each direction; 0 is no limit.
    pub(crate) rate: u32,
    /// Connections up to this number are cut.
    cut: u64,
    /// Connections up to this number never pass a byte again, and are not closed.
    stranded: u64,
}

/// Who came through last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Passed {
    /// How many connections there were so far.
    pub(crate) count: u64,
    /// Where the last one leads, once it is through.
    pub(crate) to: Option<SocketAddr>,
}

/// A proxy on a port of its own. Dropping it ends all its connections.
pub(crate) struct Door {
    address: SocketAddr,
    line: watch::Sender<Line>,
    passed: watch::Receiver<Passed>,
    _accepting: JoinSet<()>,
}

impl Door {
    pub(crate) async fn open(targets: Targets, first: usize) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (line, lines) = watch::channel(Line::default());
        let (passing, passed) = watch::channel(Passed::default());
        let mut accepting = JoinSet::new();
        let turns = Arc::new(Turns { targets, first });
        accepting.spawn(accept(listener, turns, lines, passing));
        Ok(Self { address, line, passed, _accepting: accepting })
    }

    /// To one place only.
    pub(crate) async fn to(target: SocketAddr) -> anyhow::Result<Self> {
        Self::open(Arc::new(Mutex::new(vec![target])), 0).await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn passed(&self) -> Passed {
        *self.passed.borrow()
    }

    /// Changes how well the line works.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Line)) {
        self.line.send_modify(change);
    }

    /// Everything works again; what is stranded stays so until its ends give up.
    pub(crate) fn heal(&self) {
        self.set(|line| *line = Line { cut: line.cut, stranded: line.stranded, ..Line::default() });
    }

    /// Ends all connections that there are.
    pub(crate) fn cut(&self) {
        let count = self.passed().count;
        self.set(|line| line.cut = count);
    }

    /// Forgets all connections that there are, as a router that was restarted does.
    pub(crate) fn strand(&self) {
        let count = self.passed().count;
        self.set(|line| line.stranded = count);
    }
}

async fn accept(
    listener: TcpListener,
    turns: Arc<Turns>,
    line: watch::Receiver<Line>,
    passing: watch::Sender<Passed>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                if line.borrow().closed {
                    continue;
                }
                // It counts from here on: whoever cuts now means this one as well.
                passing.send_modify(|passed| *passed = Passed { count: passed.count + 1, to: None });
                let number = passing.borrow().count;
                let (turns, line) = (Arc::clone(&turns), line.clone());
                let passing = passing.clone();
                connections.spawn(async move {
                    let ends = line.clone();
                    tokio::select! {
                        // An end that fails ends the other one, and that is all.
                        _ = connect(client, number, &turns, line, &passing) => {}
                        () = cut(ends, number) => {}
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Resolves when the connection is cut.
async fn cut(mut line: watch::Receiver<Line>, number: u64) {
    if line.wait_for(|line| line.cut >= number).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Resolves when bytes may pass.
async fn passable(line: &mut watch::Receiver<Line>, number: u64) -> Line {
    let passes = |line: &Line| !line.silent && line.stranded < number;
    let now = line.wait_for(passes).await.map(|line| *line);
    match now {
        Ok(line) => line,
        Err(_) => std::future::pending().await,
    }
}

async fn connect(
    client: TcpStream,
    number: u64,
    turns: &Turns,
    mut line: watch::Receiver<Line>,
    passing: &watch::Sender<Passed>,
) -> std::io::Result<()> {
    passable(&mut line, number).await;
    for target in turns.order(number) {
        let Ok(server) = TcpStream::connect(target).await else { continue };
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        // Whoever comes through late says nothing of where the next one leads.
        passing.send_modify(|passed| {
            if passed.count == number {
                passed.to = Some(target);
            }
        });
        let ((from_client, to_client), (from_server, to_server)) =
            (client.into_split(), server.into_split());
        let up = pump(from_client, to_server, number, line.clone());
        let down = pump(from_server, to_client, number, line);
        return tokio::try_join!(up, down).map(drop);
    }
    Ok(())
}

/// One direction of a connection.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    number: u64,
    line: watch::Receiver<Line>,
) -> std::io::Result<()> {
    let (queue, mut under_way) = mpsc::channel::<(Instant, Bytes)>(CHUNKS);
    let mut reading = line.clone();
    let read = async move {
        let mut buffer = vec![0; CHUNK];
        loop {
            let delay = passable(&mut reading, number).await.delay;
            let length = from.read(&mut buffer).await?;
            let bytes = Bytes::copy_from_slice(&buffer[..length]);
            if queue.send((Instant::now() + delay, bytes)).await.is_err() || length == 0 {
                return Ok(());
            }
        }
    };
    let mut writing = line;
    let write = async move {
        while let Some((arrives, bytes)) = under_way.recv().await {
            tokio::time::sleep_until(arrives).await;
            let rate = passable(&mut writing, number).await.rate;
            if bytes.is_empty() {
                return to.shutdown().await;
            }
            to.write_all(&bytes).await?;
            if rate > 0 {
                let takes = bytes.len() as f64 / f64::from(rate);
                tokio::time::sleep(Duration::from_secs_f64(takes)).await;
            }
        }
        Ok(())
    };
    tokio::try_join!(read, write).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says everything back.
    async fn echo() -> (SocketAddr, JoinSet<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut socket, _)) = listener.accept().await {
                connections.spawn(async move {
                    let (mut from, mut to) = socket.split();
                    _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        (address, tasks)
    }

    /// Works, on a machine that has other things to do as well.
    const WORKS: Duration = Duration::from_secs(20);
    /// Does not: nothing came for this long.
    const SILENCE: Duration = Duration::from_millis(200);

    async fn says_back(socket: &mut TcpStream, within: Duration) -> bool {
        let said = async {
            socket.write_all(b"hello").await?;
            let mut heard = [0; 5];
            socket.read_exact(&mut heard).await?;
            std::io::Result::Ok(heard == *b"hello")
        };
        matches!(tokio::time::timeout(within, said).await, Ok(Ok(true)))
    }

    async fn door() -> (Door, TcpStream, JoinSet<()>) {
        let (address, tasks) = echo().await;
        let door = Door::to(address).await.unwrap();
        let mut socket = TcpStream::connect(door.address()).await.unwrap();
        assert!(says_back(&mut socket, WORKS).await);
        (door, socket, tasks)
    }

    #[tokio::test]
    async fn a_cut_ends_what_is_there_and_lets_others_in() {
        let (door, mut socket, _echo) = door().await;
        door.cut();
        assert!(!matches!(socket.read(&mut [0]).await, Ok(1..)));
        let mut another = TcpStream::connect(door.address()).await.unwrap();
        assert!(says_back(&mut another, WORKS).await);
        door.set(|line| line.closed = true);
        let mut third = TcpStream::connect(door.address()).await.unwrap();
        assert!(!says_back(&mut third, WORKS).await);
    }

    #[tokio::test]
    async fn what_is_sent_into_the_silence_arrives_when_it_is_over() {
        let (door, mut socket, _echo) = door().await;
        door.set(|line| line.silent = true);
        assert!(!says_back(&mut socket, SILENCE).await);
        door.heal();
        let mut heard = [0; 5];
        socket.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, *b"hello");
    }

    #[tokio::test]
    async fn a_stranded_connection_stays_silent_while_others_pass() {
        let (door, mut socket, _echo) = door().await;
        door.strand();
        assert!(!says_back(&mut socket, SILENCE).await);
        door.heal();
        assert!(!says_back(&mut socket, SILENCE).await);
        let mut another = TcpStream::connect(door.address()).await.unwrap();
        assert!(says_back(&mut another, WORKS).await);
    }

    #[tokio::test]
    async fn a_slow_line_delays_both_directions() {
        let (door, mut socket, _echo) = door().await;
        door.set(|line| line.delay = Duration::from_millis(60));
        // What is read next was waited for without a delay.
        says_back(&mut socket, WORKS).await;
        let before = Instant::now();
        assert!(says_back(&mut socket, WORKS).await);
        assert!(before.elapsed() >= Duration::from_millis(120));
    }

    #[tokio::test]
    async fn whoever_does_not_answer_is_passed_over() {
        let (address, _echo) = echo().await;
        let nobody = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap()
        };
        let targets: Targets = Arc::new(Mutex::new(vec![nobody, address]));
        let door = Door::open(targets, 0).await.unwrap();
        for _ in 0..3 {
            let mut socket = TcpStream::connect(door.address()).await.unwrap();
            assert!(says_back(&mut socket, WORKS).await);
            assert_eq!(door.passed().to, Some(address));
        }
    }
}
