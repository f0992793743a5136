//! What the compiler tells the user: see `tests/ui.rs`, and `fail/` and `pass/` of each attribute.
