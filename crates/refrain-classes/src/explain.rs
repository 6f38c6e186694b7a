//! Why a record is in its class, in words that stand in it; what holds a class together and what separates it.

use std::collections::BTreeMap;

use rayon::prelude::*;
use refrain_maths::dense::dot;
use refrain_maths::intervals::quantile;
use refrain_maths::random::Random;
use refrain_record::findings::{Class, ClassOrigin, ClassTeam, CostSummary, Estimate, Member, Outlook};
use refrain_record::score::Quote;
use refrain_record::{Citation, LogOdds, Score, Weight};

use crate::Defect;
use crate::evidence::{Evidence, cue_bits};
use crate::lexicon::Lexicon;
use crate::model::{ClassModel, Scorer, Wording};
use crate::name;
use crate::place::{By, Draft, Seat, Seated};
use crate::text::{Part, Reading};
use crate::view::each_term;

/// Quotes of one weight.
const QUOTES: usize = 3;
/// Bits that a person's word weighs: beyond every score that text can reach.
const PERSON: i64 = 1_000_000_000;
/// Draws of the interval of cohesion.
const DRAWS: usize = 200;

/// Makes findings of what was seated.
pub(crate) struct Explainer<'a, 'r> {
    lexicon: &'a Lexicon,
    seated: &'a Seated<'r>,
    scorer: Scorer<'a>,
    bits: Vec<f64>,
}

impl<'a, 'r> Explainer<'a, 'r> {
    pub fn new(model: &'a ClassModel, lexicon: &'a Lexicon, seated: &'a Seated<'r>) -> Self {
        Self { lexicon, seated, scorer: Scorer::new(model, lexicon), bits: model.cue_bits(lexicon) }
    }

    pub fn classes(&self) -> Vec<Class> {
        let drafts: Vec<usize> = (0..self.seated.drafts.len()).filter(|d| !self.seated.drafts[*d].members.is_empty()).collect();
        drafts.par_iter().map(|d| self.class(*d)).collect()
    }

    fn evidence(&self, place: usize) -> &Evidence {
        &self.seated.seen.evidence[place]
    }

    fn class(&self, at: usize) -> Class {
        let draft = &self.seated.drafts[at];
        let known = draft.mechanism.map(|m| &self.lexicon.mechanisms()[m]);
        let view = self.scorer.model.view();
        let said: Vec<&Evidence> = draft.members.iter().map(|m| self.evidence(*m)).collect();
        let binding = name::binding(view, &said, &draft.centre);
        let exemplar = exemplar(&draft.members, &self.seated.seen.evidence);
        let mut members: Vec<Member> = draft.members.iter().map(|m| self.member(*m, draft)).collect();
        members.sort_by(|a, b| (a.at.map_or(i64::MAX, |m| m.seconds), &a.key).cmp(&(b.at.map_or(i64::MAX, |m| m.seconds), &b.key)));
        let teams = teams(&draft.members, &self.seated.defects);
        Class {
            id: draft.id.clone(),
            lineage: draft.lineage,
            name: draft.name.clone(),
            shape: known.map_or_else(|| shape_of(&binding), |m| m.shape.clone()),
            origin: draft.origin,
            mechanism: known.map(|m| m.id.clone()),
            family: known.map_or_else(|| "found".to_owned(), |m| m.family.clone()),
            taxonomy: known.map(|m| m.cwe.iter().chain(&m.odc).cloned().collect()).unwrap_or_default(),
            systemic: teams.len() >= 2,
            emerging: draft.origin == ClassOrigin::Open && recent(&members, &self.seated.defects),
            exemplar: self.seated.defects[exemplar].key().clone(),
            typical: self.typical(draft, exemplar),
            counter: members.iter().flat_map(|m| m.counter.iter().take(1)).take(QUOTES).cloned().collect(),
            cohesion: self.cohesion(draft, exemplar),
            nearest: self.nearest(at),
            members,
            teams,
            binding,
            recurrences: 0,
            cross_team: 0,
            bursts: 0,
            cost: CostSummary::default(),
            forecast: Outlook::Withheld { because: "not computed".to_owned() },
            first_resolved: None,
        }
    }

