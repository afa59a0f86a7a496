//! The ordinary day at a weekday's 14:05: how often each thing happens, and who calls whom how often.

use throughline_sim::Scenario;

use crate::oracle::{MINUTE_NS, Played, Seen, config, play, twenty_minutes};

const UNREGISTERED: [&str; 4] =
    ["GET /static/{file}", "GET /healthz", "POST /api/calendar/events", "storage.v1.Blobs/Compact"];

fn assert_near(what: &str, value: f64, expected: f64, tolerance: f64) {
    assert!((value / expected - 1.0).abs() <= tolerance, "{what}: {value:.3}, expected about {expected}");
}

/// Four deviations of a count.
fn noise(count: f64) -> f64 {
    4.0 / count.sqrt()
}

#[test]
fn steps_have_their_rates_at_a_weekdays_1405() {
    let played = twenty_minutes(Scenario::None, None);
    for (service, name, per_min) in [
        ("webmail", "POST /login", 14.0),
        ("auth", "auth.v1.Sessions/Create", 14.0),
        ("webmail", "GET /compose", 18.0),
        ("webmail", "GET /api/addresses", 26.0),
        ("webmail", "POST /api/spelling", 15.0),
        ("webmail", "PUT /api/drafts/{id}", 20.0),
        ("webmail", "POST /api/messages", 20.0),
        ("webmail", "GET /api/messages", 19.6),
        ("webmail", "GET /api/messages/{id}", 24.0),
        ("mta", "deliver", 16.0),
        ("spamfilter", "classify", 16.0),
    ] {
        let count = played.count(service, name);
        assert_near(name, count / 20.0, per_min, noise(per_min * 20.0));
    }
}

#[test]
fn scale_multiplies_the_users_and_leaves_the_machines() {
    let users = |scale| {
        let mut config = config(Scenario::None, None);
        config.scale = scale;
        let played = play(config, 4, MINUTE_NS);
        assert_eq!(played.count("webmail", "GET /healthz"), 15.0, "four a minute, the first after 15 s");
        played.entries().count() as f64 - 15.0
    };
    assert_eq!(users(0.0), 2.0 * 3.0, "the probe's log ins: webmail and auth");
    assert_near("three times the users", users(3.0) / users(1.0), 3.0, 0.25);
}

#[test]
fn saving_and_sending_hardly_ever_fall_below_twelve_a_minute() {
    let played = twenty_minutes(Scenario::None, None);
    for name in ["PUT /api/drafts/{id}", "POST /api/messages"] {
        let mut minutes = [0u32; 20];
        for seen in played.of("webmail", name) {
            let minute = (seen.span.start_time_unix_nano - crate::oracle::FROM_NS) / MINUTE_NS;
            minutes[minute as usize] += 1;
        }
        let low = minutes.iter().filter(|count| **count < 12).count();
        assert!(low <= 2, "{name}: {minutes:?}");
    }
}

#[test]
fn storage_sees_about_fifty_requests_per_draft() {
    let played = twenty_minutes(Scenario::None, None);
    let storage = played.entries().filter(|seen| seen.service == "storage").count() as f64;
    let drafts = played.count("webmail", "PUT /api/drafts/{id}");
    assert_near("storage requests per draft", storage / drafts, 50.0, noise(drafts));
}

#[test]
fn few_requests_belong_to_no_step() {
    let played = twenty_minutes(Scenario::None, None);
    let unregistered =
        played.entries().filter(|seen| UNREGISTERED.contains(&&*seen.span.name)).count() as f64;
    let share = unregistered / played.entries().count() as f64;
    assert!((0.03..0.05).contains(&share), "{share:.4}");
}

#[test]
fn few_requests_are_refused_and_hardly_any_fails() {
    let played = twenty_minutes(Scenario::None, None);
    let pages = played.entries().filter(|seen| seen.service == "webmail").collect::<Vec<_>>();
    let share = |hit: &dyn Fn(i64) -> bool| {
        let code = |seen: &&&Seen| hit(seen.number("http.response.status_code").unwrap());
        pages.iter().filter(code).count() as f64 / pages.len() as f64
    };
    let refused = share(&|code| (400..500).contains(&code));
    assert!((0.009..0.023).contains(&refused), "{refused:.4}");
    let failed = share(&|code| code >= 500);
    assert!(failed < 0.005, "{failed:.4}");
}

#[test]
fn annotation_differs_from_step_to_step() {
    let played = twenty_minutes(Scenario::None, None);
    for (service, name, step, at_least) in [
        ("webmail", "POST /login", "login", 0.8),
        ("auth", "auth.v1.Sessions/Create", "login", 0.8),
        ("webmail", "GET /compose", "open-compose", 0.9),
        ("webmail", "PUT /api/drafts/{id}", "save-draft", 0.93),
        ("storage", "storage.v1.Blobs/Put", "save-draft", 0.93),
        ("webmail", "POST /api/messages", "send-mail", 0.93),
        ("webmail", "GET /api/messages/{id}", "open-message", 0.85),
        ("spelling", "POST /check", "check-spelling", 0.55),
    ] {
        let share = annotated(&played, service, name, Some(step));
        assert!(share >= at_least && share < 1.0, "{name}: {share:.3}");
    }
    for (service, name) in [
        ("mail", "mail.v1.Drafts/New"),
        ("webmail", "GET /api/addresses"),
        ("webmail", "GET /api/messages"),
        ("mail-queue", "enqueue"),
        ("storage", "storage.v1.Blobs/Get"),
    ] {
        assert_eq!(annotated(&played, service, name, None), 1.0, "{name}");
    }
}

fn annotated(played: &Played, service: &str, name: &str, step: Option<&str>) -> f64 {
    let hit = |seen: &&Seen| seen.text("throughline.step").as_deref() == step;
    played.of(service, name).filter(hit).count() as f64 / played.count(service, name)
}

#[test]
fn batch_and_test_traffic_say_so() {
    let played = twenty_minutes(Scenario::None, None);
    let tests =
        played.entries().filter(|seen| seen.text("user_agent.synthetic.type").as_deref() == Some("test"));
    assert_eq!(tests.count(), 19, "one a minute, from a minute after the start on");
    let batch = played.of("webmail", "GET /api/messages");
    let batch = batch.filter(|seen| seen.text("throughline.traffic").as_deref() == Some("batch")).count();
    assert!((4..25).contains(&batch), "{batch}");
}
