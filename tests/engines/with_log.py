import base64
import json
from collections import defaultdict

import ssemble

streams = defaultdict(lambda: ssemble.Observer(clock=None))
with open("log.jsonl") as log:
    for entry in map(json.loads, log):
        streams[entry["stream"]].feed(base64.b64decode(entry["fragment"]), entry["at"])
for stream, observer in streams.items():
    observer.end()
    print(json.dumps({"stream": stream, **observer.row()}))
