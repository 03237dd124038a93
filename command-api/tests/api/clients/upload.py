"""Uploads as Python programs do: all of the body first, and then a look at the answer.

Arguments: address, token, and for each upload its size, `bytes` or `form`, `length` or `chunked`, comma-separated.
Writes what came of each as a line of JSON.
"""

import http.client
import json
import sys
import urllib.error
import urllib.request

PIECE = bytes(1 << 20)
BEFORE = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
AFTER = b"\r\n--x--\r\n"


def pieces(size, form):
    if form:
        yield BEFORE
    while size > 0:
        yield PIECE[:size]
        size -= len(PIECE)
    if form:
        yield AFTER


def headers(size, form, chunked, token):
    yield "Authorization", f"Bearer {token}"
    yield "Content-Type", "multipart/form-data; boundary=x" if form else "image/jpeg"
    if not chunked:
        around = len(BEFORE) + len(AFTER) if form else 0
        yield "Content-Length", str(size + around)


def by_connection(address, size, form, chunked, token):
    connection = http.client.HTTPConnection(address, timeout=120)
    head = dict(headers(size, form, chunked, token))
    connection.request("POST", "/v1/media", pieces(size, form), head, encode_chunked=chunked)
    answer = connection.getresponse()
    return answer.status, answer.read()


def by_opener(address, size, form, chunked, token):
    url = f"http://{address}/v1/media"
    head = dict(headers(size, form, chunked, token))
    request = urllib.request.Request(url, pieces(size, form), head, method="POST")
    try:
        answer = urllib.request.urlopen(request, timeout=120)
    except urllib.error.HTTPError as refused:
        answer = refused
    return answer.status, answer.read()


address, token, *uploads = sys.argv[1:]
for upload in uploads:
    size, form, length = upload.split(",")
    for client in (by_connection, by_opener):
        told = {"upload": upload, "client": client.__name__}
        try:
            status, body = client(address, int(size), form == "form", length == "chunked", token)
            told |= {"status": status, "code": json.loads(body)["code"]}
        except Exception as error:
            told |= {"error": repr(error)}
        print(json.dumps(told), flush=True)
