//! The service as a process, and requests to it over plain sockets.
#![allow(dead_code, reason = "no file of tests needs all of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// Longer than anything takes: a test fails rather than hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running service; ended when dropped.
pub(crate) struct Service {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// Where the profiles are, if anywhere.
    pub(crate) debug: Option<SocketAddr>,
}

/// The command, on a free port unless the arguments name one.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_benchlens-serve"));
    if !arguments.contains(&"--listen") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    command.args(arguments);
    command
}

impl Service {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut command(arguments))
    }

    /// Starts it and waits until it listens.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (mut address, mut debug) = (None, None);
        // It prints one line or two; the profiles' line follows at once, if there is one.
        for line in output.lines().map_while(Result::ok) {
            let (_, url) = line.split_once("http://").unwrap();
            let at = url.split('/').next().unwrap().parse().unwrap();
            match line.starts_with("profiles at") {
                true => debug = Some(at),
                false => address = Some(at),
            }
            if debug.is_some() || line.ends_with("without profiles") {
                break;
            }
        }
        Self {
            child,
            address: address.expect("it says where it listens"),
            debug,
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        get(self.address, path)
    }

    /// A route of `/debug/pprof`, or `/metrics`.
    pub(crate) fn debug(&self, path: &str) -> Response {
        get(self.debug.expect("profiles are shown"), path)
    }

    pub(crate) fn terminate(&self) {
        let process = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &process]).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The service may have ended. If not, it can still remove its temporary files.
        let process = self.child.id().to_string();
        let _ = Command::new("kill")
            .args(["-TERM", &process])
            .stderr(Stdio::null())
            .status();
        for _ in 0..100 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    // A service that listens on all addresses is reached at the loopback one.
    let address = match address.ip().is_unspecified() {
        true => SocketAddr::from(([127, 0, 0, 1], address.port())),
        false => address,
    };
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The body of a gzipped file.
    pub(crate) fn unpacked(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(self.body.as_slice());
        decoder.read_to_end(&mut plain).unwrap();
        plain
    }

    /// Whether the strings of a profile contain a text.
    pub(crate) fn names(&self, text: &str) -> bool {
        let plain = self.unpacked();
        plain.windows(text.len()).any(|it| it == text.as_bytes())
    }
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Response {
    ask(
        connect(address),
        &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
    )
}

/// Sends a request and reads its answer.
pub(crate) fn ask(mut stream: TcpStream, request: &str) -> Response {
    stream.write_all(request.as_bytes()).unwrap();
    answer(&mut BufReader::new(stream))
}

/// Reads one answer with a length.
pub(crate) fn answer(stream: &mut impl BufRead) -> Response {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let read = stream.read_line(&mut head).unwrap();
        assert_ne!(read, 0, "it ends within its head: {head}");
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse().unwrap())
    });
    let mut body = vec![0; length.expect("an answer has a length")];
    stream.read_exact(&mut body).unwrap();
    Response { status, head, body }
}

/// Whether the other side closes the connection without answering.
pub(crate) fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        // The service may say first that the request was late.
        Ok(_) => rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"),
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}
