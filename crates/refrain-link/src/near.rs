//! Content fingerprints: equal text and near copies.

/// Bands of the MinHash sketch: two texts are compared where one band is equal.
pub const BANDS: usize = 16;
/// Rows a band. With 16 × 4 a pair of Jaccard similarity .8 meets with probability above .999, one of .3 with .12.
pub const ROWS: usize = 4;
/// Fewest tokens that a text needs before its content can identify it: below, equal text is a form left empty or a greeting.
pub const FEWEST_TOKENS: usize = 12;

/// Sketch of a text: MinHash over shingles of three tokens (Broder 1997).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    rows: Vec<u64>,
    /// Hash of the whole token sequence.
    pub whole: u64,
}

/// Sketch of a token sequence; nothing below [`FEWEST_TOKENS`].
pub fn sketch(tokens: &[String]) -> Option<Sketch> {
    if tokens.len() < FEWEST_TOKENS {
        return None;
    }
    let hashed: Vec<u64> = tokens.iter().map(|t| hash(t.as_bytes())).collect();
    let mut rows = vec![u64::MAX; BANDS * ROWS];
    for shingle in hashed.windows(3) {
        let base = mix(shingle[0] ^ mix(shingle[1] ^ mix(shingle[2])));
        for (n, row) in rows.iter_mut().enumerate() {
            *row = (*row).min(mix(base ^ SEEDS_STEP.wrapping_mul(n as u64 + 1)));
        }
    }
    let whole = hashed.iter().fold(0u64, |sum, h| mix(sum.rotate_left(5) ^ h));
    Some(Sketch { rows, whole })
}

/// Odd constant that spreads the seeds of the hash functions (golden ratio in 64 bits).
const SEEDS_STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Sketch {
    /// One hash a band; equal where all its rows are.
    pub fn bands(&self) -> Vec<u64> {
        self.rows.chunks(ROWS).map(|rows| rows.iter().fold(0, |sum, r| mix(sum ^ r))).collect()
    }

    /// Estimated Jaccard similarity of the shingles, 0..1 in steps of 1/64.
    pub fn similarity(&self, other: &Self) -> f64 {
        let equal = self.rows.iter().zip(&other.rows).filter(|(a, b)| a == b).count();
        equal as f64 / self.rows.len() as f64
    }
}

/// FNV-1a in 64 bits (Fowler, Noll, Vo): the same on every machine and in every version of the standard library.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, b| (sum ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

/// Finaliser of SplitMix64 (Steele, Lea, Flood 2014): a cheap bijection that spreads all bits.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn near_copies_meet_and_strangers_do_not() {
        let long: Vec<String> = (0..200).map(|n| format!("w{n}")).collect();
        let mut copy = long.clone();
        copy[100] = "other".into();
        let stranger: Vec<String> = (300..500).map(|n| format!("w{n}")).collect();
        let (a, b, c) = (sketch(&long).unwrap(), sketch(&copy).unwrap(), sketch(&stranger).unwrap());
        assert!(a.similarity(&b) > 0.85 && a.bands().iter().zip(b.bands()).any(|(x, y)| *x == y));
        assert!(a.similarity(&c) < 0.1);
        assert_ne!(a.whole, b.whole);
    }

    #[test]
    fn too_little_text_has_no_fingerprint() {
        assert_eq!(sketch(&words("crash on start")), None);
    }
}
