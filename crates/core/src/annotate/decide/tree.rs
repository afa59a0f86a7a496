//! The shape of a trace: whose child each span is, an order in which parents come first, and which `contains`
//! markers lie below. It knows no steps.

use crate::annotate::decide::Spans;
use crate::annotate::entry::Entry;
use crate::observation::{ParentIs, SpanKind};

/// No span.
pub(super) const NONE: u32 = u32::MAX;

/// Hops that are followed upwards; longer chains and circles are cut.
pub(super) const HOPS_MAX: usize = 256;

/// From how many spans on parents are found by a sorted index.
const SORT_FROM: usize = 24;

#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The parent's place, [`NONE`] where there is none or it was not seen.
    pub(super) parent: Vec<u32>,
    /// Where the chain ends at an unseen parent of the same process: the span of that service that may be an
    /// attempt and holds this one's start.
    pub(super) host: Vec<u32>,
    /// Places, parents and hosts first.
    pub(super) order: Vec<u32>,
    /// Markers of any descendant.
    pub(super) below: Vec<u64>,
    /// Markers of direct children.
    pub(super) children: Vec<u64>,
    /// Markers of spans below one that was not seen: they may lie below anything.
    pub(super) loose: u64,
    depth: Vec<u16>,
    sorted: Vec<u32>,
    hosts: Vec<u32>,
}

impl Tree {
    /// Builds the shape anew; tables are reused.
    pub(super) fn build(&mut self, spans: Spans<'_>, within_ten_minutes: bool) {
        self.sort(spans);
        self.parent.clear();
        for (index, entry) in spans.iter() {
            let parent = self.parent_of(spans, index, entry);
            let seen = |parent: &u32| !within_ten_minutes || entry.sees(spans.get(*parent as usize));
            self.parent.push(parent.filter(seen).unwrap_or(NONE));
        }
        self.cut_circles();
        self.find_hosts(spans, within_ten_minutes);
        self.order_by_depth(spans.len());
        self.mark(spans, within_ten_minutes);
    }

    /// Returns the spans above, nearest first.
    pub(super) fn ancestors(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let above = move |at: &usize| match self.parent[*at] {
            NONE => None,
            parent => Some(parent as usize),
        };
        std::iter::successors(above(&index), above).take(HOPS_MAX)
    }

    /// Returns whether `below` lies under `above`.
    pub(super) fn is_below(&self, below: usize, above: usize) -> bool {
        self.ancestors(below).any(|ancestor| ancestor == above)
    }

    /// Returns the span's depth: hops to the top of its chain.
    pub(super) fn depth(&self, index: usize) -> u16 {
        self.depth[index]
    }

    fn sort(&mut self, spans: Spans<'_>) {
        self.sorted.clear();
        self.sorted.extend(0..spans.len() as u32);
        if spans.len() >= SORT_FROM {
            self.sorted.sort_unstable_by_key(|index| (spans.get(*index as usize).span, *index));
        }
    }

    /// Returns the places of the spans with an id: client and server may share one (Zipkin).
    fn with_id<'a>(&'a self, spans: Spans<'a>, id: crate::id::SpanId) -> impl Iterator<Item = u32> + 'a {
        let from = match spans.len() >= SORT_FROM {
            true => self.sorted.partition_point(|index| spans.get(*index as usize).span < id),
            false => 0,
        };
        let sorted = spans.len() >= SORT_FROM;
        let candidates = self.sorted[from..].iter().copied();
        let candidates = candidates.take_while(move |i| !sorted || spans.get(*i as usize).span == id);
        candidates.filter(move |index| spans.get(*index as usize).span == id)
    }

    fn parent_of(&self, spans: Spans<'_>, index: usize, entry: &Entry) -> Option<u32> {
        if entry.kind != SpanKind::Client {
            let shares = |i: &u32| *i as usize != index && spans.get(*i as usize).kind == SpanKind::Client;
            if let Some(client) = self.with_id(spans, entry.span).find(shares) {
                return Some(client);
            }
        }
        let parent = entry.parent()?;
        let rank = |i: &u32| {
            let candidate = spans.get(*i as usize);
            let outgoing = candidate.kind == SpanKind::Client;
            (candidate.service == entry.service && !outgoing, !outgoing, candidate.service == entry.service)
        };
        self.with_id(spans, parent).filter(|i| *i as usize != index).max_by_key(rank)
    }

