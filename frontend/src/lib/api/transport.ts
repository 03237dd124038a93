import { Problem } from "./problem";

// One request and its answer. Over XMLHttpRequest, because fetch can't say how far an upload is;
// what a library adds to that weighed a tenth of a first visit.

export interface RequestOptions {
  params?: Record<string, string | number | boolean | null | undefined>;
  headers?: Record<string, string>;
  /** The body of a DELETE. */
  data?: unknown;
  signal?: AbortSignal | undefined;
  /** In milliseconds; 0 waits for as long as it takes. */
  timeout?: number;
  responseType?: "blob";
  onUploadProgress?: (progress: Progress) => void;
  onDownloadProgress?: (progress: Progress) => void;
}

export interface Progress {
  loaded: number;
  /** From 0 to 1, where the whole is known. */
  progress?: number;
}

export interface Answer<T> {
  data: T;
  status: number;
  /** By their names in lower case. */
  headers: Record<string, string | undefined>;
}

const TIMEOUT_MS = 30_000;

/** Resolves with what a server answers in the 200s, throws a `Problem` for all else. */
export function send<T>(
  method: string,
  path: string,
  body: unknown,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  const { params, headers = {}, signal, timeout = TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    const lost = () => reject(new Problem({ status: 0, code: "network" }));
    if (signal?.aborted) return lost();
    const request = new XMLHttpRequest();
    request.open(method, addressOf(path, params));
    request.timeout = timeout;
    // A refusal is text even where a file was asked for, and bytes can be either.
    request.responseType = options.responseType === "blob" ? "arraybuffer" : "text";
    const json = body !== undefined && !(body instanceof Blob);
    if (json) request.setRequestHeader("Content-Type", "application/json");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.onerror = lost;
    request.ontimeout = lost;
    request.onabort = lost;
    request.onload = () => {
      const { status } = request;
      const answer = { status, headers: parseHeaders(request.getAllResponseHeaders()) };
      if (status >= 200 && status < 300) resolve({ ...answer, data: dataOf(request) as T });
      else reject(Problem.of({ ...answer, data: parsed(textOf(request)) }));
    };
    const { onUploadProgress, onDownloadProgress } = options;
    if (onUploadProgress) request.upload.onprogress = (event) => onUploadProgress(part(event));
    if (onDownloadProgress) request.onprogress = (event) => onDownloadProgress(part(event));
    const abort = () => request.abort();
    signal?.addEventListener("abort", abort);
    request.onloadend = () => signal?.removeEventListener("abort", abort);
    request.send(json ? JSON.stringify(body) : (body as Blob | undefined));
  });
}

function addressOf(path: string, params: RequestOptions["params"] = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined) query.set(name, String(value));
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

function parseHeaders(lines: string): Answer<unknown>["headers"] {
  return Object.fromEntries(
    lines
      .trim()
      .split(/[\r\n]+/)
      .map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
      }),
  );
}

const part = ({ loaded, total, lengthComputable }: ProgressEvent): Progress =>
  lengthComputable && total > 0 ? { loaded, progress: loaded / total } : { loaded };

const isFile = (request: XMLHttpRequest) => request.responseType === "arraybuffer";

function dataOf(request: XMLHttpRequest): unknown {
  if (!isFile(request)) return parsed(request.responseText);
  const type = request.getResponseHeader("Content-Type") ?? "";
  return new Blob([request.response as ArrayBuffer], { type });
}

const textOf = (request: XMLHttpRequest): string =>
  isFile(request) ? new TextDecoder().decode(request.response) : request.responseText;

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
