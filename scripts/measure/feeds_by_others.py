"""What feedparser and lxml see in feeds: items, and those that mention a topic.

Run by scripts/check-feeds in an environment that has both; shares no code with benchlens. Reads
paths from standard input, one a line; writes a JSON line for each.
"""

import json
import logging
import sys
import warnings

import feedparser
from lxml import etree

TOPIC = sys.argv[1]
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
FIELDS = {"item": ("title", "description"), "entry": ("title", "summary", "content")}


def local(element):
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def text(element):
    """The text of an element and of all elements in it."""
    return "".join(gathered(element))


def gathered(element):
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from gathered(child)
        yield child.tail or ""


def items_of(root):
    """The items, by name and position: children of the root or of a channel in it."""
    name = {"rss": "item", "RDF": "item", "feed": "entry"}.get(local(root))
    for child in root if name else ():
        if local(child) == name:
            yield child
        elif local(child) == "channel" and name == "item":
            yield from (inner for inner in child if local(inner) == name)


def mentions(item):
    def first(matches):
        return next((child for child in item if matches(child)), None)

    namespace = etree.QName(item).namespace
    fields = [
        first(lambda child: local(child) == name and etree.QName(child).namespace == namespace)
        for name in FIELDS[local(item)]
    ]
    if local(item) == "item":
        fields.append(first(lambda child: child.tag == CONTENT))
    return any(field is not None and TOPIC in text(field) for field in fields)


def by_lxml(path):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.parse(path, parser).getroot()
    except (etree.XMLSyntaxError, OSError, LookupError) as error:
        return {"error": str(error)}
    items = list(items_of(root))
    entities = sum(1 for _ in root.iter(etree.Entity))
    return {
        "root": local(root), "items": len(items), "found": sum(map(mentions, items)),
        "entities": entities,
    }


def by_feedparser(path):
    with open(path, "rb") as file:
        parsed = feedparser.parse(file.read())
    error = parsed.get("bozo_exception")
    return {"items": len(parsed.entries), "version": parsed.version, "bozo": str(error or "")}


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        path = line.rstrip("\n")
        told = {"path": path, "lxml": by_lxml(path), "feedparser": by_feedparser(path)}
        print(json.dumps(told), flush=True)


main()
