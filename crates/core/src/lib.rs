//! The model, the rules and the arithmetic of product-focused reliability. It must not do I/O, read a clock, be async or know a format.
