//! Nine timed faults in a shop's traces, told from clean minutes alone: which steps are hurt and which are not.
//! The shop's spans have no status and one root name; the registry is `examples/boutique`.
//!
//! Data set onlineboutique-nezha (MIT, (c) 2023 IntelligentDDS, Nezha), read in place where it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use throughline_core::count::frame::Frame;
use throughline_server::replay::Options;
use throughline_wire::csv::Mapping;
use throughline_wire::file::Format;

use crate::data::shared;
use crate::playing::{Answers, answers, options, registry, root, step, stretch};

const SET: &str = "data/onlineboutique-nezha";
const STEPS: [(&str, &str); 5] = [
    ("home", "Open the home page"),
    ("product-page", "Look at a product"),
    ("view-cart", "View the cart"),
    ("add-to-cart", "Add to cart"),
    ("checkout", "Check out"),
];

/// The four files whose beginning is clean, and the clean stretches in them: before their injections.
const CLEAN: [(&str, &str); 4] = [
    ("2022-08-22/05_43", "2022-08-22T05:42:20Z..2022-08-22T05:43:48Z"),
    ("2022-08-22/05_52", "2022-08-22T05:51:20Z..2022-08-22T05:52:54Z"),
    ("2022-08-22/07_53", "2022-08-22T07:52:20Z..2022-08-22T07:53:33Z"),
    ("2022-08-23/14_47", "2022-08-23T14:46:00Z..2022-08-23T14:47:40Z"),
];

struct Fault {
    name: &'static str,
    day: &'static str,
    at: &'static str,
    files: &'static [&'static str],
    hurt: &'static [&'static str],
    /// Medians in ms after the injection, by step.
    medians: &'static [(&'static str, f64)],
    /// Attempts after the injection, by step.
    attempts: &'static [(&'static str, i64)],
}

const FAULTS: [Fault; 9] = [
    Fault {
        name: "frontend returns at once",
        day: "2022-08-22",
        at: "04:02:07",
        files: &["04_02", "04_03", "04_04"],
        hurt: &["product-page"],
        medians: &[],
        attempts: &[("product-page", 16)],
    },
    Fault {
        name: "frontend returns at once, again",
        day: "2022-08-23",
        at: "12:10:21",
        files: &["12_10", "12_11", "12_12"],
        hurt: &["product-page"],
        medians: &[],
        attempts: &[("product-page", 11)],
    },
    Fault {
        name: "checkout short of CPU",
        day: "2022-08-22",
        at: "04:44:16",
        files: &["04_45", "04_46"],
        hurt: &["checkout"],
        medians: &[("checkout", 2_631.0)],
        attempts: &[("checkout", 41)],
    },
    Fault {
        name: "currency slow",
        day: "2022-08-22",
        at: "05:27:06",
        files: &["05_27", "05_28", "05_29"],
        hurt: &["home", "view-cart", "checkout", "product-page"],
        medians: &[
            ("home", 6_144.0),
            ("view-cart", 1_923.0),
            ("checkout", 2_492.0),
            ("product-page", 1_294.0),
            ("add-to-cart", 14.0),
        ],
        attempts: &[],
    },
    Fault {
        name: "email slow",
        day: "2022-08-22",
        at: "05:43:48",
        files: &["05_43", "05_44"],
        hurt: &["checkout"],
        medians: &[("checkout", 1_104.0)],
        attempts: &[("checkout", 9)],
    },
    Fault {
        name: "recommendation slow",
        day: "2022-08-22",
        at: "06:52:56",
        files: &["06_53", "06_54"],
        hurt: &["product-page", "view-cart", "checkout"],
        medians: &[("product-page", 620.0), ("view-cart", 652.0), ("checkout", 911.0)],
        attempts: &[],
    },
    Fault {
        name: "shipping slow",
        day: "2022-08-22",
        at: "07:17:55",
        files: &["07_18", "07_19"],
        hurt: &["checkout", "view-cart"],
        medians: &[("checkout", 1_245.0), ("view-cart", 664.0)],
        attempts: &[],
    },
    Fault {
        name: "ad throws",
        day: "2022-08-22",
        at: "07:53:33",
        files: &["07_53", "07_54", "07_55"],
        hurt: &["home"],
        medians: &[("home", 802.0)],
        attempts: &[],
    },
    Fault {
        name: "catalog returns at once",
        day: "2022-08-23",
        at: "14:47:40",
        files: &["14_47", "14_48", "14_49"],
        hurt: &["product-page", "checkout", "view-cart", "add-to-cart"],
        medians: &[],
        attempts: &[("view-cart", 10), ("add-to-cart", 4), ("checkout", 36)],
    },
];

