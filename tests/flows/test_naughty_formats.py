"""Strings that break programs in the formats of agencies, databases and archives: one item each, in every field that the format has for print."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from html import escape

import pytest

from tests.flows.test_naughty import PLAIN, STRINGS, read
from tests.transforms.readers.crawl import LEAD, write_answer, write_page, write_record, write_wacz
from transforms.model import Damaged, Gap, Record

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LINES = [" ".join(text.split()) for text in PLAIN]
"""On one line each, for formats whose fields end with their line."""


def join_items(head: str, item: Callable[[int, str], str], tail: str, strings: list[str]) -> bytes:
    """A file of one item a string."""
    return (head + "".join(item(n, text) for n, text in enumerate(strings)) + tail).encode("utf-8", "replace")


def write_newsml_1() -> bytes:
    """NewsML 1.2: lines, an XHTML body and a picture."""
    def item(n: int, text: str) -> str:
        t = escape(text)
        return (
            f"<NewsItem><Identification><NewsIdentifier><PublicIdentifier>urn:x:{n}</PublicIdentifier></NewsIdentifier></Identification><NewsComponent><NewsLines>"
            f"<HeadLine>Pier {n} {t}</HeadLine><ByLine>{t}</ByLine><DateLine>{t}</DateLine><CopyrightLine>{t}</CopyrightLine></NewsLines><ContentItem><DataContent>"
            f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>It is {t}</p></body></html></DataContent></ContentItem></NewsComponent></NewsItem>\n'
        )

    return join_items('<?xml version="1.0"?>\n<NewsML Version="1.2">\n', item, "</NewsML>", PLAIN)


def write_newsml_g2() -> bytes:
    """A message of NewsML-G2."""
    def item(n: int, text: str) -> str:
        t = escape(text)
        return (
            f'<newsItem guid="urn:x:{n}" version="1"><itemMeta><provider literal="{t}"/></itemMeta><contentMeta><headline>Pier {n} {t}</headline><by>{t}</by>'
            f"<dateline>{t}</dateline><description>{t}</description></contentMeta><contentSet><inlineXML><html xmlns=\"http://www.w3.org/1999/xhtml\"><body>"
            f"<p>It is {t}</p></body></html></inlineXML></contentSet></newsItem>\n"
        )

    head = '<?xml version="1.0"?>\n<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header><sent>2026-01-03T10:15:00Z</sent></header><itemSet>\n'
    return join_items(head, item, "</itemSet></newsMessage>", PLAIN)


def write_ninjs() -> bytes:
    """An object a line."""
    return join_items("", lambda n, t: json.dumps({
        "uri": f"urn:x:{n}", "type": "text", "headlines": [{"role": "main", "value": f"Pier {n} {t}"}], "by": t, "located": t, "copyrightNotice": t,
        "bodies": [{"role": "main", "contenttype": "text/plain", "value": f"It is {t}"}], "mood": t,
    }) + "\n", "", STRINGS)


def write_guardian() -> bytes:
    """An answer of the Content API."""
    results = [{
        "id": f"x/{n}", "type": "article", "sectionName": t, "webPublicationDate": "2026-01-03T10:15:00Z", "webTitle": f"Pier {n} {t}", "webUrl": f"https://g.example/{n}",
        "fields": {"headline": f"Pier {n} {t}", "trailText": t, "byline": t, "body": f"<p>It is {escape(t)}</p>"},
    } for n, t in enumerate(STRINGS)]
    return json.dumps({"response": {"status": "ok", "results": results}}).encode()


def write_ap() -> bytes:
    """An answer of the Media API."""
    items = [{"item": {
        "uri": f"https://api.example/{n}", "altids": {"itemid": f"a{n}"}, "version": 1, "type": "text", "headline": f"Pier {n} {t}", "bylines": [{"by": t, "title": t}],
        "located": t, "body_nitf": f"<p>It is {escape(t)}</p>",
    }} for n, t in enumerate(STRINGS)]
    return json.dumps({"api_version": "2.8.1", "data": {"items": items}}).encode()


def write_wire() -> bytes:
    """Messages between control bytes; such bytes of the strings are left out, and `<` and `^` mark its lines."""
    return join_items("", lambda n, t: f"\x16\x16\x01a{n % 10000:04}\x1f_----\r\nr i bc-pier 01-03 0398\r\n\x02^Pier {n} {t}<^\r\n^By {t}=^\r\n\tOSLO (AP) _ It is {t}\r\n\x03\r\n"
                      f"ap-x-01-03-26 1015gmt<\r\n\x04\r\n", "", LINES)


def write_gkg() -> bytes:
    """Rows of 27 columns."""
    def item(n: int, text: str) -> str:
        cells = [f"20260103101500-{n}", "20260103101500", "1", text, f"https://post.example/{n}", *([text] * 21),
                 f"<PAGE_AUTHORS>{escape(text)}</PAGE_AUTHORS><PAGE_TITLE>Pier {n} {escape(text)}</PAGE_TITLE>"]
        return "\t".join(cells) + "\n"

    return join_items("", item, "", LINES)


def write_nexis() -> bytes:
    """A classic export that says how many documents it holds."""
    count = len(LINES)
    return join_items("", lambda n, t: f"\n                {n + 1} of {count} DOCUMENTS\n\n                The Post\n\n              March 5, 2018 Monday\n\nPier {n} {t}\n\n"
                      f"BYLINE: {t}\n\nSECTION: {t}\n\nLENGTH: 9 words\n\n\nIt is {t} and so on.\n\nLOAD-DATE: March 6, 2018\n\nLANGUAGE: ENGLISH\n\n", "", LINES)


def write_factiva() -> bytes:
    """An export with codes."""
    return join_items("", lambda n, t: f"HD\tPier {n} {t}\nBY\t{t}\nWC\t9 words\nPD\t24 March 2021\nSN\tThe Post\nLA\tEnglish\nLP\t\nIt is {t} and so on.\n\n"
                      f"AN\tDocument POST000020210324eh3o{n:05}\n\n", "", LINES)


def write_factiva_xml() -> bytes:
    """The same of the service."""
    def item(n: int, text: str) -> str:
        t = escape(text)
        return (
            f"<ppsarticle><article><accessionNo>POST{n:08}</accessionNo><byline>{t}</byline><copyright>{t}</copyright><headline><paragraph>Pier {n} {t}</paragraph></headline>"
            f"<leadParagraph><paragraph>It is {t}</paragraph></leadParagraph><sourceName>{t}</sourceName></article></ppsarticle>\n"
        )

    head = '<?xml version="1.0"?>\n<PPSResponse><ppsArticleResponse xmlns="http://global.factiva.com/pps/2.0"><ppsarticleResultSet>\n'
    return join_items(head, item, "</ppsarticleResultSet></ppsArticleResponse></PPSResponse>", PLAIN)


def write_factiva_page() -> bytes:
    """The same as a page."""
    def item(n: int, text: str) -> str:
        rows = {"HD": f"Pier {n} {text}", "BY": text, "WC": "9 words", "PD": "26 March 2021", "SN": "The Post", "LP": f"It is {text}", "AN": f"Document POST000020210324eh3o{n:05}"}
        return '<div class="article enArticle"><table>' + "".join(f"<tr><td><b>{code}</b>&nbsp;</td><td>{escape(t)}</td></tr>\n" for code, t in rows.items()) + "</table></div>\n"

    return join_items("<html><head><title>Factiva</title></head><body>\n", item, "</body></html>", PLAIN)


def write_proquest() -> bytes:
    """Documents between lines of underscores."""
    rule = "_" * 60
    return join_items("", lambda n, t: f"{rule}\n\nPier {n} {t}\n\nAuthor: {t}\n\nFull text: It is {t} and so on.\n\nPublication title: {t}\n\nProQuest document ID: {n}\n\n", rule, LINES)


def write_docx() -> bytes:
    """A document with each in a paragraph."""
    body = "".join(f"<w:p><w:r><w:t>{escape(t)}</w:t></w:r></w:p>" for t in ("Pier shut", *PLAIN))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        box.writestr("[Content_Types].xml", "<Types/>")
        box.writestr("word/document.xml", f'<w:document xmlns:w="{NAMESPACE}"><w:body>{body}</w:body></w:document>'.encode())
    return out.getvalue()


def write_warc() -> bytes:
    """Pages, each under a title and with text of its own."""
    def page(n: int, text: str) -> bytes:
        t = escape(text)
        return write_page(f"Pier {n} {t}", t, f"{LEAD}<p>{t}</p>")

    return b"".join(write_record("response", write_answer(page(n, t)), f"/sea/{n}") for n, t in enumerate(PLAIN))


FILES: dict[str, tuple[Callable[[], bytes], str, bool]] = {
    "a_newsml1.xml": (write_newsml_1, "newsml-1", True), "a_g2.xml": (write_newsml_g2, "newsml-g2", True), "a.ninjs": (write_ninjs, "ninjs", True),
    "guardian.json": (write_guardian, "guardian-json", True), "ap.json": (write_ap, "ap-json", True), "a.tx": (write_wire, "iptc7901", False),
    "a.gkg.csv": (write_gkg, "gkg", True), "nexis.txt": (write_nexis, "nexis", True), "factiva.txt": (write_factiva, "factiva", True),
    "factiva.xml": (write_factiva_xml, "factiva-xml", True), "factiva.html": (write_factiva_page, "factiva-html", True),
    "proquest.txt": (write_proquest, "proquest", True), "a.docx": (write_docx, "docx", False), "a.warc": (write_warc, "warc", True),
    "a.wacz": (lambda: write_wacz(gzip.compress(write_warc())), "wacz", False),
}
"""By name: the file, its format, and whether each string must be one record."""


@pytest.mark.parametrize("name", FILES)
def test_every_string_is_read(name: str) -> None:
    """Spans tile, no reader dies, no item is lost or swallows another; what can be stored is all that is read."""
    write, form, is_one_each = FILES[name]
    data = write()
    items = read(name, data)
    records = [item for item in items if not isinstance(item, Gap)]
    assert not [item.detail for item in records if isinstance(item, Damaged) and item.reason == "reader_died"]
    at = 0
    for item in items:
        assert item.byte_start == at
        at = item.byte_end
    assert at == len(data)
    if is_one_each:
        assert len(records) == len(STRINGS), form
    read_well = [item for item in records if isinstance(item, Record)]
    assert len(read_well) > (0.95 * len(STRINGS) if is_one_each else 0)
    for record in read_well:
        "".join((record.document, *(text for pair in record.extra for text in pair))).encode()
