//! Serves a site from memory to the browsers of this machine, for `kb publish --serve`.
//!
//! No file is read for an answer, so that no request can name one. Requests are answered one after another:
//! one person looks at the site.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use tiny_http::{Header, Method, Request, Response, Server};

use super::context::Context;
use super::failure::{Failure, plain};
use crate::text::paths::decoded;

/// The files of a site by path.
pub(super) type Files = BTreeMap<String, String>;

/// Serves until the process ends. `files` is asked before each answer; it returns the site if it has
/// changed since. The address is printed once the server listens.
///
/// Only this machine can connect, and a page of another site cannot read what is served, because the name
/// in the request must be that of this machine (`Host`).
pub(super) fn serve(
    port: u16,
    context: &mut Context,
    files: &mut dyn FnMut() -> Result<Option<Files>, Failure>,
) -> Result<(), Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let server = Server::http(address).map_err(|e| {
        Failure::usage(format!("port {port} cannot be used: {e}"))
            .hint("kb publish --serve --port 0")
    })?;
    let port = server.server_addr().to_ip().map_or(port, |own| own.port());
    context.data(&format!("http://127.0.0.1:{port}/\n"))?;
    context.finish()?;
    context.messages.say("Ctrl-C ends it");
    let mut site = Files::new();
    for request in server.incoming_requests() {
        match files() {
            Ok(Some(new)) => site = new,
            Ok(None) => {}
            // The former site is shown until the notebook can be read again.
            Err(failure) => drop(failure.report(&context.messages)),
        }
        if let Err(error) = answer(request, port, &site) {
            context
                .messages
                .say(&format!("a request failed: {}", plain(&error)));
        }
    }
    Ok(())
}

/// Answers one request.
fn answer(request: Request, port: u16, site: &Files) -> std::io::Result<()> {
    let is_own = request.headers().iter().any(|header| {
        let name = header.value.as_str();
        header.field.equiv("Host")
            && [format!("127.0.0.1:{port}"), format!("localhost:{port}")]
                .iter()
                .any(|own| own == name)
    });
    if !is_own {
        return request.respond(Response::from_string("not this host\n").with_status_code(403));
    }
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request.respond(Response::from_string("only GET\n").with_status_code(405));
    }
    let path = request.url().split(['?', '#']).next().unwrap_or_default();
    let path = decoded(path.trim_start_matches('/')).unwrap_or_default();
    // The paths are names of a map: none leads to a file of this machine.
    let names = [
        path.clone(),
        format!("{path}index.html"),
        format!("{path}/index.html"),
    ];
    let found = names.iter().find_map(|name| Some((name, site.get(name)?)));
    let (name, text, status) = match found {
        Some((name, text)) => (name.as_str(), text.as_str(), 200),
        None => (
            "404.html",
            site.get("404.html").map_or("", String::as_str),
            404,
        ),
    };
    let kind = match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "xml" => "application/xml; charset=utf-8",
        "json" => "application/json",
        _ => "text/plain; charset=utf-8",
    };
    let mut response = Response::from_string(text).with_status_code(status);
    for (field, value) in [("Content-Type", kind), ("Cache-Control", "no-store")] {
        if let Ok(header) = Header::from_bytes(field, value) {
            response.add_header(header);
        }
    }
    request.respond(response)
}
