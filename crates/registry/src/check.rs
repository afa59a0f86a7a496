//! Checks of what documents say together, one file per family of mistakes. Shapes have been checked before;
//! nothing is compiled here.

use crate::compile::Whole;
use crate::diagnostic::Problems;

/// Reports all that is wrong with the documents.
pub(crate) fn all(_whole: &Whole, _problems: &mut Problems) {}
