//! Several links in one process: a topology that brings its own broker.
