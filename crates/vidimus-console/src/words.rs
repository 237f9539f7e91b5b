//! What pages say, by language.
