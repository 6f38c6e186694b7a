//! Communities of a weighted graph: the Leiden method (Traag, Waltman and van Eck 2019) on the constant Potts model.
//!
//! Quality of a partition: sum over communities of (weight inside − resolution · pairs inside). Weights and resolution are whole
//! numbers (millionths), so a gain is exact and no order of summation decides anything. Nodes are visited in a fixed order. The
//! refinement takes the best merge instead of a random one: the same guarantee (communities are connected), without luck.
//!
//! A node may carry a label; two labels never share a community. That is how known classes hold their ground while the rest of
//! the graph finds its own.

use std::collections::VecDeque;

/// An undirected graph with sizes and labels of nodes.
#[derive(Clone, Debug)]
pub struct Graph {
    starts: Vec<usize>,
    ends: Vec<(u32, i64)>,
    sizes: Vec<i64>,
    labels: Vec<Option<u32>>,
}

impl Graph {
    /// From edges `(a, b, weight)`, each once, `a != b`. `labels` holds one entry a node. Nodes of equal label become one node.
    pub fn new(edges: &[(u32, u32, i64)], labels: &[Option<u32>]) -> (Self, Vec<u32>) {
        let name = |(node, label): (usize, &Option<u32>)| label.map_or(node as u64, |l| u64::from(l) | 1 << 40);
        let names: Vec<u64> = labels.iter().enumerate().map(name).collect();
        let (place, count) = renumbered(&names);
        let plain = Self { starts: Vec::new(), ends: Vec::new(), sizes: vec![1; labels.len()], labels: labels.to_vec() };
        (plain.merged(&place, count, edges.iter().copied()), place)
    }

    fn len(&self) -> usize {
        self.sizes.len()
    }

    fn ends(&self, node: usize) -> &[(u32, i64)] {
        &self.ends[self.starts[node]..self.starts[node + 1]]
    }

