"""HTML out of mails: cleaned for show, folded at the quoted history, and turned into plain text."""

import re
from html.parser import HTMLParser

import nh3

_TAGS = nh3.ALLOWED_TAGS | {
    "font",
    "center",
    "u",
    "s",
    "big",
    "section",
    "article",
    "header",
    "footer",
    "main",
}
_STYLE = {
    "color",
    "background-color",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "text-align",
    "text-decoration",
    "line-height",
    "vertical-align",
    "white-space",
    "width",
    "max-width",
    "height",
    "margin",
    "margin-top",
    "margin-right",
    "margin-bottom",
    "margin-left",
    "padding",
    "padding-top",
    "padding-right",
    "padding-bottom",
    "padding-left",
    "border",
    "border-top",
    "border-right",
    "border-bottom",
    "border-left",
    "border-collapse",
    "border-color",
    "border-radius",
    "border-spacing",
    "border-style",
    "border-width",
    "list-style-type",
    "direction",
}
_COMMON = {"style", "dir", "lang", "title", "align", "valign", "width", "height", "bgcolor"}
_ATTRIBUTES = {
    "*": _COMMON,
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "scope"},
    "table": {"border", "cellpadding", "cellspacing"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "blockquote": {"type"},
}
# Structure that quote folding looks at, gone after the second cleaning.
_STRUCTURE = {**_ATTRIBUTES, "*": _COMMON | {"id", "class"}, "blockquote": {"type", "cite"}}
_INLINE_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z", re.IGNORECASE)
MAX_DEPTH = 500
MAX_ATTRIBUTES = 1_000
MAX_ESCAPES = 8_000_000_000  # escapes times length, in characters: less than half a second
_SUSPICIOUS = 50_000  # shorter HTML cannot hold enough attributes to cost anything
# A tag's name and one attribute as the WHATWG tokenizer reads them (§13.2.5.8, §13.2.5.32 to §13.2.5.40).
_TAG_NAME = re.compile(r"<[A-Za-z][^\s/>]*")
_ATTRIBUTE = re.compile(r"[\s/]*[^\s/>][^\s/>=]*(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]*))?")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_CLOSED_BY_ITSELF = frozenset(
    {
        "p",
        "li",
        "td",
        "th",
        "tr",
        "dt",
        "dd",
        "option",
        "br",
        "hr",
        "img",
        "wbr",
        "col",
        "area",
        "meta",
        "link",
        "input",
    }
)
_VOID = frozenset({"br", "hr", "img", "wbr", "col", "area"})
_SILENT = {"script", "style", "title", "head", "template", "noscript"}
_QUOTE_CLASSES = re.compile(
    r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra|WordSection_quote|"
    r"tutanota_quote|OutlookMessageHeader|ms-outlook-mobile-reference-message|x_gmail_quote|cite_prefix"
)
_QUOTE_IDS = re.compile(
    r"(?:x_)*(?:divRplyFwdMsg|appendonsend|reply-intro|mail-editor-reference-message-container|"
    r"OLK_SRC_BODY_SECTION|isForwardContent|isReplyContent|yahoo_quoted\w*|ymail_android_quoted\w*)"
)
# From here on everything is history, though the element itself ends: Outlook draws a line, then the old
# mail follows.
_OUTLOOK_RULE = re.compile(r"border-top:\s*solid\s+#(?:E1E1E1|B5C4DF)", re.IGNORECASE)
_CITED = frozenset({"cite"})
_BLOCK = frozenset(
    {
        "p",
        "div",
        "br",
        "tr",
        "table",
        "ul",
        "ol",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "hr",
        "section",
        "article",
        "header",
        "footer",
        "center",
    }
)


def unreasonable(html: str) -> bool:
    """Would cleaning it take too long?

    It takes time by the square of the depth, of the attributes of a tag, and of what is escaped in one text.
    """
    escapes = html.count("&") + html.count("\xa0")
    return escapes * len(html) > MAX_ESCAPES or too_deep(html) or too_many_attributes(html)


def too_deep(html: str) -> bool:
    """Is it nested beyond reason?"""
    depth = 0
    for match in _TAG.finditer(html):
        if match[2].lower() in _CLOSED_BY_ITSELF:
            continue
        depth = max(0, depth - 1) if match[1] else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False


def too_many_attributes(html: str) -> bool:
    """Has a tag more attributes than anybody writes?"""
    if len(html) < _SUSPICIOUS:
        return False
    position = 0
    while tag := _TAG_NAME.search(html, position):
        position = tag.end()
        for _ in range(MAX_ATTRIBUTES):
            attribute = _ATTRIBUTE.match(html, position)
            if not attribute:
                break
            position = attribute.end()
        else:
            return True
    return False


