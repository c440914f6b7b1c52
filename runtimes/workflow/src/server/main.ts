// The executor's process. Its port is open before all else is even imported: see EarlyPort.
import { EarlyPort } from "../port/early-port.ts";

const port = EarlyPort.open(process.env);
// It is for the start to say that it cannot be opened.
port.catch(() => undefined);
const { start } = await import("./start.ts");
await start(port);
