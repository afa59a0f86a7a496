//! Reads the files of a replay again, in the same order and on the same clock, for what is asked about single traces.
//! It counts nothing.

use std::path::PathBuf;
use std::sync::Arc;

use throughline_core::model::registry::Registry;
use throughline_core::time::UnixNanos;
use throughline_wire::file::{FileError, Format};
use throughline_wire::scratch::Scratch;
use throughline_wire::visit::Visit;

use crate::extent::Dating;
use crate::replay::ReplayError;
use crate::replay::clock::{Clock, Moved};
use crate::replay::files::{Dated, Files, in_order};

/// Takes spans whose arrival is known only when their chunk is whole.
pub(crate) trait Take: Visit {
    /// Says when the spans came that were taken since this was last said.
    fn arrive(&mut self, at: UnixNanos);
}

/// The files, in their order.
#[derive(Debug)]
pub(crate) struct Again {
    registry: Arc<Registry>,
    files: Vec<Dated>,
    format: Option<Format>,
}

impl Again {
    /// Looks at the beginning of each file; folders are opened.
    ///
    /// # Errors
    /// [`ReplayError`] when a file that was given by its name cannot be read at all.
    pub(crate) fn new(
        registry: &Arc<Registry>,
        files: &[PathBuf],
        format: Option<&Format>,
    ) -> Result<Self, ReplayError> {
        let files = in_order((files, format), registry)?.files;
        Ok(Self { registry: Arc::clone(registry), files, format: format.cloned() })
    }

    /// Hands all spans over in the order of a replay; a chunk arrives with its newest end, and the clock never goes
    /// back. Returns why files ended too early.
    ///
    /// # Errors
    /// [`ReplayError`] when a file is not there any more.
    pub(crate) fn play(&self, take: &mut impl Take) -> Result<Vec<FileError>, ReplayError> {
        let (mut scratch, mut now, mut faults) = (Scratch::default(), UnixNanos(0), Vec::new());
        let longest_ns = self.registry.longest_window_ns();
        let mut clock = Clock::new(longest_ns);
        let mut files = Files::new(&self.files, self.format.as_ref());
        while let Some((reading, inside)) = files.turn()? {
            let mut dated = Dating::new(&mut *take);
            let next = reading.file.next_chunk(&self.registry.slots, &mut scratch, &mut dated);
            if let Moved::On { to } | Moved::Over { to, .. } =
                clock.follow(dated.dates.extent(longest_ns), next, inside)
            {
                now = now.max(to);
            }
            take.arrive(now);
            faults.extend(reading.file.take_fault());
            (reading.begun, reading.next) = (true, next);
        }
        Ok(faults)
    }
}
