//! The laws of a brief that need whole documents: what every format says, how long the first page is, what never leaves.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use refrain_brief::doc::{Block, TableKind};
use refrain_brief::{Brief, Format, Masker, Options, View, compose, render, verify};
use refrain_record::findings::{Class, Findings};
use support::{nothing, pdf, tarnwick};

fn options() -> Options {
    Options { organisation: "Tarnwick Commerce".into(), mask_key: "tarnwick".into(), ..Options::default() }
}

fn bytes(f: &Findings, view: &View, format: Format) -> Vec<u8> {
    render(f, view.clone(), format, &options()).unwrap().bytes
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What a page shows: tables behind charts are folded away and stay out of print.
fn in_print(mut brief: Brief) -> Brief {
    fn strip(block: &mut Block) {
        match block {
            Block::Columns { columns } => columns.iter_mut().flatten().for_each(strip),
            Block::Figure(f) => {
                f.data.rows.clear();
                f.data.caption = Default::default();
            }
            _ => {}
        }
    }
    brief.sections.iter_mut().flat_map(|s| &mut s.blocks).for_each(strip);
    brief
}

fn texts(brief: &Brief) -> Vec<String> {
    let mut all = Vec::new();
    brief.each_text(&mut |t| all.push(bare(&t.plain())));
    all.retain(|t| !t.is_empty());
    all
}

/// Text of an HTML file: tags dropped, entities turned back.
fn of_html(html: &str) -> String {
    let body = html.split_once("<body>").unwrap().1.split("<script>").next().unwrap();
    let text: String = body.split('<').map(|part| part.split_once('>').map_or(part, |p| p.1)).collect();
    bare(&text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

fn every_view() -> Vec<View> {
    vec![
        View::Leadership,
        View::Team("Payments".into()),
        View::Release,
        View::Retrospective("C-7".into()),
        View::CaseStudy("C-7".into()),
        View::Taxonomy,
        View::Audit,
    ]
}

/// Each kind of number (its path without names) altered by itself in a sentence, a cell or a strip.
#[test]
fn law_k1_each_kind_of_number_altered_by_itself_is_found() {
    let f = tarnwick::findings();
    let brief = compose(&f, &View::Leadership, &options()).unwrap();
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    let json = serde_json::to_string(&brief).unwrap();
    for n in &brief.numbers {
        let kind: String = n.path.split('[').map(|p| p.split_once(']').map_or(p, |x| x.1)).collect();
        kinds.entry(kind).or_insert_with(|| n.path.clone());
    }
    assert!(kinds.len() > 40, "{}", kinds.len());
    for (kind, path) in kinds {
        let wanted = format!("\"path\":{}", serde_json::to_string(&path).unwrap());
        let at = json.find(&wanted).unwrap();
        let value = at + json[at..].find("\"value\":").unwrap() + 8;
        let end = value + json[value..].find([',', '}']).unwrap();
        let changed = format!("{}{}{}", &json[..value], json[value..end].parse::<f64>().unwrap() + 1.0, &json[end..]);
        let altered = refrain_brief::verify::read(changed.as_bytes()).unwrap();
        let found = verify(&altered, &f, &options()).unwrap();
        assert!(found.numbers.iter().any(|m| m.path == path), "{kind}: {path}");
    }
}

#[test]
fn law_k3_quotes_of_a_gap_are_of_present_members_and_so_is_its_shape() {
    let mut f = tarnwick::findings();
    let class = f.gaps[0].class.clone();
    let stranger = support::quote("JIRA:GONE-1", "description", 1, "This record left the class and is quoted no more.");
    f.gaps[0].evidence.insert(0, stranger);
    let brief = compose(&f, &View::Leadership, &options()).unwrap();
    for (gap, rank) in f.gaps.iter().filter_map(|g| g.rank.map(|r| (g, r))) {
        let Some(section) = brief.sections.iter().find(|s| s.id == format!("g{rank}")) else { continue };
        let class = f.classes.iter().find(|c| c.id == gap.class).unwrap();
        let told = serde_json::to_string(section).unwrap();
        assert!(told.contains(&class.shape.chars().take(40).collect::<String>()), "{}: its shape", gap.id);
        for block in &section.blocks {
            let Block::Quotes { quotes, .. } = block else { continue };
            let member = |key: &str| class.members.iter().any(|m| m.key.to_string() == key);
            assert!(quotes.iter().all(|q| member(&q.source.key)), "{}: {quotes:?}", gap.id);
        }
    }
    assert!(brief.quotes.iter().all(|q| q.source.key != "JIRA:GONE-1"), "{class}");
}

/// Every sentence and cell, numbers in their place, is in the text of the PDF and of the HTML, for every view.
#[test]
fn law_k4_pdf_and_html_say_what_the_json_says() {
    let f = tarnwick::findings();
    for view in every_view() {
        let brief = refrain_brief::verify::read(&bytes(&f, &view, Format::Json)).unwrap();
        let html = of_html(&String::from_utf8(bytes(&f, &view, Format::Html)).unwrap());
        for text in texts(&brief) {
            assert!(html.contains(&text), "{view:?} HTML: {text}");
        }
        let paper = pdf::pages(&bytes(&f, &view, Format::Pdf)).concat();
        for text in texts(&in_print(brief)) {
            assert!(paper.contains(&text), "{view:?} PDF: {text}");
        }
    }
}

/// The first page ends with how sure we are, and the second begins with another section.
fn first_page_is_whole(f: &Findings, what: &str) {
    let brief = compose(f, &View::Leadership, &options()).unwrap();
    let pages = pdf::pages(&render(f, View::Leadership, Format::Pdf, &options()).unwrap().bytes);
    for text in texts(&in_print(Brief { sections: brief.sections[..1].to_vec(), ..brief.clone() })) {
        assert!(pages[0].contains(&text), "{what}: not on page 1: {text}");
    }
    let next = bare(&brief.sections[1].title.plain());
    assert!(pages[1].contains(&next) && !pages[0].contains(&next), "{what}: {next}");
}

#[test]
fn law_k6_the_main_part_is_one_page() {
    let shop = tarnwick::findings();
    first_page_is_whole(&shop, "the shop");
    for n in [0, 1, 2, 50] {
        first_page_is_whole(&nothing(n), &format!("{n} records"));
    }
    let mut many = shop.clone();
    let like = many.classes[3].clone();
    let class = |i: usize| Class { id: format!("P-{i}"), name: format!("A mechanism called {i} {}", "long ".repeat(2_000)), ..like.clone() };
    many.classes.extend((0..400).map(class));
    first_page_is_whole(&many, "400 classes");
    let mut long = shop.clone();
    for gap in &mut long.gaps {
        gap.class_name = "A mechanism with a name that is as long as a sentence and then goes on".into();
        gap.control_name = "a control with a name that is as long as a sentence and then goes on and on".into();
        gap.fragile = "word ".repeat(400);
    }
    long.caveats.iter_mut().for_each(|c| c.text = "word ".repeat(400));
    first_page_is_whole(&long, "long names");
}

#[test]
fn law_k7_messages_stay_within_the_limits_whatever_the_findings_hold() {
    let mut f = tarnwick::findings();
    let like = f.classes[0].clone();
    f.classes.extend((0..400).map(|i| Class { id: format!("P-{i}"), name: "wide".repeat(2_500), ..like.clone() }));
    f.gaps.iter_mut().for_each(|g| (g.class_name, g.control_name) = ("wide ".repeat(2_000), "&<>".repeat(3_000)));
    for view in every_view() {
        let message: serde_json::Value = serde_json::from_slice(&bytes(&f, &view, Format::Slack)).unwrap();
        let blocks = message["blocks"].as_array().unwrap();
        let lengths: Vec<usize> = blocks.iter().map(longest_text).collect();
        assert!(!blocks.is_empty() && blocks.len() <= 50, "{view:?}: {} blocks", blocks.len());
        assert!(lengths.iter().all(|n| *n <= 3_000) && lengths.iter().sum::<usize>() <= 12_000, "{view:?}: {lengths:?}");
    }
}

/// Characters of the text of a block.
fn longest_text(block: &serde_json::Value) -> usize {
    match block {
        serde_json::Value::Object(fields) => {
            fields.iter().map(|(name, v)| v.as_str().filter(|_| name == "text").map_or_else(|| longest_text(v), |t| t.chars().count())).sum()
        }
        serde_json::Value::Array(items) => items.iter().map(longest_text).sum(),
        _ => 0,
    }
}

/// In grey, what stands beside each other still differs: filled or ring, the count in the cell, a word beside every accent.
#[test]
fn law_k8_nothing_is_said_by_colour_alone() {
    let html = String::from_utf8(bytes(&tarnwick::findings(), &View::Leadership, Format::Html)).unwrap();
    let shapes = |class: &str| html.split(&format!("class=\"{class}\"")).count() - 1;
    assert!(shapes("dot") > 0 && shapes("dotw") > 0 && html.contains("filled = in production"), "rings and dots");
    let cells = ["h0", "h1", "h2", "h3", "h4"].map(|c| (shapes(c), shapes(&format!("{c}t"))));
    assert!(cells.iter().all(|(boxes, counts)| boxes == counts) && cells.iter().any(|c| c.0 > 0), "{cells:?}");
    assert!(shapes("barh") > 0 && html.contains(">Unclassified<"), "the dashed bar has its word");
    assert!(html.matches("role=\"img\"").count() == html.matches("<desc").count(), "a picture without words");
}

/// A mask is as long for every value, and only the key makes the same mask again.
#[test]
fn law_p2_a_mask_does_not_tell_its_value_without_the_key() {
    let mask = |key: &str, address: &str| Masker::new(key, &[]).clean(address);
    let masked = mask("the shop's own key", "10.42.7.19");
    assert_eq!(masked, mask("the shop's own key", "10.42.7.19"));
    let guessed = (0..=255).filter(|i| mask("", &format!("10.42.7.{i}")) == masked).count();
    let with_others = (0..200).filter(|i| mask(&format!("key {i}"), "10.42.7.19") == masked).count();
    assert_eq!((guessed, with_others), (0, 0));
    assert_eq!(masked.len(), mask("the shop's own key", "10.200.100.200").len());
}

/// What was forgotten leaves the findings, and a brief holds nothing but these: its text stands in no format.
#[test]
fn law_p3_a_brief_holds_no_text_but_that_of_its_findings() {
    let mut f = tarnwick::findings();
    f.classes[0].members[0].title = "The title of what was forgotten on purpose".into();
    let gone = f.classes[0].members.remove(0);
    let marked = |q: &refrain_record::score::Quote| q.cite.key == gone.key;
    for class in &mut f.classes {
        class.typical.retain(|q| !marked(q));
    }
    f.gaps.iter_mut().for_each(|g| {
        g.evidence.retain(|q| !marked(q));
        g.caught_members.retain(|k| *k != gone.key);
    });
    for row in refrain_brief::FORMATS {
        let bytes = bytes(&f, &View::Leadership, row.format);
        let text = if row.name == "pdf" { pdf::pages(&bytes).concat() } else { String::from_utf8(bytes).unwrap() };
        assert!(!text.contains(&bare(&gone.title)) && !text.contains(&gone.title), "{}", row.name);
    }
}

#[test]
fn links_and_bookmarks_of_the_pdf_lead_somewhere() {
    let f = tarnwick::findings();
    let brief = compose(&f, &View::Leadership, &options()).unwrap();
    let file = bytes(&f, &View::Leadership, Format::Pdf);
    assert_eq!(pdf::count(&file, "/Type /Outlines"), 1);
    assert!(pdf::count(&file, "/Subtype /Link") > 30);
    assert_eq!(pdf::count(&file, "/Subtype /Link"), pdf::count(&file, "/S /GoTo") + pdf::count(&file, "/S /URI"), "a link without a place");
    let titles = brief.sections.len();
    assert_eq!(pdf::count(&file, "/Parent"), titles + pdf::pages(&file).len(), "{titles} bookmarks");
    assert!(brief.tables().iter().any(|t| t.kind == TableKind::Gaps));
}
