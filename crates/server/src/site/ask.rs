//! What the query of a page or an API path asks for, and which of its words nobody knows. It looks nothing up.

use serde::Deserialize;

use crate::live::Live;
use crate::show;
use crate::view::empty::UnknownWord;
use crate::view::path::{By, Layer};
use crate::view::slos::Filter;
use crate::view::word::{Method, Status};

/// What a query may ask for. Other names are ignored; a word that a name does not know is told.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ask {
    pub(crate) product: Option<String>,
    layer: Option<String>,
    by: Option<String>,
    window: Option<String>,
    pub(crate) service: Option<String>,
    step: Option<String>,
    pub(crate) operation: Option<String>,
    status: Option<String>,
    method: Option<String>,
}

impl Ask {
    /// Returns the first word that its name does not know, with those that it does.
    pub(crate) fn unknown(&self) -> Option<UnknownWord> {
        let windows: Vec<String> =
            show::impact::WINDOWS.iter().map(|minutes| format!("{minutes}m")).collect();
        let asked: [(&str, &Option<String>, Vec<&str>); 5] = [
            ("layer", &self.layer, vec!["steps", "slos", "table"]),
            ("by", &self.by, vec!["service", "step"]),
            ("window", &self.window, windows.iter().map(String::as_str).collect()),
            ("status", &self.status, Status::ALL.iter().map(|status| status.key()).collect()),
            ("method", &self.method, Method::ALL.iter().map(|method| method.word()).collect()),
        ];
        asked.into_iter().find_map(|(name, said, known)| {
            let said = said.as_deref().filter(|said| !known.contains(said))?;
            let known = known.join(", ");
            Some(UnknownWord { name: name.to_owned(), said: said.chars().take(64).collect(), known })
        })
    }

    pub(crate) fn layer(&self) -> Layer {
        match self.layer.as_deref() {
            Some("slos") => Layer::Slos,
            Some("table") => Layer::Table,
            _ => Layer::Steps,
        }
    }

    pub(crate) fn filter(&self) -> Filter {
        Filter {
            product: self.product.clone(),
            status: self.status.as_deref().and_then(Status::from_key),
            method: self.method.as_deref().and_then(Method::from_key),
        }
    }

    /// Returns what the matrix is asked for; without a product, of the first.
    pub(crate) fn impact<'a>(&'a self, live: &'a Live) -> show::impact::Ask<'a> {
        let first = live.registry.products().next().map_or("", |product| product.name.as_str());
        show::impact::Ask {
            product: self.product.as_deref().unwrap_or(first),
            by: if self.by.as_deref() == Some("step") { By::Step } else { By::Service },
            window_minutes: self.window.as_deref().and_then(|w| w.trim_end_matches('m').parse().ok()),
            cell: self.service.as_deref().map(|service| (service, self.step.as_deref())),
        }
    }

    pub(crate) fn operation(&self) -> Option<(&str, &str)> {
        Some((self.service.as_deref()?, self.operation.as_deref()?))
    }
}
