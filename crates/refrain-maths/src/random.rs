//! A fixed, named source of random numbers: the same name gives the same numbers on every machine and in every version.

/// SplitMix64 (Steele, Lea and Flood 2014), seeded by a name. Not for secrets.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
    spare: Option<f64>,
}

impl Random {
    /// Seeded by the FNV-1a hash of a name (`gaps/rank`): every use has a name of its own, so that adding one moves no other.
    pub fn named(name: &str) -> Self {
        let state = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self { state, spare: None }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In the open interval 0..1.
    pub fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// A whole number below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// Standard normal (Marsaglia's polar method).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                let scale = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Gamma with this shape and mean `shape` (Marsaglia and Tsang 2000); 0 for a shape that is not above 0.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape.is_nan() || shape <= 0.0 {
            return 0.0;
        }
        if shape < 1.0 {
            let lift = self.unit().powf(1.0 / shape);
            return self.gamma(shape + 1.0) * lift;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// Beta with these two weights; 0.5 where neither is above 0.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        if x + y > 0.0 { x / (x + y) } else { 0.5 }
    }

    /// Poisson: exact by counting below a mean of 30, else by splitting the mean through a gamma (Ahrens and Dieter 1974).
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean.is_nan() || mean <= 0.0 {
            return 0;
        }
        if mean < 30.0 {
            return self.poisson_by_product(mean);
        }
        let m = (mean * 7.0 / 8.0).floor();
        let time = self.gamma(m);
        if time <= mean { m as u64 + self.poisson(mean - time) } else { self.binomial(m as u64 - 1, mean / time) }
    }

    fn poisson_by_product(&mut self, mean: f64) -> u64 {
        let (floor, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        while product > floor {
            product *= self.unit();
            count += 1;
        }
        count
    }

    fn binomial(&mut self, n: u64, p: f64) -> u64 {
        (0..n).filter(|_| self.unit() < p).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn law_f1_a_name_gives_the_same_numbers_for_ever() {
        let mut random = Random::named("test");
        assert_eq!([random.bits(), random.bits()], [5_092_117_876_455_416_117, 16_242_098_102_254_949_651]);
        assert_ne!(Random::named("other").bits(), Random::named("test").bits());
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut random = Random::named("moments");
        let mut mean = |draw: &mut dyn FnMut(&mut Random) -> f64| (0..20_000).map(|_| draw(&mut random)).sum::<f64>() / 20_000.0;
        assert!(mean(&mut Random::normal).abs() < 0.03);
        assert!((mean(&mut |r| r.gamma(0.4)) - 0.4).abs() < 0.03);
        assert!((mean(&mut |r| r.gamma(9.0)) - 9.0).abs() < 0.1);
        assert!((mean(&mut |r| r.beta(2.0, 6.0)) - 0.25).abs() < 0.01);
        assert!((mean(&mut |r| r.poisson(3.0) as f64) - 3.0).abs() < 0.06);
        assert!((mean(&mut |r| r.poisson(90.0) as f64) - 90.0).abs() < 0.4);
        assert!((mean(&mut |r| r.below(10) as f64) - 4.5).abs() < 0.1);
    }

    #[test]
    fn a_bound_of_nothing_is_nothing() {
        let mut random = Random::named("edge");
        assert_eq!((random.below(0), random.poisson(0.0), random.gamma(0.0)), (0, 0, 0.0));
    }
}
