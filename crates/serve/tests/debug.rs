//! `/debug/pprof` of the running service, and who may see it.

mod process;

use process::{Service, ask, command};

#[test]
fn every_profile_is_of_the_service_itself() {
    let service = Service::start(&[]);
    for _ in 0..200 {
        assert_eq!(service.get("/?topic=president").status, 200);
    }
    let allocs = service.debug("/debug/pprof/allocs");
    assert_eq!(allocs.status, 200);
    assert!(
        allocs.names("benchlens_serve::search::search"),
        "a function that allocates"
    );
    assert!(allocs.names("crates/serve/src/search.rs"), "its file");
    assert!(service.debug("/debug/pprof/heap").names("inuse_space"));
    let difference = service.debug("/debug/pprof/heap?seconds=1");
    assert_eq!(difference.status, 200);
    assert!(service.debug("/debug/pprof/threads").names("tokio"));
    let text = service.debug("/debug/pprof/threads?debug=1").text();
    assert!(text.starts_with("threads: "), "{text}");
    let line = service.debug("/debug/pprof/cmdline").text();
    assert!(line.contains("--listen\x00127.0.0.1:0"), "{line}");
    assert!(
        service
            .debug("/debug/pprof/")
            .text()
            .contains("allocs?debug=1")
    );
    let metrics = service.debug("/metrics").text();
    assert!(
        metrics.contains("http_request_duration_seconds_count{route=\"/\",status=\"200\"} 200"),
        "{metrics}"
    );
    assert!(
        metrics.contains("rust_heap_allocated_bytes_total"),
        "{metrics}"
    );
}

#[test]
fn the_processors_profile_has_the_search() {
    let service = Service::start(&[]);
    let address = service.address;
    let searching = std::thread::spawn(move || {
        for _ in 0..400 {
            process::get(address, "/?topic=president");
        }
    });
    let profile = service.debug("/debug/pprof/profile?seconds=1");
    searching.join().unwrap();
    assert!(profile.names("benchlens_serve::search::search"));
}

#[test]
fn profiles_have_an_address_of_their_own_if_they_are_given_one() {
    let service = Service::start(&["--debug-listen", "127.0.0.1:0"]);
    assert_ne!(Some(service.address), service.debug);
    assert_eq!(service.get("/debug/pprof/").status, 404);
    assert_eq!(service.get("/metrics").status, 404);
    assert_eq!(service.debug("/debug/pprof/").status, 200);
    assert_eq!(service.debug("/?topic=x").status, 404);
}

#[test]
fn profiles_are_not_shown_beyond_this_machine_unless_asked_for_by_name() {
    let refused = command(&["--debug-listen", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("--debug-public"), "{said}");

    let open = Service::start(&["--listen", "0.0.0.0:0"]);
    assert_eq!(open.debug, None);
    assert_eq!(open.get("/").status, 200);
    assert_eq!(open.get("/debug/pprof/").status, 404);
    assert_eq!(open.get("/metrics").status, 404);

    let asked = Service::start(&["--listen", "0.0.0.0:0", "--debug-public"]);
    assert_eq!(asked.get("/debug/pprof/").status, 200);
}

#[test]
fn a_request_for_another_name_gets_no_profile() {
    let service = Service::start(&[]);
    let request = |host: &str| format!("GET /debug/pprof/cmdline HTTP/1.1\r\nHost: {host}\r\n\r\n");
    assert_eq!(
        ask(service.connect(), &request("rebound.example.org")).status,
        403
    );
    assert_eq!(
        ask(service.connect(), &request("localhost:5000")).status,
        200
    );
}

#[test]
fn without_sampling_there_is_a_reason_and_no_profile_of_zeros() {
    let service = Service::start(&["--sample-interval", "0"]);
    let refused = service.debug("/debug/pprof/allocs");
    assert_eq!(refused.status, 501);
    assert!(refused.text().contains("not sampled"), "{}", refused.text());
    assert!(!service.debug("/metrics").text().contains("rust_heap"));
}

#[test]
fn wrong_arguments_are_refused_with_a_reason() {
    for (arguments, reason) in [
        (&["--listen", "nowhere"][..], "is not an address"),
        (&["--listen", "256.0.0.1:80"], "is not an address"),
        (&["--max-connections", "0"], "invalid value"),
        (&["--idle-limit", "0"], "invalid value"),
        (&["--other"], "unexpected argument"),
    ] {
        let output = command(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(reason), "{said}");
    }
    let first = Service::start(&[]);
    let taken = first.address.to_string();
    let output = command(&["--listen", &taken]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("choose another address by --listen"),
        "{said}"
    );
}
