//! Where the profiles are served: on a loopback address, unless `--debug-public` allows another.

use std::net::ToSocketAddrs;

use anyhow::Context;
use thiserror::Error;

use crate::arguments::Arguments;

/// Where `/debug/pprof` is served.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ProfileAddress {
    /// On the address of the page.
    Beside {
        /// Whether that is a loopback address.
        is_local: bool,
    },
    /// On an address of its own.
    Separate { address: String, is_local: bool },
    /// Nowhere: the page's address is not a loopback one, and no other was given.
    Nowhere,
}

/// The profiles would be visible from outside.
#[derive(Debug, Error)]
#[error(
    "--debug-listen {0} is not a loopback address: whoever reaches it sees code, arguments and stacks, and can \
     keep a processor busy. Add --debug-public if that is meant"
)]
pub(crate) struct Exposed(String);

impl ProfileAddress {
    /// Decides from the arguments.
    pub(crate) fn place(arguments: &Arguments) -> anyhow::Result<Self> {
        let is_public = arguments.debug_public;
        match &arguments.debug_listen {
            Some(address) => match is_loopback(address, "--debug-listen")? {
                false if !is_public => Err(Exposed(address.clone()).into()),
                is_local => Ok(Self::Separate {
                    address: address.clone(),
                    is_local,
                }),
            },
            None => Ok(match is_loopback(&arguments.listen, "--listen")? {
                false if !is_public => Self::Nowhere,
                is_local => Self::Beside { is_local },
            }),
        }
    }
}

/// Whether an address is a loopback one; all addresses of a host name must be.
fn is_loopback(address: &str, argument: &str) -> anyhow::Result<bool> {
    let addresses = address.to_socket_addrs().with_context(|| {
        let shown = address.escape_debug();
        format!(
            "{argument} {shown} is not an address: give a host and a port, such as 127.0.0.1:5000"
        )
    })?;
    let is_inner = |ip: std::net::IpAddr| ip.to_canonical().is_loopback();
    let mut all: Vec<_> = addresses.map(|address| is_inner(address.ip())).collect();
    all.dedup();
    Ok(all == [true])
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn place(arguments: &[&str]) -> anyhow::Result<ProfileAddress> {
        let arguments = [&["benchlens-serve"], arguments].concat();
        ProfileAddress::place(&Arguments::try_parse_from(arguments).unwrap())
    }

    #[test]
    fn profiles_stand_beside_the_page_on_a_loopback_address() {
        let beside = ProfileAddress::Beside { is_local: true };
        assert_eq!(place(&[]).unwrap(), beside);
        assert_eq!(place(&["--listen", "[::1]:0"]).unwrap(), beside);
        assert_eq!(
            place(&["--listen", "[::ffff:127.0.0.1]:0"]).unwrap(),
            beside
        );
    }

    #[test]
    fn a_page_for_others_has_no_profiles_unless_they_are_asked_for_by_name() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
            assert_eq!(
                place(&["--listen", address]).unwrap(),
                ProfileAddress::Nowhere
            );
            let asked = place(&["--listen", address, "--debug-public"]).unwrap();
            assert_eq!(asked, ProfileAddress::Beside { is_local: false });
        }
    }

    #[test]
    fn an_address_for_profiles_alone_must_be_a_loopback_one_too() {
        let refused = place(&["--debug-listen", "0.0.0.0:6060"]).unwrap_err();
        assert!(refused.is::<Exposed>());
        assert!(place(&["--debug-listen", "0.0.0.0:6060", "--debug-public"]).is_ok());
        assert!(place(&["--listen", "0.0.0.0:80", "--debug-listen", "127.0.0.1:0"]).is_ok());
        assert!(place(&["--debug-listen", "nowhere"]).is_err());
    }
}
