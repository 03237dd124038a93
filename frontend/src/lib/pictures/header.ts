/** What the first bytes of a picture tell about it. */
export interface PictureHeader {
  type: "image/jpeg" | "image/png" | "image/webp" | "image/gif";
  /** In pixels, as stored: a camera may mean it turned. 0 where the bytes don't tell. */
  width: number;
  height: number;
  /** It moves, as far as the header tells: any GIF may. */
  moves: boolean;
}

/** Reads the header of a JPEG, PNG, WebP or GIF; null for anything else. Never throws, whatever the bytes are. */
export function readHeader(bytes: Uint8Array<ArrayBuffer>): PictureHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(view, 0, "\xff\xd8\xff")) return jpeg(view);
  if (startsWith(view, 0, "\x89PNG\r\n\x1a\n")) return png(view);
  if (startsWith(view, 0, "RIFF") && startsWith(view, 8, "WEBP")) return webp(view);
  if (startsWith(view, 0, "GIF8")) return gif(view);
  return null;
}

function jpeg(view: DataView): PictureHeader {
  const header = { type: "image/jpeg", width: 0, height: 0, moves: false } as const;
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    // A fill byte before the marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // Start of frame; three codes in its range are tables.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { ...header, height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return header;
}

function png(view: DataView): PictureHeader {
  const known = view.byteLength >= 24;
  const header: PictureHeader = {
    type: "image/png",
    width: known ? view.getUint32(16) : 0,
    height: known ? view.getUint32(20) : 0,
    moves: false,
  };
  for (let at = 8; at + 8 <= view.byteLength; at += 12 + view.getUint32(at)) {
    // The frames of an animation are announced before the first picture.
    if (startsWith(view, at + 4, "acTL")) return { ...header, moves: true };
    if (startsWith(view, at + 4, "IDAT")) break;
  }
  return header;
}

function webp(view: DataView): PictureHeader {
  const header = { type: "image/webp", width: 0, height: 0, moves: false } as const;
  if (view.byteLength < 30) return header;
  if (startsWith(view, 12, "VP8X")) {
    return {
      ...header,
      width: 1 + view.getUint16(24, true) + (view.getUint8(26) << 16),
      height: 1 + view.getUint16(27, true) + (view.getUint8(29) << 16),
      moves: (view.getUint8(20) & 0b10) !== 0,
    };
  }
  if (startsWith(view, 12, "VP8L")) {
    const bits = view.getUint32(21, true);
    return { ...header, width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) };
  }
  const side = (at: number) => view.getUint16(at, true) & 0x3fff;
  return { ...header, width: side(26), height: side(28) };
}

function gif(view: DataView): PictureHeader {
  const known = view.byteLength >= 10;
  return {
    type: "image/gif",
    width: known ? view.getUint16(6, true) : 0,
    height: known ? view.getUint16(8, true) : 0,
    moves: true,
  };
}

function startsWith(view: DataView, at: number, text: string): boolean {
  if (at + text.length > view.byteLength) return false;
  return [...text].every((letter, n) => view.getUint8(at + n) === letter.charCodeAt(0));
}
