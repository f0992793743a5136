//! The history of a run that is kept, as lines of JSON: what the streams held is gone with the brokers.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde_json::json;

use crate::history::{History, Place};

/// Writes `outputs.jsonl`, `beside.jsonl` (retries and dead letters) and `committed.jsonl` into a
/// folder.
///
/// # Errors
/// When the disk does not take them.
pub fn dump(history: &History, folder: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(folder.join("outputs.jsonl"))?);
    for (stream, outputs) in &history.outputs {
        for output in outputs {
            let place = Place {
                stream: *stream,
                partition: output.partition,
                offset: output.offset,
            };
            let made = output.made.map(|made| {
                let by = history.instances.get(made.by as usize);
                json!({ "by": by, "nth": made.nth, "of": history.name(made.parent), "seq": made.seq })
            });
            let line = json!({ "at": output.at, "place": history.name(place), "made": made });
            writeln!(file, "{line}")?;
        }
    }
    file.flush()?;
    let mut file = BufWriter::new(File::create(folder.join("beside.jsonl"))?);
    for copy in &history.waiting {
        let of = copy.parent.map(|parent| history.name(parent));
        let place = history.name(copy.place);
        let line = json!({ "at": copy.at, "place": place, "of": of, "failed": copy.failed });
        writeln!(file, "{line}")?;
    }
    for letter in &history.dead_letters {
        let of = letter.parent.map(|parent| history.name(parent));
        let flow = &history.flows[letter.flow].name;
        writeln!(
            file,
            "{}",
            json!({ "at": letter.at, "dead_letter_of": of, "flow": flow })
        )?;
    }
    file.flush()?;
    let mut file = BufWriter::new(File::create(folder.join("committed.jsonl"))?);
    for sample in &history.samples {
        let place = Place {
            stream: sample.stream,
            partition: sample.partition,
            offset: sample.next,
        };
        let flow = &history.flows[sample.flow].name;
        let line = json!({ "at": sample.at, "flow": flow, "next": history.name(place) });
        writeln!(file, "{line}")?;
    }
    file.flush()
}
