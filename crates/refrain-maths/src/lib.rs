//! Numbers without records: sparse rows, truncated SVD, neighbours, communities, fits, calibration, intervals.
//!
//! The only room that knows `ndarray` and `linfa`. It never learns what a row means, draws random numbers from named streams only, and
//! sums in a fixed tree, so that neither threads nor the order of callers change a bit.

pub mod agreement;
pub mod assignment;
pub mod binary;
pub mod communities;
pub mod correlation;
pub mod counts;
pub mod dense;
pub mod intervals;
pub mod listwise;
pub mod neighbours;
pub mod random;
pub mod sparse;
pub mod special;
pub mod survival;
pub mod svd;
