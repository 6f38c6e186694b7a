#!/usr/bin/env python3
"""Writes data/sample: eighteen months of a fictional company, in the formats in which real tools export.

    python3 data/sample-generator/generate.py

Standard library only, seeded: the same stories give the same bytes. The stories stand in stories/*.txt, one block a record:

    @ team tool mechanism key=value ...      mechanism `one-off` for an ordinary defect, `dup`, `task`, `wish`, `noise`
    T title     B body     C cause     F what ended it     S part of the title of the record that this one is about
    I impact    D detection     L timeline row     A action item     W lesson          (reviews)
    P project platform     E exception     K frames, outermost first                    (crash events)
    J file suite     N class test                                                        (test reports)

Keys of a header: sev 1..4, stage, when (month or day), hours, users, money (EUR:1200), downtime (minutes), link, dup, mute.
"""
import csv
import datetime as dt
import gzip
import hashlib
import io
import json
import random
import re
import shutil
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "sample"
SEED = 20260630
FIRST, LAST = dt.datetime(2025, 1, 2), dt.datetime(2026, 6, 19)
UTC = dt.timezone.utc

# Where one-offs are found, with weights: most of what is written down has reached somebody.
STAGES = {
    "production-customer": 30, "production-internal": 27, "staging": 13, "system": 10, "integration": 7, "component": 4,
    "unit": 3, "canary": 3, "review": 3,
}
# How each tool's people write a stage.
SAID = {
    "pay": {"production-customer": "Customer", "production-internal": "Production", "staging": "Staging", "system": "System test",
            "integration": "Integration test", "component": "Component test", "unit": "Unit test", "canary": "Canary",
            "review": "Code review", "contract": "Contract test"},
    "idn": {"production-customer": "found-by-customer", "production-internal": "found-in-prod", "staging": "found-in-staging",
            "system": "found-in-e2e", "integration": "found-in-ci", "component": "found-in-component-test", "unit": "found-in-unit-test",
            "canary": "found-in-canary", "review": "found-in-review"},
    "ship": {"production-customer": "Customer", "production-internal": "Operations", "staging": "UAT", "system": "Acceptance test",
             "integration": "CI", "component": "Component test", "unit": "Unit test", "canary": "Pilot", "review": "Review"},
}
SEVERITY = {"pay": ["Highest", "High", "Medium", "Low"], "idn": ["Blocker", "Critical", "Major", "Minor"],
            "ship": ["S1", "S2", "S3", "S4"], "bz": ["S1", "S2", "S3", "S4"]}
COMPONENTS = {
    "payments": ["refunds", "capture", "ledger", "invoicing", "payouts", "checkout-pay"], "accounts": ["login", "profile", "consent", "households", "loyalty"],
    "logistics": ["wave-planner", "tour-planner", "labels", "stock", "yard", "driver-app"], "storefront": ["basket", "listing", "product-page", "search", "recipes"],
    "devices": ["Handheld", "Shelf labels", "Printer", "Kiosk", "Deposit machine"], "platform": ["ingress", "build", "data-loader", "dashboards", "cluster"],
}
# People and secrets that must be dropped or masked wherever they stand. Fictional; the tokens open nothing.
PEOPLE = [("Mirela Ostrowicz", "mirela.ostrowicz@halvorn.example", "mostrowicz"), ("Tobias Hagedorn-Pell", "t.hagedorn-pell@halvorn.example", "thagedorn"),
          ("Ingrid Falkenauer", "ingrid.falkenauer@halvorn.example", "ifalkenauer"), ("Jonas Brevik", "jonas.brevik@halvorn.example", "jbrevik"),
          ("Oyelaran Adebisi-Wahl", "o.adebisi@halvorn.example", "oadebisi"), ("Katarzyna Lindqvist", "k.lindqvist@halvorn.example", "klindqvist")]
SECRETS = ["rosalind.quent@customer.example", "AKIAIOSFODNN7EXAMPLE", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "203.0.113.77", "hunter2-Vogelsang!"]
LEAKS = [  # sentences with secrets, put below the body of a few records
    "Example: the customer rosalind.quent@customer.example wrote twice.", "Seen in the log: aws_access_key_id=AKIAIOSFODNN7EXAMPLE",
    "Test with card number 4111 1111 1111 1111 shows the same.", "The affected account is DE89 3704 0044 0532 0130 00.",
    "Request came from 203.0.113.77.", "Reproduced with password=hunter2-Vogelsang! on the test account.",
]
REMARKS = ["Moved to the next sprint.", "Can confirm.", "Same in our region.", "Who has time for this?", "Prio discussed in the weekly.", "Thanks, looks good now.",
           "Please attach a screenshot.", "Waiting for the supplier.", "Verified on the next build.", "Estimate: two days.", "Taken over from support.", "+1"]


# ---- stories

