"""Compares the sums of recordings with those of their protobufs, as PyPI's `perfetto` parses them.

Usage: sums.py FOLDER, with N.json and N.pftrace for N of 0 and 1. Leaves the sums in N.sums.json for the checks
in a browser.
"""

import collections
import json
import pathlib
import sys

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as protos

Event = protos.TrackEvent


def recorded(path):
    (timeline,) = json.loads(path.read_text())
    sums = {(it["name"], it["kind"]): (it["count"], it["sum"], it["median"]) for it in timeline["sums"]}
    blocks = {(it["name"], it["kind"]): it["blocks"] for it in timeline["sums"]}
    points = timeline["recording"]["heap"] or []
    return timeline, sums, blocks, [tuple(point) for point in points]


def parsed(path):
    """Returns the sums of the slices in the messages, what they allocated, and the points of the counter."""
    trace = protos.Trace()
    trace.ParseFromString(path.read_bytes())
    names, kinds, annotations = {}, {}, {}
    open_, times, blocks, points = collections.defaultdict(list), collections.defaultdict(list), {}, []
    for packet in trace.packet:
        assert packet.trusted_packet_sequence_id == 1
        interned = packet.interned_data
        names |= {it.iid: it.name for it in interned.event_names}
        kinds |= {it.iid: it.name for it in interned.event_categories}
        annotations |= {it.iid: it.name for it in interned.debug_annotation_names}
        event = packet.track_event
        if event.type == Event.TYPE_SLICE_BEGIN:
            (kind,) = event.category_iids
            key = (names[event.name_iid], kinds[kind])
            open_[event.track_uuid].append((key, packet.timestamp))
            own = {annotations[it.name_iid]: it.uint_value for it in event.debug_annotations}
            total = blocks.setdefault(key, [0, 0])
            total[0] += own.get("allocations", 0)
            total[1] += own.get("bytes", 0)
        elif event.type == Event.TYPE_SLICE_END:
            key, begin = open_[event.track_uuid].pop()
            times[key].append(packet.timestamp - begin)
        elif event.type == Event.TYPE_COUNTER:
            points.append((packet.timestamp, event.counter_value))
    assert not any(open_.values()), "a slice does not end"
    sums = {key: (len(all_), sum(all_), sorted(all_)[(len(all_) - 1) // 2]) for key, all_ in times.items()}
    return sums, blocks, points


def main():
    folder = pathlib.Path(sys.argv[1])
    for number in (0, 1):
        timeline, sums, blocks, points = recorded(folder / f"{number}.json")
        assert len(sums) == len(timeline["sums"])
        assert timeline["recording"]["cost"] <= 150, "a region costs more than 150 ns"
        path = folder / f"{number}.pftrace"
        read, read_blocks, read_points = parsed(path)
        assert read == sums, (read, sums)
        assert read_points == points
        for key, known in blocks.items():
            assert known is None or read_blocks[key] == known, (key, read_blocks[key], known)
        (folder / f"{number}.sums.json").write_text(json.dumps({
            "case": "/".join(timeline["case"][key] for key in ("group", "subject", "input")),
            "sums": [[name, kind, *values] for (name, kind), values in sums.items()],
            "points": len(points),
            "peak": max((value for _, value in points), default=0),
        }))
        regions = sum(count for count, _, _ in sums.values())
        print(f"{path.name}: {regions} regions and {len(points)} points agree, {path.stat().st_size} bytes")


main()
