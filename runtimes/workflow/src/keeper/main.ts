// The run keeper's process: it brings runs that no executor has to one, and removes old ones. It keeps nothing itself.
import { createServer } from "node:http";
import { log } from "../server/log.ts";
import { storeAt } from "../store/connect.ts";
import { RunKeeper } from "./keeper.ts";
import { readKeeperSettings } from "./settings.ts";

const settings = readKeeperSettings(process.env);
if ("problems" in settings) {
  log("error", `cannot start: ${settings.problems.join("; ")}`);
  process.exit(1);
}
const keeper = new RunKeeper(storeAt(settings.storeUrl, 0), settings);
const server = createServer((_, response) => {
  response.writeHead(keeper.healthy ? 200 : 503, { "content-type": "application/json" });
  response.end(JSON.stringify({ status: keeper.healthy ? "ok" : "the run store cannot be reached" }));
});

// As process 1 of a container it would be ignored by default.
process.on("SIGTERM", () => process.exit(0));

server.listen(settings.port, settings.host, () => {
  log("info", "ready", { port: settings.port });
  keeper.start();
});
