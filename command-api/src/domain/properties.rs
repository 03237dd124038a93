//! What holds for every aggregate, whatever happens to it.
