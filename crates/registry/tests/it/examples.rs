//! The registries that users start from.

use throughline_core::model::objective::Criticality;
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::model::slo::Method;
use throughline_registry::TestOutcome::{Bad, Excluded, Good};
use throughline_registry::{Loaded, load_dir};

use crate::crate_dir;

fn load(example: &str) -> Loaded {
    load_dir(&crate_dir().join("../../examples").join(example), &mut IdBook::default())
}

fn clean(example: &str) -> Registry {
    let loaded = load(example);
    let told: Vec<_> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n\n"));
    loaded.registry.unwrap()
}

#[test]
fn the_mail_example_is_the_articles_product() {
    let registry = clean("mail");
    let flow = |name: &str| {
        let objective = registry.objectives().find(|objective| objective.name == name).unwrap();
        let steps = objective.flow.iter().filter_map(|flow| registry.step(flow.step));
        steps.map(|step| step.display_name.as_str()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        flow("compose-mail"),
        "Log in, Open compose, Look up addresses, Check spelling, Save draft, Send mail"
    );
    assert_eq!(flow("read-mail"), "Log in, Receive mail, Filter spam, Open inbox, Open message");
    let important =
        registry.steps().filter(|step| registry.criticality_of(step.id) == Criticality::Important);
    assert_eq!(
        important.map(|step| step.name.as_str()).collect::<Vec<_>>(),
        ["check-spelling", "filter-spam"]
    );
    let rules: Vec<_> =
        registry.products().flat_map(|product| &product.severity).map(|rule| rule.text.as_str()).collect();
    assert_eq!(
        rules,
        [
            "Send mail or Receive mail hurt at all",
            "a core step, impact over 20 %",
            "a core step, impact over 5 %",
            "an auxiliary step, impact over 20 %",
            "any step hurt at all"
        ]
    );
}

#[test]
fn every_required_step_of_the_mail_example_is_measured_by_its_service() {
    let registry = clean("mail");
    for flow in registry.objectives().flat_map(|objective| &objective.flow).filter(|flow| !flow.optional) {
        let measured = registry.slos_of(flow.step).any(|slo| slo.method == Method::Service);
        assert!(measured, "{}", registry.step(flow.step).unwrap().name);
    }
    let unfed = registry.slos().filter(|slo| slo.not_measured().is_some()).count();
    assert_eq!((registry.slos().count(), unfed), (19, 5));
}

#[test]
fn the_mail_example_tests_its_rules() {
    let tests = load("mail").tests;
    let expected: Vec<_> = tests.iter().map(|test| (test.step.as_deref(), test.outcome)).collect();
    let draft = Some("save-draft");
    assert_eq!(expected, [(draft, Some(Good)), (draft, Some(Bad)), (draft, Some(Excluded)), (None, None)]);
}

#[test]
fn the_boutique_tells_steps_by_what_was_called() {
    let registry = clean("boutique");
    assert_eq!(registry.steps().count(), 5);
    assert_eq!(registry.markers.len(), 10);
    let mut priorities: Vec<_> =
        registry.steps().flat_map(|step| &step.actions).map(|action| action.priority).collect();
    priorities.sort_unstable();
    assert_eq!(priorities, [1, 2, 3, 4, 5, 6]);
}