    fn edges(&self) -> impl Iterator<Item = (u32, u32, i64)> + '_ {
        (0..self.len()).flat_map(move |a| self.ends(a).iter().filter(move |(b, _)| (a as u32) < *b).map(move |(b, w)| (a as u32, *b, *w)))
    }

    /// The graph whose nodes are the `groups` of this one's; `group[node]` tells which. Weight inside a group is dropped: it is the
    /// same in every partition of the groups.
    fn merged(&self, group: &[u32], groups: usize, edges: impl Iterator<Item = (u32, u32, i64)>) -> Self {
        let (mut sizes, mut labels) = (vec![0; groups], vec![None; groups]);
        for (node, group) in group.iter().enumerate() {
            sizes[*group as usize] += self.sizes[node];
            labels[*group as usize] = labels[*group as usize].or(self.labels[node]);
        }
        let mut all: Vec<(u32, u32, i64)> = edges
            .map(|(a, b, w)| (group[a as usize], group[b as usize], w))
            .filter(|(a, b, _)| a != b)
            .flat_map(|(a, b, w)| [(a, b, w), (b, a, w)])
            .collect();
        all.sort_unstable();
        all.dedup_by(|later, kept| {
            let same = (later.0, later.1) == (kept.0, kept.1);
            kept.2 += if same { later.2 } else { 0 };
            same
        });
        let mut starts = vec![0; groups + 1];
        all.iter().for_each(|(a, _, _)| starts[*a as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { starts, ends: all.into_iter().map(|(_, b, w)| (b, w)).collect(), sizes, labels }
    }
}

/// A partition under way: community of each node, size and label of each community.
struct Partition {
    of: Vec<u32>,
    sizes: Vec<i64>,
    labels: Vec<Option<u32>>,
    /// Scratch: weight from the node at hand into each community, and the communities touched.
    into: Vec<i64>,
    touched: Vec<u32>,
}

impl Partition {
    fn singletons(graph: &Graph) -> Self {
        Self::from(graph, (0..graph.len() as u32).collect())
    }

    fn from(graph: &Graph, of: Vec<u32>) -> Self {
        let mut out = Self { sizes: vec![0; graph.len()], labels: vec![None; graph.len()], into: vec![0; graph.len()], touched: Vec::new(), of };
        for node in 0..graph.len() {
            out.enter(graph, node, out.of[node]);
        }
        out
    }

    fn enter(&mut self, graph: &Graph, node: usize, community: u32) {
        self.of[node] = community;
        self.sizes[community as usize] += graph.sizes[node];
        if graph.labels[node].is_some() {
            self.labels[community as usize] = graph.labels[node];
        }
    }

    /// A label is one node (equal labels were merged), so the label leaves with it.
    fn leave(&mut self, graph: &Graph, node: usize) {
        let community = self.of[node] as usize;
        self.sizes[community] -= graph.sizes[node];
        if graph.labels[node].is_some() {
            self.labels[community] = None;
        }
    }

    /// The community with the largest gain for a node that stands in none: its own old one on a tie, else the lowest number.
    /// Nothing where being alone is better.
    fn best(&mut self, graph: &Graph, node: usize, resolution: i64, within: Option<&[u32]>) -> Option<u32> {
        self.touched.clear();
        for (other, weight) in graph.ends(node) {
            if within.is_none_or(|w| w[*other as usize] == w[node]) {
                let community = self.of[*other as usize];
                if self.into[community as usize] == 0 {
                    self.touched.push(community);
                }
                self.into[community as usize] += weight;
            }
        }
        self.touched.sort_unstable();
        let (mut best, mut gain) = (None, 0);
        for community in self.touched.drain(..) {
            let weight = std::mem::take(&mut self.into[community as usize]);
            let clash = graph.labels[node].is_some() && self.labels[community as usize].is_some();
            let here = weight - resolution * graph.sizes[node] * self.sizes[community as usize];
            if !clash && (here > gain || (here == gain && here > 0 && community == self.of[node])) {
                (best, gain) = (Some(community), here);
            }
        }
        best
    }
}

/// Moves single nodes as long as that gains.
fn move_nodes(graph: &Graph, partition: &mut Partition, resolution: i64) {
    let mut queue: VecDeque<u32> = (0..graph.len() as u32).collect();
    let mut waiting = vec![true; graph.len()];
    let mut free: Vec<u32> = (0..graph.len() as u32).rev().filter(|c| partition.sizes[*c as usize] == 0).collect();
    while let Some(node) = queue.pop_front() {
        let (node, from) = (node as usize, partition.of[node as usize]);
        waiting[node] = false;
        partition.leave(graph, node);
        let emptied = partition.sizes[from as usize] == 0;
        let to = partition.best(graph, node, resolution, None).or_else(|| if emptied { Some(from) } else { free.pop() }).unwrap_or(from);
        partition.enter(graph, node, to);
        if to != from {
            if emptied {
                free.push(from);
            }
            for (other, _) in graph.ends(node) {
                if partition.of[*other as usize] != to && !std::mem::replace(&mut waiting[*other as usize], true) {
                    queue.push_back(*other);
                }
            }
        }
    }
}

/// Splits each community into well-connected parts: every node starts alone and joins the part of its own community that gains most.
fn refined(graph: &Graph, communities: &[u32], resolution: i64) -> Vec<u32> {
    let mut parts = Partition::singletons(graph);
    for node in 0..graph.len() {
        let alone = parts.sizes[parts.of[node] as usize] == graph.sizes[node];
        if alone {
            let own = parts.of[node];
            parts.leave(graph, node);
            let to = parts.best(graph, node, resolution, Some(communities)).unwrap_or(own);
            parts.enter(graph, node, to);
        }
    }
    parts.of
}

/// Renumbers to 0.. in order of first appearance; gives the new numbers and how many.
fn renumbered<T: Ord + Copy>(of: &[T]) -> (Vec<u32>, usize) {
    let mut name = std::collections::BTreeMap::new();
    let out = of.iter().map(|c| {
        let next = name.len() as u32;
        *name.entry(*c).or_insert(next)
    });
    let out = out.collect();
    (out, name.len())
}

/// Passes over the whole graph after which the search ends, improved or not: in practice two or three suffice.
const PASSES: usize = 12;

/// Community of each node, numbered from 0 in order of first appearance.
///
/// `edges`: `(a, b, weight)` with `a != b`, each pair once, weights in millionths, above 0. `labels`: one entry a node. `resolution`
/// in millionths: a group holds together where its mean weight is above it.
pub fn leiden(edges: &[(u32, u32, i64)], labels: &[Option<u32>], resolution: i64) -> Vec<u32> {
    let (graph, place) = Graph::new(edges, labels);
    let mut of: Vec<u32> = (0..graph.len() as u32).collect();
    for _ in 0..PASSES {
        let next = pass(&graph, of.clone(), resolution);
        if next == of {
            break;
        }
        of = next;
    }
    renumbered(&place.iter().map(|p| of[*p as usize]).collect::<Vec<_>>()).0
}

/// Moving, refining and merging from the partition `start`, until no merged node wants to move.
fn pass(base: &Graph, start: Vec<u32>, resolution: i64) -> Vec<u32> {
    let (mut graph, mut start) = (base.clone(), start);
    let mut place: Vec<u32> = (0..base.len() as u32).collect();
    loop {
        let mut partition = Partition::from(&graph, start);
        move_nodes(&graph, &mut partition, resolution);
        let (communities, count) = renumbered(&partition.of);
        if count == graph.len() {
            return renumbered(&place.iter().map(|p| communities[*p as usize]).collect::<Vec<_>>()).0;
        }
        let (parts, wide) = renumbered(&refined(&graph, &communities, resolution));
        let (parts, wide) = if wide == graph.len() { (communities.clone(), count) } else { (parts, wide) };
        start = vec![0; wide];
        parts.iter().zip(&communities).for_each(|(part, community)| start[*part as usize] = *community);
        place.iter_mut().for_each(|p| *p = parts[*p as usize]);
        graph = graph.merged(&parts, wide, graph.edges());
    }
}

/// Weight inside communities minus resolution × pairs inside, in millionths: what [`leiden`] makes large.
pub fn quality(edges: &[(u32, u32, i64)], of: &[u32], resolution: i64) -> i64 {
    let mut sizes = std::collections::BTreeMap::new();
    of.iter().for_each(|c| *sizes.entry(*c).or_insert(0i64) += 1);
    let inside: i64 = edges.iter().filter(|(a, b, _)| of[*a as usize] == of[*b as usize]).map(|(_, _, w)| w).sum();
    inside - sizes.values().map(|n| resolution * (n * (n - 1) / 2)).sum::<i64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `count` cliques of `size`, neighbours tied by one weak edge.
    fn cliques(count: u32, size: u32) -> Vec<(u32, u32, i64)> {
        let mut edges = Vec::new();
        for c in 0..count {
            let first = c * size;
            for a in first..first + size {
                edges.extend((a + 1..first + size).map(|b| (a, b, 800_000)));
            }
            if c + 1 < count {
                edges.push((first + size - 1, first + size, 200_000));
            }
        }
        edges
    }

    #[test]
    fn finds_planted_cliques_however_many() {
        for count in [2, 5, 60] {
            let found = leiden(&cliques(count, 6), &vec![None; count as usize * 6], 100_000);
            let expected: Vec<u32> = (0..count * 6).map(|n| n / 6).collect();
            assert_eq!(found, expected, "{count} cliques");
        }
    }

    #[test]
    fn labels_never_share_a_community_and_gather_their_own() {
        let mut labels = vec![None; 12];
        (labels[0], labels[1], labels[11]) = (Some(1), Some(2), Some(1));
        let found = leiden(&cliques(2, 6), &labels, 100_000);
        assert_eq!(found[0], found[11]);
        assert_ne!(found[0], found[1]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_single_move_gains(pairs in proptest::collection::vec((0u32..30, 0u32..30, 1i64..1_000_000), 0..120)) {
            let mut edges: Vec<(u32, u32, i64)> = pairs.into_iter().filter(|p| p.0 != p.1).map(|(a, b, w)| (a.min(b), a.max(b), w)).collect();
            edges.sort_unstable();
            edges.dedup_by_key(|e| (e.0, e.1));
            let found = leiden(&edges, &[None; 30], 150_000);
            let reached = quality(&edges, &found, 150_000);
            for node in 0..30 {
                for to in 0..=30 {
                    let mut other = found.clone();
                    other[node] = to;
                    prop_assert!(quality(&edges, &other, 150_000) <= reached);
                }
            }
        }
    }
}
