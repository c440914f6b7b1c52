import { createServer } from "node:http";
import type { Metrics } from "./metrics.ts";

/**
 * Serves the figures at `/metrics`, on a port of their own: what the gateway brings to the other one never gets here. A port
 * that is taken is no reason not to serve requests.
 */
export function serveMetrics(metrics: Metrics, host: string, port: number, warn: (message: string) => void): void {
  const server = createServer((request, response) => {
    const found = request.method === "GET" && request.url === "/metrics";
    const body = found ? metrics.text() : "the figures are at /metrics\n";
    const type = found ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain; charset=utf-8";
    response.writeHead(found ? 200 : 404, { "content-type": type, "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
  server.once("error", (error) => warn(`no metrics at port ${port}: ${error.message}`));
  server.listen(port, host).unref();
}
