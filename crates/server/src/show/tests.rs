//! What pages say of one moment: drafts fail for everyone, everything else works; and of moments with nothing to
//! say.

mod calm;
mod hurt;
mod quality;
mod world;