def read_stories():
    stories = []
    for path in sorted((HERE / "stories").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("@ "):
                team, tool, mechanism, *pairs = line[2:].split()
                stories.append({"team": team, "tool": tool, "mechanism": mechanism, "lines": {}, **dict(p.split("=", 1) for p in pairs)})
            elif line and not line.startswith("#"):
                stories[-1]["lines"].setdefault(line[0], []).append(line[2:])
    return stories


def one(story, letter, default=""):
    return (story["lines"].get(letter) or [default])[0]


def every(story, letter):
    return story["lines"].get(letter, [])


def title(story):
    return one(story, "T") or (story["lines"].get("N") or [""])[0]


def resolve(stories):
    """Ties second reports, reviews and tasks to what they are about, and gives each its truth."""
    heads = [s for s in stories if s["mechanism"] not in ("dup", "task", "wish") and not every(s, "S")]
    reviews = [s for s in stories if s["tool"] == "pm"]
    for story in stories:
        part = one(story, "S")
        if not part:
            continue
        among = reviews if story["mechanism"] == "task" else heads
        found = [h for h in among if part in title(h) and h is not story]
        assert len(found) == 1, (part, [title(f) for f in found])
        story["about"] = found[0]
        if story["mechanism"] == "dup":
            story["mechanism"] = found[0]["mechanism"]
    for story in stories:
        if story["mechanism"] in ("task", "wish"):
            story["wish"] = True
        if story["mechanism"] in ("task", "wish", "noise") or story["mechanism"].endswith("one-off"):
            story["mechanism"] = "one-off"


def is_duplicate(story):
    return "about" in story and not story.get("wish") and "mute" not in story


def day_of(text, rng):
    if len(text) == 7:
        year, month = map(int, text.split("-"))
        return dt.datetime(year, month, rng.randint(2, 26))
    return dt.datetime.fromisoformat(text)


def date_stories(stories, rng):
    for story in sorted(stories, key=lambda s: "about" in s):
        rng_s = random.Random(f"{SEED}/{title(story)}")
        if "about" in story and story["tool"] in ("pm", "pd"):
            start = story["about"]["created"].replace(hour=0, minute=0, second=0)
            day = start + dt.timedelta(minutes=rng_s.randint(1, 1300))
            created = min(day, story["about"]["created"]) if story["tool"] == "pd" else start
        elif "about" in story:
            wait = rng_s.randint(2, 9) * 24 if story.get("wish") else rng_s.choice([1, 3, 7, 20, 30, 75])
            created = story["about"]["created"] + dt.timedelta(hours=wait, minutes=rng_s.randint(1, 59))
        elif every(story, "L") and re.match(r"\d{4}-", every(story, "L")[0]):
            created = dt.datetime.fromisoformat(every(story, "L")[0][:10])
        elif "when" in story:
            created = day_of(story["when"], rng_s)
        else:
            created = FIRST + dt.timedelta(days=rng_s.randint(0, (LAST - FIRST).days))
        if "about" not in story or story["tool"] not in ("pm", "pd"):
            if created.hour == 0:
                created += dt.timedelta(hours=rng_s.randint(6, 18), minutes=rng_s.randint(0, 59), seconds=rng_s.randint(0, 59))
        story["created"] = created
        late = created > dt.datetime(2026, 5, 20) and rng_s.random() < 0.5
        days = min(rng_s.lognormvariate(1.0 + 0.4 * int(story.get("sev", 3)) - 1.0, 0.9), 90)
        story["resolved"] = None if late or rng_s.random() < 0.05 else created + dt.timedelta(hours=max(2.0, days * 24))
        story["rng"] = rng_s


def fill(stories):
    """Severity, stage, hours and component where the story says none."""
    for story in stories:
        rng = story["rng"]
        about = story.get("about", {})
        story.setdefault("sev", about.get("sev") or rng.choices("1234", [1, 4, 12, 8])[0])
        story.setdefault("stage", "production-customer" if about else rng.choices(list(STAGES), STAGES.values())[0])
        story["component"] = rng.choice(COMPONENTS[story["team"]])
        story["cost"] = float(story["hours"]) if "hours" in story else (rng.choice([1, 2, 2, 3, 4, 6]) if rng.random() < 0.6 else 0.0)
        if rng.random() < 0.04 and story["tool"] not in ("pm", "junit", "sen", "pd"):
            story["leak"] = rng.choice(LEAKS)


def impact(story):
    """The sentence about the harm that is not yet in the body."""
    parts = []
    if "downtime" in story:
        parts.append(f"Downtime: {story['downtime']} minutes")
    if "users" in story:
        parts.append(f"Customers affected: {int(story['users']):,}")
    if "money" in story:
        currency, amount = story["money"].split(":")
        parts.append(f"Loss: {currency} {int(amount):,}")
    return ". ".join(parts) + "." if parts else ""


# ---- keys

PROJECTS = {"pay": ("PAY", 1100), "idn": ("IDN", 2200), "ship": ("SHIP", 300), "depot": ("DEP", 40)}


def number(stories):
    """Gives each record the key that its tool would give, in order of filing."""
    counters = {"PAY": 1100, "IDN": 2200, "SHIP": 300, "DEP": 40, "storefront": 400, "platform": 90, "bz": 40200, "pd": 5100, "pm": 0}
    for story in sorted(stories, key=lambda s: (s["created"], title(s))):
        tool, rng = story["tool"], story["rng"]
        if tool in PROJECTS:
            project = PROJECTS[tool][0]
            counters[project] += rng.randint(1, 4)
            story["id"] = f"{project}-{counters[project]}"
            story["key"] = "JIRA:" + story["id"]
        elif tool in ("gh", "gh2"):
            repo = "storefront" if tool == "gh" else "platform"
            counters[repo] += rng.randint(1, 5)
            story["id"], story["repo"] = counters[repo], f"halvorn/{repo}"
            story["key"] = f"GH:{story['repo']}#{story['id']}"
        elif tool == "bz":
            counters["bz"] += rng.randint(1, 9)
            story["id"] = counters["bz"]
            story["key"] = f"BZ:{story['id']}"
        elif tool == "pd":
            counters["pd"] += rng.randint(1, 12)
            story["number"] = counters["pd"]
            story["id"] = "Q" + hashlib.sha256(title(story).encode()).hexdigest()[:13].upper()
            story["key"] = "PD:" + story["id"]
        elif tool == "pm":
            counters["pm"] += 1
            story["id"] = f"PM{story['created'].year}-{counters['pm']:03}"
            story["key"] = "PM:" + story["id"]
        elif tool == "sen":
            story["id"] = hashlib.sha256(f"{one(story, 'P')}{title(story)}{story.get('copy', '')}".encode()).hexdigest()[:32]
            story["key"] = "SENTRY:" + story["id"]
        else:
            name, test = one(story, "N").split(" ", 1)
            kind, _, message = one(story, "E").partition(": ")
            failure = "muted" if "mute" in story else f"{kind.rsplit('.', 1)[-1]} {message}"
            story["key"] = f"JUNIT:{name}.{test} ~ {failure}"


# ---- text in the forms of the tools

def sections(story):
    """Heading and paragraphs of a ticket, in the words of its team."""
    heads = {"pay": ("What happened", "Root cause", "Fix"), "idn": ("Observed", "Analysis", "Solution"), "gh": ("What happened", "Root cause", "Fix"),
             "gh2": ("Summary", "Why", "Resolution")}[story["tool"]]
    body = every(story, "B") + ([impact(story)] if impact(story) else []) + ([story["leak"]] if "leak" in story else [])
    rows = [(heads[0], body)]
    if every(story, "C"):
        rows.append((heads[1], every(story, "C")))
    if every(story, "F"):
        rows.append((heads[2], every(story, "F")))
    return rows


def adf(story, reviews):
    content = []
    for heading, paragraphs in sections(story):
        content.append({"type": "heading", "attrs": {"level": 3}, "content": [{"type": "text", "text": heading}]})
        content += [{"type": "paragraph", "content": [{"type": "text", "text": p}]} for p in paragraphs]
    if reviews:
        content.append({"type": "paragraph", "content": [{"type": "text", "text": "Review: " + ", ".join(reviews)}]})
    name = story["rng"].choice(PEOPLE)
    content.append({"type": "panel", "attrs": {"panelType": "info"}, "content": [{"type": "paragraph", "content": [
        {"type": "text", "text": "Payments ticket template v4. Please fill in every part. Questions to "},
        {"type": "mention", "attrs": {"id": "557058:" + name[2], "text": "@" + name[0]}}]}]})
    return {"type": "doc", "version": 1, "content": content}


def wiki(story, reviews):
    parts = [f"h3. {heading}\n" + "\n\n".join(paragraphs) for heading, paragraphs in sections(story)]
    if reviews:
        parts.append("See " + ", ".join(reviews) + ".")
    parts.append("----\n_Accounts form 2. Watch: [~" + story["rng"].choice(PEOPLE)[2] + "]_")
    return "\n\n".join(parts)


def markdown(story, reviews):
    parts = ["<!-- Thanks for filing! Search for the same report first. -->"]
    parts += [f"### {heading}\n\n" + "\n\n".join(paragraphs) for heading, paragraphs in sections(story)]
    if story["tool"] == "gh":
        parts.append("### Browser\n\n" + story["rng"].choice(["Firefox 128", "Chrome 131", "Safari 17.4", "Samsung Internet 25", "Edge 130", "_No response_"]))
    if story["cost"]:
        parts.append(f"Time spent: {story['cost']:g} hours")
    if reviews:
        parts.append("Review: " + ", ".join(reviews))
    if story.get("link") == "yes":
        parts.append(f"Duplicate of #{story['about']['id']}")
    return "\n\n".join(parts)


def remarks(story):
    rng = story["rng"]
    return [(story["created"] + dt.timedelta(hours=2 + 5 * i, minutes=rng.randint(0, 50)), rng.choice(REMARKS)) for i in range(rng.choice([0, 0, 1, 1, 2]))]


# ---- Jira

def stamp(moment, zone="+0000"):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000") + zone if moment else None


def jira_links(story):
    if story.get("link") == "yes":
        kind = {"name": "Duplicate", "inward": "is duplicated by", "outward": "duplicates"}
        return [{"type": kind, "outwardIssue": {"key": story["about"]["id"]}}]
    return []


def jira_issue(story, reviews):
    tool, rng = story["tool"], story["rng"]
    done, duplicate = story["resolved"], story.get("link") == "yes"
    person = {"displayName": (p := rng.choice(PEOPLE))[0], "emailAddress": p[1]}
    fields = {
        "project": {"id": "10100", "key": PROJECTS[tool][0], "name": {"pay": "Payments", "idn": "Accounts"}[tool]},
        "issuetype": {"name": "Task" if story.get("wish") else "Bug"}, "summary": title(story),
        "priority": {"name": SEVERITY[tool][int(story["sev"]) - 1]}, "labels": [], "components": [{"name": story["component"]}],
        "versions": [{"name": f"{rng.randint(30, 60)}.{rng.randint(0, 9)}"}] if rng.random() < 0.4 else [],
        "created": stamp(story["created"]), "updated": stamp(done or story["created"]), "resolutiondate": stamp(done),
        "status": {"name": "Done" if done else "In Progress", "statusCategory": {"key": "done" if done else "indeterminate"}},
        "resolution": {"name": "Duplicate" if duplicate else "Done"} if done else None,
        "timespent": int(story["cost"] * 3600) or None, "issuelinks": jira_links(story), "reporter": person, "assignee": person,
        "comment": {"total": 0, "comments": []},
    }
    for when, text in remarks(story):
        body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]} if tool == "pay" else text
        fields["comment"]["comments"].append({"author": person, "created": stamp(when), "body": body})
    fields["comment"]["total"] = len(fields["comment"]["comments"])
    if tool == "pay":
        fields |= {"customfield_10088": None if story.get("wish") else {"value": SAID["pay"][story["stage"]]}, "customfield_10090": {"name": story["team"]},
                   "customfield_10091": {"value": SAID["pay"]["component"]} if story["stage"].startswith("prod") and rng.random() < 0.2 else None}
    else:
        fields["labels"] = [] if story.get("wish") else [SAID["idn"][story["stage"]]]
        fields["customfield_11200"] = story["team"]
    fields["description"] = adf(story, reviews) if tool == "pay" else wiki(story, reviews)
    return {"id": str(48000 + int(story["id"].split("-")[1])), "key": story["id"], "fields": fields}