    /// Cuts every chain that is a circle or longer than [`HOPS_MAX`] at the span that sees it.
    fn cut_circles(&mut self) {
        self.depth.clear();
        for index in 0..self.parent.len() {
            let mut hops = 0;
            let mut at = index;
            while self.parent[at] != NONE && hops < HOPS_MAX {
                at = self.parent[at] as usize;
                hops += 1;
            }
            self.depth.push(hops as u16);
        }
        for (parent, depth) in self.parent.iter_mut().zip(&mut self.depth) {
            if usize::from(*depth) >= HOPS_MAX {
                (*parent, *depth) = (NONE, 0);
            }
        }
    }

    fn find_hosts(&mut self, spans: Spans<'_>, within_ten_minutes: bool) {
        self.host.clear();
        self.host.resize(spans.len(), NONE);
        self.hosts.clear();
        let hosts = spans.iter().filter(|(_, entry)| is_whole(entry)).map(|(index, _)| index as u32);
        self.hosts.extend(hosts);
        for (index, entry) in spans.iter() {
            let unseen = entry.parent_id.is_some() && self.parent[index] == NONE;
            if !unseen || !is_local(entry) {
                continue;
            }
            let may_host = |(other, host): &(usize, &Entry)| {
                *other != index
                    && host.service == entry.service
                    && host.holds(entry.start)
                    && (!within_ten_minutes || entry.sees(host))
                    && !self.is_below(*other, index)
                    && self.host[*other] as usize != index
            };
            let hosts = self.hosts.iter().map(|host| (*host as usize, spans.get(*host as usize)));
            let nearest = hosts.filter(may_host).max_by_key(|(_, host)| (host.start, host.span));
            if let Some((host, _)) = nearest {
                self.host[index] = host as u32;
            }
        }
    }

    /// Orders by depth; a span with a host, and all below it, comes after the host.
    fn order_by_depth(&mut self, n: usize) {
        self.order.clear();
        self.order.extend(0..n as u32);
        if self.host.iter().any(|host| *host != NONE) {
            for index in 0..n {
                self.depth[index] = self.depth_with_hosts(index);
            }
        }
        self.order.sort_by_key(|index| self.depth[*index as usize]);
    }

    fn depth_with_hosts(&self, index: usize) -> u16 {
        let mut at = index;
        for hops in 0..HOPS_MAX as u16 {
            at = match (self.parent[at], self.host[at]) {
                (NONE, NONE) => return hops,
                (NONE, host) => host as usize,
                (parent, _) => parent as usize,
            };
        }
        HOPS_MAX as u16
    }

    fn mark(&mut self, spans: Spans<'_>, within_ten_minutes: bool) {
        for table in [&mut self.below, &mut self.children] {
            table.clear();
            table.resize(spans.len(), 0);
        }
        self.loose = 0;
        for (index, entry) in spans.iter().filter(|(_, entry)| entry.markers != 0) {
            let (mut direct, mut top) = (true, index);
            let mut at = self.parent[index];
            for _ in 0..HOPS_MAX {
                let Some(ancestor) = (at != NONE).then(|| spans.get(at as usize)) else { break };
                if !within_ten_minutes || ancestor.sees(entry) {
                    self.below[at as usize] |= entry.markers;
                    self.children[at as usize] |= if direct { entry.markers } else { 0 };
                }
                direct &= ancestor.is_outgoing();
                top = at as usize;
                at = self.parent[at as usize];
            }
            if spans.get(top).parent_id.is_some() {
                self.loose |= entry.markers;
            }
        }
    }
}

/// Returns whether a span may be an attempt by some action.
fn is_whole(entry: &Entry) -> bool {
    !entry.is_outgoing() && entry.candidates.iter().any(|candidate| !candidate.part)
}

/// Returns whether a span's parent is of its own process, as far as its own fields tell.
fn is_local(entry: &Entry) -> bool {
    match entry.parent_is {
        ParentIs::Local => true,
        ParentIs::Remote => false,
        ParentIs::Unknown => entry.is_outgoing() || entry.kind == SpanKind::Internal,
    }
}
