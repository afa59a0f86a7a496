//! `throughline serve DIR`: one process with pages, API and OTLP ports.

use std::net::SocketAddr;
use std::path::PathBuf;

use throughline_core::model::registry::Registry;
use throughline_server::clock::Clock;
use throughline_server::live::RegistrySource;
use throughline_server::serve::{Addresses, Bound, ServeError, Server};
use throughline_server::view::number::plural;

use crate::output::{Ended, Exit, Failure, Output, line, say};

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// The folder of registry documents; it is watched, and an invalid edit keeps the last good version.
    dir: PathBuf,
    #[command(flatten)]
    ports: Ports,
}

/// Where to listen; port 0 takes a free one.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Ports {
    /// Pages, API and metrics.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", env = "THROUGHLINE_LISTEN")]
    listen: SocketAddr,
    /// OTLP/gRPC (and HTTP).
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4317", env = "THROUGHLINE_OTLP_GRPC")]
    otlp_grpc: SocketAddr,
    /// OTLP/HTTP (and gRPC).
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4318", env = "THROUGHLINE_OTLP_HTTP")]
    otlp_http: SocketAddr,
}

impl Ports {
    /// Returns the addresses as the server wants them.
    pub(crate) fn addresses(&self) -> Addresses {
        Addresses { ui: self.listen, otlp_grpc: self.otlp_grpc, otlp_http: self.otlp_http }
    }

    /// Warns about addresses that others can reach.
    pub(crate) fn warn(&self) {
        let open =
            [self.listen, self.otlp_grpc, self.otlp_http].into_iter().filter(|a| !a.ip().is_loopback());
        for address in open {
            say(&format!(
                "warning: {address} can be reached from outside, and there is no access control yet"
            ));
        }
    }
}

/// Makes the runtime that everything waits on.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|error| Failure::new(format!("cannot start the runtime: {error}")))
}

/// Turns a port's fault into what to do.
pub(crate) fn failure(error: &ServeError) -> Failure {
    let failure = Failure::new(error);
    match error {
        ServeError::Bind { error, .. } if error.kind() == std::io::ErrorKind::AddrInUse => failure
            .hint("another process listens there: end it, or choose other ports")
            .hint("--listen 127.0.0.1:0 --otlp-grpc 127.0.0.1:0 --otlp-http 127.0.0.1:0 takes free ones"),
        _ => failure,
    }
}

/// Prints where the server listens.
pub(crate) fn announce(output: Output, bound: &Addresses) {
    let Addresses { ui, otlp_grpc, otlp_http } = bound;
    match output {
        Output::Json => line(
            &serde_json::json!({"ui": format!("http://{ui}"), "otlp_grpc": otlp_grpc.to_string(),
                "otlp_http": format!("http://{otlp_http}")})
            .to_string(),
        ),
        Output::Table => {
            line(&format!("pages      http://{ui}"));
            line(&format!("OTLP/gRPC  {otlp_grpc}"));
            line(&format!("OTLP/HTTP  http://{otlp_http}"));
        }
    }
}

/// Ends at Ctrl-C or a request to terminate.
pub(crate) async fn stopped() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate => {}
    }
}

impl Serve {
    /// Serves until it is stopped.
    pub(crate) fn run(self, output: Output) -> Ended {
        if !self.dir.is_dir() {
            let message = format!("`{}` is no folder that can be read", self.dir.display());
            return Err(Failure::new(message).hint("give the folder that holds the registry's YAML files"));
        }
        self.ports.warn();
        runtime()?.block_on(async {
            let bound = Bound::bind(&self.ports.addresses()).await.map_err(|error| failure(&error))?;
            let server = Server::new(self.dir.clone(), Clock::wall()).on_edit(report_edit);
            report_registry(&server, &self.dir);
            announce(output, &bound.addresses().map_err(Failure::new)?);
            server.run(bound, stopped()).await.map_err(|error| failure(&error))?;
            Ok(Exit::Done)
        })
    }
}

/// Says what became of an edit.
fn report_edit(source: &RegistrySource, registry: &Registry) {
    let Some(refused) = &source.refused else {
        let (products, steps) = (registry.products().count() as u64, registry.steps().count() as u64);
        say(&format!("registry loaded: {}, {}", plural(products, "product"), plural(steps, "step")));
        return;
    };
    refused.diagnostics.iter().for_each(|error| say(&format!("{error}\n")));
    say("warning: the edit of the registry is refused; the last good one stays in force");
}

/// Says what was loaded, or that the server waits for a registry without errors.
fn report_registry(server: &Server, dir: &std::path::Path) {
    let live = server.app.live();
    if let Some(refused) = &live.source.refused {
        refused.diagnostics.iter().for_each(|diagnostic| say(&format!("{diagnostic}\n")));
        say(&format!(
            "warning: the registry in {} has errors; it is loaded as soon as they are gone",
            dir.display()
        ));
    } else if live.registry.products().next().is_none() {
        say(&format!(
            "warning: there is no registry in {} yet; it is loaded as soon as there is one",
            dir.display()
        ));
    }
}
