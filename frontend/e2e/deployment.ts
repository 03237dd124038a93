import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { baseURL } from "./browser";

// The system under test with a web client that can be deployed anew: all that is asked for passes
// through to the real edge, but the files of a build bear the name of their release, and those of
// an older release are gone.

export interface Deployment {
  url: string;
  /** Replaces the web client by another build. */
  deploy(release: string): void;
  close(): Promise<void>;
}

/** `name-<hash>.js` of the real build is `name-<hash>.<release>.js` here. */
const FILE = /\b([\w.-]+-[\w-]{8})(\.(?:js|css))\b/g;
const RELEASED = /^\/assets\/([\w.-]+-[\w-]{8})\.(\w+)(\.(?:js|css))$/;

export async function startDeployment(release: string): Promise<Deployment> {
  const edge = new URL(baseURL);
  let current = release;

  /** What a file of this release is called on the edge; null for one that isn't here. */
  function pathOnEdge(url: string): string | null {
    if (!url.startsWith("/assets/")) return url;
    const [, name, of, type] = RELEASED.exec(url) ?? [];
    return of === current ? `/assets/${name}${type}` : null;
  }

  function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const url = incoming.url ?? "/";
    const isApi = /^\/(v1|socket\.io)\b/.test(url);
    const path = pathOnEdge(url);
    if (path === null) {
      outgoing.writeHead(404, { "Cache-Control": "no-store" }).end();
      return;
    }
    const headers = { ...incoming.headers, host: edge.host };
    if (headers.origin) headers.origin = edge.origin;
    // Texts are changed on their way, so they come whole and as they are.
    if (!isApi) {
      delete headers["accept-encoding"];
      delete headers["if-none-match"];
      delete headers["if-modified-since"];
    }
    const passed = request(
      { host: edge.hostname, port: edge.port, method: incoming.method, path, headers },
      (response) => {
        const type = response.headers["content-type"] ?? "";
        if (isApi || !/html|javascript|css/.test(type)) {
          outgoing.writeHead(response.statusCode ?? 502, response.headers);
          response.pipe(outgoing);
          return;
        }
        const { "content-length": _, etag: __, "last-modified": ___, ...rest } = response.headers;
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          outgoing.writeHead(response.statusCode ?? 502, rest);
          outgoing.end(released(text));
        });
      },
    );
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  }

  /** A text of the build as this release has it; the page's revision tells the worker of the change. */
  function released(text: string): string {
    return text
      .replaceAll(FILE, `$1.${current}$2`)
      .replace("</head>", `<meta name="release" content="${current}"></head>`)
      .replace(
        /(url:"index\.html",revision:"|revision:"(?=\w+",url:"index\.html"))/,
        `$1${current}`,
      );
  }

  const sockets = new Set<Duplex>();

  /** A socket is passed on as it is. */
  function upgrade(incoming: IncomingMessage, client: Duplex, head: Buffer): void {
    const headers = { ...incoming.headers, host: edge.host, origin: edge.origin };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    sockets.add(client);
    const upstream = connect(Number(edge.port), edge.hostname, () => {
      upstream.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      upstream.write(head);
      client.pipe(upstream).pipe(client);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  }

  const server = createServer(answer).on("upgrade", upgrade);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deploy: (next) => {
      current = next;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
        for (const socket of sockets) socket.destroy();
      }),
  };
}