NAMES = {"pay": {"customfield_10088": "Found in", "customfield_10090": "Team", "customfield_10091": "Should have been found in"},
         "idn": {"customfield_11200": "Team"}}


def write_jira(stories, reviews_of):
    payments = [jira_issue(s, reviews_of(s)) for s in of_tool(stories, "pay")]
    for page, start in enumerate(range(0, len(payments), 60), 1):
        issues = payments[start:start + 60]
        last = start + 60 >= len(payments)
        head = {"isLast": last} | ({} if last else {"nextPageToken": f"CiAI{page}fictional"})
        text = json.dumps(head | {"names": NAMES["pay"], "issues": issues}, ensure_ascii=False, indent=1) + "\n"
        name = f"payments-jira/search-page-{page}.json"
        save_gz(name + ".gz", text) if page == 2 else save(name, text)
    accounts = [jira_issue(s, reviews_of(s)) for s in of_tool(stories, "idn")]
    for half, start in enumerate(range(0, len(accounts), 50)):
        page = {"expand": "names,schema", "startAt": start, "maxResults": 50, "total": len(accounts), "names": NAMES["idn"], "issues": accounts[start:start + 50]}
        save(f"accounts-jira-server/idn-{half + 1}.json", json.dumps(page, ensure_ascii=False, indent=1) + "\n")


MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def jira_date(moment):
    return f"{moment.day:02}/{MONTHS[moment.month - 1]}/{moment:%y %H:%M}" if moment else ""


def csv_row(story, date, reviews):
    rng, done = story["rng"], story["resolved"]
    body = every(story, "B") + ([impact(story)] if impact(story) else []) + ([story["leak"]] if "leak" in story else [])
    depot = "Depot " + rng.choice(["Nord", "Süd", "Ost", "West", "Mitte"])
    text = f"Place: {depot}\nWhat we saw: " + "\n".join(body) + ("\nReview: " + ", ".join(reviews) if reviews else "")
    notes = [f"{date(w)};{rng.choice(PEOPLE)[2]};{t}" for w, t in remarks(story)] + ["", ""]
    if every(story, "F"):
        notes.insert(0, f"{date(done or story['created'])};{rng.choice(PEOPLE)[2]};{one(story, 'F')}")
    project = PROJECTS[story["tool"]][0]
    return [title(story), story["id"], str(61000 + int(story["id"].split("-")[1])), "Task" if story.get("wish") else "Bug", "Done" if done else "Open", project,
            "Logistics", rng.choice(["High", "Medium", "Low"]), ("Duplicate" if story.get("link") == "yes" else "Done") if done else "",
            rng.choice(PEOPLE)[0], date(story["created"]), date(done), story["component"], rng.choice([depot, ""]), rng.choice(["scan", "tour", "", ""]),
            text, str(int(story["cost"] * 3600) or ""), "" if story.get("wish") else SEVERITY["ship"][int(story["sev"]) - 1],
            "" if story.get("wish") else SAID["ship"][story["stage"]], one(story, "C"), story["team"],
            story["about"]["id"] if story.get("link") == "yes" else "", *notes[:2]]


