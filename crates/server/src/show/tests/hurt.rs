//! Drafts fail for everyone since 13:43; storage itself is 98 % good.

use std::sync::LazyLock;

use crate::show::tests::world::{FAILS_MINUTES, NOTES, NOW, World, keep_example, registry, step as step_id};
use crate::show::{impact, map, objective, operations, quality, slo, slos, step, today, trace};
use crate::view::number::WHOLE;
use crate::view::path::Layer;
use crate::view::slos::Filter;
use crate::view::word::{Method, Severity, Status};

fn world() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(|| {
        let mut world = World::drafts_fail(NOTES);
        keep_example(&mut world.live);
        world.pin_examples();
        world
    });
    &WORLD
}

#[test]
fn today_says_who_cannot_do_what_since_when() {
    let world = world();
    let today = today::today(&world.live);
    assert!(today.empty.is_none());
    let product = &today.products[0];
    let alarm = product.alarm.as_ref().unwrap();
    insta::assert_snapshot!(alarm.title, @"Save draft fails for everyone since 13:43. Major since 13:44.");
    insta::assert_snapshot!(alarm.says[0].plain(), @"350 of 350 attempts at Save draft failed since 13:52; 575 lost since 13:43. It begins at storage (HTTP 503, quota exceeded): 2.0 % of its requests, 100 % of this step's failures.");
    insta::assert_snapshot!(alarm.more.plain(), @"Alerts: outage, page since 13:53 (first page 13:49: fast) · Notes SRE");
    assert_eq!(alarm.severity, Some(Severity::Major));
    assert!(product.calm.is_none());
    let rows: Vec<String> = product
        .objectives
        .iter()
        .map(|row| format!("{}: {}, {}", row.objective.text, row.state.words(), row.because.plain()))
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    Write notes: failing, Save draft: 350 of 350 failed since 13:52
    Find notes: met,
    ");
    let needs = product.needs.iter().map(|need| {
        let state = need.state.map_or(String::new(), |state| format!("[{}] ", state.words()));
        format!("{state}{}: {} -> {}", need.what.text, need.why.plain(), need.next.plain())
    });
    insta::assert_snapshot!(needs.collect::<Vec<_>>().join("\n"), @r"
    [no SLO] Share note: 14,400 attempts in the last day, unmeasured -> copy the draft SLO
    [cannot tell: not measured] Save draft works in the browser: no client event has come for this step; this version does not receive them -> Save draft is available tells until then
    Requests without a step: 330 since 13:00 -> copy the draft rule
    ");
    let events = product.events.iter().map(|event| format!("{} {}", event.at.clock(), event.text.plain()));
    insta::assert_snapshot!(events.collect::<Vec<_>>().join("\n"), @r#"
    14:05 Save draft: alert slow, ticket
    13:55 Save draft: alert steady, page
    13:53 Save draft: alert outage, page
    13:49 Save draft: alert fast, page
    13:44 Save draft began to be hurt: major by rule 1 (a core step, impact over 20 %)
    "#);
}

#[test]
fn two_per_cent_of_a_service_are_all_of_a_step() {
    let world = world();
    let ask = impact::Ask { product: "notes", ..impact::Ask::default() };
    let view = impact::impact(&world.live, &ask).unwrap();
    let (column, at) = view.columns.iter().zip(0..).find(|(column, _)| column.worst).unwrap();
    assert_eq!(column.id.as_deref(), Some("save-draft"));
    assert_eq!((column.failed.part, column.failed.of), (25 * 15, 25 * 15));
    let row = view.rows.iter().find(|row| row.service == "storage").unwrap();
    assert_eq!(row.errors_ppb, Some(20_000_000));
    let cell = row.cells[at].unwrap();
    assert_eq!((cell.of_service_ppb, cell.of_step_ppb), (WHOLE, Some(WHOLE)));
    assert_eq!((cell.errors, cell.attempts), (375, 375));
    for row in &view.rows {
        assert_eq!(row.cells.len(), view.columns.len());
        assert_eq!(row.cells.iter().flatten().map(|cell| cell.errors).sum::<u64>(), row.errors.part);
    }
    insta::assert_snapshot!(view.say.plain(), @"storage fails 2.0 % of its requests, and that is every attempt at Save draft.");
    let examples = view.examples.unwrap();
    assert_eq!((examples.service.as_str(), examples.step.as_str()), ("storage", "Save draft"));
    assert_eq!(examples.rows[0].took_ns, None);
    let meaning = view.meaning.unwrap();
    assert_eq!(meaning.objective.text, "Write notes");
    assert!(meaning.annotated_ppb.unwrap() < WHOLE);
    let other = impact::Ask { cell: Some(("web", None)), ..ask };
    let examples = impact::impact(&world.live, &other).unwrap().examples.unwrap();
    assert_eq!((examples.service.as_str(), examples.step.as_str()), ("web", "no step"));
    assert_eq!(examples.rows, [], "this world names no trace without a step");
}

#[test]
fn the_map_names_what_is_broken_and_the_step_says_how() {
    let world = world();
    let map = map::map(&world.live, "notes", Layer::Steps).unwrap();
    insta::assert_snapshot!(map.say.plain(), @"failing Save draft fails for everyone since 13:43, so Write notes is broken. The other 3 measured steps are met; 1 step has no SLO.");
    assert_eq!(map.flow.objectives[0].objective.text, "Write notes");
    let ids: Vec<&str> = map.flow.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["open-note", "save-draft", "share-note", "find-list", "search"]);
    let step = step::step(&world.live, "notes", "save-draft").unwrap();
    insta::assert_snapshot!(step.say.plain(), @"Save draft fails for everyone since 13:43: 350 of 350 failed since 13:52. Most began at storage: HTTP 503, quota exceeded.");
    assert_eq!(step.impact.impact_ppb, Some(WHOLE));
    assert!(step.impact.at_least_ppb.unwrap() < WHOLE);
    assert_eq!(step.impact.so_far.unwrap().attempts, 25 * u64::from(FAILS_MINUTES));
    assert_eq!(step.reasons[0].reason, "HTTP 503, quota exceeded");
    assert_eq!(step.reasons[0].share_ppb, WHOLE);
    assert!(step.reasons[0].example.is_some());
    assert!(step.attempts.last_hour.adds_up());
    assert_eq!(step.attempts.buckets.len(), 72);
    let services: Vec<(&str, bool)> =
        step.services.iter().map(|s| (s.service.as_str(), s.takes_attempt)).collect();
    assert_eq!(services, [("web", true), ("storage", false)]);
    assert_eq!(step.services_say.plain(), "storage fails no other step.");
    let methods: Vec<String> = step
        .slos
        .iter()
        .map(|column| {
            let of = |value: &Option<crate::view::step::Trait>| {
                value.as_ref().map_or("-".to_owned(), |one| format!("{} ({})", one.value, one.note))
            };
            let traits = [&column.cost, &column.confidence, &column.latency, &column.coverage].map(of);
            format!(
                "{}: {} | {} | {}",
                column.slo.text,
                column.state.words(),
                column.note,
                traits.join(" | ")
            )
        })
        .collect();
    insta::assert_snapshot!(methods.join("\n"), @r"
    Save draft is available: failing | 125 of 125 failed in 5 min | 27,000 spans in 6 h (nothing to deploy) | every attempt counted (none sampled, 0 lost) | 60 to 120 s to a number (a minute closes 60 s after its end; up to 30 s more where the trace must tell) | all that reaches web, not the way there (96.66 % of all requests of web name a step, this or another: 0 by client, 229 k by rule, 0 by trace)
    Save draft is fast: met | a failed attempt is not timed | nothing more (the same spans) | every good attempt timed (none sampled, 0 lost) | 60 to 120 s to a number (a minute closes 60 s after its end; up to 30 s more where the trace must tell) | all that reaches web, not the way there (96.66 % of all requests of web name a step, this or another: 0 by client, 229 k by rule, 0 by trace)
    Save draft works in the browser: cannot tell: not measured | no client event has come for this step; this version does not receive them | - | - | - | -
    ");
    assert_eq!(step.before[0].step.text, "Open note");
    assert_eq!(step.after[0].step.text, "Share note");
    assert!(step.after.len() == 1 && step.no_slo.is_none());
}

#[test]
fn an_objective_says_which_rule_fires() {
    let world = world();
    let view = objective::objective(&world.live, "notes", "write-notes").unwrap();
    let rules =
        view.rules.iter().map(|rule| format!("{} {:?}: {}", rule.number, rule.now, rule.says.plain()));
    insta::assert_snapshot!(rules.collect::<Vec<_>>().join("\n"), @r#"
    1 Fires: fires: Save draft, 100 %, at least 98.9 %
    2 Holds: true too; rule 1 is higher
    3 Holds: true too; rule 1 is higher
    "#);
    let steps = view.steps.iter().map(|row| {
        format!(
            "{} [{}]: {}, {}",
            row.step.text,
            row.marks.join(", "),
            row.state.words(),
            row.because.plain()
        )
    });
    insta::assert_snapshot!(steps.collect::<Vec<_>>().join("\n"), @r#"
    Open note [also in Find notes]: met, available: 100 / 99.5 %, 100 % left
    Save draft []: failing, storage: HTTP 503, quota exceeded
    Share note [optional]: no SLO, nothing measures it
    "#);
    assert_eq!(view.kpis, ["Notes saved, notes/min"]);
    assert_eq!(view.people.accountable, ["Notes product"]);
    assert_eq!((view.slos.slos, view.slos.not_measured, view.slos.steps_with, view.slos.steps), (5, 1, 2, 3));
    assert!(objective::objective(&world.live, "notes", "none").is_none());
}

#[test]
fn an_slo_ends_at_the_number_of_its_tile() {
    let world = world();
    let view = slo::slo(&world.live, "notes/save-draft/available").unwrap();
    assert_eq!(view.title, "Save draft is available");
    assert_eq!(view.state.status, Status::Failing);
    let burndown = view.burndown.unwrap();
    assert!(burndown.points.len() <= 400);
    assert_eq!(burndown.points[0].left_ppb, Some(WHOLE as i64));
    assert_eq!(burndown.points.last().unwrap().left_ppb, view.sli.left_ppb);
    let falls = burndown.points.windows(2).all(|two| two[0].left_ppb >= two[1].left_ppb);
    assert!(falls, "{:?}", burndown.points);
    assert!(burndown.marks.iter().any(|mark| mark.text == "major, Save draft"));
    let before = burndown.before.unwrap().left_ppb;
    assert!(before > burndown.points.last().unwrap().left_ppb, "{before:?}");
    let firing: Vec<&str> =
        view.tiers.iter().filter(|tier| tier.firing_since.is_some()).map(|tier| tier.name.as_str()).collect();
    assert!(firing.contains(&"outage") && firing.contains(&"fast"), "{firing:?}");
    assert!(view.tiers.iter().any(|tier| tier.note == "first to fire"));
    assert!(view.measured.counts.plain().contains("PUT /drafts/{id} at web"));
    assert_eq!(view.measured.owner, "Notes SRE");
    let fast = slo::slo(&world.live, "notes/save-draft/fast").unwrap();
    let counts = fast.attempts.unwrap().last_hour;
    assert!(counts.adds_up());
    // A failed attempt is not timed.
    assert_eq!((counts.bad, counts.excluded), (0, 25 * u64::from(FAILS_MINUTES - 1)));
    assert!(fast.reasons.is_empty());
    assert_eq!(fast.severity, view.severity, "it is the step's, whichever of its SLOs is looked at");
    let client = slo::slo(&world.live, "notes/save-draft/works-in-the-browser").unwrap();
    assert_eq!(client.title, "Save draft works in the browser");
    assert!(client.burndown.is_none() && client.attempts.is_none() && client.explained.is_some());
    assert_eq!(client.sli.sli_ppb, None);
    assert!(!client.is_known && client.tiers.iter().all(|tier| !tier.is_known));
    let explained = client.explained.unwrap();
    assert!(explained.why.is_empty(), "the sentence has said it");
    insta::assert_snapshot!(explained.next.plain(), @"Save draft is available tells until then");
}

#[test]
fn the_list_of_slos_is_whole_and_filtered() {
    let world = world();
    let all = slos::slos(&world.live, &Filter::default());
    insta::assert_snapshot!(all.say.plain(), @"7 SLOs: 1 failing (Save draft is available), 5 met, 1 not measured yet; 1 step has none.");
    assert_eq!(all.total, 7);
    assert_eq!(all.by_status.iter().map(|one| one.count).sum::<u64>(), 7);
    assert_eq!(all.by_method.iter().map(|one| one.count).sum::<u64>(), 7);
    let rows: u64 = all.groups.iter().flat_map(|group| &group.rows).map(|row| row.slos.len() as u64).sum();
    assert_eq!(rows, 7);
    let groups: Vec<&str> = all.groups.iter().map(|group| group.objective.text.as_str()).collect();
    assert_eq!(groups, ["Write notes", "Find notes"]);
    assert_eq!(all.groups[1].shared, ["Open note"]);
    let alert = &all.groups[0].rows[1].slos[0].alert_or_cause;
    insta::assert_snapshot!(alert.plain(), @"outage, page, since 13:53; first page 13:49, fast");
    let filter = Filter { method: Some(Method::Client), status: Some(Status::Missed), ..Filter::default() };
    let none = slos::slos(&world.live, &filter);
    let Some(crate::view::empty::Empty::NoHit(hit)) = none.empty else { panic!("{:?}", none.empty) };
    assert_eq!((hit.total, hit.without[1].hits), (7, 1));
    let failing = Filter { status: Some(Status::Failing), ..Filter::default() };
    let failing = slos::slos(&world.live, &failing);
    assert_eq!(failing.groups[0].rows[0].slos.len(), 1);
    let no_slo = Filter { status: Some(Status::NoSlo), ..Filter::default() };
    assert_eq!(slos::slos(&world.live, &no_slo).groups[0].rows[0].step.text, "Share note");
}

#[test]
fn a_draft_is_a_rule_that_check_takes() {
    let world = world();
    let view = operations::operations(&world.live, None);
    insta::assert_snapshot!(view.say.plain(), @"330 of 92,400 requests belong to no step (0.4 %). 2 operations make them; the most frequent is web POST /api/v2/attachments/{id}, 264 requests.");
    let draft = view.draft.unwrap();
    insta::assert_snapshot!(draft.yaml, @r#"
    # paste under `steps:` and say in the user's words what it is
    attachments:
      name: "Attachments"
      class: auxiliary
      actions:
        - {service: "web", operation: "POST /api/v2/attachments/{id}"}
      slos:
        - {name: available, method: service, target: 99%, window: 28d}
    "#);
    assert_eq!(draft.good + draft.bad, draft.matches.of);
    assert_eq!(view.without.part - draft.then_without.part, draft.matches.part);
    assert_eq!(view.rows.iter().map(|row| row.errors.of).sum::<u64>(), view.without.part);
    let pasted = NOTES.replacen("  steps:\n", &format!("  steps:\n{}", draft.yaml), 1);
    let drafted = registry(&pasted);
    assert!(drafted.steps().any(|step| step.name == "attachments" && step.actions.len() == 1));
    insta::assert_snapshot!(view.ties[0].says.plain(), @"GET /lists/search fits GET /lists/* of Find a list and GET /*/search of Search equally well. A tie is never guessed.");
    let asked = operations::operations(&world.live, Some(("web", "GET /lists/search")));
    assert!(asked.draft.is_none());
}

#[test]
fn quality_adds_up() {
    let world = world();
    let view = quality::quality(&world.live);
    assert!(view.signals.iter().all(crate::view::quality::Conservation::adds_up));
    insta::assert_snapshot!(view.say.plain(), @"Every record is accounted for; 99.64 % of requests name their step.");
    let all = view.all.unwrap();
    assert_eq!(all.entries, view.coverage.iter().map(|row| row.entries).sum::<u64>());
    assert_eq!(view.agreement, None);
    assert_eq!(view.sources.len(), 2);
    assert!(view.sources.iter().all(|source| source.behind_seconds.is_none() && !source.late));
    assert!(view.limits.iter().all(|limit| limit.max > 0));
    let not_kept = trace::not_kept(&world.live, "\"><b>");
    assert!(!not_kept.is_id);
    assert_eq!(not_kept.kept[0].reason, "HTTP 503, quota exceeded");
}

#[test]
fn a_step_may_be_too_slow_without_failing() {
    let world = World::notes_are_slow(NOTES);
    let today = today::today(&world.live);
    let alarm = today.products[0].alarm.as_ref().unwrap();
    insta::assert_snapshot!(alarm.title, @"Open note is too slow in 60.0 % of attempts, hurt since 13:43. Major since 13:44.");
    insta::assert_snapshot!(alarm.says[0].plain(), @"840 of 1,400 attempts at Open note took longer than 800 ms since 13:52; 1,380 lost since 13:43.");
    let step = step::step(&world.live, "notes", "open-note").unwrap();
    insta::assert_snapshot!(step.say.plain(), @"Open note is too slow in 60.0 % of attempts, hurt since 13:43: 840 of 1,400 took longer than 800 ms since 13:52.");
    assert_eq!(step.reasons[0].reason, "took longer than 800 ms");
    let view = objective::objective(&world.live, "notes", "find-notes").unwrap();
    assert_eq!(view.steps[0].because.plain(), "took longer than 800 ms");
    insta::assert_snapshot!(view.say.plain(), @"failing Open note is too slow in 60.0 % of attempts, hurt since 13:43, so Find notes is broken. The other 2 measured steps are met.");
}

#[test]
fn a_silent_step_says_where_users_are_lost() {
    let yaml = NOTES.replace("[open-note, save-draft,", "[open-note, save-draft, search,");
    let mut world = World::calm(&yaml, NOW);
    let search = step_id(&world.live, "search");
    for minute in 0..20 {
        world.without(NOW.plus(minute), search);
    }
    let today = today::today(&world.live);
    let alarm = today.products[0].alarm.as_ref().unwrap();
    insta::assert_snapshot!(alarm.title, @"Nobody gets to Search since 14:06. Minor since 14:12.");
    insta::assert_snapshot!(alarm.says[0].plain(), @"Nobody gets to Search since 14:06: 95 attempts never came.");
    insta::assert_snapshot!(alarm.more.plain(), @"Alerts: Search: silence, page since 14:12 · Notes SRE");
    let view = step::step(&world.live, "notes", "search").unwrap();
    let explained = view.explained.unwrap();
    insta::assert_snapshot!(explained.why.plain(), @"95 attempts expected since 14:06, 0 came: users come to Open note and do not get here.");
    insta::assert_snapshot!(explained.next.plain(), @"look at what users meet after Open note");
    let silent = slos::slos(&world.live, &Filter { status: Some(Status::Silent), ..Filter::default() });
    let view = slo::slo(&world.live, &silent.groups[0].rows[0].slos[0].id).unwrap();
    insta::assert_snapshot!(view.say.plain(), @"95 attempts expected since 14:06, 0 came: users come to Open note and do not get here.");
    let alert = view.silence.unwrap();
    insta::assert_snapshot!(format!("{} {}", alert.since.clock(), alert.notify.word()), @"14:12 page");
    assert!(view.explained.unwrap().why.is_empty());
    assert!(view.burndown.is_none_or(|chart| chart.left_low_ppb == view.sli.left_low_ppb));
    let view = step::step(&world.live, "notes", "search").unwrap();
    let chart = &view.attempts;
    assert!(chart.buckets.last().unwrap().counts.is_none() && chart.buckets[0].counts.is_some());
}
