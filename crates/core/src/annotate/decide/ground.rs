//! What an answer rests on besides the span's own fields, for people who ask why. It is read after deciding and
//! changes nothing.

/// The ground of one span's answer; spans are named by their places in the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// The span above, as far as it was seen.
    pub parent: Option<usize>,
    /// The attempt whose request this span's request belongs to.
    pub above: Option<usize>,
    /// Whether a request came in with it; `None` while its parent may still come.
    pub entry: Option<bool>,
    /// What the rules say: those of whole steps, then those of parts.
    pub rule: Best,
    pub part: Best,
    /// Markers of any descendant, and of direct children.
    pub below: u64,
    pub children: u64,
}

/// The most specific of the rules that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Best {
    Nothing,
    /// The candidate's place in the span's entry.
    Candidate(usize),
    /// Two of different steps are as good.
    Tie,
}
