"""report.html: one file, nothing outside it, every link leads somewhere, strings stay strings, in a browser too."""

import io
import itertools
import os
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convoracle.reports import html

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--v=0",
]
VOID = {"meta", "br", "img", "link", "input", "hr"}

PROBE = """<script>
addEventListener("load", () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const every = selector => [...document.querySelectorAll(selector)];
  const height = element => element.getBoundingClientRect().height;
  const said = {
    maths: every("math").length,
    flat: every("math").filter(math => height(math) < 5).length,
    unstretched: every(".overline").filter(over => over.firstElementChild.clientWidth < 20).length,
    overlines: every(".overline").length,
    links: every("a[href^='#']").length,
    dead: every("a[href^='#']").filter(a => !document.getElementById(a.getAttribute("href").slice(1))).length,
    images: every("img").length,
    broken: every("img").filter(image => !image.complete || image.naturalWidth == 0).length,
    charts: every("svg").filter(svg => height(svg) > 20).length,
    wide: document.documentElement.scrollWidth - innerWidth,
    width: innerWidth,
    loaded: performance.getEntriesByType("resource").filter(r => !r.name.startsWith("data:")).length,
  };
  parent.postMessage(said, "*");
});
</script>"""

FRAME = """<!DOCTYPE html><body><iframe src="report.html" width="{}" height="2000"></iframe>
<script>onmessage = event => Object.assign(document.body.dataset, event.data)</script>"""
"""A window without a screen is never narrower than 500 pixels; a frame may be."""


