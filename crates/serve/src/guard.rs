//! On a loopback address, `/debug/pprof` answers only requests whose `Host` names this machine.
//!
//! This prevents DNS rebinding: a foreign page can make a browser send requests to this machine, by a name that
//! its owner resolves to a loopback address. Such a request has that name in `Host`.

use std::net::IpAddr;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

use crate::figures;

/// The routes of [`benchlens_live`]. If `is_local`, they refuse requests by names of other machines.
pub(crate) fn debug_routes(is_local: bool) -> Router {
    let routes = benchlens_live::routes().layer(from_fn(figures::count));
    match is_local {
        true => routes.layer(from_fn(check)),
        false => routes,
    }
}

async fn check(request: Request, next: Next) -> Response {
    if names_this_machine(request.headers()) {
        return next.run(request).await;
    }
    let reason = "profiles are shown for addresses and localhost only, not for other names\n";
    (StatusCode::FORBIDDEN, reason).into_response()
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else {
        return true;
    };
    let Ok(host) = host.to_str() else {
        return false;
    };
    let name = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, _)) => address,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_this_machine() {
        let is_ours = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            names_this_machine(&headers)
        };
        for host in [
            "127.0.0.1:5000",
            "localhost",
            "LOCALHOST:80",
            "[::1]:5000",
            "192.0.2.1",
        ] {
            assert!(is_ours(host), "{host}");
        }
        for host in [
            "example.org",
            "example.org:5000",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "",
        ] {
            assert!(!is_ours(host), "{host}");
        }
    }
}