def without_tags(html: str) -> str:
    """The words of HTML that is not worth reading properly."""
    return re.sub(r"(?:<[^<>]{0,2000}>|\s)+", " ", html)


def clean(html: str) -> str:
    """HTML without scripts, forms, frames, event handlers and foreign styles.

    ``cid:`` and remote images stay.
    """
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_SILENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep_attribute,
        filter_style_properties=_STYLE,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
    )


def well_formed(html: str) -> str:
    """The first cleaning: safe to walk, classes and ids still there for :func:`fold_html`."""
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_SILENT,
        attributes=_STRUCTURE,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    )


def _keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "style" and "url(" in value.lower():
        return None
    if attribute == "src":
        scheme = value.partition(":")[0].lower()
        return value if scheme in ("http", "https", "cid") or _INLINE_IMAGE.match(value) else None
    if attribute == "href":
        return value if value.partition(":")[0].lower() in ("http", "https", "mailto", "tel") else None
    return value


def fold_html(html: str) -> str:
    """Well-formed HTML without the quoted history at its end.

    Unchanged when something was written after or between the quotes, and when nothing was written before
    them (a forwarded message is the message).
    """
    walker = _QuoteFinder(html)
    walker.feed(html)
    walker.close()
    if not walker.own:
        return html
    first, last = walker.own[0], walker.own[-1]
    cut = (start for start, ends_all in walker.marks if first < start and (ends_all or last < start))
    return html[: next(cut, len(html))]


class _QuoteFinder(HTMLParser):
    """Notes where quotes begin and where text stands that is in no quote."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.marks: list[tuple[int, bool]] = []  # offset, whether all that follows is history
        self.own: list[int] = []  # offsets of text outside every quote
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._depth = 0
        self._quote_depth: int | None = None

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            if tag == "img" and self._quote_depth is None:
                self.own.append(self._offset())
            return
        self._depth += 1
        if self._quote_depth is not None:
            return
        found = dict(attrs)
        identity = _QUOTE_IDS.fullmatch(found.get("id") or "")
        outlook = _OUTLOOK_RULE.search(found.get("style") or "")
        cited = tag == "blockquote" and ((found.get("type") or "") in _CITED or "cite" in found)
        if identity or outlook or cited or _QUOTE_CLASSES.search(found.get("class") or ""):
            self.marks.append((self._offset(), bool(identity or outlook)))
            self._quote_depth = self._depth

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self._quote_depth == self._depth:
            self._quote_depth = None
        self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._quote_depth is None and data.strip("\xa0\u200b \r\n\t"):
            self.own.append(self._offset())


def to_text(html: str) -> str:
    """Readable plain text of well-formed HTML.

    Blocks on lines, quotes with ``>``, links with their target.
    """
    walker = _TextWriter()
    walker.feed(html)
    walker.close()
    lines = [line.rstrip() for line in "".join(walker.out).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _TextWriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._quotes = 0
        self._fresh = True  # at the start of a line
        self._preformatted = 0
        self._link = ""
        self._link_text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._newline(force=True)
        elif tag in _BLOCK:
            self._newline()
            if tag == "p":
                self._newline(force=True)
        if tag == "blockquote":
            self._quotes += 1
        elif tag == "li":
            self._write("- ")
        elif tag == "pre":
            self._preformatted += 1
        elif tag in ("td", "th") and not self._fresh:
            self._write(" ")
        elif tag == "img":
            self._write(dict(attrs).get("alt") or "")
        elif tag == "hr":
            self._write("________________________________")
            self._newline()
        elif tag == "a":
            self._link, self._link_text = dict(attrs).get("href") or "", []

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            shown = "".join(self._link_text).strip()
            target = self._link.removeprefix("mailto:").removeprefix("tel:")
            if target and target.rstrip("/") not in (shown, shown.rstrip("/")) and shown:
                self._write(f" <{target}>")
            self._link = ""
        if tag in _BLOCK and tag != "br":
            self._newline()
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)

    def handle_data(self, data: str) -> None:
        if self._link:
            self._link_text.append(data)
        if self._preformatted:
            for number, line in enumerate(data.split("\n")):
                if number:
                    self._newline(force=True)
                self._write(line)
            return
        text = re.sub(r"[ \t\r\n]+", " ", data)
        self._write(text.lstrip(" ") if self._fresh else text)

    def _write(self, text: str) -> None:
        if not text:
            return
        if self._fresh and self._quotes:
            self.out.append("> " * min(self._quotes, 10))
        self.out.append(text)
        self._fresh = False

    def _newline(self, force: bool = False) -> None:
        if not self._fresh:
            self.out.append("\n")
            self._fresh = True
        elif force and self.out:
            self.out.append("> " * min(self._quotes, 10) + "\n")
