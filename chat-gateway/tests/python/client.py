"""Python's own Socket.IO client in a short life: refused, let in, acknowledged, written to, gone.

Told by its arguments: the address, a transport, a good token, a friend's id. Tells what happened as one JSON object.
"""

import json
import queue
import sys

import socketio

PATIENCE = 60

url, transport, token, friend = sys.argv[1:]
seen = {}

refused = socketio.Client(reconnection=False)
refusals = queue.Queue()
refused.on("connect_error", refusals.put)
try:
    refused.connect(url, auth={"token": "nonsense"}, transports=[transport], wait_timeout=PATIENCE)
except socketio.exceptions.ConnectionError as error:
    seen["error"] = str(error)
seen["refusal"] = refusals.get(timeout=PATIENCE)

client = socketio.Client(reconnection=False)
events = {name: queue.Queue() for name in ("welcome", "message:new")}
for name, happened in events.items():
    client.on(name, happened.put)
client.connect(url, auth={"token": token}, transports=[transport], wait_timeout=PATIENCE)
seen["transport"] = client.transport()
seen["welcome"] = events["welcome"].get(timeout=PATIENCE)
seen["typing"] = client.call("typing", {"to": friend, "active": True}, timeout=PATIENCE)
print(json.dumps(seen), flush=True)

# The test has a message sent now.
print(json.dumps(events["message:new"].get(timeout=PATIENCE)), flush=True)
client.disconnect()
