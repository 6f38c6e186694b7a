//! Rows of small numbers as text: 16-bit steps per column, in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use refrain_maths::dense::Dense;
use serde::{Deserialize, Serialize};

/// Points in steps of one 32,767th of the largest entry of a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    /// Width of a row.
    width: usize,
    /// Size of a step, by column.
    steps: Vec<f32>,
    /// 16-bit whole numbers, little end first, row after row, in base64.
    values: String,
}

const MOST: f32 = 32_767.0;

impl Packed {
    /// Packs points. Unpacking gives the nearest steps; packing those again changes nothing.
    pub fn new(points: &Dense) -> Self {
        let width = points.width();
        let mut steps = vec![0f32; width];
        for row in 0..points.rows() {
            points.row(row).iter().zip(&mut steps).for_each(|(x, step)| *step = step.max(x.abs()));
        }
        steps.iter_mut().for_each(|s| *s /= MOST);
        Self::with_steps(points, steps)
    }

    fn with_steps(points: &Dense, steps: Vec<f32>) -> Self {
        let step = |(at, x): (usize, &f32)| {
            let step = steps[at % steps.len()];
            if step > 0.0 { (x / step).round().clamp(-MOST, MOST) as i16 } else { 0 }
        };
        let bytes: Vec<u8> = points.values().iter().enumerate().map(step).flat_map(i16::to_le_bytes).collect();
        Self { width: points.width(), steps, values: STANDARD.encode(bytes) }
    }

    /// The points. Text that is no base64 gives no rows.
    pub fn unpack(&self) -> Dense {
        let bytes = STANDARD.decode(&self.values).unwrap_or_default();
        let whole = bytes.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])));
        let values = whole.enumerate().map(|(at, x)| x * self.steps.get(at % self.width.max(1)).copied().unwrap_or(0.0)).collect();
        Dense::from_values(self.width, values)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn law_f1_packing_twice_changes_nothing(values in proptest::collection::vec(-2.0f32..2.0, 0..60)) {
            let points = Dense::from_values(3, values);
            let once = Packed::new(&points);
            let read: Packed = serde_json::from_str(&serde_json::to_string(&once).unwrap()).unwrap();
            prop_assert_eq!(&read, &once);
            prop_assert!(points.values().iter().zip(once.unpack().values()).all(|(a, b)| (a - b).abs() < 1e-4));
            prop_assert_eq!(Packed::new(&once.unpack()).unpack(), once.unpack());
        }
    }
}
