//! Whole expansions, reviewed as code.
