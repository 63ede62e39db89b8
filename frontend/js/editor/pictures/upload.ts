/** The two ways for a picture to get onto the server: as bytes from here, and as an address to be fetched there. */

/** What the server says of a picture that it took. */
const OWN = /^\/p\/[A-Za-z0-9_-]{22}\.(?:png|jpg|gif|webp)$/;

/** Why a picture was not taken, in words for people; empty when the server gave none. */
export class Refusal extends Error {
  constructor(message = "", readonly isFinal = false) {
    super(message);
  }
}

/** Trying again would change nothing. */
export function never(message: string): Refusal {
  return new Refusal(message, true);
}

/** Sends a picture, and says how far it is. Gives the address that it has now. */
export function upload(
  address: string,
  picture: Blob,
  signal: AbortSignal,
  onProgress: (share: number | null) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // `fetch` does not say how much it has sent.
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("content-type", picture.type || "application/octet-stream");
    // When all is sent the server still has to look at it.
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded < total ? loaded / total : null);
    request.onload = () => settle(request.status, request.responseText, resolve, reject);
    request.onerror = () => reject(new Refusal());
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.onabort = () => reject(new Refusal());
    request.send(picture);
  });
}

/** Has the server fetch a picture from elsewhere. Gives the address that it has now. */
export async function bringIn(address: string, url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${address}/fetch`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url }),
    signal,
  }).catch(() => {
    throw new Refusal();
  });
  const text = await response.text().catch(() => "");
  return new Promise((resolve, reject) => settle(response.status, text, resolve, reject));
}

function settle(
  status: number,
  text: string,
  resolve: (url: string) => void,
  reject: (cause: Refusal) => void,
): void {
  const answer = read(text);
  const url = status === 201 ? String(answer.url ?? "") : "";
  if (OWN.test(url)) resolve(url);
  // A problem as servers describe it (RFC 9457).
  else reject(new Refusal(String(answer.detail ?? answer.title ?? "")));
}

function read(text: string): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
