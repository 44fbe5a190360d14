//! Provenance: where each secret came in, where it went out, and under which paths it stood.
//!
//! Only hits are traced, and a run without any does nothing here. One pass over all trees finds
//! the few that lead to a hit ([`super::sweep`], [`super::carriers`]), one look at all commits says
//! which have which secret ([`super::presence`]), one walk down those few trees in the order of
//! the commits tells the paths ([`super::paths`]).

use super::carriers::Carriers;
use super::passes::sweep;
use super::presence::NONE;
use super::sightings::places;
use super::sweep::Limits;
use super::swept::Swept;
use super::things::Things;
use super::tracer::Tracer;
use super::wanted::Wanted;
use super::{Graph, Hit, Labels, Objects, Starts, Trace, Traced};
use crate::model::Gap;

/// Where it is known from which trees lead to hits.
pub(crate) enum Trees<'a> {
    /// A pass over all trees that was made by the way. If it was made for other hits, another is made.
    Swept(Swept),
    /// The same, for hits that are entries of known trees.
    Listed(&'a Swept),
    /// A pass that is made now.
    Pass(Limits),
}

impl Default for Trees<'_> {
    fn default() -> Self {
        Trees::Pass(Limits::default())
    }
}

/// What is told of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    All,
    /// Without the commits in which they came in and went out, and without tips: for thousands that stand
    /// nearly everywhere, these take much memory.
    Places,
}

/// Traces all hits. `stop` is polled; when it says so, what is known so far comes back and the
/// caller reports the interruption.
pub fn trace(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    hits: &[Hit],
    stop: &(dyn Fn() -> bool + Sync),
) -> Trace {
    trace_swept(objects, graph, labels, starts, hits, None, stop)
}

/// The same after a pass over all trees that was made by the way. If it was made for other hits than
/// these, another pass is made.
pub fn trace_swept(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    hits: &[Hit],
    swept: Option<Swept>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Trace {
    let trees = swept.map_or_else(Trees::default, Trees::Swept);
    trace_within(objects, graph, labels, starts, hits, trees, Told::All, stop)
}

#[allow(clippy::too_many_arguments)] // all that tracing needs
pub(crate) fn trace_within(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    hits: &[Hit],
    trees: Trees<'_>,
    told: Told,
    stop: &(dyn Fn() -> bool + Sync),
) -> Trace {
    let count = hits.iter().map(|hit| hit.group as usize + 1).max().unwrap_or(0);
    if count == 0 {
        return Trace::default();
    }
    let mut hits = hits.to_vec();
    hits.sort_unstable();
    hits.dedup();
    let (things, wanted) = Things::new(&hits);
    let (carriers, gaps) = if things.list.is_empty() {
        (Carriers::default(), Vec::new())
    } else {
        carriers(objects, wanted, trees, stop)
    };
    let mut tracer = Tracer {
        graph,
        labels,
        starts,
        carriers: &carriers,
        roots: roots(graph, &carriers),
        things: &things,
        trace: Trace { groups: vec![Traced::default(); count], gaps },
    };
    if told == Told::All {
        tracer.commits(stop);
        tracer.own_messages(&hits);
    }
    places(&mut tracer, &hits, stop);
    tracer.trace
}

/// The trees that lead to what is wanted.
fn carriers(
    objects: &impl Objects,
    wanted: Wanted,
    trees: Trees<'_>,
    stop: &(dyn Fn() -> bool + Sync),
) -> (Carriers, Vec<Gap>) {
    let limits = match trees {
        Trees::Swept(mut swept) => match swept.only(&wanted) {
            Some(leads) => return Carriers::new(leads),
            None => Limits::default(),
        },
        Trees::Listed(swept) => match swept.listing(&wanted) {
            Some(leads) => return Carriers::new(leads),
            None => Limits::default(),
        },
        Trees::Pass(limits) => limits,
    };
    Carriers::new(sweep(objects, wanted, limits, stop).all())
}

/// The carrier at the root of each commit.
fn roots(graph: &Graph, carriers: &Carriers) -> Vec<u32> {
    let root = |commit| graph.tree(commit).and_then(|tree| carriers.number(&tree)).unwrap_or(NONE);
    (0..graph.len() as u32).map(root).collect()
}