    fn member(&self, place: usize, draft: &Draft) -> Member {
        let defect = &self.seated.defects[place];
        let (origin, margin) = match &self.seated.seats[place] {
            Seat::Class { by: By::Decision(_), .. } => (ClassOrigin::Person, LogOdds(i64::MAX)),
            Seat::Class { margin, .. } => (if draft.mechanism.is_some() { ClassOrigin::Lexicon } else { ClassOrigin::Open }, *margin),
            Seat::None(_) => (draft.origin, LogOdds(0)),
        };
        Member {
            key: defect.key().clone(),
            duplicates: defect.duplicates.iter().map(|r| r.key.clone()).collect(),
            team: defect.team().map(str::to_owned),
            at: defect.at(),
            title: defect.record.title().to_owned(),
            origin,
            score: self.score(place, draft),
            border: margin < LogOdds::from_bits(self.scorer.model.settings().border),
            counter: self.counter(place, draft),
            actual_stage: None,
            ideal_stage: None,
            bucket: None,
            escape: false,
            recurrence: false,
            cost: None,
        }
    }

    /// Why the defect is a member: prior, each cue, the wording, and a person's word where there is one.
    fn score(&self, place: usize, draft: &Draft) -> Score {
        let (evidence, reading) = (self.evidence(place), &self.seated.seen.readings[place]);
        let own = evidence.cues.iter().filter(|c| Some(self.lexicon.rows()[c.cue].mechanism) == draft.mechanism);
        let quotes = self.cue_quotes(reading);
        let mut weights: Vec<Weight> = own
            .map(|seen| {
                let row = &self.lexicon.rows()[seen.cue];
                let level = if seen.times == 1 { "once".to_owned() } else { format!("{} times", seen.times) };
                let cites = quotes.get(&seen.cue).map(|q| q.iter().take(QUOTES).cloned().collect()).unwrap_or_default();
                Weight { what: format!("cue: {}", row.cue.pattern), level, bits: cue_bits(seen, &self.bits), cites }
            })
            .collect();
        weights.extend(self.wording(evidence, reading, draft));
        if let Seat::Class { by: By::Decision(number), .. } = self.seated.seats[place] {
            weights.push(Weight {
                what: format!("decision {number}"),
                level: "a person put it here".to_owned(),
                bits: LogOdds(PERSON),
                cites: Vec::new(),
            });
        }
        Score::new(self.scorer.prior(), weights)
    }

    fn wording(&self, evidence: &Evidence, reading: &Reading<'_>, draft: &Draft) -> Vec<Weight> {
        let weight = |what: &str, level: String, bits: LogOdds, cites: Vec<Quote>| Weight { what: what.to_owned(), level, bits, cites };
        let settings = self.scorer.model.settings();
        match self.scorer.wording(evidence, &draft.centre, &draft.profile) {
            Wording::Nothing => Vec::new(),
            Wording::Likeness(likeness, bits) => {
                let level = format!("{:.3} × {}", likeness as f64 / 1e3, settings.wording);
                vec![weight("wording", level, bits, self.term_quotes(evidence, reading, &draft.centre))]
            }
            Wording::Words(_) => {
                let view = self.scorer.model.view();
                let said: Vec<(u32, LogOdds)> = draft.profile.held(&evidence.stated, settings).collect();
                let mut quotes = self.first_places(reading, &said.iter().map(|w| w.0).collect::<Vec<_>>());
                let word = |(word, bits): (u32, LogOdds)| {
                    let known = &view.terms()[word as usize];
                    let level = format!("in {} of {} records", known.records, view.records());
                    weight(&format!("word: {}", known.text), level, bits, quotes.remove(&word).into_iter().collect())
                };
                let mut out: Vec<Weight> = said.into_iter().map(word).collect();
                out.push(weight("rarity of the class", "beyond the prior".to_owned(), -draft.profile.price(settings), Vec::new()));
                out
            }
        }
    }

    /// The first places of the terms that add most to the likeness.
    fn term_quotes(&self, evidence: &Evidence, reading: &Reading<'_>, centre: &[f32]) -> Vec<Quote> {
        let view = self.scorer.model.view();
        let mut adds: Vec<(f32, u32)> = evidence.weighted.iter().map(|(t, w)| (w * view.along(*t, centre), *t)).filter(|a| a.0 > 0.0).collect();
        adds.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let wanted: Vec<u32> = adds.iter().take(QUOTES).map(|a| a.1).collect();
        let mut found = self.first_places(reading, &wanted);
        wanted.iter().filter_map(|t| found.remove(t)).collect()
    }

    /// The first place of each of these terms, sections that count most first.
    fn first_places(&self, reading: &Reading<'_>, wanted: &[u32]) -> BTreeMap<u32, Quote> {
        let view = self.scorer.model.view();
        let mut found: BTreeMap<u32, Quote> = BTreeMap::new();
        let mut parts: Vec<&Part<'_>> = reading.parts.iter().collect();
        parts.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        for part in parts {
            each_term(&part.text, |term| {
                if let Some(place) = view.place_of(term.hash).filter(|p| wanted.contains(p) && !found.contains_key(p)) {
                    found.insert(place, quote(reading, part.section, term.start, term.end));
                }
            });
        }
        found
    }

