//! JSON lines of many entries: one thread reads entries while another makes text of them. Start reading at [`write`].

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use serde_json::Map;

use super::context::Context;
use super::failure::Failure;
use crate::model::entry::all_names;
use crate::model::json::EntryJson;
use crate::model::{Audience, Entry, Kind};
use crate::notebook::Notebook;
use crate::store::Selection;

/// Entries that are handed over at once.
const BATCH: usize = 256;
/// Batches that wait at most.
const WAITING: usize = 4;

/// What has to be known of a kind to write its entries.
struct Shape {
    kind: Kind,
    names: Vec<String>,
}

type Batch = Vec<(Entry, Arc<Shape>)>;

/// Writes the entries of a selection that an audience may see, a line each.
pub fn write(notebook: &Notebook, selection: &Selection, audience: Audience, context: &mut Context) -> Result<(), Failure> {
    let (give, batches) = sync_channel::<Batch>(WAITING);
    let (say, texts) = channel::<Result<String, serde_json::Error>>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for batch in batches {
                if say.send(text(&batch, audience)).is_err() {
                    break;
                }
            }
        });
        let done = read(notebook, selection, audience, context, &give, &texts);
        // Without this end the other thread would wait for more.
        drop(give);
        done?;
        texts.iter().try_for_each(|text| put(text, context))
    })
}

fn read(
    notebook: &Notebook,
    selection: &Selection,
    audience: Audience,
    context: &mut Context,
    give: &SyncSender<Batch>,
    texts: &Receiver<Result<String, serde_json::Error>>,
) -> Result<(), Failure> {
    let mut shapes: HashMap<String, Arc<Shape>> = HashMap::new();
    let mut batch = Batch::with_capacity(BATCH);
    let mut outcome = Ok(());
    notebook.for_each(selection, audience, |entry, kind| {
        if !shapes.contains_key(&kind.name) {
            shapes.insert(kind.name.clone(), Arc::new(Shape { kind: kind.clone(), names: all_names(kind, audience) }));
        }
        batch.push((entry, Arc::clone(&shapes[&kind.name])));
        if batch.len() < BATCH {
            return ControlFlow::Continue(());
        }
        outcome = hand_over(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)), give, texts, context);
        if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    outcome?;
    hand_over(batch, give, texts, context)
}

/// Gives a batch away and writes out what is there of earlier ones.
fn hand_over(batch: Batch, give: &SyncSender<Batch>, texts: &Receiver<Result<String, serde_json::Error>>, context: &mut Context) -> Result<(), Failure> {
    give.send(batch).map_err(|_| Failure::usage("the entries cannot be written as JSON"))?;
    texts.try_iter().try_for_each(|text| put(text, context))
}

fn put(text: Result<String, serde_json::Error>, context: &mut Context) -> Result<(), Failure> {
    context.text(&text.map_err(|e| Failure::usage(e.to_string()))?)
}

fn text(batch: &Batch, audience: Audience) -> Result<String, serde_json::Error> {
    let more = Map::new();
    let mut bytes = Vec::with_capacity(BATCH * 1024);
    for (entry, shape) in batch {
        serde_json::to_writer(&mut bytes, &EntryJson { entry, kind: &shape.kind, names: &shape.names, audience, more: &more })?;
        bytes.push(b'\n');
    }
    String::from_utf8(bytes).map_err(serde::de::Error::custom)
}
