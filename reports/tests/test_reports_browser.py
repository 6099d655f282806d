"""The page in a real Chromium: no error, no request, filters, deep links, keyboard, both schemes, 360 px.

Needs chromium, its chromedriver and selenium. Where they are missing the tests are skipped with the reason,
or fail if SLURM_JWT_REQUIRE_BROWSER=1 says that they should be there.
"""

from __future__ import annotations

import base64
import functools
import http.server
import importlib.util
import json
import os
import re
import shutil
import threading
from pathlib import Path

import msgspec
import pytest

from slurm_jwt_reports import render
from slurm_jwt_reports.run.marks import DIFFERS
from slurm_jwt_reports.run.overview import overview
from slurm_jwt_reports.site.page import write_site
from slurm_jwt_reports.site.report import (
    KeyEvidence,
    ReleaseEvidence,
    RuleEvidence,
    SiteReport,
    TokenEvidence,
    Waiver,
)
from slurm_jwt_reports.stream.events import Outcome
from slurm_jwt_reports.stream.index import gather
from tools import example_run as example

pytestmark = pytest.mark.browser

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def missing(what):
    if os.environ.get("SLURM_JWT_REQUIRE_BROWSER") == "1":
        pytest.fail(f"SLURM_JWT_REQUIRE_BROWSER=1, but {what} is missing")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    try:
        from selenium import webdriver
    except ImportError:
        missing("selenium")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        missing("chromium or its chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()


OLDER = {
    "exp.now": {"outcome": "reject", "status": "pass", "deviation": None},
    "iat.missing": {"outcome": "crash", "status": "fail"},
}


def older():
    """Give an older run: of one case less, and with other answers of jwcrypto:careful to two cases."""
    for event in example.events(60, 15):
        if "exp.missing" in (getattr(event, "case", ""), getattr(event, "id", "")):
            continue
        if isinstance(event, Outcome) and event.implementation == "jwcrypto:careful":
            yield msgspec.structs.replace(event, **OLDER.get(event.case, {}))
        else:
            yield event


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Serve the page on loopback, where a favicon or any other request would be seen."""
    folder = tmp_path_factory.mktemp("report")
    render.render(gather(example.complete(60, 17)), folder, ["html"], gather(older()))
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        """Say nothing on stderr."""


def opened(browser, address, fragment="", width=1280, scheme="light"):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    scheme = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(address + fragment)
    return browser


def shown_cases(browser):
    return browser.execute_script(
        "return [...document.querySelectorAll('#mx tr[data-m]')].filter(row => !row.closest('[hidden]'))"
        ".map(row => row.firstElementChild.textContent)"
    )


def choose(browser, name, value):
    browser.execute_script(
        "const field = document.getElementById('filter').elements[arguments[0]]; field.value = arguments[1];"
        "field.dispatchEvent(new Event('input', {bubbles: true}))", name, value
    )  # fmt: skip


def test_no_error_and_no_request_but_the_page_itself(browser, address):
    opened(browser, address)
    choose(browser, "show", "differs")
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    requests = [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]  # fmt: skip
    assert [url for url in requests if not url.startswith("data:")] == [address]


def test_every_filter_shows_what_it_says(browser, address):
    opened(browser, address)
    assert len(shown_cases(browser)) == 60
    wanted = {
        "trap": ["typ.access-token", "exp.float"],
        "impostor": ["sun.zero", "sun.unknown-user"],
        "new": ["crit.unknown", "claims.truncated"],
        "broken": ["claims.truncated"],
        "known": ["key.pem-pkcs1", "key.pem-pkcs8", "exp.now"],
        "since": ["exp.missing", "exp.now", "iat.missing"],
    }
    for name, cases in wanted.items():
        choose(browser, "show", name)
        assert sorted(shown_cases(browser)) == sorted(cases), name
    choose(browser, "show", "since")
    choose(browser, "with", "jwcrypto:careful")
    assert sorted(shown_cases(browser)) == ["exp.missing", "exp.now", "iat.missing"]
    choose(browser, "with", "authlib:careful")
    assert shown_cases(browser) == ["exp.missing"]
    choose(browser, "show", "known")
    choose(browser, "with", "jwcrypto:careful")
    assert shown_cases(browser) == ["exp.now"]
    choose(browser, "show", "")
    choose(browser, "topic", "exp")
    choose(browser, "rule", "exp.unexpired")
    choose(browser, "q", "VERY second")
    assert shown_cases(browser) == ["exp.now"]
    assert browser.find_element("id", "shown").text == "1 of 60 cases"
    hidden = browser.execute_script(
        "return [...document.querySelectorAll('details.case')].filter(e => !e.closest('[hidden]')).length"
    )
    assert hidden == 1


def test_what_differs_in_one_alone_is_found_by_library(browser, address):
    opened(browser, address)
    results = gather(example.complete(60, 17))
    marks = overview(results)
    families = {}
    for (case, name), mark in (*marks.marks.items(), *marks.oddities.items()):
        if mark.code in DIFFERS:
            families.setdefault(case, set()).add(name.partition(":")[0])
    wanted = {case: next(iter(names)) for case, names in families.items() if len(names) == 1}
    assert {"slurmctld"} < set(wanted.values())
    choose(browser, "show", "alone")
    assert sorted(shown_cases(browser)) == sorted(wanted)
    choose(browser, "with", "slurmctld:22.05")
    assert sorted(shown_cases(browser)) == sorted(case for case, one in wanted.items() if one == "slurmctld")


def test_the_filter_is_in_the_address_and_comes_back_from_it(browser, address):
    opened(browser, address)
    choose(browser, "show", "gap")
    choose(browser, "q", "alg & more")
    link = browser.current_url
    assert link.endswith("#?show=gap&q=alg+%26+more")
    opened(browser, link)
    form = "return document.getElementById('filter').elements[arguments[0]].value"
    assert browser.execute_script(form, "show") == "gap"
    assert browser.execute_script(form, "q") == "alg & more"
    browser.find_element("css selector", "#filter button[type=reset]").click()
    assert (
        browser.execute_script("return new Promise(done => setTimeout(() => done(location.hash), 50))") == ""
    )
    assert len(shown_cases(browser)) == 60


def test_a_deep_link_opens_its_case_even_if_it_is_filtered_out(browser, address):
    opened(browser, address, "#case-exp.now")
    is_open = "return document.getElementById('case-exp.now').parentNode.open"
    assert browser.execute_script(is_open)
    choose(browser, "show", "trap")
    browser.execute_script("location.hash = '#case-exp.missing'")
    assert browser.execute_script(
        "return new Promise(done => setTimeout(() => done(document.getElementById('case-exp.missing')"
        ".parentNode.open && !document.getElementById('case-exp.missing').closest('[hidden]')), 100))"
    )


def test_from_the_matrix_the_keyboard_goes_to_the_case_and_on(browser, address):
    from selenium.webdriver.common.keys import Keys

    opened(browser, address)
    browser.execute_script("document.querySelector('#mx a[href=\"#case-exp.now\"]').focus()")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    focused = "setTimeout(() => done(document.activeElement.textContent), 100)"
    assert "exp.now" in browser.execute_script(f"return new Promise(done => {focused})")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.execute_script(
        "return document.activeElement.closest('details').firstElementChild.textContent.startsWith('exp.now')"
    )


@pytest.mark.parametrize("fragment", ["#%", "#?show=nonsense&with=%F0&topic=", "#case-none", "#?q=%3Cb%3E"])
def test_a_broken_address_breaks_nothing(browser, address, fragment):
    opened(browser, address, fragment)
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.getElementById('filter').hidden") is False


def test_the_keyboard_reaches_skip_link_filter_and_matrix(browser, address):
    from selenium.webdriver.common.keys import Keys

    opened(browser, address)
    browser.find_element("tag name", "body").send_keys(Keys.TAB)
    active = browser.switch_to.active_element
    assert active.text == "Skip to the report"
    wanted = {"show", "with", "topic", "rule", "q", "Matrix of cases and implementations"}
    for _ in range(100):
        active = browser.switch_to.active_element
        wanted -= {active.get_attribute("name"), active.get_attribute("aria-label")}
        if not wanted:
            break
        active.send_keys(Keys.TAB)
    assert wanted == set()


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_the_page_never_scrolls_sideways(browser, address, width):
    opened(browser, address, width=width)
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_both_colour_schemes_are_followed(browser, address):
    colour = "return getComputedStyle(document.body).backgroundColor"
    opened(browser, address, scheme="light")
    light = browser.execute_script(colour)
    opened(browser, address, scheme="dark")
    assert browser.execute_script(colour) != light


def test_columns_of_all_topics_line_up_with_their_heads(browser, address):
    opened(browser, address)
    lefts = browser.execute_script(
        "return [...document.querySelectorAll('#mx table')].map(table =>"
        "[...table.querySelector('tr').children].map(cell => Math.round(cell.getBoundingClientRect().left)))"
    )
    assert all(row == lefts[0] for row in lefts)


def test_without_javascript_all_is_there_and_no_dead_control(browser, address):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened(browser, address)
        text = browser.find_element("tag name", "body").text
        assert not browser.find_element("id", "filter").is_displayed()
        for part in ("The page's own key is refused", "exp.now", "PyJWT careful", "Documented and enforced"):
            assert part in text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


VISIBLE = (
    "return [...document.querySelectorAll(arguments[0])].filter(one => one.offsetParent !== null"
    " && one.getClientRects().length).length"
)


def test_it_prints_the_answers_and_no_case_that_nobody_chose(browser, address):
    opened(browser, address)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.execute_script(VISIBLE, ".answers tbody tr") == 17
    assert browser.execute_script(VISIBLE, ".enf tbody tr") > 3
    assert (
        browser.execute_script(VISIBLE, "#mx tr, details.case, #filter, nav, .src, [aria-labelledby=rules]")
        == 0
    )


def test_it_prints_what_the_filter_shows_and_what_stands_open(browser, address):
    opened(browser, address, "#?show=trap")
    browser.execute_script("location.hash = '#case-exp.float'")
    opened_now = "setTimeout(() => done(document.querySelectorAll('.case[open]').length), 100)"
    assert browser.execute_script(f"return new Promise(done => {opened_now})") == 1
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.execute_script(VISIBLE, "#mx tr[data-m]") == 2
    assert browser.execute_script(VISIBLE, "details.case") == 1
    assert browser.execute_script(VISIBLE, "details.case .got") == 1
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_hostile_text_neither_runs_nor_asks_for_anything(browser, tmp_path):
    bad = "<img src=http://127.0.0.1:9/x onerror=alert(1)><script>window.hit=1</script>\"'></style>\u202e\x00"
    members = ("purpose", "error", "text", "reason", "command")
    events = []
    for event in example.complete(16, 15):
        texts = [member for member in members if isinstance(getattr(event, member, None), str)]
        events.append(msgspec.structs.replace(event, **dict.fromkeys(texts, bad)))
    (path,) = render.render(gather(events), tmp_path, ["html"])
    opened(browser, path.as_uri(), "#?q=%3Cimg%20src=x%20onerror=alert(1)%3E")
    assert browser.get_log("browser") == []
    assert browser.execute_script("return window.hit") is None
    assert browser.execute_script("return document.querySelectorAll('img, script').length") == 1


AXE_PLACES = ("node_modules/axe-core/axe.min.js",)
AXE_PACKAGES = ("axe_playwright_python", "axe_core_python")
"""Packages of PyPI that ship axe-core; found, not imported: the first would want Playwright."""


def axe_script():
    """Give the text of axe-core: named by SLURM_JWT_AXE, in node_modules, or in a package of PyPI."""
    root = Path(__file__).resolve().parents[2]
    found = [Path(os.environ["SLURM_JWT_AXE"])] if "SLURM_JWT_AXE" in os.environ else []
    found += [root / place for place in AXE_PLACES]
    specs = map(importlib.util.find_spec, AXE_PACKAGES)
    found += [
        Path(place) / "axe.min.js" for spec in specs if spec for place in spec.submodule_search_locations
    ]
    path = next((path for path in found if path.is_file()), None)
    if path is None:
        missing("axe-core (npm install axe-core, or name its axe.min.js in SLURM_JWT_AXE)")
    return path.read_text("utf-8")


def violations(browser):
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    browser.execute_script(axe_script())
    found = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document).then(all => done(all.violations.map("
        "one => one.id + ': ' + one.help + ': ' + one.nodes.slice(0, 3).map(node => node.html).join(' | '))),"
        "error => done([String(error)]))"
    )
    return "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1920])
def test_axe_finds_no_violation(browser, address, scheme, width):
    opened(browser, address, scheme=scheme, width=width)
    browser.set_script_timeout(120)
    assert violations(browser) == ""


@pytest.mark.parametrize("verdict", ["fit", "not fit", "undetermined"])
def test_axe_finds_no_violation_in_a_site_s_report(browser, tmp_path, verdict):
    report = SITE_REPORTS[verdict]
    (path, *_) = write_site(report, tmp_path)
    opened(browser, path.as_uri(), width=360)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    assert browser.get_log("browser") == []
    assert violations(browser) == ""


DIGEST = "ab" * 32
RULE = RuleEvidence(
    id="iat.required", severity="error", sentence="iat is present.", state="kept", sources=("RFC 7519 4.1.6",)
)
FIT = SiteReport(
    site="cluster one", suite="0.1.0", command="slurm-jwt check", made="2026-11-23T09:00:00Z", clock="chrony",
    tokens=(TokenEvidence(sha256=DIGEST, bytes=152, user="alice"),),
    key=KeyEvidence(fingerprint="0123456789abcdef", bytes=32),
    rules=(RULE,),
    answers=(ReleaseEvidence(release="22.05.8", token=DIGEST, accepted=True, user="alice", basis="asked"),),
    waivers=(Waiver(rule="iat.required", reason="until the upgrade", expires="2026-12-31"),),
)  # fmt: skip
SITE_REPORTS = {
    "fit": FIT,
    "not fit": msgspec.structs.replace(
        FIT, waivers=(), rules=(msgspec.structs.replace(RULE, state="broken", found=("there is none",)),)
    ),
    "undetermined": msgspec.structs.replace(FIT, key=None, answers=()),
}


def test_the_printed_report_has_pages_of_a4_with_text(browser, address):
    """What is printed is a PDF of several pages whose text a reader finds."""
    opened(browser, address)
    printed = base64.b64decode(
        browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})[
            "data"
        ]
    )
    assert printed.startswith(b"%PDF-")
    pages = printed.count(b"/Type /Page\n") or printed.count(b"/Type /Page ") or printed.count(b"/Type/Page")
    assert pages > 1
    assert re.search(rb"/MediaBox \[0 0 594\.[0-9]+ 841\.[0-9]+\]|/MediaBox \[0 0 595 842\]", printed)


def test_a_chart_keeps_its_size_on_a_phone_and_scrolls_by_itself(browser, address):
    opened(browser, address, width=360)
    widths = browser.execute_script(
        "return [...document.querySelectorAll('svg.chart')].map(one => [one.getBoundingClientRect().width,"
        "one.parentNode.getBoundingClientRect().width])"
    )
    assert len(widths) >= 1
    assert all(drawn > shown for drawn, shown in widths)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_points_and_bars_of_charts_stand_out_from_the_page(browser, address, scheme):
    """WCAG 1.4.11: 3 to 1 for whatever carries meaning; the bars of the answers repeat their text."""
    opened(browser, address, scheme=scheme)
    colours = browser.execute_script(
        "const ground = getComputedStyle(document.body).backgroundColor;"
        "return [...document.querySelectorAll('svg.chart path[class^=s], svg.chart .count')]"
        ".map(one => [getComputedStyle(one).fill, ground])"
    )
    assert colours
    for fill, ground in {tuple(pair) for pair in colours}:
        bright, dim = sorted(map(luminance, (fill, ground)), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 3, (fill, ground)


def luminance(colour):
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_what_is_out_of_sight_is_not_laid_out(browser, tmp_path):
    """Filtering is fast because of this, however many cases there are."""
    (path,) = render.render(gather(example.complete(600, 17)), tmp_path, ["html"])
    opened(browser, path.as_uri())
    browser.execute_script("document.getElementById('filter').scrollIntoView()")
    seen = (
        "return new Promise(done => setTimeout(() => done([...document.querySelectorAll(arguments[0])]"
        ".filter(one => one.checkVisibility({contentVisibilityAuto: true})).length), 300))"
    )
    assert 0 < browser.execute_script(seen, "#mx tr[data-m]") < 150
    assert browser.execute_script(seen, "details.case") < 100
    choose(browser, "show", "trap")
    choose(browser, "show", "")
    assert 0 < browser.execute_script(seen, "#mx tr[data-m]") < 150