    fn cue_quotes(&self, reading: &Reading<'_>) -> BTreeMap<usize, Vec<Quote>> {
        let mut out: BTreeMap<usize, Vec<Quote>> = BTreeMap::new();
        for hit in self.lexicon.hits(reading) {
            if let Some(section) = reading.record.section(&hit.section) {
                out.entry(hit.cue).or_default().push(quote(reading, section, hit.start, hit.end));
            }
        }
        out
    }

    /// Words that speak for another mechanism, or against this one.
    fn counter(&self, place: usize, draft: &Draft) -> Vec<Quote> {
        let Some(own) = draft.mechanism else { return Vec::new() };
        let evidence = self.evidence(place);
        let rival = evidence.mechanisms.iter().filter(|m| m.0 != own && m.1 > LogOdds(0)).max_by_key(|m| (m.1, std::cmp::Reverse(m.0))).map(|m| m.0);
        let speaks =
            |row: &crate::lexicon::CueRow| (row.mechanism == own && row.cue.weight < 0) || (Some(row.mechanism) == rival && row.cue.weight >= 3);
        let mut quotes = self.cue_quotes(&self.seated.seen.readings[place]);
        let cues = evidence.cues.iter().map(|c| c.cue).filter(|c| speaks(&self.lexicon.rows()[*c]));
        cues.filter_map(|c| quotes.remove(&c)).flatten().take(QUOTES).collect()
    }

    /// A sentence of each of the three most typical members, the exemplar first.
    fn typical(&self, draft: &Draft, exemplar: usize) -> Vec<Quote> {
        let mut order: Vec<(i64, usize)> = draft.members.iter().map(|m| (-self.scorer.likeness(self.evidence(*m), &draft.centre), *m)).collect();
        order.sort_unstable();
        let places = std::iter::once(exemplar).chain(order.into_iter().map(|o| o.1).filter(|m| *m != exemplar));
        places.filter_map(|place| self.sentence(place, draft)).take(QUOTES).collect()
    }

    /// The sentence with the words that weigh most for the class.
    fn sentence(&self, place: usize, draft: &Draft) -> Option<Quote> {
        let score = self.score(place, draft);
        let heaviest = score.weights().iter().filter(|w| !w.cites.is_empty()).max_by_key(|w| w.bits)?;
        let said = heaviest.cites.first()?;
        let reading = &self.seated.seen.readings[place];
        let section = reading.record.section(&said.cite.section)?;
        let (start, end) = sentence_around(&section.text, said.start as usize, said.end as usize);
        Some(quote(reading, section, start, end))
    }

    /// Mean likeness of members to the exemplar, with the interval over resampled members.
    fn cohesion(&self, draft: &Draft, exemplar: usize) -> Option<Estimate> {
        let centre = &self.evidence(exemplar).point;
        let likeness: Vec<f64> = draft.members.iter().filter(|m| **m != exemplar).map(|m| f64::from(dot(&self.evidence(*m).point, centre))).collect();
        if likeness.is_empty() {
            return None;
        }
        let mut source = Random::named(&format!("classes/cohesion/{}", draft.id));
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / likeness.len() as f64;
        let mut draws: Vec<f64> = (0..DRAWS).map(|_| mean(&mut (0..likeness.len()).map(|_| likeness[source.below(likeness.len())]))).collect();
        draws.sort_by(f64::total_cmp);
        Estimate::new(mean(&mut likeness.iter().copied()), quantile(&draws, 0.025)?, quantile(&draws, 0.975)?, 95)
    }

    /// The class whose wording is nearest, and the terms that tell the two apart.
    fn nearest(&self, at: usize) -> Option<(String, Vec<String>)> {
        let own = &self.seated.drafts[at];
        let others = self.seated.drafts.iter().filter(|d| d.id != own.id && !d.members.is_empty());
        let near = others.max_by(|a, b| dot(&a.centre, &own.centre).total_cmp(&dot(&b.centre, &own.centre)).then_with(|| b.id.cmp(&a.id)))?;
        let apart: Vec<f32> = own.centre.iter().zip(&near.centre).map(|(a, b)| a - b).collect();
        let said: Vec<&Evidence> = own.members.iter().map(|m| self.evidence(*m)).collect();
        let terms = name::binding(self.scorer.model.view(), &said, &apart).into_iter().take(5).map(|t| t.0).collect();
        Some((near.id.clone(), terms))
    }
}

