//! What an ID token says, for whom, and how it is signed.
