// The least that serves the handler by node:http: the whole body, JSON in, JSON out.
import { createServer } from "node:http";
import { handler } from "./handler.mjs";

createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on("data", (/** @type {Buffer} */ chunk) => chunks.push(chunk));
  request.on("end", () => {
    const [first] = chunks;
    const body = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
    const reply = JSON.stringify(handler(JSON.parse(body.toString())));
    response.writeHead(200, ["content-type", "application/json", "content-length", String(Buffer.byteLength(reply))]);
    response.end(reply);
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
