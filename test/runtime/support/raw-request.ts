import { connect } from "node:net";

/** How long a request that may be whole is waited for, before the client has had enough; milliseconds. */
const patience = 120;

/** What came back for some bytes: the statuses of all replies, and their text. */
export interface RawReply {
  readonly statuses: readonly number[];
  readonly text: string;
}

/** Sends bytes to a port as they are, and reads until a reply is there, or the server closes, or nothing comes. */
export function sendRaw(port: number, bytes: Buffer): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
      resolve({ statuses, text });
    };
    const timer = setTimeout(end, patience);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (isWhole(text)) end();
    });
    socket.on("close", end);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") reject(error);
    });
  });
}

/** A reply with all of its body; one that says to go on sending is none. */
function isWhole(text: string): boolean {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  if (/^HTTP\/1\.1 1/.test(head)) return false;
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length !== undefined && rest.join("\r\n\r\n").length >= Number(length);
}