impl Fault {
    /// From the injection to the end of the last file, which ends 20 or 28 s after the minute that names it.
    fn window(&self) -> String {
        let last = self.files.last().unwrap().replace('_', ":");
        format!("{0}T{1}Z..{0}T{last}:40Z", self.day, self.at)
    }

    fn files(&self) -> impl Iterator<Item = String> {
        self.files.iter().map(|file| format!("{}/{file}", self.day))
    }
}

fn shop(set: &Path, names: impl IntoIterator<Item = String>) -> Options {
    let names: BTreeSet<String> = names.into_iter().collect();
    let files: Vec<PathBuf> = names.iter().map(|name| set.join(format!("{name}_trace.csv.gz"))).collect();
    let mapping = "trace=TraceID,span=SpanID,parent=ParentID,service=PodName,name=OperationName,\
                   start=StartTimeUnixNano:ns,end=EndTimeUnixNano:ns,root=root";
    let mapping = Mapping::parse(mapping).unwrap().with_service_pattern("^(.+)-[^-]+-[^-]+$").unwrap();
    let mut options = options(registry(&root().join("examples/boutique")), files);
    options.format = Some(Format::Csv(mapping));
    options
}

/// Looks once at a window; normal is what the clean stretches say, the same ones for every window.
fn look(set: &Path, files: impl IntoIterator<Item = String>, window: &str) -> Answers {
    let clean = CLEAN.iter().map(|(file, _)| (*file).to_owned());
    let mut options = shop(set, files.into_iter().chain(clean));
    options.window = Some(stretch(window));
    options.baseline = CLEAN.iter().map(|(_, clean)| stretch(clean)).collect();
    answers(&options)
}

/// Does `of` for every index below `n`, on two threads.
fn each<T: Send>(n: usize, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= n {
            return;
        }
        let value = of(index);
        done.lock().unwrap().insert(index, value);
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    done.into_inner().unwrap().into_values().collect()
}

