//! Fetches documents over HTTP and HTTPS, within limits. This is the only module that opens a
//! network connection, and only for a command that explicitly asks for it. Must not know what a
//! document says. Start reading at [`get`].

use std::time::Duration;

/// The limits for fetching a document.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The time limit for the whole request, redirects included.
    pub time: Duration,
    /// Whether addresses of this machine and of private networks are allowed.
    pub private: bool,
}

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The address does not begin with `http://` or `https://`, or is not a valid URI.
    #[error("`{0}` is not a web address")]
    Address(String),
    /// The address resolves only to this machine or a private network.
    #[error("`{0}` leads to this machine or a private network; `--allow-private` allows it")]
    Private(String),
    /// The connection failed or broke; the second field is the reason.
    #[error("`{0}` cannot be reached: {1}")]
    Unreachable(String, String),
    /// The server did not answer within the time limit, in seconds.
    #[error("`{0}` did not answer within {1} seconds")]
    Slow(String, u64),
    /// The document is larger than 5 MB.
    #[error("`{0}` is larger than 5 MB")]
    Large(String),
    /// There are too many redirects, or a redirect cannot be followed.
    #[error("`{0}` redirects too often, or a redirect cannot be followed")]
    Redirects(String),
    /// The server answered with an HTTP status other than success.
    #[error("`{0}` answered with status {1}")]
    Status(String, u16),
    /// This program was built without the feature `fetch`.
    #[error("this `kb` was built without network access; rebuild it with `--features fetch`")]
    Without,
}

/// A document as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebDocument {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The `charset` of its media type, if the server named one.
    pub charset: Option<String>,
}

/// Fetches the document at an address. `accept` lists the wanted media types, as in an `Accept`
/// header.
///
/// # Errors
/// The document cannot be fetched within the limits.
#[cfg(feature = "fetch")]
pub fn get(address: &str, accept: &str, limits: &Limits) -> Result<WebDocument, WebError> {
    agent::get(address, accept, limits)
}

/// Fetches nothing.
///
/// # Errors
/// Always [`WebError::Without`].
#[cfg(not(feature = "fetch"))]
pub fn get(_address: &str, _accept: &str, _limits: &Limits) -> Result<WebDocument, WebError> {
    Err(WebError::Without)
}

#[cfg(feature = "fetch")]
mod agent {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use ureq::http::Uri;
    use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
    use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
    use ureq::{Agent, Error, config::Config};

    use super::{Limits, WebDocument, WebError};

    /// The error message of [`Guard`] for a private address.
    const PRIVATE: &str = "private address";
    /// The maximum size of a document, in bytes.
    const MOST_BYTES: u64 = 5_000_000;
    const MOST_REDIRECTS: u32 = 8;

    pub(super) fn get(
        address: &str,
        accept: &str,
        limits: &Limits,
    ) -> Result<WebDocument, WebError> {
        if !["http://", "https://"]
            .iter()
            .any(|scheme| address.starts_with(scheme))
        {
            return Err(WebError::Address(address.to_owned()));
        }
        // A proxy would resolve names itself, without `Guard`.
        let config = Agent::config_builder()
            .proxy(None)
            .timeout_global(Some(limits.time))
            .max_redirects(MOST_REDIRECTS)
            .http_status_as_error(false);
        let config = config
            .user_agent(concat!("kb/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = Agent::with_parts(
            config,
            DefaultConnector::default(),
            Guard {
                inner: DefaultResolver::default(),
                private: limits.private,
            },
        );
        let failed = |error: Error| of_error(address, limits, error);
        let mut response = agent
            .get(address)
            .header("accept", accept)
            .call()
            .map_err(failed)?;
        let status = response.status().as_u16();
        if !(200..300).contains(&status) {
            return Err(WebError::Status(address.to_owned(), status));
        }
        let charset = response.body().charset().map(str::to_owned);
        let bytes = response
            .body_mut()
            .with_config()
            .limit(MOST_BYTES)
            .read_to_vec()
            .map_err(failed)?;
        Ok(WebDocument { bytes, charset })
    }

    /// Maps an error of `ureq` to a [`WebError`].
    fn of_error(address: &str, limits: &Limits, error: Error) -> WebError {
        let address = address.to_owned();
        match error {
            Error::Timeout(_) => WebError::Slow(address, limits.time.as_secs()),
            Error::BodyExceedsLimit(_) => WebError::Large(address),
            Error::TooManyRedirects | Error::RedirectFailed => WebError::Redirects(address),
            Error::BadUri(_) => WebError::Address(address),
            Error::HostNotFound => WebError::Unreachable(address, "host not found".to_owned()),
            Error::Io(e) if e.to_string() == PRIVATE => WebError::Private(address),
            Error::Io(e) if e.kind() == std::io::ErrorKind::TimedOut => {
                WebError::Slow(address, limits.time.as_secs())
            }
            // An error while the body is read is wrapped in an I/O error.
            Error::Io(e) => match e.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
                Some(Error::BodyExceedsLimit(_)) => WebError::Large(address),
                Some(Error::Timeout(_)) => WebError::Slow(address, limits.time.as_secs()),
                _ => WebError::Unreachable(address, e.to_string()),
            },
            other => WebError::Unreachable(address, other.to_string()),
        }
    }

