//! What is asked for claim by claim, and each request that is none.
