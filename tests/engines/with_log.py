import base64
import json

import ssemble

streams: dict[str, list[tuple[float, bytes]]] = {}
with open("log.jsonl") as log:
    for entry in map(json.loads, log):
        streams.setdefault(entry["stream"], []).append((entry["at"], base64.b64decode(entry["fragment"])))
with open("rows.jsonl", "w") as rows:
    for stream, fragments in streams.items():
        rows.write(json.dumps({"stream": stream, **ssemble.row(fragments)}) + "\n")
