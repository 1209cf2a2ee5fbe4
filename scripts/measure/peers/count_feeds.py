"""Counts the items of the feeds in a folder that mention a topic in their title or description.

count_feeds.py elementtree|lxml TOPIC FOLDER
"""

import pathlib
import sys


def parser(library):
    """The function that parses a file into a tree, with the library's best settings."""
    if library == "lxml":
        from lxml import etree

        # Comments are left out, so that the text around one is in one piece.
        settings = etree.XMLParser(remove_comments=True, remove_pis=True, collect_ids=False)
        return lambda path: etree.parse(path, settings)
    from xml.etree import ElementTree

    return ElementTree.parse


def main():
    library, topic, folder = sys.argv[1:]
    parse = parser(library)
    found = 0
    for path in pathlib.Path(folder).glob("*.xml"):
        for item in parse(str(path)).iter("item"):
            found += topic in item.findtext("title", "") or topic in item.findtext(
                "description", ""
            )
    print(found)


main()
