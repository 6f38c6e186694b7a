//! Time until an event when some have not happened yet: Kaplan and Meier's estimate with censoring.

use crate::intervals::z;

/// One observation: how long, and whether the event came then (`true`) or had not come yet (`false`).
pub type Lasting = (f64, bool);

/// A step of the survival curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Time of the event, in the caller's unit.
    pub time: f64,
    /// Observations still going just before.
    pub at_risk: u64,
    /// Events at that time.
    pub events: u64,
    /// Share that lasts longer.
    pub survival: f64,
    /// Interval of that share.
    pub low: f64,
    /// See `low`.
    pub high: f64,
}

/// Survival curve over its event times, earliest first. At a tie the event comes before the censoring. Times that are not finite
/// are left out: the caller counts them.
///
/// The interval is Greenwood's on the log(−log) scale, as in R's `survfit(conf.type = "log-log")`; `level` in 0..1.
pub fn kaplan_meier(lasting: &[Lasting], level: f64) -> Vec<Step> {
    let mut sorted: Vec<Lasting> = lasting.iter().copied().filter(|l| l.0.is_finite()).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let z = z(level);
    let (mut survival, mut greenwood) = (1.0, 0.0);
    let mut steps = Vec::new();
    let mut at = 0;
    while at < sorted.len() {
        let time = sorted[at].0;
        let here = sorted[at..].iter().take_while(|l| l.0 == time).count();
        let events = sorted[at..at + here].iter().filter(|l| l.1).count();
        let at_risk = sorted.len() - at;
        at += here;
        if events == 0 {
            continue;
        }
        survival *= 1.0 - events as f64 / at_risk as f64;
        greenwood += events as f64 / (at_risk as f64 * (at_risk - events) as f64);
        let (low, high) = log_log(survival, greenwood, z);
        steps.push(Step { time, at_risk: at_risk as u64, events: events as u64, survival, low, high });
    }
    steps
}

fn log_log(survival: f64, greenwood: f64, z: f64) -> (f64, f64) {
    if survival <= 0.0 || survival >= 1.0 || !greenwood.is_finite() {
        return (survival.clamp(0.0, 1.0), survival.clamp(0.0, 1.0));
    }
    let spread = (z * greenwood.sqrt() / survival.ln().abs()).exp();
    (survival.powf(spread), survival.powf(1.0 / spread))
}

/// The time by which the share `p` has had the event, with the two ends where the curve's own interval crosses (Brookmeyer and
/// Crowley 1982). An end that the curve never reaches is nothing: "longer than anything seen".
pub fn quantile(steps: &[Step], p: f64) -> Option<(f64, Option<f64>, Option<f64>)> {
    let left = 1.0 - p;
    // A share that equals the target up to rounding has reached it.
    let first = |of: fn(&Step) -> f64| steps.iter().find(|s| of(s) <= left + 1e-12).map(|s| s.time);
    first(|s| s.survival).map(|time| (time, first(|s| s.low), first(|s| s.high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The six-week remission data of Freireich et al. 1963, treated group: times with censoring marked, as in every textbook.
    const TREATED: &[Lasting] = &[
        (6.0, true),
        (6.0, true),
        (6.0, true),
        (6.0, false),
        (7.0, true),
        (9.0, false),
        (10.0, true),
        (10.0, false),
        (11.0, false),
        (13.0, true),
        (16.0, true),
        (17.0, false),
        (19.0, false),
        (20.0, false),
        (22.0, true),
        (23.0, true),
        (25.0, false),
        (32.0, false),
        (32.0, false),
        (34.0, false),
        (35.0, false),
    ];

    #[test]
    fn the_textbook_curve() {
        let steps = kaplan_meier(TREATED, 0.95);
        let found: Vec<(f64, u64, u64)> = steps.iter().map(|s| (s.time, s.at_risk, s.events)).collect();
        assert_eq!(found, [(6.0, 21, 3), (7.0, 17, 1), (10.0, 15, 1), (13.0, 12, 1), (16.0, 11, 1), (22.0, 7, 1), (23.0, 6, 1)]);
        let product = (18.0 / 21.0) * (16.0 / 17.0) * (14.0 / 15.0) * (11.0 / 12.0) * (10.0 / 11.0) * (6.0 / 7.0) * (5.0 / 6.0);
        assert!((steps[6].survival - product).abs() < 1e-12);
        assert_eq!(quantile(&steps, 0.5), Some((23.0, Some(13.0), None)));
    }

    #[test]
    fn without_censoring_it_is_the_share_that_lasts() {
        let steps = kaplan_meier(&[(4.0, true), (1.0, true), (3.0, true), (2.0, true)], 0.95);
        assert_eq!(steps.iter().map(|s| s.survival).collect::<Vec<_>>(), [0.75, 0.5, 0.25, 0.0]);
    }

    #[test]
    fn law_h4_nothing_lasts_in_an_empty_set() {
        assert_eq!(kaplan_meier(&[], 0.95), []);
        assert_eq!(kaplan_meier(&[(3.0, false), (f64::NAN, true)], 0.95), []);
        assert_eq!(quantile(&[], 0.5), None);
    }
}