    /// Resolves host names, for each redirect too, and drops addresses that are not public.
    #[derive(Debug)]
    struct Guard {
        inner: DefaultResolver,
        private: bool,
    }

    impl Resolver for Guard {
        fn resolve(
            &self,
            uri: &Uri,
            config: &Config,
            timeout: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, Error> {
            let found = self.inner.resolve(uri, config, timeout)?;
            let mut allowed = self.empty();
            for address in found
                .iter()
                .filter(|address| self.private || is_public(address.ip()))
            {
                allowed.push(*address);
            }
            if allowed.is_empty() {
                Err(Error::Io(std::io::Error::other(PRIVATE)))
            } else {
                Ok(allowed)
            }
        }
    }

    /// Whether an address is public, by IANA's special-purpose address registries.
    fn is_public(address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => is_public_v4(v4),
            IpAddr::V6(v6) => is_public_v6(v6),
        }
    }

    /// Whether an IPv4 address is on the public internet, and not this machine or its network.
    fn is_public_v4(address: Ipv4Addr) -> bool {
        let [a, b, c, _] = address.octets();
        let special = matches!(
            (a, b, c),
            (0 | 10 | 127 | 224.., ..)
                | (100, 64..=127, _)
                | (169, 254, _)
                | (172, 16..=31, _)
                | (192, 168, _)
        ) || matches!(
            (a, b, c),
            (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113)
        );
        !special
    }

    /// Whether an IPv6 address is on the public internet, and not this machine or its network.
    fn is_public_v6(address: Ipv6Addr) -> bool {
        let parts = address.segments();
        let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
        match parts {
            // IPv4 addresses embedded in IPv6: mapped, compatible, NAT64, and 6to4 below.
            [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                is_public_v4(v4(high, low))
            }
            [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
            [0x2001, 0 | 0xdb8, ..] => false,
            // Only `2000::/3` is allocated for global unicast.
            [first, ..] => first & 0xe000 == 0x2000,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::is_public;

        #[test]
        fn addresses_of_this_machine_and_of_private_networks_are_not_public() {
            let private = "127.0.0.1 10.1.2.3 172.31.0.1 192.168.1.1 169.254.169.254 100.100.0.1 0.0.0.0 224.0.0.1 255.255.255.255 ::1 :: fe80::1 fc00::1 \
                ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::10.0.0.1 2002:7f00:1::1 ff02::1 2001:db8::1 198.18.0.1 192.0.2.1";
            for address in private.split_whitespace() {
                assert!(!is_public(address.parse().unwrap()), "{address}");
            }
            for address in "1.1.1.1 172.32.0.1 192.169.0.1 2606:4700:4700::1111 ::ffff:1.1.1.1 64:ff9b::1.1.1.1".split_whitespace() {
                assert!(is_public(address.parse().unwrap()), "{address}");
            }
        }
    }
}
