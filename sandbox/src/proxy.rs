//! The way out of a box whose network is a list of hosts.
//!
//! The box has a network of its own with nothing but loopback in it. There the proxy listens; it runs outside, in a thread
//! of the launcher's that lives as long as the command, and connects to what the list names and to nothing else. It speaks
//! HTTP: `CONNECT` for a tunnel, and requests for `http:` addresses. What is in a tunnel it does not look at.
//!
//! A name is looked up here, and the connection goes to one of the addresses that were checked, so that a name that leads
//! to this machine or into its network (today, or only the second time) leads nowhere, but for names that only that network
//! knows. Where the user's environment names
//! an outer proxy, connections go out by that one, which looks names up itself: see [`Outer`].
//!
//! Programs that know no proxy connect by themselves, to single hosts that the list names for that; see `call.rs`.

use std::collections::BTreeMap;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use guardian_engine::placement::Grounds;
use guardian_engine::placement::{Host, Hosts};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

mod address;
#[cfg(target_os = "linux")]
mod call;
mod head;
mod link;
mod outer;
mod variables;

#[cfg(target_os = "linux")]
pub(crate) use call::{Call, Reply};
pub(crate) use outer::Outer;
pub(crate) use variables::set_variables;

use self::head::{Answer, Request};
use self::link::{Link, Turn};
use crate::denial::{Class, Denial, Refusals, Refused, Row};

/// So many connections at once; who comes later waits.
const MOST_LINKS: usize = 128;
/// So many names are looked up at once.
const MOST_LOOKUPS: usize = 8;
/// So many of the addresses of a name are tried.
const MOST_ADDRESSES: usize = 8;
/// When new connections cannot be taken, for want of descriptors, for so long none are.
const REST: Duration = Duration::from_millis(200);

/// How names become addresses.
pub(crate) type Lookup = fn(&str, u16) -> io::Result<Vec<SocketAddr>>;

/// Asks the system. This ends when the system's patience does, which nobody waits for.
pub(crate) fn look_up(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    (name, port).to_socket_addrs().map(Iterator::collect)
}

/// Where a proxy leads, and by what.
pub(crate) type Leads = (Hosts, Outer);

/// A running proxy.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// The thread ends when this is gone.
    wake: Option<Arc<PipeWriter>>,
    #[cfg(target_os = "linux")]
    calls: Sender<Call>,
    thread: Option<JoinHandle<Refusals>>,
}

impl Proxy {
    /// Serves whoever connects to the listener.
    ///
    /// # Errors
    /// There is no thread or no pipe to be had.
    pub(crate) fn start(listener: TcpListener, leads: Leads) -> io::Result<Self> {
        Self::start_with(listener, leads, look_up)
    }

    fn start_with(listener: TcpListener, (hosts, outer): Leads, lookup: Lookup) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let (woken, wake) = pipe()?;
        let wake = Arc::new(wake);
        let (tell, told) = channel();
        #[cfg(target_os = "linux")]
        let (calls, called) = channel();
        let server = Server {
            listener,
            hosts,
            outer,
            lookup,
            wake: Arc::downgrade(&wake),
            woken,
            tell,
            told,
            #[cfg(target_os = "linux")]
            calls: call::Calls::of(called),
            links: BTreeMap::new(),
            next: 0,
            looking: 0,
            resting: None,
            refusals: Refusals::default(),
        };
        let thread = std::thread::Builder::new().name("proxy".to_owned()).spawn(move || server.serve())?;
        Ok(Self {
            wake: Some(wake),
            #[cfg(target_os = "linux")]
            calls,
            thread: Some(thread),
        })
    }

    /// Makes a connection for a program that is not to know of the proxy; gives it back if nobody is there to.
    #[cfg(target_os = "linux")]
    pub(crate) fn call(&self, call: Call) -> Result<(), Call> {
        self.calls.send(call).map_err(|unsent| unsent.0)?;
        if let Some(mut wake) = self.wake.as_deref() {
            let _ = wake.write(b"x");
        }
        Ok(())
    }

    /// Ends it, with all its connections, and says what it refused.
    pub(crate) fn finish(mut self) -> Refusals {
        self.stop()
    }

    fn stop(&mut self) -> Refusals {
        self.wake = None;
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop();
    }
}

type Found = (u64, io::Result<Vec<SocketAddr>>);

struct Server {
    listener: TcpListener,
    hosts: Hosts,
    outer: Outer,
    lookup: Lookup,
    /// Held by none of the threads that look up, or they would keep the proxy alive.
    wake: Weak<PipeWriter>,
    woken: PipeReader,
    tell: Sender<Found>,
    told: Receiver<Found>,
    #[cfg(target_os = "linux")]
    calls: call::Calls,
    links: BTreeMap<u64, Link>,
    next: u64,
    looking: usize,
    /// Until when no connections are taken.
    resting: Option<Instant>,
    refusals: Refusals,
}

