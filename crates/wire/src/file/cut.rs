//! An input that ends where it cannot be read on, and keeps why: what came before stays good. It knows no format.

use std::io::{Error, ErrorKind, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// Why an input ended too early; `None` as long as it has not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cut(Arc<Mutex<Option<Error>>>);

impl Cut {
    /// Returns whether the input ended too early.
    pub(crate) fn is_cut(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Takes the reason: it is told once.
    pub(super) fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Says why; the first reason stays.
    pub(super) fn set(&self, error: Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// Reads up to the first fault.
pub(super) struct UpToCut<R> {
    inner: R,
    cut: Cut,
    has_ended: bool,
}

impl<R> UpToCut<R> {
    pub(super) fn new(inner: R, cut: Cut) -> Self {
        Self { inner, cut, has_ended: false }
    }
}

impl<R: Read> Read for UpToCut<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.has_ended {
            return Ok(0);
        }
        match self.inner.read(buffer) {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                self.has_ended = true;
                self.cut.set(error);
                Ok(0)
            }
            read => read,
        }
    }
}
