//! Requests to the web about a work, and their limits.

use std::time::Duration;

use clap::Args;

use super::config::Key;
use super::context::Context;
use crate::model::{Draft, Kind};
use crate::notebook::Notebook;
use crate::notebook::capture::{WorkSource, fitting};
use crate::text::encoding::decode_web;
use crate::web::{self, Limits};

/// Limits of a request to the web.
#[derive(Debug, Clone, Args)]
pub(super) struct Reach {
    /// Seconds that an answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Allow addresses of this machine and of private networks
    #[arg(long)]
    pub allow_private: bool,
}

/// Requests the sources in order and returns the first draft that one of them yields, and what of it
/// does not fit the kind and was left out. Fails with the reasons for all sources if none yields one.
pub(super) fn ask(
    wanted: &[WorkSource],
    kind: &Kind,
    notebook: &Notebook,
    reach: &Reach,
    context: &Context,
) -> Result<(Draft, Vec<String>), String> {
    let limits = Limits {
        time: Duration::from_secs(reach.timeout),
        private: reach.allow_private,
    };
    let mut why = Vec::new();
    for document in wanted {
        let address = document.address(&resolver(context));
        match web::get(&address, document.accept(), &limits) {
            Ok(found) => match document.read(
                &decode_web(&found.bytes, found.charset.as_deref()),
                kind,
                notebook.clock().today,
            ) {
                Some(draft) => return Ok(fitting(kind, draft, notebook.clock())),
                None => why.push(format!("`{address}` holds no data about a work")),
            },
            Err(error) => why.push(error.to_string()),
        }
    }
    Err(why.join("; "))
}

/// The base URL of the DOI resolver.
pub(super) fn resolver(context: &Context) -> String {
    context
        .config
        .value(Key::DoiResolver, &context.environment, None)
        .map(|(value, _)| value)
        .unwrap_or_default()
}
