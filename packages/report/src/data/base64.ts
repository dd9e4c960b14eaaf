/** Bytes as base64, in Node and in browsers. */

/** 3 bytes are 4 letters: pieces of whole triples can be joined. */
const PIECE = 3 * 8192;

/** The letters of some bytes. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += PIECE) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  }
  return text;
}

/** The bytes of some letters, in a buffer of their own. Errors: those of `atob`, for text that is none. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes;
}