/// Returns what says that a step is hurt, in a few words.
fn hurt(looked: &Answers, name: &str) -> Option<String> {
    let severity = looked.report.severity.iter().find(|severity| severity.step == name);
    let silence = looked.report.silences.iter().find(|silence| silence.step == name);
    let level = severity.map(|severity| severity.level.to_owned());
    let silent = silence.map(|silence| format!("silent ({})", silence.cause));
    let words: Vec<String> = level.into_iter().chain(silent).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn within(got: f64, wanted: f64, share: f64) -> bool {
    (got / wanted - 1.0).abs() <= share
}

#[test]
fn every_fault_hurts_the_steps_it_hurts_and_no_other() {
    let Some(set) = shared(SET) else { return };
    let looks = each(FAULTS.len() + CLEAN.len(), |index| match FAULTS.get(index) {
        Some(fault) => look(&set, fault.files(), &fault.window()),
        None => look(&set, [], CLEAN[index - FAULTS.len()].1),
    });
    let mut faults = Vec::new();
    for (fault, looked) in FAULTS.iter().zip(&looks) {
        check(fault, looked, &mut faults);
    }
    for ((file, _), looked) in CLEAN.iter().zip(&looks[FAULTS.len()..]) {
        let hurt: Vec<&str> =
            STEPS.iter().filter(|(name, _)| hurt(looked, name).is_some()).map(|(name, _)| *name).collect();
        if !hurt.is_empty() {
            faults.push(format!("clean {file}: hurt {hurt:?}"));
        }
    }
    medians_of_clean_minutes(&looks[0], &mut faults);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    same_as_written(&page(&looks));
}

fn check(fault: &Fault, looked: &Answers, faults: &mut Vec<String>) {
    for (name, _) in STEPS {
        let (got, wanted) = (hurt(looked, name), fault.hurt.contains(&name));
        if got.is_some() != wanted {
            faults.push(format!("{}: {name} hurt {wanted}, but {got:?}", fault.name));
        }
    }
    for (name, wanted) in fault.medians {
        let got = looked.step(name).latency_ms.as_ref().map_or(0.0, |latency| latency.p50);
        if !within(got, *wanted, 0.05) {
            faults.push(format!("{}: median of {name} {got} ms, not {wanted}", fault.name));
        }
    }
    for (name, wanted) in fault.attempts {
        let got = looked.step(name).attempts;
        if got != *wanted {
            faults.push(format!("{}: {got} attempts of {name}, not {wanted}", fault.name));
        }
    }
}

fn medians_of_clean_minutes(looked: &Answers, faults: &mut Vec<String>) {
    let live = &looked.replayed.live;
    let latencies = &live.book.frame(Frame::Baseline).latencies;
    let wanted = [
        ("home", 326.0),
        ("product-page", 130.0),
        ("view-cart", 175.0),
        ("add-to-cart", 13.3),
        ("checkout", 267.0),
    ];
    for (name, wanted) in wanted {
        let got = latencies[&step(&live.registry, name).id].quantile(0.5).unwrap() / 1e6;
        if !within(got, wanted, 0.05) {
            faults.push(format!("clean median of {name}: {got} ms, not {wanted}"));
        }
    }
}

/// All 24 files in one replay: traces that stand in two files count once, childless requests are of no step.
#[test]
fn traces_that_stand_in_two_files_count_once() {
    let Some(set) = shared(SET) else { return };
    let names = FAULTS.iter().flat_map(Fault::files).chain(CLEAN.iter().map(|(file, _)| (*file).to_owned()));
    let all = answers(&shop(&set, names));
    let wanted = [
        ("checkout", 424),
        ("add-to-cart", 1_102),
        ("view-cart", 2_228),
        ("home", 1_286),
        ("product-page", 4_697),
    ];
    let got = wanted.map(|(name, _)| (name, all.step(name).attempts));
    assert_eq!(got, wanted);
    let live = &all.replayed.live;
    assert_eq!(live.ledger.traces.received, 455_412);
    assert_eq!(live.ledger.traces.unmatched, 1_919, "requests without children");
    assert_eq!(live.ledger.traces.rejected, 0);
}

const HEAD: &str = "\
# Nine faults in a shop

Which steps of a product does a fault hurt? Online Boutique's recorded traces answer less than they seem to: every
request has the same name, no span has a status, and seen by service nearly everything succeeds. The registry in
`examples/boutique` names five steps. What is normal was learnt from the clean minutes of four files, once, and stayed the
same for all rows. Then each fault's window was looked at once, from its injection to the end of its last file.

Data: onlineboutique-nezha, MIT, (c) 2023 IntelligentDDS (Nezha); 24 minutes, 455,412 spans. The set is not part of this
project. A test computes this page from it, and fails when a step is hurt that should not be, when one is not that should
be, or when the page differs; `THROUGHLINE_BLESS=1` writes it anew.

## Hurt or not

`major` and `medium` are severities by the example's own rules: late attempts beyond the latency target, incomplete ones
beyond the other. `silent` means that far fewer attempts came than before. A dash means: not hurt, and it was not.
";

fn page(looks: &[Answers]) -> String {
    let mut page = HEAD.to_owned();
    let titles = STEPS.map(|(_, title)| title).join(" | ");
    let mut line = |text: String| writeln!(page, "{text}").unwrap();
    line(format!("\n| Fault | Injected (UTC) | {titles} |\n|---|---|{}", "---|".repeat(STEPS.len())));
    for (fault, looked) in FAULTS.iter().zip(looks) {
        let cells = STEPS.map(|(name, _)| hurt(looked, name).unwrap_or_else(|| "–".to_owned())).join(" | ");
        line(format!("| {} | {} {} | {cells} |", fault.name, fault.day, fault.at));
    }
    for ((_, clean), looked) in CLEAN.iter().zip(&looks[FAULTS.len()..]) {
        let cells = STEPS.map(|(name, _)| hurt(looked, name).unwrap_or_else(|| "–".to_owned())).join(" | ");
        let (from, _) = clean.split_once("Z..").unwrap();
        line(format!("| none | {} | {cells} |", from.replace('T', " ")));
    }
    line(format!(
        "\n## Attempts and medians\n\nAttempts that started in the window, and the median of their durations.\n\n\
         | Fault | {titles} |\n|---|{}",
        "---|".repeat(STEPS.len())
    ));
    for (fault, looked) in FAULTS.iter().zip(looks) {
        line(format!("| {} | {} |", fault.name, STEPS.map(|(name, _)| measured(looked, name)).join(" | ")));
    }
    page
}

fn measured(looked: &Answers, name: &str) -> String {
    let step = looked.step(name);
    let median =
        step.latency_ms.as_ref().map_or("–".to_owned(), |latency| format!("{:.0} ms", latency.p50));
    format!("{}, {median}", step.attempts)
}

/// Set to write the page anew.
const BLESS: Option<&str> = option_env!("THROUGHLINE_BLESS");

fn same_as_written(page: &str) {
    let path = root().join("docs/boutique.md");
    if BLESS.is_some() {
        std::fs::write(&path, page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == *page, "docs/boutique.md differs; THROUGHLINE_BLESS=1 writes it anew:\n{page}");
}
