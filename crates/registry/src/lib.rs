//! YAML documents to diagnostics and the compiled model. It must not run anything or know HTTP.
