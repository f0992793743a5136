//! What the compiler tells the user: see `tests/ui.rs`, `fail/` and `pass/`.
