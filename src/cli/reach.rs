//! Questions to the web about a work, and how far they may go.

use std::time::Duration;

use clap::Args;

use super::config::Key;
use super::context::Context;
use crate::model::{Draft, Kind};
use crate::notebook::Notebook;
use crate::notebook::capture::WorkSource;
use crate::text::encoding::decode;
use crate::web::{self, Limits};

/// How far a question to the web may go.
#[derive(Debug, Clone, Args)]
pub(super) struct Reach {
    /// Seconds that an answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Allow addresses of this machine and of private networks
    #[arg(long)]
    pub allow_private: bool,
}

/// What the web says about a work: the first answer that says anything, else why there is none.
pub(super) fn ask(
    wanted: &[WorkSource],
    kind: &Kind,
    notebook: &Notebook,
    reach: &Reach,
    context: &Context,
) -> Result<Draft, String> {
    let limits = Limits {
        time: Duration::from_secs(reach.timeout),
        private: reach.allow_private,
    };
    let mut why = Vec::new();
    for document in wanted {
        let address = document.address(&resolver(context));
        match web::get(&address, document.accept(), &limits) {
            Ok(bytes) => match document.read(&decode(&bytes), kind, notebook.clock().today) {
                Some(draft) => return Ok(draft),
                None => why.push(format!("`{address}` says nothing about a work")),
            },
            Err(error) => why.push(error.to_string()),
        }
    }
    Err(why.join("; "))
}

/// Where the data of DOIs is asked for.
pub(super) fn resolver(context: &Context) -> String {
    context
        .config
        .value(Key::DoiResolver, &context.environment, None)
        .map(|(value, _)| value)
        .unwrap_or_default()
}
