//! Limits of connections: silent, slow, half-closed and many clients; and the end.

mod process;

use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use process::{Service, answer, ask, is_closed};

const GET: &str = "GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[test]
fn silent_and_slow_clients_are_closed_and_others_are_served() {
    let service = Service::start(&["--idle-limit", "1"]);
    let mut silent = service.connect();
    let mut slow = service.connect();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: lo").unwrap();
    let mut idle = service.connect();
    idle.write_all(GET.as_bytes()).unwrap();
    let first = answer(&mut BufReader::new(idle.try_clone().unwrap()));
    assert_eq!(first.status, 200);
    assert_eq!(service.get("/?topic=president").status, 200);
    for (stream, what) in [
        (&mut silent, "silent"),
        (&mut slow, "slow"),
        (&mut idle, "idle"),
    ] {
        assert!(is_closed(stream), "{what}");
    }
}

#[test]
fn a_client_that_does_not_read_is_closed() {
    let service = Service::start(&["--idle-limit", "1"]);
    let mut stream = service.connect();
    stream
        .set_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    // Answers to these fill every buffer between the two.
    let many = GET.repeat(1000);
    while stream.write_all(many.as_bytes()).is_ok() {}
    // The service gives up; what it had sent before may still be read.
    let mut read = 0;
    let mut room = vec![0; 1 << 20];
    std::thread::sleep(Duration::from_secs(3));
    let end = loop {
        match stream.read(&mut room) {
            Ok(0) => break true,
            Ok(more) => read += more,
            Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    };
    assert!(end, "after {read} bytes");
    assert_eq!(service.get("/style.css").status, 200);
}

#[test]
fn a_client_that_has_closed_its_side_is_answered() {
    let service = Service::start(&[]);
    let mut stream = service.connect();
    stream
        .write_all(
            b"GET /?topic=president HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let response = answer(&mut BufReader::new(stream));
    assert_eq!(response.status, 200);
    assert!(response.text().contains("280 of 1560 items"));
    // A client that closes without sending anything is disconnected.
    let mut silent = service.connect();
    silent.shutdown(Shutdown::Write).unwrap();
    assert!(is_closed(&mut silent));
}

#[test]
fn heads_and_bodies_have_a_limit() {
    let service = Service::start(&[]);
    let long = format!(
        "GET /?topic={} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "x".repeat(40_000)
    );
    let status = ask(service.connect(), &long).status;
    assert!([414, 431].contains(&status), "{status}");
    let headers = "A: b\r\n".repeat(5000);
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    assert_eq!(ask(service.connect(), &many).status, 431);
    let post =
        "POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
    assert_eq!(ask(service.connect(), post).status, 413);
    assert_eq!(ask(service.connect(), "nonsense\r\n\r\n").status, 400);
}

#[test]
fn more_connections_than_allowed_wait_until_one_ends() {
    let service = Service::start(&["--max-connections", "2"]);
    let held: Vec<TcpStream> = (0..2).map(|_| service.connect()).collect();
    let mut third = service.connect();
    third.write_all(GET.as_bytes()).unwrap();
    third
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let waits = third.read(&mut [0; 1]).unwrap_err();
    assert!(
        [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut].contains(&waits.kind()),
        "{waits}"
    );
    drop(held);
    third
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    assert_eq!(answer(&mut BufReader::new(third)).status, 200);
}

#[test]
fn a_thousand_idle_connections_do_not_keep_others_from_being_served() {
    let service = Service::start(&[]);
    let idle: Vec<TcpStream> = (0..1000).map(|_| service.connect()).collect();
    for _ in 0..10 {
        assert_eq!(service.get("/?topic=president").status, 200);
    }
    let metrics = service.debug("/metrics").text();
    let open = metrics
        .lines()
        .find_map(|line| line.strip_prefix("http_connections_open "));
    let open: u32 = open.unwrap().parse().unwrap();
    assert!((1000..1020).contains(&open), "{open}");
    drop(idle);
}

#[test]
fn many_requests_share_one_connection_in_their_order() {
    let service = Service::start(&[]);
    let mut stream = service.connect();
    let paths = ["/style.css", "/?topic=president", "/nowhere", "/"];
    for path in paths {
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    }
    let mut reader = BufReader::new(stream);
    let statuses = paths.map(|_| answer(&mut reader).status);
    assert_eq!(statuses, [200, 200, 404, 200]);
}

#[test]
fn the_end_finishes_what_runs_and_takes_nothing_new() {
    let mut service = Service::start(&["--debug-listen", "127.0.0.1:0"]);
    let mut idle = service.connect();
    idle.write_all(GET.as_bytes()).unwrap();
    answer(&mut BufReader::new(idle.try_clone().unwrap()));
    let mut running = process::connect(service.debug.unwrap());
    running
        .write_all(b"GET /debug/pprof/profile?seconds=2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    service.terminate();
    assert!(
        is_closed(&mut idle),
        "an idle connection has nothing to finish"
    );
    assert!(
        TcpStream::connect(service.address).is_err(),
        "nothing new is taken"
    );
    let response = answer(&mut BufReader::new(running));
    assert_eq!(response.status, 200);
    assert!(!response.unpacked().is_empty());
    assert_eq!(service.wait().code(), Some(0));
}

#[test]
fn the_end_does_not_wait_for_longer_than_the_grace() {
    let mut service = Service::start(&["--grace", "1"]);
    let mut running = service.connect();
    running
        .write_all(b"GET /debug/pprof/profile?seconds=300 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    service.terminate();
    assert_eq!(service.wait().code(), Some(1));
    assert!(is_closed(&mut running));
}
