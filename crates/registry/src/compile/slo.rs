//! SLOs of the model.

use throughline_core::model::slo::{JoinSide, Method, Ratio, Sli, Slo, Window};
use throughline_core::model::step::Step;

use crate::compile::{Compiler, hash, put};
use crate::document::slo::{JoinDoc, SloDoc};

/// The slot of a latency that the step's counters do not hold: another method's.
const NO_SLOT: u8 = u8::MAX;

impl Compiler<'_> {
    /// Adds an SLO of a step, if all it needs was written.
    pub(super) fn slo(&mut self, product: &str, step: &Step, doc: &SloDoc) -> Option<()> {
        let target = Ratio::from_ppb(doc.target.as_ref()?.value);
        let window = doc.window.as_ref().map_or(Window::days(28), |window| Window::minutes(window.minutes));
        let path = |name: &str| format!("{product}/{}/{name}", step.name);
        let slo_id = path(&doc.name.value);
        // The id, and with it the history, stays with the earlier name.
        let known_as = doc.formerly.as_ref().map_or(slo_id.clone(), |formerly| path(&formerly.value));
        let sli = sli(step, doc)?;
        let measured = hash(&format!("{} {} {sli:?}", step.measurement_hash, doc.method.word()));
        let id = self.book.slo(&known_as, measured);
        let id = self.id(id, doc.name.place)?;
        let slo = Slo {
            id,
            step: step.id,
            name: doc.name.value.clone(),
            method: doc.method,
            sli,
            target,
            window,
            justification: doc.justification.clone(),
            judgement_hash: hash(&format!("{slo_id} {} {}", target.ppb(), window.buckets())),
            slo_id,
        };
        put(&mut self.registry.slos, id.index(), slo);
        Some(())
    }
}

fn sli(step: &Step, doc: &SloDoc) -> Option<Sli> {
    if doc.method == Method::EndToEnd {
        let (from, to) = (side(doc.from.as_ref()?), side(doc.to.as_ref()?));
        return Some(Sli::EndToEnd { from, to, within_ns: doc.within_ns? });
    }
    Some(match doc.latency_ns {
        None => Sli::Availability,
        Some(threshold_ns) => {
            let slot = step.thresholds.iter().position(|known| *known == threshold_ns);
            let slot = slot.filter(|_| doc.method == Method::Service).map_or(NO_SLOT, |slot| slot as u8);
            Sli::Latency { threshold_ns, slot }
        }
    })
}

fn side(doc: &JoinDoc) -> JoinSide {
    JoinSide { service: doc.service.clone(), operation: doc.operation.clone(), key: doc.key.clone() }
}