/// What has happened at the two sides of a connection.
struct Happened {
    client: PollFlags,
    upstream: PollFlags,
}

impl Default for Happened {
    fn default() -> Self {
        Self { client: PollFlags::empty(), upstream: PollFlags::empty() }
    }
}

impl Server {
    fn serve(mut self) -> Refusals {
        while let Some((calls, happened)) = self.wait() {
            while let Ok((link, found)) = self.told.try_recv() {
                self.looking = self.looking.saturating_sub(1);
                self.found(link, found);
            }
            for (number, happened) in happened {
                self.happened(number, &happened);
            }
            #[cfg(target_os = "linux")]
            self.connect();
            if calls {
                self.accept();
            }
            self.late();
            self.ask();
        }
        self.refusals
    }

    /// Waits until there is something to do: whether somebody calls, and what happened to whom. Nothing when it is over.
    fn wait(&mut self) -> Option<(bool, BTreeMap<u64, Happened>)> {
        let now = Instant::now();
        self.resting = self.resting.filter(|until| *until > now);
        let takes = self.links.len() < MOST_LINKS && self.resting.is_none();
        let soonest = self.links.values().map(Link::until).chain(self.resting);
        #[cfg(target_os = "linux")]
        let soonest = soonest.chain(self.calls.until());
        let soonest = soonest.min();
        let left = soonest.map(|until| until.saturating_duration_since(now));
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
        let calls = if takes { PollFlags::IN } else { PollFlags::empty() };
        let mut polled = vec![PollFd::new(&self.woken, PollFlags::IN), PollFd::new(&self.listener, calls)];
        let mut whose = Vec::new();
        for (number, link) in &self.links {
            let (client, upstream) = link.wants();
            if let Some(wanted) = client {
                polled.push(PollFd::from_borrowed_fd(link.client(), wanted));
                whose.push((*number, false));
            }
            if let (Some(wanted), Some(fd)) = (upstream, link.upstream()) {
                polled.push(PollFd::from_borrowed_fd(fd, wanted));
                whose.push((*number, true));
            }
        }
        // These are looked at in any case.
        #[cfg(target_os = "linux")]
        polled.extend(self.calls.descriptors().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::OUT)));
        match poll(&mut polled, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
        let mut events = polled.iter().map(PollFd::revents);
        let (woken, calls) = (events.next()?, events.next()?);
        let mut happened = BTreeMap::<u64, Happened>::new();
        for ((number, upstream), events) in whose.into_iter().zip(events).filter(|(_, events)| !events.is_empty()) {
            let happened = happened.entry(number).or_default();
            *(if upstream { &mut happened.upstream } else { &mut happened.client }) = events;
        }
        drop(polled);
        if woken.contains(PollFlags::IN) {
            let _ = (&self.woken).read(&mut [0; MOST_LINKS]);
        } else if !woken.is_empty() {
            return None;
        }
        Some((calls.contains(PollFlags::IN), happened))
    }

    fn accept(&mut self) {
        while self.links.len() < MOST_LINKS {
            match self.listener.accept() {
                Ok((client, _)) => {
                    if let Ok(link) = Link::new(client) {
                        self.links.insert(self.next, link);
                        self.next += 1;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.resting = Instant::now().checked_add(REST);
                    return;
                }
            }
        }
    }

    /// Goes on with the connections that programs make by themselves.
    #[cfg(target_os = "linux")]
    fn connect(&mut self) {
        let (joined, strangers) = self.calls.turn(&self.listener, MOST_LINKS.saturating_sub(self.links.len()));
        let links = joined.into_iter().map(|(client, upstream)| Link::joined(client, upstream));
        for link in links.chain(strangers.into_iter().map(Link::new)).flatten() {
            self.links.insert(self.next, link);
            self.next += 1;
        }
    }

    fn happened(&mut self, number: u64, happened: &Happened) {
        let Some(link) = self.links.get_mut(&number) else { return };
        match link.turn(happened.client, happened.upstream) {
            Turn::Goes => {}
            Turn::Over => drop(self.links.remove(&number)),
            Turn::Asks(request) => self.judge(number, request),
        }
    }

    /// Whether a request may go where it wants to; a name is to be looked up first.
    fn judge(&mut self, number: u64, mut request: Request) {
        if !self.hosts.admits(&request.host, Some(request.port)) {
            let denial = Denial {
                row: Row::OtherHost,
                cause: self.hosts.to_string(),
                ask: Some(format!("network {}", request.host.named(request.port))),
            };
            return self.refuse(number, &request, denial);
        }
        request.via = self.outer.via(&request.host, request.port, request.head.is_none());
        if request.via.is_some()
            && let Some(own) = address_of(&request.host)
            && !may_reach((&self.hosts, &self.outer), (&request.host, Some(request.port)), own)
        {
            return self.refuse_private(number, &request, own);
        }
        if request.via.is_some() && request.head.is_some() && request.body.is_none() {
            if let Some(link) = self.links.get_mut(&number) {
                link.part(&Answer::endless());
            }
            return;
        }
        let (next, port) = request.next();
        let address = address_of(next).map(|address| SocketAddr::new(address, port));
        if let Some(link) = self.links.get_mut(&number) {
            link.await_addresses(request);
        }
        if let Some(address) = address {
            self.found(number, Ok(vec![address]));
        }
    }

    /// Starts look-ups for those that wait for one.
    fn ask(&mut self) {
        let waiting = self.links.iter_mut().filter_map(|(number, link)| Some((*number, link.unasked()?)));
        for (link, asked) in waiting.take(MOST_LOOKUPS.saturating_sub(self.looking)) {
            let (tell, wake, lookup) = (self.tell.clone(), Weak::clone(&self.wake), self.lookup);
            let (host, port) = asked.request.next();
            let name = host.as_str().to_owned();
            let looks = move || {
                let _ = tell.send((link, lookup(&name, port)));
                if let Some(wake) = wake.upgrade() {
                    let _ = (&*wake).write(b"x");
                }
            };
            if std::thread::Builder::new().name("look-up".to_owned()).spawn(looks).is_ok() {
                asked.begun = true;
                self.looking += 1;
            }
        }
    }

    /// Goes on with a request whose addresses are known.
    fn found(&mut self, number: u64, found: io::Result<Vec<SocketAddr>>) {
        let Some(link) = self.links.get_mut(&number) else { return };
        let Some(request) = link.asked() else { return };
        let found = match found {
            Ok(found) => found,
            Err(error) => return link.part(&Answer::unknown(&request, &error)),
        };
        // Where an outer proxy is, its user says.
        let leads = (&self.hosts, &self.outer);
        let open = |found: &&SocketAddr| {
            request.via.is_some() || may_reach(leads, (&request.host, Some(request.port)), found.ip())
        };
        let open: Vec<SocketAddr> = found.iter().filter(open).take(MOST_ADDRESSES).copied().collect();
        let Some(link) = self.links.get_mut(&number) else { return };
        match (open.is_empty(), found.first()) {
            (true, Some(private)) => self.refuse_private(number, &request, private.ip()),
            _ => link.reach(open),
        }
    }

    fn refuse_private(&mut self, number: u64, request: &Request, private: IpAddr) {
        let address = Host::parse(&private.to_string())
            .map_or_else(|_| private.to_string(), |(address, _)| address.named(request.port));
        let (cause, ask) = (private.to_string(), Some(format!("network {address}")));
        self.refuse(number, request, Denial { row: Row::Private, cause, ask });
    }

    fn refuse(&mut self, number: u64, request: &Request, denial: Denial) {
        if let Some(link) = self.links.get_mut(&number) {
            link.part(&Answer::refused(request, &denial));
        }
        self.refusals.note(Refused {
            call: request.method.clone(),
            class: Class::Network,
            target: request.host.at(request.port),
            program: String::new(),
            errno: "403",
            denial,
            times: 1,
        });
    }

    /// Ends what takes too long.
    fn late(&mut self) {
        let now = Instant::now();
        self.links.retain(|_, link| link.until() > now || link.late());
    }
}