HEADER = ["Summary", "Issue key", "Issue id", "Issue Type", "Status", "Project key", "Project name", "Priority", "Resolution", "Assignee", "Created", "Resolved",
          "Component/s", "Component/s", "Labels", "Description", "Time Spent", "Custom field (Severity)", "Custom field (Found by)", "Custom field (Root cause)",
          "Custom field (Team)", "Outward issue link (Duplicate)", "Comment", "Comment"]


def write_csv(stories, reviews_of):
    for tool, name, sign, date, mark in [("ship", "logistics-jira-csv/SHIP 2025-2026.csv", ",", jira_date, ""),
                                         ("depot", "logistics-jira-csv/depots.csv", ";", lambda m: f"{m:%d.%m.%Y %H:%M}" if m else "", "\ufeff")]:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=sign, lineterminator="\r\n")
        writer.writerow(HEADER)
        writer.writerows(csv_row(s, date, reviews_of(s)) for s in of_tool(stories, tool))
        save(name, mark + text.getvalue())


# ---- GitHub

def gh_issue(story, reviews):
    done = story["resolved"]
    labels = ["enhancement"] if story.get("wish") else ["bug", f"severity/{story['sev']}", f"found/{story['stage']}"]
    labels += [f"team:{story['team']}", f"area/{story['component']}"]
    reason = ("DUPLICATE" if story.get("link") == "yes" else "COMPLETED") if done else ""
    return {"number": story["id"], "title": title(story), "state": "CLOSED" if done else "OPEN", "stateReason": reason, "body": markdown(story, reviews),
            "author": {"login": story["rng"].choice(PEOPLE)[2]}, "createdAt": iso(story["created"]), "updatedAt": iso(done or story["created"]),
            "closedAt": iso(done), "labels": [{"name": label} for label in labels], "milestone": None,
            "url": f"https://github.example/{story['repo']}/issues/{story['id']}",
            "comments": [{"author": {"login": story["rng"].choice(PEOPLE)[2]}, "body": text, "createdAt": iso(when)} for when, text in remarks(story)]}