/// The member most like all others together; the first of equal ones.
pub(crate) fn exemplar(members: &[usize], evidence: &[Evidence]) -> usize {
    let rank = evidence[members[0]].point.len();
    let mut sum = vec![0f32; rank];
    members.iter().for_each(|m| refrain_maths::dense::add_scaled(&mut sum, &evidence[*m].point, 1.0));
    let near = |m: &usize| (f64::from(dot(&evidence[*m].point, &sum)) * 1e4).round() as i64;
    members.iter().copied().max_by_key(|m| (near(m), std::cmp::Reverse(*m))).unwrap_or(members[0])
}

fn quote(reading: &Reading<'_>, section: &refrain_record::Section, start: usize, end: usize) -> Quote {
    let text = section.text.get(start..end).unwrap_or_default().to_owned();
    Quote { cite: Citation::of_bytes(&reading.record.key, section, start, end), start: start as u32, end: end as u32, text }
}

/// Longest sentence that is quoted, in bytes.
const LONGEST: usize = 300;

/// The sentence around some words, cut at words where it is too long.
pub(crate) fn sentence_around(text: &str, start: usize, end: usize) -> (usize, usize) {
    let ends = |c: char| matches!(c, '.' | '!' | '?' | '\n');
    let mut first = text[..start]
        .char_indices()
        .rev()
        .find(|(at, c)| ends(*c) && text[at + c.len_utf8()..].starts_with(char::is_whitespace) || *c == '\n')
        .map_or(0, |(at, c)| at + c.len_utf8());
    let mut last = text[end..]
        .char_indices()
        .find(|(at, c)| ends(*c) && text[end + at + c.len_utf8()..].chars().next().is_none_or(char::is_whitespace))
        .map_or(text.len(), |(at, c)| end + at + c.len_utf8());
    if last - first > LONGEST {
        let room = LONGEST.saturating_sub(end - start) / 2;
        let blank = |from: usize, to: usize| text.get(from..to).and_then(|t| t.find(' ')).map(|at| from + at + 1);
        first = boundary(text, start.saturating_sub(room).max(first), start).map_or(start, |from| blank(from, start).unwrap_or(start));
        let limit = boundary(text, (end + room).min(last), last).unwrap_or(last);
        last = text[end..limit].rfind(' ').map_or(end, |at| end + at);
    }
    let trimmed = &text[first..last];
    let lead = trimmed.len() - trimmed.trim_start().len();
    (first + lead, first + lead + trimmed.trim().len())
}

/// The first character boundary in `from..=to`.
fn boundary(text: &str, from: usize, to: usize) -> Option<usize> {
    (from..=to).find(|at| text.is_char_boundary(*at))
}

fn shape_of(binding: &[(String, f64)]) -> String {
    let terms: Vec<String> = binding.iter().take(5).map(|(t, _)| format!("“{t}”")).collect();
    format!("Found in the data, not yet named by a person. What its members have in common: {}.", terms.join(", "))
}

fn teams(members: &[usize], defects: &[Defect<'_>]) -> Vec<ClassTeam> {
    let mut by_team: BTreeMap<&str, Vec<&Defect<'_>>> = BTreeMap::new();
    for defect in members.iter().map(|m| &defects[*m]) {
        if let Some(team) = defect.team() {
            by_team.entry(team).or_default().push(defect);
        }
    }
    by_team.into_iter().map(|(team, defects)| class_team(team, &defects)).collect()
}

fn class_team(team: &str, defects: &[&Defect<'_>]) -> ClassTeam {
    let times: Vec<refrain_record::Moment> = defects.iter().filter_map(|d| d.at()).collect();
    let mut quarters = BTreeMap::new();
    times.iter().for_each(|t| *quarters.entry(t.quarter()).or_insert(0) += 1);
    let span = times.iter().min_by_key(|t| t.seconds).copied().zip(times.iter().max_by_key(|t| t.seconds).copied());
    ClassTeam { team: team.to_owned(), members: defects.len() as u64, span, quarters }
}

/// Days of the last period.
const PERIOD_DAYS: i64 = 92;

/// At least three members, all within the last period before the newest defect.
fn recent(members: &[Member], defects: &[Defect<'_>]) -> bool {
    let newest = defects.iter().filter_map(Defect::at).map(|t| t.seconds).max().unwrap_or(i64::MAX);
    members.len() >= 3 && members.iter().all(|m| m.at.is_some_and(|t| newest - t.seconds <= PERIOD_DAYS * 86_400))
}