fn address_of(host: &Host) -> Option<IpAddr> {
    host.as_str().parse().ok()
}

/// Whether a connection may go to this address: one that anybody can reach, one that was named itself, or one within a
/// network that the name belongs to. `localhost` names this machine.
fn may_reach((hosts, outer): (&Hosts, &Outer), (host, port): (&Host, Option<u16>), address: IpAddr) -> bool {
    let itself = Host::parse(&address.to_string()).is_ok_and(|(host, _)| hosts.names(&host, port));
    let name = host.as_str();
    let own = address.is_loopback() && name == "localhost";
    // Such a name says where it leads, to whoever said yes to it; what somebody outside can own may lead anywhere.
    let inside = !host.is_address() && (address::is_inner_name(name) || outer.lists(host));
    let inner = inside && address::is_inner(address);
    itself || ((own || inner) && hosts.names(host, port)) || address::is_public(address)
}

/// Whether a program may connect by itself to this address of a host. One that somebody was asked about by name may lie
/// within the network that this machine is in, whoever owns the name: what is reached so, unlike much of what answers to
/// HTTP, asks who comes. It may not be this machine, nor what a cloud tells its machines about themselves.
#[cfg(target_os = "linux")]
pub(crate) fn may_connect((hosts, outer): (&Hosts, &Outer), host: &Host, address: IpAddr) -> bool {
    let asked = hosts.directly(host) == Some(Grounds::Asked) && address::is_inner(address);
    asked || may_reach((hosts, outer), (host, None), address)
}

#[cfg(test)]
mod tests;