def write_github(stories, reviews_of):
    shop = [gh_issue(s, reviews_of(s)) for s in of_tool(stories, "gh")]
    early = [i for i in shop if i["createdAt"] < "2025-07"]
    save("storefront-github/issues-2025-h1.json", json.dumps(early, ensure_ascii=False, indent=1) + "\n")
    lines = [json.dumps(i, ensure_ascii=False) for i in shop if i["createdAt"] >= "2025-07"]
    lines.insert(len(lines) // 2, '{"number":999,"title":"Picture of the month is upside')  # the one broken record of the sample
    save("storefront-github/issues-later.jsonl", "\n".join(lines) + "\n")
    platform = [gh_issue(s, reviews_of(s)) for s in of_tool(stories, "gh2")]
    save("platform-github/issues.json", json.dumps(platform, ensure_ascii=False, indent=1) + "\n")


# ---- Bugzilla

def bug(story, reviews):
    rng, done = story["rng"], story["resolved"]
    first = "\n\n".join(["Actual results:"] + every(story, "B") + ([impact(story)] if impact(story) else []) + ([story["leak"]] if "leak" in story else [])
                        + ["Reproducible: " + rng.choice(["Always", "Sometimes", "Didn't try"])])
    texts = [first] + [f"Cause: {c}" for c in every(story, "C")] + [f"Fixed: {f}" for f in every(story, "F")] + [t for _, t in remarks(story)]
    texts += ["Review: " + ", ".join(reviews)] if reviews else []
    texts += [f"Work: {story['cost']:g} hours"] if story["cost"] else []
    if story.get("link") == "yes":
        texts.append(f"*** This bug has been marked as a duplicate of bug {story['about']['id']} ***")
    at = [story["created"] + dt.timedelta(hours=3 * i) for i in range(len(texts))]
    resolution = ("DUPLICATE" if story.get("link") == "yes" else "FIXED") if done else ""
    return {"id": story["id"], "product": "devices", "component": story["component"], "summary": title(story), "status": "RESOLVED" if done else "ASSIGNED",
            "resolution": resolution, "dupe_of": story["about"]["id"] if story.get("link") == "yes" else None,
            "severity": "enhancement" if story.get("wish") else SEVERITY["bz"][int(story["sev"]) - 1], "priority": "P" + story["sev"], "op_sys": "Firmware",
            "platform": rng.choice(["HX-4", "HX-5", "EG-2", "KT-1"]), "version": f"4.{rng.randint(0, 9)}", "keywords": rng.choice([[], [], ["regression"]]),
            "whiteboard": "" if story.get("wish") else f"[found:{story['stage']}]", "creator": rng.choice(PEOPLE)[1], "assigned_to": rng.choice(PEOPLE)[1],
            "creation_time": iso(story["created"]), "cf_last_resolved": iso(done), "see_also": [], "depends_on": [], "blocks": [],
            "cf_team": story["team"], "cf_found_in": "" if story.get("wish") else story["stage"],
            "comments": [{"count": i, "text": t, "creation_time": iso(w), "creator": rng.choice(PEOPLE)[1]} for i, (t, w) in enumerate(zip(texts, at))]}


def write_bugzilla(stories, reviews_of):
    bugs = [bug(s, reviews_of(s)) for s in of_tool(stories, "bz")]
    save("devices-bugzilla/bugs.json", json.dumps({"bugs": bugs, "faults": []}, ensure_ascii=False, indent=1) + "\n")


# ---- PagerDuty

def incident(story):
    minutes = int(story.get("downtime") or story.get("about", {}).get("downtime") or story["rng"].randint(4, 90))
    details = "\n".join(every(story, "B") + [f"Cause: {c}" for c in every(story, "C")] + ([impact(story)] if impact(story) else []))
    service = story["component"]
    return {"id": story["id"], "incident_number": story["number"], "title": title(story), "status": "resolved", "urgency": "high" if story["sev"] in "12" else "low",
            "priority": {"summary": "P" + story["sev"]}, "created_at": iso(story["created"]), "resolved_at": iso(story["created"] + dt.timedelta(minutes=minutes)),
            "incident_key": f"{service}/{slug(title(story))[:40]}", "service": {"id": "SVC" + slug(service).upper()[:6], "summary": service},
            "teams": [{"summary": story["team"]}], "alert_counts": {"all": story["rng"].randint(1, 30)},
            "assignments": [{"assignee": {"summary": story["rng"].choice(PEOPLE)[0]}}], "body": {"type": "incident_body", "details": details}}


def write_pagerduty(stories):
    incidents = [incident(s) for s in of_tool(stories, "pd")]
    for name, low, high in [("2025-h1", "2025-01", "2025-07"), ("2025-h2", "2025-07", "2026-01"), ("2026-h1", "2026-01", "2026-07")]:
        rows = [i for i in incidents if low <= i["created_at"] < high]
        page = {"incidents": rows, "limit": 100, "offset": 0, "more": False, "total": len(rows)}
        save(f"pagerduty/incidents-{name}.json", json.dumps(page, ensure_ascii=False, indent=1) + "\n")


# ---- Sentry

PLATFORM_FRAMES = {
    "javascript": [("dispatchEvent", "node_modules/react-dom/index.js", 3990), ("callCallback", "node_modules/react-dom/index.js", 212)],
    "java": [("run", "java.lang.Thread", 840), ("doFilter", "org.springframework.web.filter.OncePerRequestFilter", 116)],
    "python": [("main", "gunicorn/app/wsgiapp.py", 58), ("handle", "django/core/handlers/base.py", 197)],
    "csharp": [("Main", "Android.Runtime.JNIEnv", 0), ("OnClick", "Microsoft.Maui.Controls.Button", 88)],
}


def frames(story, platform):
    rows = [{"function": f, "module": m, "lineno": n, "in_app": False} for f, m, n in PLATFORM_FRAMES[platform]]
    for own in one(story, "K").split(" "):
        function, _, place = own.partition("@")
        module, _, line = place.rpartition(":")
        where = {"filename": module} if platform in ("javascript", "python") else {"module": module}
        rows.append({"function": function, **where, "lineno": int(line), "in_app": True})
    return rows


def event(story):
    project, platform = one(story, "P").split(" ")
    kind, _, value = one(story, "E").partition(": ")
    rng = story["rng"]
    return {"event_id": story["id"], "timestamp": iso(story["created"]), "platform": platform, "project": project, "logger": project, "level": "error",
            "title": title(story), "release": f"{project}@{rng.randint(3, 6)}.{rng.randint(0, 20)}.{rng.randint(0, 5)}",
            "environment": "staging" if story["stage"] == "staging" else "production", "fingerprint": ["{{ default }}"],
            "tags": [["team", story["team"]], ["server_name", f"{project}-{rng.randint(1, 6)}"], ["region", rng.choice(["eu-1", "eu-2"])]],
            "message": title(story), "user": {"email": rng.choice(PEOPLE)[1]},
            "exception": {"values": [{"type": kind, "value": value, "mechanism": {"handled": rng.random() < 0.5}, "stacktrace": {"frames": frames(story, platform)}}]}}


def answered(sent):
    """The same event as the server's interface gives it."""
    values = sent["exception"]["values"]
    for value in values:
        for frame in value["stacktrace"]["frames"]:
            frame |= {"inApp": frame.pop("in_app"), "lineNo": frame.pop("lineno")}
    return {"id": sent["event_id"], "eventID": sent["event_id"], "dateCreated": sent["timestamp"], "platform": sent["platform"], "title": sent["title"],
            "message": sent["message"], "user": sent["user"], "release": {"version": sent["release"]}, "environment": sent["environment"],
            "tags": [{"key": "level", "value": "error"}] + [{"key": k, "value": v} for k, v in sent["tags"]],
            "entries": [{"type": "exception", "data": {"values": values}}], "projectSlug": sent["project"]}


def repeated(stories):
    """Further events of the same crash a few days later: same trace, another release."""
    first = [s for s in stories if s["tool"] == "sen" and "about" not in s]
    out = []
    for at, story in enumerate(first):
        for copy in range(1, 1 + (at % 3)):
            out.append({**{k: v for k, v in story.items() if k != "lines"}, "lines": story["lines"], "about": story, "copy": copy, "again": True})
    return out


def write_sentry(stories):
    events = {}
    for story in of_tool(stories, "sen"):
        events.setdefault(story["team"], []).append(event(story))
    for team, rows in sorted(events.items()):
        if team == "storefront":
            save(f"{team}-sentry/events.json", json.dumps([answered(r) for r in rows], ensure_ascii=False, indent=1) + "\n")
        else:
            save(f"{team}-sentry/events.jsonl", "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))


# ---- post-mortems

HEADINGS = {  # each team has its own template
    "platform": ("Summary", "Impact", "Root cause", "Detection", "Timeline (all times UTC)", "Resolution", "Action items", "Lessons learned", "Authors"),
    "payments": ("Executive summary", "Customer impact", "Contributing factors", "How was it detected", "Chronology (UTC)", "Recovery", "Follow-ups", "What went poorly", "Attendees"),
    "logistics": ("What happened", "Damage", "Why did it happen", "Why it wasn't caught", "Sequence of events (UTC)", "Immediate actions", "Prevention", "Key takeaways", "Participants"),
    "storefront": ("TL;DR", "Who was affected", "Root cause analysis", "Monitoring", "Timeline (UTC)", "Mitigation", "Next steps", "Where we got lucky", "Authors"),
    "accounts": ("Overview", "User impact", "Cause", "Detection", "Log (UTC)", "Remediation", "Corrective and preventative measures", "Lessons", "Participants"),
    "devices": ("Incident summary", "Impact", "Technical details", "Alerts", "Timeline (UTC)", "Workaround", "Moving forward", "What went well", "Attendees"),
}


def review_text(story, tasks):
    summary, harm, cause, seen, log, fix, actions, lessons, people = HEADINGS[story["team"]]
    day = story["created"].strftime("%Y-%m-%d")
    rows = [f"| {r[:10]} | {r[11:]} |" if re.match(r"\d{4}-", r) else f"| {day} {r[:5]} | {r[6:]} |" for r in every(story, "L")]
    todo = [f"- [x] {t['id'] if isinstance(t['id'], str) else t['key'].removeprefix('GH:').removeprefix('BZ:')} {title(t)}" for t in tasks]
    todo += [f"- [ ] {a}" for a in every(story, "A")]
    about = story.get("about")
    ticket = f"\n**Ticket:** {about['id'] if about['tool'] in PROJECTS else about['key']}" if about else ""
    parts = [f"# {title(story)} ({day})", f"**Severity:** SEV{story['sev']}{ticket}", f"## {summary}\n\n" + "\n\n".join(every(story, "B")),
             f"## {harm}\n\n" + "\n\n".join(every(story, "I")), f"## {cause}\n\n" + "\n\n".join(every(story, "C")), f"## {seen}\n\n" + "\n\n".join(every(story, "D")),
             f"## {log}\n\n| when | what |\n|---|---|\n" + "\n".join(rows), f"## {fix}\n\n" + "\n\n".join(every(story, "F")), f"## {actions}\n\n" + "\n".join(todo),
             f"## {lessons}\n\n" + "\n\n".join(every(story, "W")), f"## {people}\n\n{', '.join(p[0] for p in story['rng'].sample(PEOPLE, 2))}"]
    return "\n\n".join(parts) + "\n"


def write_reviews(stories):
    for story in of_tool(stories, "pm"):
        tasks = [s for s in stories if s.get("about") is story]
        save(f"postmortems/{story['team']}/{story['id']}-{slug(title(story))[:40].strip('-')}.md", review_text(story, tasks))


# ---- JUnit

def test_case(story):
    name, test = one(story, "N").split(" ", 1)
    head = f"<testcase classname={quoteattr(name)} name={quoteattr(test)} time=\"{story['rng'].uniform(0.01, 4):.3f}\">"
    if "mute" in story:
        ticket = story["about"]["id"] if isinstance(story["about"]["id"], str) else story["about"]["key"]
        return f"   {head}<skipped message={quoteattr('muted, see ' + ticket)}/></testcase>"
    kind, _, message = one(story, "E").partition(": ")
    place = name.rsplit(".", 1)[-1]
    trace = f"{kind}: {message}\n\tat {name}.{re.sub(r'[^A-Za-z]', '', test)}({place}.java:{story['rng'].randint(20, 120)})"
    return f"   {head}<failure message={quoteattr(message)} type={quoteattr(kind)}>{escape(trace)}</failure></testcase>"


def write_junit(stories):
    files = {}
    for story in of_tool(stories, "junit"):
        name, suite = one(story, "J").split(" ")
        files.setdefault((story["team"], name), {}).setdefault(suite, []).append(story)
    for (team, name), suites in sorted(files.items()):
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={quoteattr(name)}>\n'
        for suite, rows in sorted(suites.items()):
            green = "".join(f'   <testcase classname={quoteattr(suite + ".GreenTest")} name="works{i}" time="0.01"/>\n' for i in range(2))
            text += f' <testsuite name={quoteattr(suite)} timestamp="{rows[0]["created"]:%Y-%m-%dT%H:%M:%S}" hostname="ci-{len(rows)}">\n'
            text += f'  <properties><property name="build" value="{rows[0]["created"]:%y%j}"/></properties>\n' + green
            text += "\n".join(test_case(s) for s in rows) + "\n </testsuite>\n"
        save(f"ci-junit/{team}/TEST-{name}.xml", text + "</testsuites>\n")


# ---- deployments, answer key, texts

def write_deployments(rng):
    rows = []
    for team, services in sorted(COMPONENTS.items()):
        day = FIRST
        while day <= LAST:
            for service in services:
                if day.weekday() < 5 and rng.random() < 0.16:
                    when = day + dt.timedelta(hours=rng.randint(8, 17), minutes=rng.randint(0, 59))
                    rows.append((iso(when), service, team, "true" if rng.random() < 0.07 else "false"))
            day += dt.timedelta(days=1)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time", "service", "team", "failed"])
    writer.writerows(sorted(rows))
    save("deployments.csv", text.getvalue())


def write_key(stories):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["key", "mechanism", "team", "duplicate-of"])
    writer.writerows(sorted((s["key"], s["mechanism"], s["team"], root(s)["key"] if is_duplicate(s) else "") for s in stories))
    save(".planted.csv", text.getvalue())
    people = [part for person in PEOPLE for part in person]
    save(".planted-people.txt", "# Fictional people and secrets that stand in the sample and in no output.\n" + "\n".join(people + SECRETS) + "\n")


def root(story):
    while is_duplicate(story):
        story = story["about"]
    return story


def write_texts(stories):
    save("README.md", (HERE / "README.sample.md").read_text(encoding="utf-8").replace("{records}", str(len(stories))))
    save("notes.txt", "Exports of the quality office.\nAsk the teams for their Jira pages before the 20th; the depots send theirs by mail.\nThe broken line in the storefront file is known.\n")


# ---- small things

def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def slug(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def of_tool(stories, tool):
    return sorted((s for s in stories if s["tool"] == tool), key=lambda s: (s["created"], s["key"]))


def save(name, text):
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def save_gz(name, text):
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


def main():
    rng = random.Random(SEED)
    stories = read_stories()
    resolve(stories)
    date_stories(stories, rng)
    fill(stories)
    again = repeated(stories)
    for story in again:
        story["rng"] = random.Random(f"{SEED}/{title(story)}/{story['copy']}")
        story["created"] = story["about"]["created"] + dt.timedelta(days=story["copy"] * 3, minutes=story["rng"].randint(1, 900))
    stories += again
    number(stories)
    keys = [s["key"] for s in stories]
    assert len(set(keys)) == len(keys), [k for k in keys if keys.count(k) > 1]
    reviews = [s for s in stories if s["tool"] == "pm"]

    def reviews_of(story):
        return [r["id"] for r in reviews if r.get("about") is story]

    shutil.rmtree(OUT, ignore_errors=True)
    write_jira(stories, reviews_of)
    write_csv(stories, reviews_of)
    write_github(stories, reviews_of)
    write_bugzilla(stories, reviews_of)
    write_pagerduty(stories)
    write_sentry(stories)
    write_reviews(stories)
    write_junit(stories)
    write_deployments(rng)
    write_key(stories)
    write_texts(stories)
    print(f"{len(stories)} records, {sum(is_duplicate(s) for s in stories)} of them second reports")


if __name__ == "__main__":
    main()