class Outline(HTMLParser):
    """Tags in order, with their attributes; complains about tags that do not close."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, *names):
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture(scope="module")
def page(sample):
    from convoracle.reports import document

    return html.render(document.loads(document.dumps(sample.report())))


@pytest.fixture(scope="module")
def outline(page):
    return Outline(page)


def test_the_page_is_below_eight_megabytes(page):
    assert len(page.encode("utf-8")) < 8_000_000


def test_strings_of_subjects_are_text_and_never_markup(page, outline, sample):
    assert outline.all("script") == []
    assert not [attributes for _, attributes in outline.tags if any(name.startswith("on") for name in attributes)]
    assert {attributes["src"][:22] for attributes in outline.all("img")} == {"data:image/png;base64,"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ x }}" in page


def test_the_page_loads_nothing(page, outline):
    assert not re.search(r"""(src|href|action|data|poster|srcset)\s*=\s*["']?\s*(https?:)?//""", page)
    assert "@import" not in page
    assert "url(" not in page
    assert outline.all("link", "iframe", "object", "embed", "base") == []
    (policy,) = [a["content"] for a in outline.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_ids_are_unique_and_every_internal_link_leads_to_one(outline):
    ids = Counter(attributes["id"] for _, attributes in outline.tags if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    links = [attributes["href"] for attributes in outline.all("a")]
    assert links
    assert {link for link in links if not (link.startswith("#") and link[1:] in ids)} == set()
    labels = [attributes["aria-labelledby"] for _, attributes in outline.tags if "aria-labelledby" in attributes]
    assert set(labels) <= set(ids)


def test_headings_do_not_skip_a_level(outline):
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper <= level + 1 for level, deeper in itertools.pairwise(levels))


def test_tables_have_scoped_headers_and_scroll_by_themselves(outline):
    assert all("scope" in attributes for attributes in outline.all("th"))
    wrappers = [attributes for attributes in outline.all("div") if attributes.get("class") == "scroll"]
    assert len(wrappers) >= len(outline.all("table"))
    assert all(attributes["tabindex"] == "0" and attributes["aria-label"] for attributes in wrappers)


def test_the_page_says_its_language_width_and_both_colour_schemes(page, outline):
    assert outline.all("html")[0]["lang"] == "en"
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in outline.all("meta")
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media print" in page


def test_pictures_and_charts_have_a_text(outline):
    assert all(attributes["alt"] for attributes in outline.all("img"))
    assert all(attributes["aria-label"] and attributes["role"] == "img" for attributes in outline.all("svg"))


def test_every_status_is_a_word_and_not_only_a_colour(page):
    for words in ("pass", "by convention", "fail", "unsupported", "vacuous", "flaky", "crash", "timeout", "not run"):
        assert re.search(rf'class="status \w+">{words}</span>', page)


def test_findings_that_share_their_smallest_call_say_so(page, report):
    shared = [finding for finding in report["findings"] if finding["cause"] != finding["law"]]
    assert 0 < len(shared) < len(report["findings"])
    assert page.count("The smallest call that breaks values breaks this law too.") == len(shared)


def test_everything_of_a_finding_is_on_the_page(page, report):
    from markupsafe import escape

    finding = report["findings"][1]
    for part in (finding["id"], finding["message"], finding["got"], finding["script"], "stride=(2, 1)", "[0, 1, 2, 0]"):
        assert str(escape(part)) in page


def test_errata_stand_with_counterexample_and_corrected_form(page, report):
    errata = [statement["erratum"] for statement in report["statements"] if statement["erratum"]]
    assert page.count('<tr class="erratum">') == len(errata)
    assert page.count("<dt>counterexample</dt>") == len(errata)


def test_mutants_that_were_not_rejected_are_marked(page, report):
    missed = sum(not row["rejected"] for row in report["mutants"]["rows"])
    assert page.count('<strong class="status fail">no</strong>') == missed > 0


def test_a_formula_that_is_no_latex_is_shown_as_it_is(page):
    assert r"<code>\frac{</code>" in page


def test_two_names_never_share_an_anchor():
    anchors = html.Anchors()
    names = ["a/b", "a-b", "A b", "a_b", "", "日本", "-"]
    assert len({anchors("x", name) for name in names}) == len(names)
    assert anchors("x", "a-b") == anchors("x", "a-b")


@pytest.fixture(scope="module")
def browser():
    """Run a browser without a window on a page; return what it wrote to its console and to standard output."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        if os.environ.get("CONVORACLE_REQUIRE_BROWSER") == "1":
            pytest.fail(f"CONVORACLE_REQUIRE_BROWSER=1, but there is none of {', '.join(BROWSERS)}")
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")

    def run(path: Path, *flags: str) -> tuple[str, list[str]]:
        profile = path.with_suffix(".profile")
        command = [program, *FLAGS, f"--user-data-dir={profile}", *flags, path.as_uri()]
        done = subprocess.run(command, capture_output=True, timeout=120, check=True)
        shutil.rmtree(profile, ignore_errors=True)
        return done.stdout.decode(), [line for line in done.stderr.decode().splitlines() if "CONSOLE" in line]

    return run


def probed(page):
    """Return the page with a script that measures it, and a policy that lets the script run."""
    page = re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    return page.replace("</body>", PROBE + "</body>")


def measured(dom):
    (body,) = re.findall(r"<body([^>]*)>", dom)
    return {name: float(value) for name, value in re.findall(r'data-(\w+)="([-\d.]+)"', body)}


def test_the_console_stays_empty(browser, page, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    dom, console = browser(path, "--dump-dom")
    assert console == []
    assert "<script" not in dom


def test_the_console_would_show_an_error_and_a_blocked_load(browser, page, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(
        page.replace("</body>", "<script>1</script><img src='http://localhost/x.png'></body>"), encoding="utf-8"
    )
    _, console = browser(path, "--dump-dom")
    assert len([line for line in console if "Content Security Policy" in line]) == 2


@pytest.mark.parametrize("width", [1200, 390])
def test_a_browser_renders_formulas_charts_and_links(browser, page, report, tmp_path, width):
    frame = tmp_path / "frame.html"
    frame.write_text(FRAME.format(width), encoding="utf-8")
    (tmp_path / "report.html").write_text(probed(page), encoding="utf-8")
    dom, console = browser(frame, "--dump-dom", "--window-size=1300,2100", "--virtual-time-budget=20000")
    found = measured(dom)
    assert console == []
    assert found["maths"] > 300
    assert found["overlines"] >= 1
    assert found["links"] > 500
    assert found["images"] == sum(len(entry["pictures"]) for entry in (*report["real"], *report["experiments"]))
    assert found["charts"] == sum(len(verdict["histogram"]) for verdict in report["verdicts"])
    assert found["width"] == width
    assert {name: found[name] for name in ("flat", "unstretched", "dead", "broken", "loaded")} == dict.fromkeys(
        ("flat", "unstretched", "dead", "broken", "loaded"), 0
    )
    assert found["wide"] <= 0, "the page itself must not scroll sideways"


@pytest.mark.parametrize(("scheme", "flag"), [("light", "1"), ("dark", "0")])
def test_screenshots_are_dark_on_light_and_light_on_dark(browser, page, tmp_path, scheme, flag):
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    shot = tmp_path / "shot.png"
    browser(path, f"--screenshot={shot}", "--window-size=800,1200", f"--blink-settings=preferredColorScheme={flag}")
    pixels = np.asarray(Image.open(io.BytesIO(shot.read_bytes())).convert("L"), dtype=float)
    assert (np.median(pixels) > 230) == (scheme == "light")
    assert (np.median(pixels) < 40) == (scheme == "dark")
    assert pixels.std() > 10
