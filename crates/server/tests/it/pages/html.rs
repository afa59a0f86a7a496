//! The markup of every page: balanced, ids once, nothing inline, every text escaped.

use std::collections::BTreeSet;

use maud::Markup;
use throughline_server::page;
use throughline_server::view::path::{By, Layer};

use crate::sample;

/// Elements that have no end tag.
const VOID: [&str; 4] = ["meta", "link", "br", "input"];

/// A start tag with its attributes.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

/// Reads a document, failing on anything that is not balanced; returns its tags.
pub(crate) fn read(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a document begins with its type");
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends");
        let inner = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = inner.strip_prefix('/') {
            assert_eq!(
                open.pop().as_deref(),
                Some(name),
                "balanced near `{}`",
                rest.get(..60).unwrap_or(rest)
            );
            continue;
        }
        let tag = tag(inner);
        let closes_itself = inner.ends_with('/') || VOID.contains(&tag.name.as_str());
        if !closes_itself {
            open.push(tag.name.clone());
        }
        tags.push(tag);
    }
    assert!(open.is_empty(), "left open: {open:?}");
    tags
}

fn tag(inner: &str) -> Tag {
    let inner = inner.trim_end_matches('/');
    let (name, mut rest) = inner.split_once(' ').unwrap_or((inner, ""));
    let mut attributes = Vec::new();
    while !rest.trim().is_empty() {
        rest = rest.trim_start();
        let bare = rest.find([' ', '=']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(bare);
        match after.strip_prefix("=\"") {
            Some(value) => {
                let end = value.find('"').expect("a value ends");
                attributes.push((key.to_owned(), value[..end].to_owned()));
                rest = &value[end + 1..];
            }
            None => {
                attributes.push((key.to_owned(), String::new()));
                rest = after;
            }
        }
    }
    Tag { name: name.to_owned(), attributes }
}

/// Every page of the sample.
pub(crate) fn all() -> Vec<(&'static str, Markup)> {
    let shell = sample::shell();
    vec![
        ("today", page::today(&shell, &sample::today())),
        ("refused", page::today(&sample::refused(), &sample::today())),
        ("map", page::map(&shell, &sample::map(Layer::Steps))),
        ("map slos", page::map(&shell, &sample::map(Layer::Slos))),
        ("map table", page::map(&shell, &sample::map(Layer::Table))),
        ("objective", page::objective(&shell, &sample::objective())),
        ("step", page::step(&shell, &sample::step())),
        ("slos", page::slos(&shell, &sample::slos())),
        ("slo", page::slo(&shell, &sample::slo())),
        ("impact", page::impact(&shell, &sample::impact(By::Service))),
        ("impact by step", page::impact(&shell, &sample::impact(By::Step))),
        ("operations", page::operations(&shell, &sample::operations())),
        ("trace", page::trace(&shell, &sample::trace())),
        ("trace not kept", page::trace(&shell, &sample::not_kept())),
        ("quality", page::quality(&shell, &sample::quality())),
        ("not found", page::not_found(&shell, "/p/<script>/map")),
        ("failed", page::failed(&shell, "The evaluator did not answer.")),
    ]
}

#[test]
fn pages_are_whole_and_hold_nothing_inline() {
    for (name, markup) in all() {
        let html = markup.into_string();
        let mut ids = BTreeSet::new();
        for tag in read(&html) {
            for (key, value) in &tag.attributes {
                assert_ne!(key, "style", "{name}: {tag:?}");
                assert!(!key.starts_with("on"), "{name}: {tag:?}");
                assert!(key != "id" || ids.insert(value.clone()), "{name}: id `{value}` twice");
                let leads = value.starts_with('/') || value.starts_with('#');
                assert!(!(key == "href" || key == "src") || leads, "{name}: {tag:?}");
            }
        }
        let scripts = html.matches("<script").count();
        assert_eq!(scripts, html.matches("></script>").count(), "{name}: no inline script");
        for word in ["NaN", "inf ", "None", "Some("] {
            assert!(!html.contains(word), "{name} says {word}");
        }
    }
}

#[test]
fn every_page_has_one_heading_and_its_landmarks() {
    for (name, markup) in all() {
        let tags = read(&markup.into_string());
        let count = |wanted: &str| tags.iter().filter(|tag| tag.name == wanted).count();
        assert_eq!((count("h1"), count("main"), count("header"), count("footer")), (1, 1, 1, 1), "{name}");
    }
}

const NASTY: &str = "\"><img src=x onerror=alert(1)><!--";

#[test]
fn a_hostile_name_stays_text_everywhere() {
    let shell = sample::shell();
    let rename = |text: &mut String| *text = NASTY.to_owned();
    let mut map = sample::map(Layer::Steps);
    map.flow.steps.iter_mut().for_each(|step| {
        rename(&mut step.step.text);
        step.note = Some(NASTY.to_owned());
        step.step.href = throughline_server::view::path::step("mail", NASTY);
    });
    map.flow.objectives.iter_mut().for_each(|one| rename(&mut one.objective.text));
    rename(&mut map.product.name);
    let mut slos_map = map.clone();
    slos_map.layer = Layer::Slos;
    slos_map.flow.steps.iter_mut().flat_map(|step| &mut step.slos).for_each(|slo| rename(&mut slo.slo.text));
    let mut step = sample::step();
    rename(&mut step.name);
    rename(&mut step.description);
    step.reasons.iter_mut().for_each(|reason| rename(&mut reason.reason));
    step.services.iter_mut().for_each(|one| one.operations.iter_mut().for_each(rename));
    let mut impact = sample::impact(By::Service);
    impact.rows.iter_mut().for_each(|row| rename(&mut row.service));
    let mut operations = sample::operations();
    operations.rows.iter_mut().for_each(|row| rename(&mut row.operation));
    let mut refused = sample::refused();
    refused
        .refused
        .iter_mut()
        .flat_map(|edit| &mut edit.diagnostics)
        .for_each(|one| rename(&mut one.message));
    let pages = [
        page::map(&shell, &map),
        page::map(&shell, &slos_map),
        page::step(&shell, &step),
        page::impact(&shell, &impact),
        page::operations(&shell, &operations),
        page::today(&refused, &sample::today()),
        page::not_found(&shell, NASTY),
    ];
    for markup in pages {
        let tags = read(&markup.into_string());
        assert!(!tags.iter().any(|tag| tag.name == "img"));
        assert!(!tags.iter().any(|tag| tag.attributes.iter().any(|(key, _)| key.starts_with("on"))));
    }
}
